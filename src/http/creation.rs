//! POST requests that create something: their `Idempotency-Key`.

use axum::extract::FromRequestParts;
use http::request::Parts;
use sha2::{Digest as _, Sha256};

use super::error::Error;
use super::shopper::Session;
use crate::database::batcher::Batcher;
use crate::database::idempotency::{
    Created, Creation, CreationRequest, Creations, IdempotentRequest, Outcome,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// The `Idempotency-Key` of a request, if it has one.
pub struct IdempotencyKey(Option<Key>);

struct Key {
    key: String,
    method_and_path: String,
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
        Ok(Self(Some(Key { key: key.to_owned(), method_and_path })))
    }
}

impl IdempotencyKey {
    /// What makes the request with this body the same as another; None without a key. `session` is the shopper's, where the
    /// request belongs to one.
    #[must_use]
    pub fn request(self, session: Option<&Session>, body: &[u8]) -> Option<IdempotentRequest> {
        let key = self.0?;
        let shopper = session.map_or(&[][..], |session| session.shopper.id());
        let is_new = session.is_some_and(Session::is_new);
        Some(IdempotentRequest {
            fingerprint: key.fingerprint(shopper, body),
            sessionless_fingerprint: is_new.then(|| key.fingerprint(&[], body)),
            key: key.key,
        })
    }
}

impl Key {
    fn fingerprint(&self, shopper: &[u8], body: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.method_and_path.as_bytes(), shopper, body] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// Creates something, once however often the request is sent. `violated` maps a constraint that the client's input violates
/// to an error.
pub async fn create<C: Creation>(
    creations: &Batcher<Creations<C>>,
    new: C,
    idempotency: Option<IdempotentRequest>,
    violated: impl Fn(&str) -> Option<Error>,
) -> Result<Created<C::Ids>, Error> {
    let outcome = creations.submit(CreationRequest { new, idempotency }).await;
    match outcome.map_err(|err| err.constraint().and_then(violated).unwrap_or_else(|| err.into()))? {
        Outcome::Created(created) => Ok(created),
        Outcome::InProgress => Err(Error::Conflict),
        Outcome::KeyReused => Err(Error::invalid("Idempotency-Key", "was used for another request")),
    }
}
