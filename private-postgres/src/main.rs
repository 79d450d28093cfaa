//! Runs a command with the URL of an empty throwaway PostgreSQL in `DATABASE_URL`:
//! `cargo run -p private-postgres -- sh -c 'psql "$DATABASE_URL"'`.

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
    let program = arguments.next().ok_or("usage: private-postgres COMMAND [ARGUMENT]...")?;
    let server = PrivateServer::throwaway().await?;
    let mut command = Command::new(program);
    let status = run_to_end(command.args(arguments).env("DATABASE_URL", server.url("postgres"))).await?;
    // A command that a signal has terminated has no code.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1).into())
}

/// Runs the command, and forwards SIGTERM to it: it may have to stop other processes.
async fn run_to_end(command: &mut Command) -> io::Result<ExitStatus> {
    let mut terminated = signal(SignalKind::terminate())?;
    // The terminal sends SIGINT to the command too.
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut child = command.spawn()?;
    let pid = Pid::from_raw(child.id().cast_signed());
    let mut ended = spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            status = &mut ended => return status?,
            Some(()) = interrupted.recv() => {}
            // It fails if the command has already ended.
            Some(()) = terminated.recv() => drop(kill(pid, Signal::SIGTERM)),
        }
    }
}
