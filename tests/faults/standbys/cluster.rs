//! A primary and its standbys.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use atelier::database::migrations;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use private_postgres::PrivateServer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::shop::SHOP;
use crate::databases::run;

/// A primary and a standby.
pub(crate) struct Pair {
    pub(crate) primary: PrivateServer,
    pub(crate) standby: PrivateServer,
}

impl Pair {
    /// Starts a pair for one test.
    pub(crate) async fn start() -> Self {
        let primary = PrivateServer::replicated().await.expect("a primary");
        let standby = primary.standby().await.expect("a standby");
        Self { primary, standby }
    }

    /// The pair that tests share, one at a time. They must not stop or promote its servers.
    pub(crate) async fn shared() -> MutexGuard<'static, Self> {
        static PAIR: OnceCell<Mutex<Pair>> = OnceCell::const_new();
        PAIR.get_or_init(async || Mutex::new(Self::start().await)).await.lock().await
    }

    /// Creates a database with the rows of [`SHOP`].
    pub(crate) async fn create_database(&self) -> ReplicatedDatabase {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("shop_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        run(&mut connect(&self.primary, "postgres").await, format!("create database {name}")).await;
        let mut sql = connect(&self.primary, &name).await;
        migrations::run(&mut sql, &|_| ()).await.expect("the migrations apply");
        run(&mut sql, SHOP).await;
        ReplicatedDatabase { name }
    }
}

/// The database of a test, on a primary and its standbys.
pub(crate) struct ReplicatedDatabase {
    name: String,
}

impl ReplicatedDatabase {
    /// The options to connect to it on `server`.
    pub(crate) fn on(&self, server: &PrivateServer) -> PgConnectOptions {
        server.connect_options().database(&self.name)
    }

    /// Connects to it on `server`.
    pub(crate) async fn connect(&self, server: &PrivateServer) -> PgConnection {
        connect(server, &self.name).await
    }
}

async fn connect(server: &PrivateServer, database: &str) -> PgConnection {
    server.connect_options().database(database).connect().await.expect("the server accepts connections")
}

/// Kills a server at once: it sends its standbys nothing more, not even what it has committed.
pub(crate) fn kill_server(server: &PrivateServer) {
    let file = server.data_dir().join("data/postmaster.pid");
    let text = fs::read_to_string(file).expect("the server runs");
    let pid = text.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process exists");
}

/// Makes a standby follow another primary.
pub(crate) async fn follow(standby: &mut PgConnection, primary: &PgConnectOptions) {
    let host = primary.get_socket().expect("a private server has a socket").display().to_string();
    let port = primary.get_port();
    let conninfo = format!("host={host} port={port} user=postgres");
    run(standby, format!("alter system set primary_conninfo = '{conninfo}'")).await;
    run(standby, "select pg_reload_conf()").await;
}
