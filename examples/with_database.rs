//! Runs a command with `DATABASE_URL` naming a PostgreSQL that is migrated, empty, and gone afterwards:
//! `cargo run --example with_database -- cargo sqlx prepare --workspace`.

use std::process::{Command, ExitCode};

use atelier::database::migrations;
use atelier::database::private::PrivateServer;
use sqlx::ConnectOptions as _;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().ok_or("name the command to run")?;
    let postgres = PrivateServer::throwaway().await?;
    migrations::run(&mut postgres.connect_options().connect().await?).await?;
    let mut command = Command::new(program);
    command.args(arguments).env("DATABASE_URL", postgres.url("postgres")).env("SQLX_OFFLINE", "false");
    Ok(if command.status()?.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
