//! A body as it is sent: final bytes, their ETag, and the headers that belong to them.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use xxhash_rust::xxh3::xxh3_128;

use super::Encoding;

/// Bodies from this size on are worth encoding; below, the headers outweigh what is saved.
const WORTH_ENCODING: usize = 256;
/// Bodies from this size on are encoded on a thread that may block: it takes a millisecond or more.
const LARGE: usize = 32 * 1024;

/// A body that is ready to send.
#[derive(Debug)]
pub struct Body {
    bytes: Bytes,
    etag: HeaderValue,
    encoding: Encoding,
    headers: Box<[(HeaderName, HeaderValue)]>,
}

impl Body {
    /// A body of these bytes, which is sent with `headers` beside those that all bodies have.
    #[must_use]
    pub fn new(bytes: Bytes, headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self { etag: etag(&bytes), bytes, encoding: Encoding::Identity, headers: headers.into() }
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// A strong validator: other bytes have another one, on every replica.
    #[must_use]
    pub fn etag(&self) -> &HeaderValue {
        &self.etag
    }

    /// The encoding that the bytes are in.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Further headers to send.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    /// The memory it takes, about, in bytes.
    pub(super) fn size(&self) -> u32 {
        let size = size_of::<Self>()
            + self.bytes.len()
            + self.headers.len() * size_of::<(HeaderName, HeaderValue)>();
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// The same body in another encoding, or as it is where that gains nothing.
    pub(super) async fn encoded(self: Arc<Self>, encoding: Encoding) -> Arc<Self> {
        if self.bytes.len() < WORTH_ENCODING {
            return self;
        }
        if self.bytes.len() < LARGE {
            return self.encoded_here(encoding);
        }
        let body = Arc::clone(&self);
        // It fails only while the process ends; then the plain bytes do.
        tokio::task::spawn_blocking(move || body.encoded_here(encoding)).await.unwrap_or(self)
    }

    fn encoded_here(&self, encoding: Encoding) -> Arc<Self> {
        let bytes = encoding.encode(&self.bytes);
        Arc::new(Self { etag: etag(&bytes), bytes, encoding, headers: self.headers.clone() })
    }
}

/// 128 bits of the bytes' hash, which no two bodies of a shop will share by chance, in hexadecimal.
fn etag(bytes: &[u8]) -> HeaderValue {
    HeaderValue::try_from(format!("\"{:032x}\"", xxh3_128(bytes))).expect("quotes and hexadecimal digits")
}
