//! A server ends with its program, even if that is killed, and the next start recovers.

use std::{
    fs,
    path::Path,
    process, thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::signal::{Signal, kill, killpg},
    unistd::{Pid, getpgid},
};
use private_postgres::PrivateServer;
use sqlx::Connection;

use crate::{connect, directory, program::Program};

#[tokio::test]
async fn a_server_ends_with_a_program_that_is_killed_and_the_next_start_waits_for_it() {
    let dir = directory();
    let program = Program::start(Some(dir.path()));
    let postmaster = program.postmaster();
    program.kill();

    let server = PrivateServer::start(dir.path()).await.unwrap();

    assert!(!is_alive(postmaster));
    connect(&server).await.ping().await.unwrap();
}

#[test]
fn a_killed_program_leaves_no_throwaway_server_and_no_directory() {
    let program = Program::start(None);
    let (postmaster, dir) = (program.postmaster(), program.answer.clone());
    program.kill();

    await_that("server and directory are gone", || !is_alive(postmaster) && !Path::new(&dir).exists());
}

#[test]
fn a_dropped_throwaway_server_leaves_no_directory() {
    let program = Program::start(None);
    let (postmaster, dir) = (program.postmaster(), program.answer.clone());
    program.end();

    assert!(!is_alive(postmaster));
    assert!(!Path::new(&dir).exists());
}

#[tokio::test]
async fn a_server_that_was_killed_itself_recovers_despite_its_pid_file() {
    let dir = directory();
    let program = Program::start(Some(dir.path()));
    // The postmaster and the watchdog.
    killpg(getpgid(Some(program.postmaster())).unwrap(), Signal::SIGKILL).unwrap();
    program.kill();
    // As if another process had got the id meanwhile.
    let pid_file = dir.path().join("data/postmaster.pid");
    let stale = fs::read_to_string(&pid_file).unwrap();
    let (_, rest) = stale.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{}\n{rest}", process::id())).unwrap();

    let server = PrivateServer::start(dir.path()).await.unwrap();

    connect(&server).await.ping().await.unwrap();
}

fn is_alive(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH)
}

fn await_that(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 10 s: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
