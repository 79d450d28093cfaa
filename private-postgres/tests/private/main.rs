//! Private servers, started by real programs.

mod accounts;
mod command;
mod endings;
mod program;
mod starts;

use std::{fs::Permissions, os::unix::fs::PermissionsExt};

use private_postgres::PrivateServer;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A directory that every account may enter.
fn directory() -> TempDir {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir().unwrap()
}

async fn connect(server: &PrivateServer) -> PgConnection {
    PgConnection::connect_with(&server.connect_options()).await.unwrap()
}
