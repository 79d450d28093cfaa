//! The program `private-postgres`, which runs a command.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// Prints `runs`, and `terminated` on SIGTERM.
const COMMAND: &str = "trap 'echo terminated; exit 7' TERM; echo runs; while :; do read line; done";

#[test]
fn sigterm_ends_the_command_before_the_program() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_private-postgres"))
        .args(["sh", "-c", COMMAND])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();

    kill(Pid::from_raw(program.id().cast_signed()), Signal::SIGTERM).unwrap();

    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "terminated\n");
    assert_eq!(program.wait().unwrap().code(), Some(7));
}
