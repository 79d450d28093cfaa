//! `atelier demo`: one command, a shop, and nothing left running.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Stdio};

use crate::databases::eventually;
use crate::process::atelier;

struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a demo of 50 products, and returns it with what it prints until it serves.
fn start(dir: &std::path::Path) -> (Demo, String) {
    let mut command = atelier(&["demo", "--products", "50", "--dir", dir.to_str().unwrap()]);
    let mut child = command.env("PORT", "0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
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
async fn a_demo_that_is_killed_leaves_no_server_and_starts_again_with_the_same_shop() {
    let parent = tempfile::tempdir().unwrap();
    // Root's PostgreSQL runs as somebody else, who has to get in.
    std::fs::set_permissions(parent.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let dir = parent.path().join("demo");

    let (mut demo, printed) = start(&dir);
    assert!(printed.contains("with 50 products") && printed.contains("curl"), "{printed}");
    demo.0.kill().unwrap();

    let port = psql_port(&printed);
    eventually("PostgreSQL is gone", async || {
        tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err()
    })
    .await;
    let (_demo, printed) = start(&dir);
    assert!(printed.contains("with 50 products"), "{printed}");
}
