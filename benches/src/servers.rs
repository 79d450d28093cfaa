//! The servers that are measured, each a process that ends with its value.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::ask::get;
use crate::error::{Result, error};
use crate::places::{Places, free_address};

/// How long a server may take to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(1);

/// A server that runs. Dropping it asks it to stop, and waits.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it; `wanted` is a path that is answered 200 once it is ready.
    pub(crate) fn start(
        mut command: Command,
        name: &str,
        address: SocketAddr,
        wanted: &str,
        places: &Places,
    ) -> Result<Self> {
        let log = places.log(name)?;
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn();
        let mut server = Self { child: child.map_err(|err| error(format!("{name}: {err}")))?, address };
        let started = Instant::now();
        while !get(address, wanted).is_ok_and(|answer| answer.status == 200) {
            if let Some(status) = server.child.try_wait()? {
                return Err(error(format!("{name} ended with {status}: see target/bench/logs/{name}.log")));
            }
            if started.elapsed() > PATIENCE {
                return Err(error(format!("{name} does not answer: see target/bench/logs/{name}.log")));
            }
            sleep(POLL);
        }
        Ok(server)
    }

    /// The service over this database, with these settings beside its defaults.
    pub(crate) fn atelier(
        places: &Places,
        name: &str,
        database: &str,
        settings: &[(&str, &str)],
    ) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new(places.program("atelier"));
        command.arg("serve").current_dir(&places.out).env("DATABASE_URL", database);
        command.env("HOST", "127.0.0.1").env("PORT", address.port().to_string());
        command.envs(settings.iter().copied());
        Self::start(command, name, address, "/health/ready", places)
    }

    /// Hyper alone, with these bytes for everybody.
    pub(crate) fn bare(places: &Places, body: &[u8]) -> Result<Self> {
        let address = free_address()?;
        let file = places.out.join("bare-body");
        std::fs::write(&file, body)?;
        let mut command = Command::new(places.program("bare"));
        command.arg(address.port().to_string()).arg(file);
        Self::start(command, "bare", address, "/", places)
    }

    /// NGINX as it is shipped, in front of these. The access log is off, as it is for what it is compared with.
    pub(crate) fn nginx(places: &Places, servers: &[SocketAddr]) -> Result<Self> {
        let address = free_address()?;
        let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
        let mut command = Command::new(places.root.join("nginx/start"));
        command.env("SERVERS", servers.join(" ")).env("LISTEN", address.to_string());
        command.env("ACCESS_LOG", "off");
        Self::start_nginx(command, "nginx", address, "/health/ready", places)
    }

    /// NGINX that answers everything with so many bytes of its configuration.
    pub(crate) fn nginx_return(places: &Places, bytes: usize) -> Result<Self> {
        let address = free_address()?;
        // A word of a configuration is shorter than 4,096 bytes.
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
        Self::start_nginx(command, "nginx-return", address, "/", places)
    }

    fn start_nginx(
        mut command: Command,
        name: &str,
        address: SocketAddr,
        wanted: &str,
        places: &Places,
    ) -> Result<Self> {
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin")).env("RUN_DIR", run_dir(name)?);
        Self::start(command, name, address, wanted, places)
    }

    /// Express over this database: `cache` says whether behind a Map.
    pub(crate) fn express(places: &Places, database: &str, cache: bool) -> Result<Self> {
        let address = free_address()?;
        let mut command = Command::new("node");
        command.arg("server.js").current_dir(places.file("express"));
        command.env("NODE_ENV", "production").env("DATABASE_URL", database);
        command.env("PORT", address.port().to_string()).env("CACHE", if cache { "on" } else { "off" });
        Self::start(command, if cache { "express-cached" } else { "express" }, address, "/health", places)
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
        // Each of these fails only where it has ended already.
        let _ = pid.map(|pid| kill(pid, Signal::SIGTERM));
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(POLL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An empty directory that NGINX's workers, which are not root, get into.
fn run_dir(name: &str) -> Result<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = std::env::temp_dir().join(format!("atelier-bench-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir)?;
    std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755))?;
    Ok(dir)
}

/// Removes what [`run_dir`] made for this run.
pub(crate) fn remove_run_dirs() {
    for name in ["nginx", "nginx-return", "return"] {
        let dir = std::env::temp_dir().join(format!("atelier-bench-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(dir);
    }
}
