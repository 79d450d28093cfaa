//! The servers that are measured: each is a child process that ends when its value is dropped.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::runtime::Handle;

use crate::bench::Bench;
use crate::client::Client;
use crate::error::{Error, Result, error};
use crate::service::{CACHE_HITS, CACHE_MISSES, READY};

/// How long a server may take to become ready, and to stop.
const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(1);

/// A running server. Dropping it sends SIGTERM and waits.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    runtime: Handle,
}

impl Server {
    /// Starts it and waits until `path` is answered with a success.
    fn start(
        bench: &Bench,
        name: &str,
        mut command: Command,
        address: SocketAddr,
        path: &str,
    ) -> Result<Self> {
        // Debian has nginx in /usr/sbin, which is not in everyone's PATH.
        command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
        let log = bench.paths.log(name)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let child = child.map_err(|err| error(format!("{name}: {err}")))?;
        let mut server = Self { child, address, runtime: bench.runtime.handle().clone() };
        let started = Instant::now();
        while server.get(path).is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(error(format!("{name} ended with {status}: see target/bench/logs/{name}.log")));
            }
            if started.elapsed() > TIMEOUT {
                return Err(error(format!("{name} is not ready: see target/bench/logs/{name}.log")));
            }
            sleep(POLL);
        }
        Ok(server)
    }

    /// The service over the bench's database, with these settings and defaults for all others.
    pub(crate) fn atelier(bench: &Bench, name: &str, settings: &[(&str, &str)]) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(bench.paths.program("atelier"));
        command.arg("serve").current_dir(&bench.paths.out).env("DATABASE_URL", &bench.data.url);
        command.env("HOST", address.ip().to_string()).env("PORT", address.port().to_string());
        command.envs(settings.iter().copied());
        Self::start(bench, &format!("atelier-{name}"), command, address, READY)
    }

    /// This many replicas of the service, with default settings.
    pub(crate) fn replicas(bench: &Bench, count: usize) -> Result<Vec<Self>> {
        (1..=count).map(|number| Self::atelier(bench, &format!("replica-{number}"), &[])).collect()
    }

    /// hyper alone, with this body for every request.
    pub(crate) fn bare(bench: &Bench, body: &[u8]) -> Result<Self> {
        let address = free_address()?;
        let file = bench.paths.out.join("bare-body");
        std::fs::write(&file, body)?;
        let mut command = Command::new(bench.paths.program("bare"));
        command.arg(address.port().to_string()).arg(file);
        Self::start(bench, "bare", command, address, "/")
    }

    /// NGINX with the configuration of nginx/, in front of these servers. The access log is off, as in its anchor.
    pub(crate) fn nginx(bench: &Bench, servers: &[Self]) -> Result<Self> {
        let address = free_address()?;
        let servers: Vec<_> = servers.iter().map(|server| server.address.to_string()).collect();
        let mut command = Command::new(bench.paths.root.join("nginx/start"));
        command.env("SERVERS", servers.join(" ")).env("LISTEN", address.to_string());
        command.env("ACCESS_LOG", "off").env("RUN_DIR", run_dir("nginx")?);
        Self::start(bench, "nginx", command, address, READY)
    }

    /// NGINX that answers every request with this many bytes of its configuration.
    pub(crate) fn nginx_return(bench: &Bench, bytes: usize) -> Result<Self> {
        let address = free_address()?;
        // NGINX limits a parameter of its configuration to 4,096 bytes.
        let body = "x".repeat(bytes.min(4_000));
        let configuration = format!(
            "worker_processes auto; pid return.pid; error_log stderr warn; daemon off;
             events {{ worker_connections 8192; }}
             http {{
                 access_log off; tcp_nodelay on; keepalive_requests 1000000; default_type application/json;
                 server {{ listen {address} backlog=4096; location / {{ return 200 '{body}'; }} }}
             }}"
        );
        let dir = run_dir("return")?;
        std::fs::write(dir.join("return.conf"), configuration)?;
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p"]).arg(&dir).arg("-c").arg(dir.join("return.conf"));
        Self::start(bench, "nginx-return", command, address, "/")
    }

    /// Express over the bench's database; with `cache`, behind a Map.
    pub(crate) fn express(bench: &Bench, cache: bool) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new("node");
        command.arg("server.js").current_dir(bench.paths.file("express"));
        command.env("NODE_ENV", "production").env("DATABASE_URL", &bench.data.url);
        command.env("PORT", address.port().to_string()).env("CACHE", if cache { "on" } else { "off" });
        Self::start(bench, if cache { "express-cached" } else { "express" }, command, address, "/health")
    }

    /// The body of a successful response, on a connection of its own.
    pub(crate) fn get(&self, path: &str) -> Result<Vec<u8>> {
        let get = async { Client::connect(self.address).await?.get(path).await };
        let body = self.runtime.block_on(async { tokio::time::timeout(TIMEOUT, get).await })??;
        Ok(body.into())
    }

    /// A metric, summed over its labels.
    pub(crate) fn metric(&self, name: &str) -> Result<f64> {
        self.runtime.block_on(async { Client::connect(self.address).await?.metric(name).await })
    }

    /// The share of cache hits during `work`.
    pub(crate) fn hit_ratio<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<(f64, T)> {
        let counts = || Ok::<_, Error>((self.metric(CACHE_HITS)?, self.metric(CACHE_MISSES)?));
        let before = counts()?;
        let done = work()?;
        let after = counts()?;
        let (hits, misses) = (after.0 - before.0, after.1 - before.1);
        Ok((hits / (hits + misses).max(1.0), done))
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.child.id()).map(Pid::from_raw);
        // This fails only if the process has ended.
        let _ = pid.map(|pid| kill(pid, Signal::SIGTERM));
        let stopping = Instant::now();
        while stopping.elapsed() < TIMEOUT {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A loopback address with a port that was free a moment ago.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// An empty directory that NGINX's workers can read, which do not run as root.
fn run_dir(name: &str) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = run_dirs().join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir)?;
    for dir in [&run_dirs(), &dir] {
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(dir)
}

fn run_dirs() -> PathBuf {
    std::env::temp_dir().join(format!("atelier-bench-{}", std::process::id()))
}

/// Removes what [`run_dir`] created in this run.
pub(crate) fn remove_run_dirs() {
    let _ = std::fs::remove_dir_all(run_dirs());
}
