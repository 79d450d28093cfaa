//! Runs a command with `DATABASE_URL` naming an empty PostgreSQL that is gone afterwards:
//! `cargo run -p private-postgres -- psql -l`, say, or what needs a database to be built or checked.

use std::io;
use std::process::{Command, ExitCode, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::PrivateServer;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_blocking;

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
    let mut command = Command::new(program);
    let status = run_to_end(command.args(arguments).env("DATABASE_URL", server.url("postgres"))).await?;
    // What a shell gives for a command that a signal ended is any code but 0.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1).into())
}

/// Runs the command, and tells it what ends us: it may have more to end than the server.
async fn run_to_end(command: &mut Command) -> io::Result<ExitStatus> {
    let mut terminated = signal(SignalKind::terminate())?;
    // The terminal says this to the command as well.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut child = command.spawn()?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let mut ended = spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            status = &mut ended => return status?,
            Some(()) = interrupted.recv() => {}
            // It fails where the command has ended meanwhile.
            Some(()) = terminated.recv() => drop(kill(pid, Signal::SIGTERM)),
        }
    }
}
