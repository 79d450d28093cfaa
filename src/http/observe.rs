//! What is seen of every request: its id, what it took, and what went wrong. The one place that logs and measures requests.

use std::convert::Infallible;
use std::hash::{BuildHasher as _, RandomState};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::X_CONTENT_TYPE_OPTIONS;
use http::{HeaderName, HeaderValue, Request};
use tower::Service;

use super::error::{Cause, Error};
use super::metrics::HttpMetrics;

/// The request's name in every log it passes: taken from the client or a proxy, or made here.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over; a longer one is replaced.
const MAX_ID_LENGTH: usize = 128;

/// A service whose requests are seen.
#[derive(Clone)]
pub struct Observed<S> {
    inner: S,
    ids: Arc<Ids>,
    metrics: Arc<HttpMetrics>,
}

impl<S> Observed<S> {
    pub(super) fn new(inner: S, metrics: HttpMetrics) -> Self {
        Self { inner, ids: Arc::new(Ids::new()), metrics: Arc::new(metrics) }
    }

    /// What is measured of clients and their requests.
    pub(super) fn metrics(&self) -> &Arc<HttpMetrics> {
        &self.metrics
    }
}

impl<S, R> Service<Request<Body>> for Observed<S>
where
    S: Service<Request<Body>, Response = R, Error = Infallible>,
    S::Future: Send + 'static,
    R: IntoResponse,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let started = Instant::now();
        let id = self.ids.id(&request);
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let (metrics, route) = (Arc::clone(&self.metrics), self.metrics.route(uri.path()));
        let answering = self.inner.call(request);
        Box::pin(async move {
            let mut response = answering.await?.into_response();
            let elapsed = started.elapsed();
            metrics.answered(route, &method, response.status(), elapsed);
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
            let headers = response.headers_mut();
            headers.insert(REQUEST_ID, id);
            headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            Ok(response)
        })
    }
}

/// Makes ids that no other process makes: a part drawn at random when it started, and a number.
struct Ids {
    process: u64,
    next: AtomicU64,
}

impl Ids {
    fn new() -> Self {
        Self { process: RandomState::new().hash_one(std::process::id()), next: AtomicU64::new(1) }
    }

    /// The id of this request.
    fn id<B>(&self, request: &Request<B>) -> HeaderValue {
        let given = request.headers().get(&REQUEST_ID);
        let is_usable = |id: &&HeaderValue| (1..=MAX_ID_LENGTH).contains(&id.len()) && id.to_str().is_ok();
        given.filter(is_usable).cloned().unwrap_or_else(|| {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            HeaderValue::try_from(format!("{:016x}-{number}", self.process)).expect("digits")
        })
    }
}
