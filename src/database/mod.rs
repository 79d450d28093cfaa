//! Everything about the connection to PostgreSQL that knows no feature.

pub mod private;
