//! Runs a command with `DATABASE_URL` naming an empty PostgreSQL that is gone afterwards:
//! `cargo run -p private-postgres -- psql -l`, say, or what needs a database to be built or checked.

use std::process::{Command, ExitCode};

use private_postgres::PrivateServer;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(err) => {
            eprintln!("private-postgres: {err}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("name the command to run")?;
    let server = PrivateServer::throwaway().await?;
    let status =
        Command::new(program).args(arguments).env("DATABASE_URL", server.url("postgres")).status()?;
    // What a shell gives for a command that a signal ended is any code but 0.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1).into())
}
