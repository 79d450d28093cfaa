//! What the tests of every binary stand on, the loader's too: one PostgreSQL server, and databases of it that a test has
//! to itself.
//!
//! The server is the one that `DATABASE_URL` names, which has to let us create databases, or else a private one that
//! ends with the process.

#![allow(dead_code, reason = "no binary needs all of it")]

use std::str::FromStr as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use private_postgres::PrivateServer;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, PgConnection};
use tokio::runtime;
use tokio::sync::OnceCell;

/// How long anything that has to happen may take. Nothing takes a tenth of it, unless it never happens.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often it is looked whether it has.
const POLL: Duration = Duration::from_millis(2);
/// No run takes so long: a database that is older was left by one that was killed.
const LEFTOVER_AGE: Duration = Duration::from_hours(1);

pub(super) struct Server {
    pub(super) options: PgConnectOptions,
    /// Of a static, which is never dropped: the server ends with the process all the same.
    private: Option<PrivateServer>,
}

impl Server {
    pub(super) async fn get() -> &'static Self {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        SERVER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let Ok(url) = std::env::var("DATABASE_URL") else {
            let private = PrivateServer::throwaway().await.expect("a private PostgreSQL");
            return Self { options: private.connect_options(), private: Some(private) };
        };
        let options = PgConnectOptions::from_str(&url).expect("DATABASE_URL is a URL of PostgreSQL");
        let server = Self { options, private: None };
        server.remove_leftovers().await;
        server
    }

    /// Takes what a killed run left behind, not what another one is working with.
    async fn remove_leftovers(&self) {
        let mut connection = self.connect().await;
        let names: Vec<String> = sqlx::query_scalar(
            "select datname from pg_database
             where datname like 'atelier\\_test\\_%' and split_part(datname, '_', 3)::bigint < $1",
        )
        .bind(now_s() - i64::try_from(LEFTOVER_AGE.as_secs()).unwrap())
        .fetch_all(&mut connection)
        .await
        .unwrap();
        for name in names {
            run(&mut connection, format!("drop database if exists {name} with (force)")).await;
        }
    }

    pub(super) async fn connect(&self) -> PgConnection {
        self.options.connect().await.expect("the server of the tests answers")
    }
}

/// A database of one test. Dropping it drops it on the server, however the test ended.
pub(crate) struct TestDatabase {
    name: String,
    server: &'static Server,
}

impl TestDatabase {
    /// A database that holds nothing, not even a schema.
    pub(crate) async fn empty() -> Self {
        let server = Server::get().await;
        Self::copy(server, &mut server.connect().await, "template0").await
    }

    /// A copy of the database `template`, to which nobody may be connected.
    pub(super) async fn copy(server: &'static Server, connection: &mut PgConnection, template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("atelier_test_{}_{process}_{number}", now_s());
        run(connection, format!("create database {name} template {template}")).await;
        Self { name, server }
    }

    /// What to connect to it with.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.server.options.clone().database(&self.name)
    }

    /// A new connection to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.options().connect().await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server, std::mem::take(&mut self.name));
        // On a thread of its own, as the test's runtime can't wait for itself.
        let dropping = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = server.connect().await;
                run(&mut connection, format!("drop database if exists {name} with (force)")).await;
            });
        });
        // It takes PostgreSQL a tenth of a second. Only of a server that stays does it matter that it is done; that it
        // went wrong is nothing that the test is about.
        if self.server.private.is_none() {
            let _ = dropping.join();
        }
    }
}

/// Runs statements that are written here, in this repository.
pub(crate) async fn run(connection: &mut PgConnection, statements: impl Into<String>) {
    let statements = statements.into();
    if let Err(err) = connection.execute(AssertSqlSafe(statements.as_str())).await {
        panic!("{statements}: {err}");
    }
}

/// How many connections to the database of this one wait for a lock.
pub(crate) async fn waiting(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Asks until the answer is true, and how long that took. Panics where it never is.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !is_so().await {
        assert!(started.elapsed() < DEADLINE, "never happened: {what}");
        tokio::time::sleep(POLL).await;
    }
    started.elapsed()
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    i64::try_from(since.as_secs()).expect("it is not that late")
}
