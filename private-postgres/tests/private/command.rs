//! The program around a command.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Says that it runs, and when it is told to end, that it was told.
const COMMAND: &str = "trap 'echo told; exit 7' TERM; echo runs; while :; do read line; done";

#[test]
fn what_ends_the_program_ends_its_command_first() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_private-postgres"))
        .args(["sh", "-c", COMMAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();

    kill(Pid::from_raw(program.id().cast_signed()), Signal::SIGTERM).unwrap();

    let mut told = String::new();
    output.read_to_string(&mut told).unwrap();
    assert_eq!(told, "told\n");
    assert_eq!(program.wait().unwrap().code(), Some(7));
}
