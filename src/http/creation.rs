//! POST requests that create something: their `Idempotency-Key`.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use http::request::Parts;
use sha2::{Digest as _, Sha256};
use tokio::time::sleep;

use super::error::Error;
use super::shopper::{Session, Shopper};
use crate::database::batcher::Batcher;
use crate::database::idempotency::{
    Created, Creation, CreationRequest, Creations, IdempotentRequest, Outcome,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// How long a request waits for another one with its key that is in progress, and how often it looks.
const IN_PROGRESS_TIMEOUT: Duration = Duration::from_secs(1);
const IN_PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// The `Idempotency-Key` of a request, if it has one.
pub struct IdempotencyKey(Option<Key>);

struct Key {
    text: String,
    method_and_path: String,
    /// Who sent it, where the request says so: a key belongs to its caller.
    caller: Option<Shopper>,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let Some(header) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self(None)) };
        let key = str::from_utf8(header.as_bytes()).ok();
        let key = key.filter(|key| (1..=MAX_KEY).contains(&key.chars().count())).ok_or_else(|| {
            Error::invalid("Idempotency-Key", &format!("must be text of 1 to {MAX_KEY} characters"))
        })?;
        let method_and_path = format!("{} {}", parts.method, parts.uri.path());
        Ok(Self(Some(Key { text: key.to_owned(), method_and_path, caller: Shopper::of(&parts.headers) })))
    }
}

impl IdempotencyKey {
    /// What makes the request with this body the same as another; None without a key. `session` is the shopper's, where the
    /// request belongs to one. A request that starts a session has no earlier one: the cart of another session is not its own.
    #[must_use]
    pub fn request(self, session: Option<&Session>, body: &[u8]) -> Option<IdempotentRequest> {
        let Key { text, method_and_path, caller } = self.0?;
        let shopper = session.map(|session| session.shopper);
        let caller = shopper.or(caller).map(|caller| *caller.id()).unwrap_or_default();
        let shopper = shopper.as_ref().map_or(&[][..], |shopper| shopper.id());
        Some(IdempotentRequest {
            key: hexadecimal(hash([&caller[..], text.as_bytes()])),
            fingerprint: hash([method_and_path.as_bytes(), shopper, body]),
            unscoped_key: text,
        })
    }
}

/// The SHA-256 of these parts and their lengths.
fn hash<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn hexadecimal(hash: [u8; 32]) -> String {
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Creates something, once however often the request is sent. `violated` maps a constraint that the client's input violates
/// to an error.
pub async fn create<C: Creation>(
    creations: &Batcher<Creations<C>>,
    new: C,
    idempotency: Option<IdempotentRequest>,
    violated: impl Fn(&str) -> Option<Error>,
) -> Result<Created<C::Ids>, Error> {
    let started = Instant::now();
    loop {
        let request = CreationRequest { new: new.clone(), idempotency: idempotency.clone() };
        let outcome = creations.submit(request).await;
        match outcome.map_err(|err| err.constraint().and_then(&violated).unwrap_or_else(|| err.into()))? {
            Outcome::Created(created) => return Ok(created),
            Outcome::KeyReused => {
                return Err(Error::invalid("Idempotency-Key", "was used for another request"));
            }
            Outcome::InProgress if started.elapsed() < IN_PROGRESS_TIMEOUT => {
                sleep(IN_PROGRESS_INTERVAL).await;
            }
            Outcome::InProgress => return Err(Error::Conflict),
        }
    }
}
