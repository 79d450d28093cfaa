//! The demo: it serves a generated shop, and leaves no PostgreSQL running.

#[path = "../../tests/support/server.rs"]
mod server;

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use server::eventually;

struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a demo of 50 products, and returns it with its output until it serves.
fn start(dir: &Path) -> (Demo, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_demo"));
    command.args(["--products", "50", "--dir"]).arg(dir).env("PORT", "0").env_remove("HOST");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    for line in stdout.lines().map_while(Result::ok) {
        printed += &line;
        printed.push('\n');
        if line.contains("Ctrl-C") {
            break;
        }
    }
    (Demo(child), printed)
}

fn psql_port(printed: &str) -> u16 {
    let url = printed.split("127.0.0.1:").filter(|rest| rest.contains("/atelier")).last().unwrap();
    url.split('/').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_killed_demo_leaves_no_postgresql_and_restarts_with_the_same_shop() {
    let parent = tempfile::tempdir().unwrap();
    // As root, PostgreSQL runs as another account, which must be able to enter.
    std::fs::set_permissions(parent.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let dir = parent.path().join("demo");

    let (mut demo, printed) = start(&dir);
    assert!(printed.contains("and 50 products") && printed.contains("curl"), "{printed}");
    demo.0.kill().unwrap();

    let port = psql_port(&printed);
    eventually("PostgreSQL is gone", async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err()
    })
    .await;
    let (_demo, printed) = start(&dir);
    assert!(printed.contains("and 50 products"), "{printed}");
}
