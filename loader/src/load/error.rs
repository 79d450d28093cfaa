//! The errors of a load, in words for the person who started it.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::loss::Loss;
use crate::database::{DatabaseError, message};

/// Why a load failed. After each of these errors but [`LoadError::Summary`], [`LoadError::Unvalidated`]
/// and [`LoadError::Unknown`] the database serves the old data.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A required file, or the directory itself, cannot be opened.
    #[error("{path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// A file of a group is missing while others are present.
    #[error(
        "{path} is missing, but {present} is present; {group} are loaded together or not at all", path = path.display()
    )]
    Incomplete {
        /// The missing file.
        path: PathBuf,
        /// A file that is present.
        present: &'static str,
        /// All files of the group.
        group: String,
    },
    /// The file cannot be read, or is not a CSV file.
    #[error("{path}, line {line}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The line that could not be read.
        line: u64,
        /// The error.
        source: io::Error,
    },
    /// The file has no header.
    #[error("{path}, line 1: the file is empty; expected the header {expected}", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// The expected header.
        expected: String,
    },
    /// The first line is not the expected header.
    #[error("{path}, line 1: unreadable header {found:?}; expected {expected}", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The beginning of the first line.
        found: String,
        /// The expected header.
        expected: String,
    },
    /// A file of rejects or repairs, or the summary, cannot be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// An output is a file that the load reads, or another output.
    #[error("{path} is the same file as {other}; choose another path for it", path = path.display())]
    SameFile {
        /// The output.
        path: PathBuf,
        /// The other file, in words.
        other: String,
    },
    /// Too many lines of a file were rejected.
    #[error(
        "{path}: {rejected} of {lines} lines were rejected, more than {percent} %; the live data are unchanged. The lines \
         are in {rejects}; --max-rejected {needed} would accept them",
        path = path.display(), rejects = rejects.display()
    )]
    TooManyRejected {
        /// The file.
        path: PathBuf,
        /// Lines read, without the header.
        lines: u64,
        /// Lines rejected.
        rejected: u64,
        /// The limit, in percent of the lines.
        percent: u64,
        /// The limit that would accept the file, in percent of the lines.
        needed: u64,
        /// The file of rejects.
        rejects: PathBuf,
    },
    /// The file has far fewer rows than its live table: most likely it is truncated.
    #[error(
        "{path}: the table {table} holds {live} rows and would hold {loaded}, more than {percent} % fewer; \
         the live data are unchanged. --allow-shrink accepts that",
        path = path.display()
    )]
    Shrinks {
        /// The file.
        path: PathBuf,
        /// The table of the file.
        table: &'static str,
        /// Rows of the live table.
        live: u64,
        /// Rows of the file.
        loaded: u64,
        /// The limit, in percent of the live rows.
        percent: u64,
    },
    /// COPY failed.
    #[error("{path}, line {line}: {}; the live data are unchanged", message(source), path = path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// The last line that was sent.
        line: u64,
        /// The error.
        source: sqlx::Error,
    },
    /// Rows are missing in the database. This is a bug of this program.
    #[error(
        "{path}: of {lines} lines {loaded} were loaded and {rejected} were rejected; {} are missing",
        lines.abs_diff(loaded + rejected), path = path.display()
    )]
    Lost {
        /// The file.
        path: PathBuf,
        /// Lines read, without the header.
        lines: u64,
        /// Rows that the database counted.
        loaded: u64,
        /// Lines rejected.
        rejected: u64,
    },
    /// The database could not be used.
    #[error("{}{}", .0, state(.0))]
    Database(#[from] DatabaseError),
    /// The connection was lost while the replacement was committed.
    #[error(
        "the connection was lost while the new data went live, so either they are live or the old ones still are: {}; \
         load again with --replace",
        message(.0)
    )]
    Unknown(sqlx::Error),
    /// Another load holds the lock.
    #[error("another load into this database is running")]
    Busy,
    /// The database holds products, and the options do not allow their replacement.
    #[error("the database already holds products; --replace replaces them")]
    HoldsProducts,
    /// The load would delete rows, and the options do not allow it.
    #[error("rows would be lost; --drop-written drops them{}", lines(.0))]
    WouldDrop(Vec<Loss>),
    /// Rows of another table reference rows that the data set lacks, by a foreign key that does not cascade.
    #[error(
        "the data set lacks rows that are referenced: table \"{table}\" violates foreign key constraint \"{name}\"; delete \
         its rows, or declare the key `on delete cascade`. The live data are unchanged"
    )]
    Referenced {
        /// The other table.
        table: String,
        /// The foreign key.
        name: String,
    },
    /// A view or the like depends on a table that the load replaces.
    #[error("{0} depends on a table that is to be replaced; drop it, and create it again after the load")]
    Dependent(String),
    /// The load has succeeded, but its summary could not be written.
    #[error("the new data are live, but their summary could not be written: {0}")]
    Summary(Box<Self>),
    /// The load has succeeded, but foreign keys of other tables could not be validated.
    #[error(
        "the new data are live, but foreign keys that reference them could not be validated: {}; the next load does that",
        message(.0)
    )]
    Unvalidated(sqlx::Error),
    /// SIGINT or SIGTERM.
    #[error("interrupted; nothing was changed")]
    Interrupted,
}

/// What is live after an error that does not say so by itself.
fn state(error: &DatabaseError) -> &'static str {
    match error {
        DatabaseError::Statement { .. } => "; the live data are unchanged",
        DatabaseError::Migrate { .. } | DatabaseError::Newer(_) => "",
    }
}

/// The losses, one per line.
fn lines(losses: &[Loss]) -> String {
    losses.iter().fold(String::new(), |lines, loss| format!("{lines}\n  {loss}"))
}
