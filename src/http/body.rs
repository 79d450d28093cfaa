//! JSON bodies of requests.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde_json::Value;

use super::error::Error;
use super::input::{FromInput, Input};

/// Limits of request bodies.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The largest body, in bytes.
    pub max_bytes: usize,
    /// How long a client may take to send one.
    pub timeout: Duration,
}

/// The body of a request: a JSON object.
pub struct Json<T> {
    /// Its bytes, as they were sent.
    pub bytes: Bytes,
    /// Its fields.
    pub value: T,
}

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: FromInput,
    BodyLimits: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::UnsupportedMediaType);
        }
        let limits = BodyLimits::from_ref(state);
        let reading = Limited::new(request.into_body(), limits.max_bytes).collect();
        let bytes = match tokio::time::timeout(limits.timeout, reading).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(err)) if err.is::<LengthLimitError>() => return Err(Error::TooLarge),
            Ok(Err(_)) => return Err(Error::BadRequest("the request body is incomplete".to_owned())),
            Err(_) => return Err(Error::Timeout),
        };
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => {
                let value = Input::parse_body(&fields)?;
                Ok(Self { bytes, value })
            }
            Ok(_) => Err(Error::invalid("body", "must be a JSON object")),
            Err(err) => Err(Error::BadRequest(format!("the request body is not JSON: {err}"))),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|header| header.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}
