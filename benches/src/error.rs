//! Errors are messages: an error ends the row that it belongs to.

/// Any error.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// A result with any error.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// An error with this message.
pub(crate) fn error(message: impl Into<String>) -> Error {
    message.into().into()
}
