//! What can end a load or a check, in words for the person who started it.

use std::io;
use std::path::PathBuf;

use sqlx::migrate::MigrateError;
use thiserror::Error;

use crate::load::Loss;

/// Why a load or a check ended early. After each of these, but for [`LoadError::Summary`], the database serves what it
/// served before.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file without which there is nothing to load, or the directory itself.
    #[error("{path}: {source}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that has to be loaded together with others that are there.
    #[error(
        "{path}: not there, and {present} is; {group} are loaded together or not at all", path = path.display()
    )]
    Incomplete {
        /// The file that is missing.
        path: PathBuf,
        /// A file that is there.
        present: &'static str,
        /// All that belong together.
        group: String,
    },
    /// The file cannot be read on, or is no CSV.
    #[error("{path}, line {line}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The line that was to be read.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// Not even a header.
    #[error("{path}, line 1: the file is empty; expected the header {expected}", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// The header that belongs there.
        expected: String,
    },
    /// The first line is not the header that the file should have.
    #[error("{path}, line 1: unreadable header {found:?}; expected {expected}", path = path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// The beginning of what stands there.
        found: String,
        /// The header that belongs there.
        expected: String,
    },
    /// A file of rejects or repairs, or the summary.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An output that is a file which the load reads, or another output.
    #[error("{path} is the same file as {other}; name another place for it", path = path.display())]
    SameFile {
        /// The output.
        path: PathBuf,
        /// The other file, in words.
        other: String,
    },
    /// A file that holds little but damage.
    #[error(
        "{path}: {rejected} of {lines} lines were rejected, more than {percent} %; the live data are unchanged. They are in \
         {rejects}; --max-rejected {needed} accepts so many",
        path = path.display(), rejects = rejects.display()
    )]
    TooManyRejected {
        /// The file.
        path: PathBuf,
        /// Lines read, without the header.
        lines: u64,
        /// Lines rejected.
        rejected: u64,
        /// How many may be rejected, in percent.
        percent: u64,
        /// How many would have to be allowed, in percent.
        needed: u64,
        /// The file of rejects.
        rejects: PathBuf,
    },
    /// A file that would leave far less in its table than is live: most likely it is cut off.
    #[error(
        "{path}: the table {table} holds {live} rows and would hold {loaded}, which is more than {percent} % less; \
         the live data are unchanged. --allow-shrink accepts that",
        path = path.display()
    )]
    Shrinks {
        /// The file.
        path: PathBuf,
        /// The table that it fills.
        table: &'static str,
        /// Rows that are live.
        live: u64,
        /// Rows that would be.
        loaded: u64,
        /// How much less is accepted, in percent.
        percent: u64,
    },
    /// The rows of a file did not reach their table.
    #[error("{path}, line {line}: {}", plain(source), path = path.display())]
    Copy {
        /// The file.
        path: PathBuf,
        /// The last line that was sent.
        line: u64,
        /// What the database said.
        source: sqlx::Error,
    },
    /// Rows were lost on the way. It would be a fault of this program.
    #[error(
        "{path}: of {lines} lines {loaded} arrived in the database and {rejected} were rejected, {} are missing",
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
    /// Another step failed.
    #[error("{doing}: {}", plain(source))]
    Database {
        /// What was being done.
        doing: String,
        /// What the database said.
        source: sqlx::Error,
    },
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database: {0}")]
    Migrate(MigrateError),
    /// The database was migrated by a later version.
    #[error("the database is newer than this program: it does not know migration {0}")]
    NewerDatabase(i64),
    /// A load that goes on elsewhere.
    #[error("another load into this database is running")]
    Busy,
    /// Replacing what is there has to be asked for.
    #[error("the database already holds products; --replace puts the new data in their place")]
    HoldsProducts,
    /// Dropping rows that the data set does not bring back has to be asked for.
    #[error("rows would be lost; --drop-written drops them{}", lines(.0))]
    WouldDrop(Vec<Loss>),
    /// What depends on a table would be lost when the table is replaced.
    #[error("{0} depends on a table that is to be replaced; drop it, and make it again after the load")]
    Dependent(String),
    /// The load has succeeded, but its summary cannot be written.
    #[error("the new data are live, but their summary is not written: {0}")]
    Summary(Box<Self>),
    /// Ctrl-C, or a request to end.
    #[error("interrupted; nothing was changed")]
    Interrupted,
}

impl LoadError {
    /// For `map_err`: a database error, with what was being done.
    pub(crate) fn doing(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Database { doing: doing.into(), source }
    }
}

/// The server's message without sqlx's words around it.
fn plain(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        other => other.to_string(),
    }
}

/// Each on a line of its own.
fn lines(losses: &[Loss]) -> String {
    losses.iter().fold(String::new(), |lines, loss| format!("{lines}\n  {loss}"))
}
