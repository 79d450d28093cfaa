//! Finds the programs of PostgreSQL: in `PG_BIN_DIR`, in PATH, and in the directories per version of Debian, Homebrew and
//! the RPMs of PostgreSQL.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::account::Account;
use crate::error::PrivateServerError;

/// Directories with one subdirectory per version, in order of preference: the path, and the prefix of the version in a
/// name.
const VERSIONED: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/usr", "pgsql-"),
];

/// The directory of `initdb` and `postgres`, and their version.
pub(super) struct Programs {
    pub(super) bin_dir: PathBuf,
    /// As PostgreSQL prints it: "17.6".
    pub(super) version: String,
}

impl Programs {
    /// Finds the programs, and runs one as `account` for its version.
    pub(super) fn find(account: &Account) -> Result<Self, PrivateServerError> {
        let bin_dir = find_bin_dir()?;
        let version = read_version(&bin_dir.join("postgres"), account)?;
        Ok(Self { bin_dir, version })
    }

    /// The path of another program of the same installation. Links to `postgres` are followed.
    pub(super) fn another(&self, name: &str) -> PathBuf {
        let real = self.bin_dir.join("postgres").canonicalize();
        let real_dir = real.ok().and_then(|path| path.parent().map(Path::to_owned));
        real_dir.unwrap_or_else(|| self.bin_dir.clone()).join(name)
    }

    /// "17" of "17.6". All versions with the same number can use the data.
    pub(super) fn major(&self) -> &str {
        let end = self.version.find(|c: char| !c.is_ascii_digit());
        &self.version[..end.unwrap_or(self.version.len())]
    }
}

fn find_bin_dir() -> Result<PathBuf, PrivateServerError> {
    if let Some(dir) = env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()) {
        let dir = std::path::absolute(&dir).unwrap_or_else(|_| dir.into());
        return if has_programs(&dir) { Ok(dir) } else { Err(PrivateServerError::WrongBinDir { dir }) };
    }
    // Commands run in another working directory, where a relative entry of PATH would be wrong.
    let path = env::var_os("PATH").unwrap_or_default();
    let mut searched: Vec<_> = env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    let versioned = VERSIONED.map(|(parent, prefix)| bin_dirs(Path::new(parent), prefix));
    let found = searched.iter().chain(versioned.iter().flatten()).find(|dir| has_programs(dir)).cloned();
    searched.extend(VERSIONED.map(|(parent, prefix)| format!("{parent}/{prefix}*/bin").into()));
    found.ok_or(PrivateServerError::NotFound { searched })
}

/// The `bin` directories of all versions below `parent`, newest first.
fn bin_dirs(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let mut versions: Vec<(Vec<u32>, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?;
            let numbers = version.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
            Some((numbers, entry.path().join("bin")))
        })
        .collect();
    versions.sort_unstable();
    versions.into_iter().rev().map(|(_, dir)| dir).collect()
}

fn has_programs(dir: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| {
        fs::metadata(dir.join(name))
            .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    })
}

/// The version in "postgres (PostgreSQL) 17.6 (Debian 17.6-1)".
fn read_version(postgres: &Path, account: &Account) -> Result<String, PrivateServerError> {
    let unusable = |output| PrivateServerError::Unusable {
        program: postgres.into(),
        account: account.name().into(),
        output,
    };
    let output =
        account.command(postgres).arg("--version").output().map_err(|err| unusable(err.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match text.split(' ').nth(2) {
        Some(version) if output.status.success() => Ok(version.trim().to_owned()),
        _ => Err(unusable(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newer_versions_come_first() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["pg@9.6", "pg@17", "pg@15", "pg", "pg@devel", "other@18"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let expected = ["pg@17/bin", "pg@15/bin", "pg@9.6/bin"].map(|dir| parent.path().join(dir));
        assert_eq!(bin_dirs(parent.path(), "pg@"), expected);
    }

    #[test]
    fn the_major_version_is_the_first_number() {
        for (version, major) in [("17.6", "17"), ("18beta1", "18"), ("19", "19")] {
            let programs = Programs { bin_dir: PathBuf::new(), version: version.into() };
            assert_eq!(programs.major(), major);
        }
    }
}
