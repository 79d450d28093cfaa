//! Logs, metrics, and the supervision of background tasks.

use std::error::Error;
use std::sync::Arc;

use sqlx::postgres::PgDatabaseError;

pub mod log_limit;
pub mod logs;
pub mod metrics;
pub mod tasks;

/// An error and its causes, in one line. A cause that the text contains already is left out.
#[must_use]
pub fn with_causes(err: &(dyn Error + 'static)) -> String {
    let mut text = message(err);
    let mut cause = err.source();
    while let Some(err) = cause {
        let message = message(err);
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        cause = err.source();
    }
    text
}

/// The message of an error. sqlx adds the line of PostgreSQL's source code to those of the database.
fn message(err: &(dyn Error + 'static)) -> String {
    let shared = err.downcast_ref::<Arc<sqlx::Error>>().map(|err| &**err);
    if let Some(sqlx::Error::Database(err)) = shared.or(err.downcast_ref()) {
        return err.message().to_owned();
    }
    err.downcast_ref::<PgDatabaseError>().map_or_else(|| err.to_string(), |err| err.message().to_owned())
}
