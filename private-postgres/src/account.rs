//! The account that PostgreSQL runs as: the user, or an unprivileged account if the user is root, which PostgreSQL
//! refuses.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

use crate::error::PrivateServerError;

/// An account that PostgreSQL's programs run as.
pub(super) struct Account {
    name: String,
    /// The ids to change to, or `None` if the program already runs as this account.
    ids: Option<(Uid, Gid)>,
}

impl Account {
    /// The user; for root the owner of `data` if that exists, else `postgres` or `nobody`.
    pub(super) fn for_data(data: &Path) -> Result<Self, PrivateServerError> {
        let user = Uid::effective();
        if !user.is_root() {
            return Ok(Self { name: name_of(user), ids: None });
        }
        if let Ok(owner) = fs::metadata(data)
            && owner.uid() != 0
        {
            let uid = Uid::from_raw(owner.uid());
            return Ok(Self { name: name_of(uid), ids: Some((uid, Gid::from_raw(owner.gid()))) });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|found| Self { name: found.name, ids: Some((found.uid, found.gid)) })
            .ok_or(PrivateServerError::NoAccount)
    }

    /// Its name, or its number if it has no name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it differs from the program's own account.
    pub(super) fn is_another(&self) -> bool {
        self.ids.is_some()
    }

    /// A command that runs as this account. Its working directory is /, because the account may not be allowed to enter
    /// the program's, and its locale is C, because macOS kills a postmaster with an unknown one.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/").env("LC_ALL", "C");
        if let Some((uid, gid)) = self.ids {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Makes it the owner of a file or an empty directory that the program has created.
    pub(super) fn own(&self, path: &Path) -> Result<(), PrivateServerError> {
        let Some((uid, gid)) = self.ids else { return Ok(()) };
        chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
            .map_err(PrivateServerError::io("change the owner of", path))
    }

    /// Whether it can enter the directory. This is tried, because modes alone do not decide it.
    pub(super) fn can_enter(&self, dir: &Path) -> bool {
        let mut cd = self.command("sh");
        cd.args(["-c", r#"cd "$1" 2>/dev/null"#, "sh"]).arg(dir);
        cd.status().is_ok_and(|status| status.success())
    }
}

fn name_of(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| uid.to_string(), |user| user.name)
}
