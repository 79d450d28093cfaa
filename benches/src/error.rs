//! What goes wrong in a bench is told in words, and ends the row that it belongs to.

/// Anything that went wrong.
pub(crate) type Error = Box<dyn std::error::Error + Send + Sync>;
/// What may go wrong.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// An error in these words.
pub(crate) fn error(words: impl Into<String>) -> Error {
    words.into().into()
}
