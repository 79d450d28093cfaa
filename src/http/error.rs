//! What goes wrong, and how a client is told: `application/problem+json` (RFC 9457), always.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::database::batches::JobError;

/// Everything that makes a request fail. `Display` is for the client, `source` for us.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing: `product`, `page`.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The path is there, the method isn't.
    #[error("this method is not allowed here; see Allow")]
    MethodNotAllowed,
    /// The body can't be understood at all.
    #[error("{0}")]
    BadRequest(String),
    /// The body did not come in time.
    #[error("the request's body did not come in time")]
    Timeout,
    /// Another request with the same Idempotency-Key is under way.
    #[error("a request with this Idempotency-Key is under way")]
    Conflict,
    /// The body is larger than bodies may be.
    #[error("the request's body is too large")]
    TooLarge,
    /// The body is no JSON by its Content-Type.
    #[error("the request's Content-Type must be application/json")]
    UnsupportedMediaType,
    /// Parameters or fields that are missing or wrong, all of them.
    #[error("{}", .0.iter().map(|it| format!("{} {}", it.field, it.message)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// More is asked than can be done at the moment.
    #[error("there is more to do than can be done now; try again shortly")]
    Overloaded,
    /// What is needed can't be reached at the moment.
    #[error("the service can't answer this now; try again shortly")]
    Unavailable(#[source] Option<JobError>),
    /// All that nobody foresaw.
    #[error("something went wrong here; it is not the request's fault")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One parameter or field, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Invalid {
    /// Its name.
    pub field: &'static str,
    /// What it must be: follows its name in a sentence.
    pub message: String,
}

/// What went wrong, as the log tells it: laid beside a response for the one place that logs.
#[derive(Clone)]
pub(super) struct Cause(pub(super) Arc<Error>);

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
    /// A field names what is not there.
    #[must_use]
    pub fn unknown(field: &'static str) -> Self {
        Self::invalid(field, "names nothing that is there")
    }

    /// The one field that is wrong, and what is wrong with it.
    #[must_use]
    pub fn invalid(field: &'static str, message: &str) -> Self {
        Self::Invalid(vec![Invalid { field, message: message.to_owned() }])
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Overloaded | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl Error {
    /// When to try again, where that helps: never at once.
    fn retry_after_s(&self) -> Option<u64> {
        match self {
            Self::Overloaded | Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }
}

/// What is told where a client named something that is not there, by the constraint that says so.
fn missing(constraint: &str) -> Option<Error> {
    Some(match constraint {
        "questions_product_fkey" | "reviews_product_fkey" => Error::NotFound("product"),
        "answers_question_fkey" => Error::NotFound("question"),
        "characteristic_ratings_characteristic_fkey" => {
            Error::invalid("characteristics", "must be characteristics of the product")
        }
        "cart_items_sku_fkey" => Error::unknown("sku_id"),
        _ => return None,
    })
}

impl From<JobError> for Error {
    fn from(err: JobError) -> Self {
        match err {
            JobError::Overloaded => Self::Overloaded,
            JobError::Unavailable | JobError::TimedOut | JobError::Behind => Self::Unavailable(Some(err)),
            JobError::Failed(cause) => {
                let constraint = cause.as_database_error().and_then(|err| err.constraint());
                constraint
                    .and_then(missing)
                    .unwrap_or_else(|| Self::Internal(Box::new(JobError::Failed(cause.clone()))))
            }
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
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if status.is_server_error() {
            response.extensions_mut().insert(Cause(Arc::new(self)));
        }
        response
    }
}
