//! Databases that are copies of a template. There is one template for each version of the migrations and fixtures; it stays
//! on the server for later runs.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use atelier::database::migrations::{self, MIGRATOR};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use super::server::{PostgresServer, TestDatabase, run};

/// The advisory lock that is held while a template is made, against concurrent processes. An arbitrary number.
const TEMPLATE_LOCK: i64 = 0x61_7465_6c69_6572;

impl TestDatabase {
    /// Creates a migrated database with the rows that `fixture` inserts.
    pub(crate) async fn filled(fixture: &str) -> Self {
        let server = PostgresServer::get().await;
        let mut connection = server.connect().await;
        let template = template(server, &mut connection, fixture).await;
        Self::copy(server, &mut connection, &template).await
    }
}

/// Makes a template with the rows of `fixture`, unless it exists. Returns its name.
async fn template(server: &PostgresServer, connection: &mut PgConnection, fixture: &str) -> String {
    let mut hasher = DefaultHasher::new();
    MIGRATOR.iter().for_each(|migration| migration.checksum.hash(&mut hasher));
    fixture.hash(&mut hasher);
    let name = format!("atelier_template_{:016x}", hasher.finish());
    run(connection, format!("select pg_advisory_lock({TEMPLATE_LOCK})")).await;
    let exists: bool = sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
        .bind(&name)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    if !exists {
        // A run that was killed here has left a draft.
        run(connection, format!("drop database if exists {name}_draft with (force)")).await;
        run(connection, format!("create database {name}_draft template template0")).await;
        let mut draft = server.options.clone().database(&format!("{name}_draft")).connect().await.unwrap();
        migrations::run(&mut draft, &|_| ()).await.expect("the migrations apply");
        draft.execute(AssertSqlSafe(fixture.to_owned())).await.expect("the fixture applies");
        draft.close().await.unwrap();
        run(connection, format!("alter database {name}_draft rename to {name}")).await;
    }
    run(connection, format!("select pg_advisory_unlock({TEMPLATE_LOCK})")).await;
    name
}
