//! What every request passes: its route, the cache or a handler, CORS, its id, metrics and the log. The one place that logs
//! and measures requests.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::BoxError;
use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::header::{ALLOW, CONNECTION, CONTENT_LENGTH, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{Either, Full};
use tower::ServiceExt as _;

use super::cors::{self, Cors};
use super::failover::{self, Failover};
use super::metrics::HttpMetrics;
use super::readiness::Readiness;
use super::request_id::{REQUEST_ID, RequestIds};
use crate::cache::Cache;
use crate::config::Origins;
use crate::http::error::{Cause, Error};
use crate::http::proxies::Peer;
use crate::http::routes::{Endpoint, HandlerService, RouteTable};
use crate::http::target::PathId;
use crate::telemetry;
use crate::telemetry::metrics::Metrics;

/// The body of a response: cached bytes, or what a handler made.
pub type Payload = Either<Full<Bytes>, Body>;

/// Answers every request. Clones share it.
#[derive(Clone)]
pub struct Site(Arc<Inner>);

struct Inner {
    routes: RouteTable,
    cache: Cache,
    readiness: Arc<Readiness>,
    cors: Cors,
    metrics: HttpMetrics,
    request_ids: RequestIds,
}

/// A request, as the log and the metrics have it.
struct Exchange<'a> {
    started: Instant,
    id: HeaderValue,
    /// The index of its route; None where no route matches.
    route: Option<usize>,
    method: &'a Method,
    uri: &'a Uri,
    /// The headers of CORS.
    cors: Cow<'a, HeaderMap>,
}

impl Site {
    /// A site of these routes.
    #[must_use]
    pub fn new(
        routes: RouteTable,
        cache: Cache,
        readiness: Arc<Readiness>,
        origins: &Origins,
        metrics: &Metrics,
    ) -> Self {
        let metrics = HttpMetrics::new(metrics, routes.templates());
        let (cors, request_ids) = (Cors::new(origins, routes.methods()), RequestIds::new());
        Self(Arc::new(Inner { routes, cache, readiness, cors, metrics, request_ids }))
    }

    /// The response to `request`, which came from `peer`; None where it came by no connection.
    pub async fn respond<B>(&self, request: Request<B>, peer: Option<Peer>) -> http::Response<Payload>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let site = &*self.0;
        let started = Instant::now();
        let (parts, body) = request.into_parts();
        let id = site.request_ids.of(&parts.headers);
        let mut cors = site.cors.headers(&parts.headers);
        let matched = site.routes.find(&parts.uri);
        let route = matched.as_ref().map(|matched| matched.index);
        let is_not_ready = !site.readiness.is_ready() && Failover::of(&parts.headers).is_some();
        let endpoint = matched.as_ref().filter(|_| !is_not_ready);
        let endpoint = endpoint.and_then(|matched| matched.route.endpoint(&parts.method));
        if let (Some(Endpoint::Cached(endpoint)), Some(matched)) = (endpoint, &matched) {
            let responding = async { endpoint.respond(&site.cache, &matched.target, &parts.headers).await };
            let mut response = match caught(responding).await {
                Ok(response) => response.map(Either::Left),
                Err(err) => {
                    let failover = Failover::of(&parts.headers);
                    let response = failover::response(err.into_response(), failover, &site.readiness);
                    with_length(response).map(Either::Right)
                }
            };
            let (method, uri) = (&parts.method, &parts.uri);
            site.finish(Exchange { started, id, route, method, uri, cors }, &mut response);
            return response;
        }
        let (method, uri) = (parts.method.clone(), parts.uri.clone());
        let failover = Failover::of(&parts.headers);
        let response = match (endpoint, &matched) {
            _ if is_not_ready => failover::not_ready(),
            (Some(Endpoint::Handler(handler)), Some(matched)) => {
                let (handler, path_id) = (handler.clone(), matched.target.id().ok().map(PathId));
                let request = Request::from_parts(parts, Body::new(body));
                // On the heap, so that the futures of cached GETs stay small.
                Box::pin(handle(handler, request, peer, path_id)).await
            }
            (_, Some(_)) if cors::is_preflight(&method, &parts.headers) => {
                // It has other headers of CORS than other responses.
                cors = Cow::Owned(HeaderMap::new());
                site.cors.preflight(&parts.headers)
            }
            (_, Some(matched)) if method == Method::OPTIONS => options(matched.route.methods()),
            (_, Some(matched)) => not_allowed(matched.route.methods()),
            (_, None) if method == Method::OPTIONS && uri.path() == "*" => options(site.routes.methods()),
            (_, None) => Error::NoRoute.into_response(),
        };
        let response = failover::response(response, failover, &site.readiness);
        let mut response = with_length(response).map(Either::Right);
        let (method, uri) = (&method, &uri);
        site.finish(Exchange { started, id, route, method, uri, cors }, &mut response);
        response
    }

    /// The response to a request that is not processed: an error, after which the connection is closed.
    pub(super) fn refuse<B>(&self, request: &Request<B>, err: Error) -> http::Response<Payload> {
        let site = &*self.0;
        let (started, headers) = (Instant::now(), request.headers());
        let (id, cors) = (site.request_ids.of(headers), site.cors.headers(headers));
        let mut response = with_length(err.into_response()).map(Either::Right);
        response.headers_mut().insert(CONNECTION, const { HeaderValue::from_static("close") });
        let (method, uri) = (request.method(), request.uri());
        site.finish(Exchange { started, id, route: None, method, uri, cors }, &mut response);
        response
    }

    /// The paths of all routes.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.0.routes.templates()
    }

    /// Metrics of connections and requests.
    pub(super) fn metrics(&self) -> &HttpMetrics {
        &self.0.metrics
    }
}

/// Runs a handler.
async fn handle(
    handler: HandlerService,
    mut request: Request<Body>,
    peer: Option<Peer>,
    path_id: Option<PathId>,
) -> Response {
    if let Some(peer) = peer {
        request.extensions_mut().insert(peer);
    }
    if let Some(id) = path_id {
        request.extensions_mut().insert(id);
    }
    let responding = async { handler.oneshot(request).await.map_err(|never| match never {}) };
    caught(responding).await.unwrap_or_else(Error::into_response)
}

/// The result of a future, or an error if it panics.
async fn caught<T>(responding: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    AssertUnwindSafe(responding).catch_unwind().await.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Error::Internal(format!("a handler panicked: {text}").into()))
    })
}

fn not_allowed(methods: impl IntoIterator<Item = Method>) -> Response {
    let mut response = Error::MethodNotAllowed.into_response();
    response.headers_mut().insert(ALLOW, list(methods));
    response
}

/// The response to an OPTIONS request that is not a preflight request.
fn options(methods: impl IntoIterator<Item = Method>) -> Response {
    let allow = list(methods.into_iter().chain([Method::OPTIONS]));
    (StatusCode::NO_CONTENT, [(ALLOW, allow)]).into_response()
}

/// The value of the Allow header.
fn list(methods: impl IntoIterator<Item = Method>) -> HeaderValue {
    let methods: Vec<_> = methods.into_iter().map(|method| method.to_string()).collect();
    HeaderValue::try_from(methods.join(",")).expect("names of methods")
}

impl Inner {
    /// Measures and logs the response, and completes its headers.
    fn finish(&self, exchange: Exchange<'_>, response: &mut http::Response<Payload>) {
        let Exchange { started, id, route, method, uri, cors } = exchange;
        let (status, elapsed) = (response.status(), started.elapsed());
        self.metrics.response(route, method, status, elapsed);
        let status = status.as_u16();
        if let Some(Cause(err)) = response.extensions_mut().remove() {
            let (path, cause) = (uri.path(), telemetry::with_causes(&*err));
            match *err {
                // Expected under load; and that the database is away, its listener logs once.
                Error::Overloaded | Error::Unavailable(_) | Error::OutcomeUnknown(_) | Error::NotReady => {
                    tracing::debug!(?id, %method, path, status, "{cause}");
                }
                _ => tracing::error!(?id, %method, path, status, "{cause}"),
            }
        }
        tracing::debug!(?id, %method, %uri, status, elapsed_us = elapsed.as_micros(), "request");
        if method == Method::HEAD {
            *response.body_mut() = Either::Left(Full::default());
        }
        let headers = response.headers_mut();
        cors::add(&cors, headers);
        headers.insert(REQUEST_ID, id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, const { HeaderValue::from_static("nosniff") });
    }
}

/// Sets the length of a body that a handler made. A cached body has it already.
fn with_length(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        response.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    response
}
