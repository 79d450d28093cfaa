//! Logs, metrics, and the supervision of background tasks.

use std::error::Error;
use std::sync::Arc;

use sqlx::error::DatabaseError;

pub mod log_limit;
pub mod logs;
pub mod metrics;
pub mod tasks;

/// An error and its causes, in one line. A cause that the text contains already is left out.
#[must_use]
pub fn with_causes(err: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(err);
    while let Some(err) = next {
        let database = database_error(err);
        let message = database.map_or_else(|| err.to_string(), |err| err.message().to_owned());
        if text.is_empty() {
            text = message;
        } else if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        next = err.source().filter(|_| database.is_none());
    }
    text
}

/// The error of the database that this is, if it is one. By itself, sqlx adds the line of PostgreSQL's source code to it.
fn database_error<'a>(err: &'a (dyn Error + 'static)) -> Option<&'a (dyn DatabaseError + 'static)> {
    let shared = err.downcast_ref::<Arc<sqlx::Error>>().map(|err| &**err);
    shared.or(err.downcast_ref()).and_then(sqlx::Error::as_database_error)
}
