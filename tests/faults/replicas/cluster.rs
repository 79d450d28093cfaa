//! PostgreSQL servers of which one is followed by others.

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
    /// A pair of the test's own.
    pub(crate) async fn start() -> Self {
        let primary = PrivateServer::replicated().await.expect("a primary");
        let standby = primary.standby().await.expect("a standby");
        Self { primary, standby }
    }

    /// The pair of those who leave it as it was. It is theirs for as long as they hold it.
    pub(crate) async fn shared() -> MutexGuard<'static, Self> {
        static PAIR: OnceCell<Mutex<Pair>> = OnceCell::const_new();
        PAIR.get_or_init(async || Mutex::new(Self::start().await)).await.lock().await
    }

    /// A new database with the [shop](SHOP), on both.
    pub(crate) async fn shop(&self) -> Shop {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("shop_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        run(&mut connect(&self.primary, "postgres").await, format!("create database {name}")).await;
        let mut sql = connect(&self.primary, &name).await;
        migrations::run(&mut sql).await.expect("the migrations apply");
        run(&mut sql, SHOP).await;
        Shop { name }
    }
}

/// The database of a test.
pub(crate) struct Shop {
    name: String,
}

impl Shop {
    /// How it is found on this server.
    pub(crate) fn on(&self, server: &PrivateServer) -> PgConnectOptions {
        server.connect_options().database(&self.name)
    }

    /// A connection to it there.
    pub(crate) async fn sql(&self, server: &PrivateServer) -> PgConnection {
        connect(server, &self.name).await
    }
}

async fn connect(server: &PrivateServer, database: &str) -> PgConnection {
    server.connect_options().database(database).connect().await.expect("the server answers")
}

/// Shoots a server dead: it says nothing any more, and its standbys don't get what they have not got yet.
pub(crate) fn shoot(server: &PrivateServer) {
    let file = server.data_dir().join("data/postmaster.pid");
    let text = fs::read_to_string(file).expect("it runs");
    let pid = text.lines().next().and_then(|line| line.parse().ok()).expect("a process id");
    kill(Pid::from_raw(pid), Signal::SIGKILL).expect("the process is there");
}

/// Has a standby follow another primary.
pub(crate) async fn follow(standby: &mut PgConnection, primary: &PgConnectOptions) {
    let host = primary.get_socket().expect("a private server has a socket").display().to_string();
    let port = primary.get_port();
    let way = format!("host={host} port={port} user=postgres");
    run(standby, format!("alter system set primary_conninfo = '{way}'")).await;
    run(standby, "select pg_reload_conf()").await;
}
