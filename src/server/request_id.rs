//! Request ids.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue};

/// Identifies a request in every log that it passes: sent by the client or a proxy, or made here.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is accepted, in bytes; a longer one is replaced.
const MAX_LENGTH: usize = 128;

/// Makes ids that no other process makes: a random part per process, and a number.
pub(super) struct RequestIds {
    process: String,
    next: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        let process = RandomState::new().hash_one(std::process::id());
        Self { process: format!("{process:016x}-"), next: AtomicU64::new(1) }
    }

    /// The id of the request with these headers.
    pub(super) fn of(&self, headers: &HeaderMap) -> HeaderValue {
        let given = headers.get(&REQUEST_ID);
        let is_usable = |id: &&HeaderValue| (1..=MAX_LENGTH).contains(&id.len()) && id.to_str().is_ok();
        given.filter(is_usable).cloned().unwrap_or_else(|| {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let id = [&self.process, itoa::Buffer::new().format(number)].concat();
            HeaderValue::try_from(id).expect("hexadecimal digits, a dash and digits")
        })
    }
}
