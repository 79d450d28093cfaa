//! The data directory: made by initdb, or as a copy of another server's, the first time, and checked every other time.

use std::{
    fs::{self, DirBuilder, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    process::Command,
};

use sqlx::postgres::PgConnectOptions;

use crate::{Keep, POLL, PrivateServerError, Programs, Site, Watchdog};

/// Lays out the data if there are none, and refuses those of another major version.
pub(super) async fn prepare(
    site: &Site,
    programs: &Programs,
    keep: Keep,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let data = site.data();
    let Ok(version) = fs::read_to_string(data.join("PG_VERSION")) else {
        return create(site, programs, keep, lock).await;
    };
    if version.trim() != programs.major() {
        return Err(PrivateServerError::OtherVersion {
            dir: site.dir.clone(),
            data: version.trim().into(),
            bin_dir: programs.bin_dir.clone(),
            program: programs.version.clone(),
        });
    }
    // The lock says that its writer is gone; but PostgreSQL would not start if the number in it
    // is another process's by now, as happens in containers.
    let pid_file = data.join("postmaster.pid");
    match fs::remove_file(&pid_file) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => {
            Err(PrivateServerError::io("remove", pid_file)(err))
        }
        _ => Ok(()),
    }
}

/// Runs initdb.
async fn create(site: &Site, programs: &Programs, keep: Keep, lock: &File) -> Result<(), PrivateServerError> {
    let mut initdb = Command::new(programs.bin_dir.join("initdb"));
    // The C locale is the one that sorts alike on all machines. Trust is for the socket and
    // loopback: initdb's pg_hba.conf knows no other address.
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
    if keep != Keep::Data {
        initdb.arg("--no-sync");
    }
    lay_out(site, initdb, "initdb", lock).await
}

/// Copies the data of the server at `primary`, which the copy will follow.
pub(super) async fn copy(
    site: &Site,
    programs: &Programs,
    primary: &PgConnectOptions,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let mut backup = Command::new(programs.another("pg_basebackup"));
    backup.args(["--no-sync", "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf"]);
    backup.arg("--username=postgres").arg(format!("--port={}", primary.get_port()));
    backup.arg("--host").arg(primary.get_socket().map_or(primary.get_host().as_ref(), |dir| dir.as_os_str()));
    lay_out(site, backup, "pg_basebackup", lock).await
}

/// Has `program` lay out a directory beside the data and renames, so that a killed one leaves nothing half made.
async fn lay_out(
    site: &Site,
    mut command: Command,
    program: &'static str,
    lock: &File,
) -> Result<(), PrivateServerError> {
    let new = site.dir.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(PrivateServerError::io("remove", &new))?;
    }
    // PostgreSQL takes no directory that others can read.
    DirBuilder::new().mode(0o700).create(&new).map_err(PrivateServerError::io("create", &new))?;
    site.account.own(&new)?;
    command.arg("-D").arg(&new);
    let mut watchdog = Watchdog::run(&command, site, lock)?;
    let status = loop {
        match watchdog.status()? {
            Some(status) => break status,
            None => tokio::time::sleep(POLL).await,
        }
    };
    if !status.success() {
        return Err(site.ended(program));
    }
    fs::rename(&new, site.data()).map_err(PrivateServerError::io("rename", new))
}
