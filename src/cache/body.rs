//! A body as it is sent: final bytes, their entity tag, and the headers that belong to them.

use std::ops::RangeInclusive;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use xxhash_rust::xxh3::xxh3_128;

use super::encoding::Encoding;
use crate::database::large_bodies::LargeBody;

/// Bodies of these sizes are compressed, in bytes: below, the headers outweigh what is saved; above, it would take a
/// processor for a tenth of a second or more.
const COMPRESSED_BYTES: RangeInclusive<usize> = 256..=4 * 1024 * 1024;
/// Bodies from this size on are compressed on a thread that may block, in bytes: it takes a millisecond or more.
const MIN_BLOCKING_BYTES: usize = 32 * 1024;

/// A body that is ready to send. Clones share the bytes.
///
/// The entity tag is a number within, and the bytes stand beside their reference count: where there are too many bodies for
/// the processor's caches, every further pointer that a hit follows costs a wait for memory.
#[derive(Clone, Debug)]
pub struct Body {
    bytes: Arc<[u8]>,
    hash: [u8; 16],
    encoding: Encoding,
    headers: Option<Arc<[(HeaderName, HeaderValue)]>>,
    large: Option<Arc<LargeBody>>,
}

/// The bytes of a large body that is being sent.
struct Sending {
    bytes: Arc<[u8]>,
    _large: Arc<LargeBody>,
}

impl AsRef<[u8]> for Sending {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Body {
    /// A body of JSON, without headers of its own.
    #[must_use]
    pub fn json(text: &str) -> Self {
        Self::new(text.as_bytes(), Vec::new())
    }

    /// A body of these bytes, which is sent with `headers` beside those that all bodies have.
    #[must_use]
    pub fn new(bytes: &[u8], headers: Vec<(HeaderName, HeaderValue)>) -> Self {
        let headers = (!headers.is_empty()).then(|| headers.into());
        Self::of(bytes.into(), Encoding::Identity, headers)
    }

    fn of(bytes: Arc<[u8]>, encoding: Encoding, headers: Option<Arc<[(HeaderName, HeaderValue)]>>) -> Self {
        let large = LargeBody::new(bytes.len()).map(Arc::new);
        Self { hash: hash(&bytes), bytes, encoding, headers, large }
    }

    /// The bytes to send.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        let bytes = Arc::clone(&self.bytes);
        match &self.large {
            None => Bytes::from_owner(bytes),
            Some(large) => Bytes::from_owner(Sending { bytes, _large: Arc::clone(large) }),
        }
    }

    /// The number of bytes.
    #[must_use]
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// A strong validator: other bytes have another one, on every replica.
    #[must_use]
    pub fn etag(&self) -> HeaderValue {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut tag = [b'"'; 34];
        for (byte, place) in self.hash.iter().zip(tag[1..33].chunks_exact_mut(2)) {
            place[0] = DIGITS[usize::from(byte >> 4)];
            place[1] = DIGITS[usize::from(byte & 15)];
        }
        HeaderValue::from_bytes(&tag).expect("quotes and hexadecimal digits")
    }

    /// The encoding that the bytes are in.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Further headers to send.
    #[must_use]
    pub fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        self.headers.as_deref().unwrap_or_default()
    }

    /// Whether it counts towards the limit of large bodies.
    pub(super) fn is_large(&self) -> bool {
        self.large.is_some()
    }

    /// The memory that it takes, estimated, in bytes.
    pub(super) fn size(&self) -> u32 {
        let size = size_of::<Self>() + self.bytes.len() + size_of_val(self.headers());
        u32::try_from(size).unwrap_or(u32::MAX)
    }

    /// The same body in another encoding, or as it is where that gains nothing.
    pub(super) async fn encoded(self, encoding: Encoding) -> Self {
        if !COMPRESSED_BYTES.contains(&self.bytes.len()) {
            return self;
        }
        if self.bytes.len() < MIN_BLOCKING_BYTES {
            return self.encoded_here(encoding);
        }
        let body = self.clone();
        // It fails only while the process ends; then the plain bytes do.
        tokio::task::spawn_blocking(move || body.encoded_here(encoding)).await.unwrap_or(self)
    }

    fn encoded_here(&self, encoding: Encoding) -> Self {
        Self::of(encoding.encode(&self.bytes).into(), encoding, self.headers.clone())
    }
}

/// 128 bits, which no two bodies of a shop will share by chance.
fn hash(bytes: &[u8]) -> [u8; 16] {
    xxh3_128(bytes).to_be_bytes()
}
