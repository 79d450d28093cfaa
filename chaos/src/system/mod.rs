//! The system under test: PostgreSQL, replicas, each behind a proxy of its own, and NGINX.

mod logs;
mod nginx;
mod postgres;
mod process;
mod proxy;
mod replica;

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub(crate) use logs::Logs;
use nginx::Nginx;
pub(crate) use postgres::Postgres;
pub(crate) use proxy::Link;
use proxy::{Proxy, Upstream};
pub(crate) use replica::Replica;
use replica::becomes_ready;

use crate::Result;
use crate::history::Target;
use crate::options::Options;
use crate::shop;

/// How long replicas may take to be ready at the start.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The running system. Dropping it stops everything.
pub(crate) struct System {
    pub(crate) nginx: Nginx,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) postgres: Postgres,
}

impl System {
    /// Starts everything, and waits until all replicas are ready.
    pub(crate) async fn start(options: &Options, logs: &Logs) -> Result<Self> {
        let program = program(options)?;
        let postgres = Postgres::start().await?;
        migrate(&program, &postgres.upstream).await?;
        shop::fill(&mut postgres.connect().await?).await?;
        let mut replicas = Vec::new();
        for number in 1..=options.replicas {
            let proxy = Proxy::start(&postgres.upstream).await?;
            let log = logs.file(&format!("replica-{number}.log"));
            let replica = Replica::new(number, program.clone(), proxy, log)?;
            replica.start(&mut replica.try_lock().expect("nobody else has it yet"))?;
            replicas.push(replica);
        }
        let nginx = Nginx::start(&options.nginx, &replicas, &logs.file("nginx.log"))?;
        let system = Self { nginx, replicas, postgres };
        if !(system.becomes_ready(START_TIMEOUT).await
            && becomes_ready(system.nginx.address, START_TIMEOUT).await)
        {
            return Err(format!("the replicas do not become ready; see {}", logs.dir().display()).into());
        }
        Ok(system)
    }

    /// Waits until all replicas are ready; false if one is not within `timeout`.
    pub(crate) async fn becomes_ready(&self, timeout: Duration) -> bool {
        for replica in &self.replicas {
            if !replica.becomes_ready(timeout).await {
                return false;
            }
        }
        true
    }

    /// The replica with this number.
    pub(crate) fn replica(&self, number: u8) -> &Replica {
        &self.replicas[usize::from(number) - 1]
    }

    /// The address of a server for HTTP.
    pub(crate) fn address(&self, target: Target) -> SocketAddr {
        match target {
            Target::Replica(number) => self.replica(number).address,
            Target::Nginx | Target::Sql => self.nginx.address,
        }
    }

    /// All that take requests.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        let replicas = self.replicas.iter().map(|replica| Target::Replica(replica.number));
        [Target::Nginx].into_iter().chain(replicas)
    }
}

/// The program `atelier`.
fn program(options: &Options) -> Result<PathBuf> {
    let program = match &options.atelier {
        Some(program) => program.clone(),
        None => env::current_exe()?.with_file_name("atelier"),
    };
    program.canonicalize().map_err(|err| format!("{}: {err}", program.display()).into())
}

/// Creates the schema, as the role of the replicas.
async fn migrate(program: &PathBuf, upstream: &Upstream) -> Result<()> {
    let proxy = Proxy::start(upstream).await?;
    let mut command = Command::new(program);
    command.arg("migrate").env("DATABASE_URL", proxy.url());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("atelier migrate: {}", String::from_utf8_lossy(&output.stderr)).into())
}
