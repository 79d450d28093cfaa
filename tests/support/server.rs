//! One PostgreSQL server for all tests of a binary, with a database for each test. The tests of the loader and of the demo
//! use this file too.
//!
//! The server is the one at `DATABASE_URL`, where the user must be allowed to create databases, or else a private one that
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

/// How long [`eventually`] waits. It is ten times as long as any condition takes that is met at all.
const DEADLINE: Duration = Duration::from_secs(20);
/// How often [`eventually`] checks its condition.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// Longer than any test run takes: an older database is left over from a run that was killed.
const LEFTOVER_AGE: Duration = Duration::from_hours(1);

/// The PostgreSQL server.
pub(super) struct PostgresServer {
    pub(super) options: PgConnectOptions,
    /// It is in a static, which is never dropped; a private server ends with the process anyway.
    private: Option<PrivateServer>,
}

impl PostgresServer {
    pub(super) async fn get() -> &'static Self {
        static SERVER: OnceCell<PostgresServer> = OnceCell::const_new();
        SERVER.get_or_init(Self::start).await
    }

    async fn start() -> Self {
        let Ok(url) = std::env::var("DATABASE_URL") else {
            let private = PrivateServer::throwaway().await.expect("a private PostgreSQL");
            return Self { options: private.connect_options(), private: Some(private) };
        };
        let options = PgConnectOptions::from_str(&url).expect("DATABASE_URL is the URL of a PostgreSQL");
        let server = Self { options, private: None };
        server.remove_leftovers().await;
        server
    }

    /// Drops the databases of killed runs, but not those of concurrent runs.
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
        self.options.connect().await.expect("the server accepts connections")
    }
}

/// The database of one test. Dropping this drops the database, whether the test succeeded or not.
pub(crate) struct TestDatabase {
    name: String,
    server: &'static PostgresServer,
}

impl TestDatabase {
    /// Creates an empty database, which is not migrated.
    pub(crate) async fn empty() -> Self {
        let server = PostgresServer::get().await;
        Self::copy(server, &mut server.connect().await, "template0").await
    }

    /// Creates a copy of the database `template`, which must have no connections.
    pub(super) async fn copy(
        server: &'static PostgresServer,
        connection: &mut PgConnection,
        template: &str,
    ) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let name = format!("atelier_test_{}_{process}_{number}", now_s());
        run(connection, format!("create database {name} template {template}")).await;
        Self { name, server }
    }

    /// The options to connect to it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.server.options.clone().database(&self.name)
    }

    /// Connects to it.
    pub(crate) async fn connect(&self) -> PgConnection {
        self.options().connect().await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (server, name) = (self.server, std::mem::take(&mut self.name));
        // Not in the test's runtime, which can't be blocked on here.
        let dropping = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let mut connection = server.connect().await;
                run(&mut connection, format!("drop database if exists {name} with (force)")).await;
            });
        });
        // It takes a tenth of a second, and matters only on a server that goes on running. If it fails, that is no reason to
        // fail the test.
        if self.server.private.is_none() {
            let _ = dropping.join();
        }
    }
}

/// Runs statements. They must not contain input from outside the tests.
pub(crate) async fn run(connection: &mut PgConnection, statements: impl Into<String>) {
    let statements = statements.into();
    if let Err(err) = connection.execute(AssertSqlSafe(statements.as_str())).await {
        panic!("{statements}: {err}");
    }
}

/// How many connections to the database of this connection wait for a lock.
pub(crate) async fn lock_waits(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// Waits until a condition is met, and returns how long that took. Panics after [`DEADLINE`].
pub(crate) async fn eventually(what: &str, mut is_met: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !is_met().await {
        assert!(started.elapsed() < DEADLINE, "never happened: {what}");
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    started.elapsed()
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock shows a time after 1970");
    i64::try_from(since.as_secs()).expect("the seconds since 1970 fit into 63 bits")
}
