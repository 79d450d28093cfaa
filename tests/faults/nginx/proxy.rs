//! NGINX with the configuration of this repository.

use std::fs::Permissions;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::databases::eventually;

/// A running NGINX. Dropping it ends it.
pub(super) struct Nginx {
    child: Child,
    pub(super) address: SocketAddr,
    /// Where it writes its files. Dropped after it has ended.
    _run_dir: TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // SIGTERM, which it passes on to its workers: killed, it would leave them behind.
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM);
        let _ = self.child.wait();
    }
}

impl Nginx {
    /// Starts NGINX in front of these replicas, and waits until it listens. `variables` are those of `nginx/start`.
    pub(super) async fn start(replicas: &[SocketAddr], variables: &[(&str, &str)]) -> Self {
        let path = format!("{}:/usr/sbin", std::env::var("PATH").expect("PATH is set"));
        let found = std::env::split_paths(&path).any(|dir| dir.join("nginx").exists());
        assert!(found, "nginx is not installed: run .ci/install-nginx");
        // Its workers, which do not run as root, must be able to enter the directory.
        let mode = Permissions::from_mode(0o755);
        let run_dir = tempfile::Builder::new().permissions(mode).tempdir().expect("a directory");
        let address = free_address();
        let servers: Vec<_> = replicas.iter().map(ToString::to_string).collect();
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("nginx/start"));
        command.env("PATH", path).env("SERVERS", servers.join(" ")).env("LISTEN", address.to_string());
        command.env("ACCESS_LOG", "off").env("RUN_DIR", run_dir.path()).envs(variables.iter().copied());
        // It logs each failed attempt, of which there are many here.
        let child = command.stderr(Stdio::null()).spawn().expect("nginx/start can be run");
        let mut nginx = Self { child, address, _run_dir: run_dir };
        eventually("NGINX listens", async || {
            assert!(nginx.child.try_wait().expect("it is our child").is_none(), "NGINX has ended");
            tokio::net::TcpStream::connect(address).await.is_ok()
        })
        .await;
        nginx
    }
}

/// An address of this machine that nothing listens on.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port")
}
