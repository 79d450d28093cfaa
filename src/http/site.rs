//! What every request passes: answered from memory if it can be and by the router else, named, measured, and logged if
//! it went wrong. The one place that logs and measures requests.

use std::sync::Arc;
use std::time::Instant;

use axum::BoxError;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::{Either, Full};
use tower::Service as _;

use super::Router;
use super::client::Peer;
use super::error::{Cause, Error};
use super::metrics::HttpMetrics;
use super::reply::{Policy, Wanted};
use super::request_id::{Ids, REQUEST_ID};
use super::routes::Finder;
use crate::cache::{Cache, Key};

/// The body of an answer: bytes from memory, or what a handler made.
pub type Payload = Either<Full<Bytes>, Body>;

/// All that is served. Clones share it.
#[derive(Clone)]
pub struct Site(pub(super) Arc<Parts>);

pub(super) struct Parts {
    /// Answers whatever is not kept.
    pub(super) router: Router,
    /// Says what is.
    pub(super) finder: Finder,
    pub(super) cache: Cache,
    /// What the router adds to an answer for a page of our own origin.
    pub(super) cors: HeaderMap,
    /// Whether it adds the same for pages of others.
    pub(super) is_any_origin: bool,
    pub(super) metrics: HttpMetrics,
    pub(super) ids: Ids,
}

/// What is known of a request before it is answered.
struct Seen {
    started: Instant,
    id: HeaderValue,
    /// The number of its route.
    route: usize,
}

impl Site {
    /// The answer to `request`, which came from `peer`; None where it came by no connection.
    pub async fn answer<B>(&self, mut request: Request<B>, peer: Option<Peer>) -> Response<Payload>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let parts = &*self.0;
        let found = parts.finder.find(request.uri());
        let seen = Seen { started: Instant::now(), id: parts.ids.id(request.headers()), route: found.route };
        // The short way: what is in memory needs no router, which would cost as much as the rest of the answer.
        if parts.takes_short_way(&request)
            && let Some((key, policy)) = found.kept()
            && let Some(ready) = parts.ready(request.headers(), key, policy).await
        {
            let mut response = ready.map(Either::Left);
            parts.finish(&seen, request.method(), request.uri(), &mut response);
            return response;
        }
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        // On the heap, so that the future of the short way is small.
        let Ok(response) = Box::pin(parts.router.clone().call(request.map(Body::new))).await;
        let mut response = response.map(|body| Either::Right(Body::new(body)));
        parts.finish(&seen, &method, &uri, &mut response);
        response
    }

    /// What is measured of clients and their requests.
    pub(super) fn metrics(&self) -> &HttpMetrics {
        &self.0.metrics
    }
}

impl Parts {
    fn takes_short_way<B>(&self, request: &Request<B>) -> bool {
        request.method() == Method::GET && (self.is_any_origin || !request.headers().contains_key(ORIGIN))
    }

    /// The answer that is kept under `key`, if it is there.
    async fn ready(&self, headers: &HeaderMap, key: Key, policy: &Policy) -> Option<Response<Full<Bytes>>> {
        let wanted = Wanted::by(headers);
        let body = self.cache.peek(key, wanted.encoding).await?;
        let mut response = wanted.ready(&body, policy);
        for (name, value) in &self.cors {
            response.headers_mut().append(name, value.clone());
        }
        Some(response)
    }

    fn finish(&self, seen: &Seen, method: &Method, uri: &Uri, response: &mut Response<Payload>) {
        let Seen { started, id, route } = seen;
        let elapsed = started.elapsed();
        self.metrics.answered(*route, method, response.status(), elapsed);
        let status = response.status().as_u16();
        if let Some(Cause(cause)) = response.extensions_mut().remove() {
            let path = uri.path();
            let causes = crate::telemetry::with_causes(&*cause);
            match *cause {
                // The request's fault is nobody's here, and of a database that is away its listener tells once.
                Error::Overloaded | Error::Unavailable(_) => {
                    tracing::debug!(?id, %method, path, status, "{causes}");
                }
                _ => tracing::error!(?id, %method, path, status, "{causes}"),
            }
        }
        tracing::debug!(?id, %method, %uri, status, elapsed_us = elapsed.as_micros(), "request");
        let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
        let headers = response.headers_mut();
        headers.insert(REQUEST_ID, id.clone());
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if is_unchanged {
            // It would be the length of the body that is not sent.
            headers.remove(CONTENT_LENGTH);
        }
    }
}
