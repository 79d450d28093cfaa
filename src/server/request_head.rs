//! What is required of a request head beyond what hyper checks: one valid Host, and one length of the body (RFC 9112, 3.2
//! and 6.3). A request that two programs understand differently could smuggle another one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::header::HOST;
use http::{Request, StatusCode, Version};
use hyper::body::{Body as _, Incoming};

use crate::http::error::Error;

/// Memory that stays allocated for heads while a connection is idle, in bytes.
const IDLE_BYTES: usize = 1024;

/// The head of the request that a connection receives: what the client has sent since it was last answered.
pub(super) struct RequestHead {
    bytes: Mutex<Vec<u8>>,
    max_bytes: usize,
    has_unread_body: AtomicBool,
}

impl RequestHead {
    /// Keeps heads of up to `max_bytes`; what follows is not kept.
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { bytes: Mutex::default(), max_bytes, has_unread_body: AtomicBool::new(false) }
    }

    /// Keeps bytes, which are the first of the next request if `is_next`.
    pub(super) fn received(&self, received: &[u8], is_next: bool) {
        let mut bytes = self.bytes();
        if is_next {
            bytes.clear();
            bytes.shrink_to(IDLE_BYTES);
        }
        let room = self.max_bytes.saturating_sub(bytes.len());
        bytes.extend_from_slice(&received[..received.len().min(room)]);
    }

    /// Whether nothing was received yet.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Whether the last request has a body that was not read to its end: the client may still be sending it.
    pub(super) fn has_unread_body(&self) -> bool {
        self.has_unread_body.load(Ordering::Relaxed)
    }

    /// The body of the last request was read to its end.
    pub(super) fn body_was_read(&self) {
        self.has_unread_body.store(false, Ordering::Relaxed);
    }

    /// Checks a request that hyper has parsed.
    pub(super) fn check(&self, request: &Request<Incoming>) -> Result<(), Error> {
        let has_body = !request.body().is_end_stream();
        self.has_unread_body.store(has_body, Ordering::Relaxed);
        if !has_valid_host(request) {
            let detail = "the request must have one Host header, with the name and port of this site";
            return Err(Error::Head(StatusCode::BAD_REQUEST, detail));
        }
        // hyper uses Transfer-Encoding where there are both, and removes Content-Length.
        if has_body && request.body().size_hint().exact().is_none() && has_both_lengths(&self.bytes()) {
            let detail = "the request has both Content-Length and Transfer-Encoding";
            return Err(Error::Head(StatusCode::BAD_REQUEST, detail));
        }
        Ok(())
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_valid_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, _) => request.version() < Version::HTTP_11,
        _ => false,
    }
}

/// Whether this is `host` or `host:port` (RFC 3986, 3.2, without user information, and not empty).
fn is_host(text: &[u8]) -> bool {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let host = match text[..text.len() - digits] {
        [ref host @ .., b':'] => host,
        _ => text,
    };
    match host {
        [] => false,
        [b'[', address @ .., b']'] => address.iter().all(|it| it.is_ascii_hexdigit() || b":.".contains(it)),
        name => name.iter().all(|it| it.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(it)),
    }
}

/// Whether one of these heads has both headers that say where the body ends.
fn has_both_lengths(heads: &[u8]) -> bool {
    let (mut has_length, mut has_encoding) = (false, false);
    for line in heads.split(|byte| *byte == b'\n') {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        if name.trim_ascii().is_empty() {
            (has_length, has_encoding) = (false, false);
        }
        has_length |= name.eq_ignore_ascii_case(b"content-length");
        has_encoding |= name.eq_ignore_ascii_case(b"transfer-encoding");
        if has_length && has_encoding {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::{has_both_lengths, is_host};

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        for host in [
            "localhost",
            "localhost:3000",
            "10.0.0.1",
            "10.0.0.1:80",
            "[::1]",
            "[::1]:80",
            "a_b.example",
            "a:",
        ] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "", ":", ":80", "a b", "a/b", "user@a", "a:b", "a:80:80", "[::1", "[::1]a", "a?", "a#", "\"", "é",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn both_lengths_count_only_within_one_head() {
        assert!(has_both_lengths(
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nhost: a\r\nTRANSFER-encoding: chunked\r\n\r\n"
        ));
        let pipelined = b"POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n{POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        assert!(!has_both_lengths(pipelined));
    }
}
