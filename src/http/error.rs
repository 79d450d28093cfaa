//! Errors, and the response that a client gets: always `application/problem+json` (RFC 9457).

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::database::error::JobError;
use crate::database::large_bodies::MAX_BYTES;

/// Everything that makes a request fail. `Display` is for the client, `source` for the log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No route has this path.
    #[error("there is nothing at this path")]
    NoRoute,
    /// A resource and its id: `product`, 7.
    #[error("{0} {1} does not exist")]
    NotFound(&'static str, i64),
    /// The route does not have this method.
    #[error("this method is not allowed here; the Allow header lists those that are")]
    MethodNotAllowed,
    /// The head of the request can't be accepted: the status, and why.
    #[error("{1}")]
    Head(StatusCode, &'static str),
    /// The body can't be parsed.
    #[error("{0}")]
    BadRequest(String),
    /// The body did not arrive in time.
    #[error("the request body did not arrive within the timeout")]
    Timeout,
    /// Another request with the same Idempotency-Key is in progress.
    #[error("a request with this Idempotency-Key is in progress")]
    Conflict,
    /// The body exceeds the limit.
    #[error("the request body is too large")]
    TooLarge,
    /// The body is not JSON by its Content-Type.
    #[error("the Content-Type of the request must be application/json")]
    UnsupportedMediaType,
    /// Parameters or fields that are missing or wrong: all of them.
    #[error("{}", .0.iter().map(|it| format!("{} {}", it.field, it.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// The response would be larger than any may be.
    #[error("the response would have more than {} MiB; request fewer results by count", MAX_BYTES >> 20)]
    ResponseTooLarge,
    /// Too many requests wait already.
    #[error("the service is overloaded; try again shortly")]
    Overloaded,
    /// The database can't be reached.
    #[error("the service is unavailable; try again shortly")]
    Unavailable(#[source] Option<JobError>),
    /// A write was begun, and it is not known whether it was done. Sent again with its `Idempotency-Key`, it is done once.
    #[error("the database did not confirm this request in time; whether it was carried out is not known")]
    OutcomeUnknown(#[source] JobError),
    /// This replica is not ready, and the request can be sent to another one (`server::failover`). Nothing was done.
    #[error("this replica is not ready")]
    NotReady,
    /// Everything unforeseen.
    #[error("an internal error occurred")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A parameter or field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invalid {
    /// Its name.
    pub field: &'static str,
    /// What it must be: follows its name in a sentence.
    pub message: String,
}

/// An error, attached to its response for the one place that logs.
#[derive(Clone)]
pub struct Cause(pub Arc<Error>);

#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Invalid],
}

impl Error {
    /// One field, and what is wrong with it.
    #[must_use]
    pub fn invalid(field: &'static str, message: &str) -> Self {
        Self::Invalid(vec![Invalid { field, message: message.to_owned() }])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Head(status, _) => *status,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NoRoute | Self::NotFound(..) => StatusCode::NOT_FOUND,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) | Self::ResponseTooLarge => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Overloaded | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::OutcomeUnknown(_) => StatusCode::GATEWAY_TIMEOUT,
            Self::NotReady => StatusCode::BAD_GATEWAY,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<JobError> for Error {
    fn from(err: JobError) -> Self {
        match err {
            JobError::Overloaded => Self::Overloaded,
            JobError::Unavailable | JobError::TimedOut | JobError::NotReplayed => {
                Self::Unavailable(Some(err))
            }
            JobError::TooLarge => Self::ResponseTooLarge,
            JobError::OutcomeUnknown => Self::OutcomeUnknown(err),
            JobError::Failed(_) => Self::Internal(Box::new(err)),
        }
    }
}

impl From<Arc<JobError>> for Error {
    fn from(err: Arc<JobError>) -> Self {
        (*err).clone().into()
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        let problem = Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.to_string(),
            errors: if let Self::Invalid(errors) = &self { errors } else { &[] },
        };
        let body = serde_json::to_vec(&problem).expect("strings and numbers");
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status.is_server_error() {
            response.extensions_mut().insert(Cause(Arc::new(self)));
        }
        response
    }
}
