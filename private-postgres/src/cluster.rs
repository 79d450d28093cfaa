//! The data directory: made by initdb the first time, checked every other time.

use std::{
    fs::{self, File},
    io,
    process::Command,
};

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

/// Runs initdb beside the data and renames, so that a killed one leaves nothing half made.
async fn create(site: &Site, programs: &Programs, keep: Keep, lock: &File) -> Result<(), PrivateServerError> {
    let new = site.dir.join("data.new");
    if new.exists() {
        fs::remove_dir_all(&new).map_err(PrivateServerError::io("remove", &new))?;
    }
    fs::create_dir(&new).map_err(PrivateServerError::io("create", &new))?;
    site.account.own(&new)?;

    let mut initdb = Command::new(programs.bin_dir.join("initdb"));
    // The C locale is the one that sorts alike on all machines. Trust is for the socket and
    // loopback: initdb's pg_hba.conf knows no other address.
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
    if keep == Keep::Nothing {
        initdb.arg("--no-sync");
    }
    initdb.arg("-D").arg(&new);
    let mut watchdog = Watchdog::run(&initdb, site, lock)?;
    let status = loop {
        match watchdog.status()? {
            Some(status) => break status,
            None => tokio::time::sleep(POLL).await,
        }
    };
    if !status.success() {
        return Err(site.ended("initdb"));
    }
    fs::rename(&new, site.data()).map_err(PrivateServerError::io("rename", new))
}
