//! POST: how a creation is asked for, and answered.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use sha2::{Digest as _, Sha256};

use super::error::{Error, Invalid};
use super::shopper::Visitor;
use crate::database::creation::{Created, Once, Outcome};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest key, in characters.
const MAX_KEY: usize = 255;

/// The `Idempotency-Key` of a request, if it has one, with what the request is besides its body.
pub struct IdempotencyKey {
    key: Option<String>,
    target: String,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let target = format!("{} {}", parts.method, parts.uri.path());
        let Some(header) = parts.headers.get(IDEMPOTENCY_KEY) else { return Ok(Self { key: None, target }) };
        let key = str::from_utf8(header.as_bytes()).ok();
        match key.filter(|key| (1..=MAX_KEY).contains(&key.chars().count())) {
            Some(key) => Ok(Self { key: Some(key.to_owned()), target }),
            None => Err(Error::Invalid(vec![Invalid {
                field: "Idempotency-Key",
                message: format!("must be text of 1 to {MAX_KEY} characters"),
            }])),
        }
    }
}

impl IdempotencyKey {
    /// What makes the request with this body, by this shopper if that matters, the same as another.
    #[must_use]
    pub fn once(self, body: &[u8], shopper: &[u8]) -> Option<Once> {
        let fingerprint = self.fingerprint(body, shopper);
        self.key.map(|key| Once { key, fingerprint, newcomer: None })
    }

    /// The same where the shopper may be a newcomer.
    #[must_use]
    pub fn once_by(self, body: &[u8], visitor: &Visitor) -> Option<Once> {
        let newcomer = visitor.is_new().then(|| self.fingerprint(body, &[]));
        self.once(body, visitor.shopper.id()).map(|once| Once { newcomer, ..once })
    }

    fn fingerprint(&self, body: &[u8], shopper: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new();
        for part in [self.target.as_bytes(), shopper, body] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// What was created, or why it wasn't.
pub fn created(outcome: Outcome) -> Result<Created, Error> {
    match outcome {
        Outcome::Created(created) => Ok(created),
        Outcome::UnderWay => Err(Error::Conflict),
        Outcome::KeyReused => Err(Error::Invalid(vec![Invalid {
            field: "Idempotency-Key",
            message: "was used for another request".to_owned(),
        }])),
    }
}

/// 201, with where the new thing is and how it looks.
#[must_use]
pub fn reply_created(created: Created) -> Response {
    let mut response = (StatusCode::CREATED, created.body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(location) = created.location {
        headers.insert(LOCATION, HeaderValue::try_from(location).expect("a path of ours and a number"));
    }
    response
}
