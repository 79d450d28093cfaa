//! The data directory: the first start creates it, by initdb or as a copy of a primary; later starts check it.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::process::Command;

use sqlx::postgres::PgConnectOptions;

use crate::error::PrivateServerError;
use crate::programs::Programs;
use crate::server_dir::ServerDir;
use crate::settings::Purpose;
use crate::watchdog::Watchdog;

/// Creates the data if they are missing. Fails if they are from another major version.
pub(super) async fn prepare(
    dir: &ServerDir,
    programs: &Programs,
    purpose: Purpose,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let data = dir.data();
    let Ok(version) = fs::read_to_string(data.join("PG_VERSION")) else {
        return create(dir, programs, purpose, lock).await;
    };
    if version.trim() != programs.major() {
        return Err(PrivateServerError::OtherVersion {
            dir: dir.path.clone(),
            data: version.trim().into(),
            bin_dir: programs.bin_dir.clone(),
            program: programs.version.clone(),
        });
    }
    // The lock proves that its writer has ended. PostgreSQL would not start if another process has the same id by now, as
    // happens in containers.
    let pid_file = data.join("postmaster.pid");
    match fs::remove_file(&pid_file) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            Err(PrivateServerError::io("remove", pid_file)(err))
        }
        _ => Ok(()),
    }
}

/// Runs initdb.
async fn create(
    dir: &ServerDir,
    programs: &Programs,
    purpose: Purpose,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let mut initdb = Command::new(programs.bin_dir.join("initdb"));
    // The C locale sorts the same on all machines. Trust applies to the socket and loopback only: initdb's pg_hba.conf has
    // no other address.
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
    if purpose != Purpose::Durable {
        initdb.arg("--no-sync");
    }
    run_into_data(dir, initdb, "initdb", lock).await
}

/// Copies the data of the server at `primary`, as a standby of it.
pub(super) async fn copy(
    dir: &ServerDir,
    programs: &Programs,
    primary: &PgConnectOptions,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let mut backup = Command::new(programs.another("pg_basebackup"));
    backup.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf"]);
    backup.arg("--username=postgres").arg(format!("--port={}", primary.get_port()));
    backup.arg("--host").arg(primary.get_socket().map_or(primary.get_host().as_ref(), |dir| dir.as_os_str()));
    run_into_data(dir, backup, "pg_basebackup", lock).await
}

/// Runs a command that creates the data. It writes to another directory, which is renamed at the end, so that a killed
/// command leaves no incomplete data.
async fn run_into_data(
    dir: &ServerDir,
    mut command: Command,
    program: &'static str,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let new = dir.path.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(PrivateServerError::io("remove", &new))?;
    }
    // PostgreSQL refuses a directory that others can read.
    DirBuilder::new().mode(0o700).create(&new).map_err(PrivateServerError::io("create", &new))?;
    dir.account.own(&new)?;
    command.arg("-D").arg(&new);
    let status = Watchdog::run(&command, dir, lock)?.wait().await?;
    if !status.success() {
        return Err(dir.ended(program));
    }
    fs::rename(&new, dir.data()).map_err(PrivateServerError::io("rename", new))
}
