//! Failover: a request that this replica can't answer, and another one may.
//!
//! NGINX sends `X-Failover` with a request while there are other replicas to try. A replica that is not ready, or has no
//! connection to its database, then responds 502 before it does anything, and NGINX sends the request to another replica.
//! After the last one, `X-Accel-Redirect` makes NGINX send it once more, without the header: then a replica does what it can
//! without a database. Other clients get that at once.

use axum::response::{IntoResponse as _, Response};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::readiness::Readiness;
use crate::database::error::JobError;
use crate::http::error::{Cause, Error};

/// `once` or `repeat`.
const X_FAILOVER: HeaderName = HeaderName::from_static("x-failover");
const X_ACCEL_REDIRECT: HeaderName = HeaderName::from_static("x-accel-redirect");
/// Locations in nginx.conf.
const LAST_RESORT: HeaderValue = HeaderValue::from_static("@last_resort");
const REPEAT: HeaderValue = HeaderValue::from_static("@repeat");

/// When a request can be sent to another replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failover {
    /// If nothing was done.
    Once,
    /// Also if it is not known whether it was done.
    Repeat,
}

impl Failover {
    /// None where no other replica can be tried.
    pub(super) fn of(request: &HeaderMap) -> Option<Self> {
        request.get(X_FAILOVER).map(|value| if value == "repeat" { Self::Repeat } else { Self::Once })
    }
}

/// The response to a request that another replica may be able to answer.
pub(super) fn not_ready() -> Response {
    redirect(Error::NotReady.into_response(), LAST_RESORT)
}

/// `response`, or what makes NGINX send the request to another replica: where this one is not ready, as it has no connection to
/// the database, or where it does not know whether the request was done. A database that is slow is slow for all replicas.
pub(super) fn response(response: Response, failover: Option<Failover>, readiness: &Readiness) -> Response {
    let Some((failover, Cause(err))) = failover.zip(response.extensions().get()) else { return response };
    match &**err {
        Error::Unavailable(Some(JobError::Unavailable)) => not_ready(),
        Error::Unavailable(Some(_)) if !readiness.is_ready() => not_ready(),
        Error::OutcomeUnknown(_) if failover == Failover::Repeat => redirect(response, REPEAT),
        _ => response,
    }
}

fn redirect(mut response: Response, location: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(X_ACCEL_REDIRECT, location);
    // NGINX would add it to the response that it gets there.
    headers.remove(CACHE_CONTROL);
    response
}
