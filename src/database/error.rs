//! Why a job has no output.

use std::sync::Arc;

use super::large_bodies;

/// Why a job has no output. Cloned to every caller that waited for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JobError {
    /// The queue is full.
    #[error("too many jobs wait for the database")]
    Overloaded,
    /// There is no connection.
    #[error("there is no connection to the database")]
    Unavailable,
    /// The job did not finish within the timeout. It was not begun, or is undone, or only reads.
    #[error("the database did not answer within the timeout")]
    TimedOut,
    /// The job was begun, and it is not known whether it was done: the connection was lost, or the database did not answer.
    #[error("the database did not confirm that the job was done")]
    OutcomeUnknown,
    /// The standby has not replayed the minimum of the read.
    #[error("the standby has not replayed the position that the read requires")]
    NotReplayed,
    /// The result would be larger than any response may be.
    #[error("the result has more than {} bytes", large_bodies::MAX_BYTES)]
    TooLarge,
    /// The query failed.
    #[error("a query failed")]
    Failed(#[source] Arc<sqlx::Error>),
}

impl JobError {
    /// The reasons of jobs that count as failed; a read that is not replayed goes on to another server.
    pub(super) const REASONS: [&str; 5] =
        ["overloaded", "unavailable", "timed_out", "outcome_unknown", "failed"];

    /// The label `reason` or `outcome` of the metrics.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::TimedOut => "timed_out",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::NotReplayed => "not_replayed",
            Self::TooLarge => "too_large",
            Self::Failed(_) => "failed",
        }
    }

    /// The constraint that the query violated, by its name in the schema.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        let Self::Failed(err) = self else { return None };
        err.as_database_error().and_then(|err| err.constraint())
    }
}

/// What a query's error says of the jobs and of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server rejected the query, and has undone it.
    Query,
    /// The server cancelled the query, which took too long, and has undone it.
    TimedOut,
    /// The server cancelled the query, which waited too long for a lock, and has undone it.
    Lock,
    /// A serialization failure or a deadlock: the transaction is undone, and can be retried.
    Serialization,
    /// The server is read-only: a standby, or a primary no more. Nothing was done.
    ReadOnly,
    /// The connection is lost, or the server terminated it.
    Connection,
    /// The query was done, but its result is not what this program expects.
    Result,
}

impl Failure {
    pub(super) fn of(err: &sqlx::Error) -> Self {
        match err {
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => Self::Connection,
            sqlx::Error::Database(cause) => match cause.code().as_deref() {
                Some("57014") => Self::TimedOut,
                Some("55P03") => Self::Lock,
                Some("40001" | "40P01") => Self::Serialization,
                Some("25006") => Self::ReadOnly,
                // The server shuts down, crashed, starts up, or terminated the connection: also one that was idle in a
                // transaction for too long.
                Some("25P03") => Self::Connection,
                Some(code) if code.starts_with("57P") || code.starts_with("08") => Self::Connection,
                _ => Self::Query,
            },
            _ => Self::Result,
        }
    }
}
