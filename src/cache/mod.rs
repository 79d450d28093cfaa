//! Ready-to-send responses, cached in memory and invalidated when PostgreSQL notifies of a change.

mod body;
mod encoding;
mod key;
mod listener;
mod listener_state;
mod metrics;
mod responses;
mod stripes;
mod versions;

pub use body::Body;
pub use encoding::Encoding;
pub use key::{Key, Subject};
pub use listener::Listener;
pub use responses::{Cache, CacheOptions};
