//! A program with a private server, which tests can kill, run with another environment or as another user. It is this
//! test binary.

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines, Read},
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use private_postgres::PrivateServer;
use tempfile::TempDir;

use crate::directory;

const DIR: &str = "ATELIER_TEST_DIR";
const ANSWER: &str = "answer: ";

/// The program. As a test it does nothing; if the variable is set, it starts a server in that directory, or a throwaway
/// one if the value is empty, and ends at the end of its input.
#[tokio::test]
async fn program() {
    let Some(dir) = env::var_os(DIR) else { return };
    let server = if dir.is_empty() {
        PrivateServer::throwaway().await
    } else {
        PrivateServer::start(Path::new(&dir)).await
    };
    match &server {
        Ok(server) => println!("\n{ANSWER}{}", server.data_dir().display()),
        Err(err) => println!("\n{ANSWER}{}", err.to_string().replace('\n', " ")),
    }
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// A started program. It must be killed or ended.
pub(crate) struct Program {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
    /// The directory where the server's data are, or the error.
    pub(crate) answer: String,
}

impl Program {
    /// Starts the program with a durable server in `dir`, or with a throwaway one.
    pub(crate) fn start(dir: Option<&Path>) -> Self {
        Self::run(command(&env::current_exe().unwrap(), dir))
    }

    pub(crate) fn run(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let answer = output.find_map(|line| line.unwrap().strip_prefix(ANSWER).map(str::to_owned));
        Self { child, output, answer: answer.expect("the program prints an answer") }
    }

    /// The process id of its postmaster.
    pub(crate) fn postmaster(&self) -> nix::unistd::Pid {
        let file = Path::new(&self.answer).join("data/postmaster.pid");
        let content = fs::read_to_string(file).unwrap();
        nix::unistd::Pid::from_raw(content.lines().next().unwrap().parse().unwrap())
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it gracefully.
    pub(crate) fn end(mut self) {
        drop(self.child.stdin.take());
        self.output.for_each(drop); // the program must be able to write to its end
        self.child.wait().unwrap();
    }
}

/// The command that runs the program.
pub(crate) fn command(executable: &Path, dir: Option<&Path>) -> Command {
    let mut command = Command::new(executable);
    command
        .args(["program::program", "--exact", "--nocapture"])
        .env(DIR, dir.unwrap_or(Path::new("")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

/// A copy of the program that another user can run, in a directory of that user.
pub(crate) fn copy_for(uid: u32) -> (TempDir, PathBuf) {
    let dir = directory();
    chown(dir.path(), Some(uid), None).unwrap();
    let executable = dir.path().join("program");
    fs::copy(env::current_exe().unwrap(), &executable).unwrap();
    fs::set_permissions(&executable, fs::Permissions::from_mode(0o755)).unwrap();
    (dir, executable)
}
