//! HTTP: what is served where, and what all requests have in common.

use std::any::Any;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRef as _;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::FutureExt as _;
use http::header::{ETAG, LINK, ORIGIN};
use http::{HeaderMap, HeaderName, Method, Request};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::catch_panic::{CatchPanic, CatchPanicLayer};
use tower_http::cors::{AllowHeaders, Any as AnyOne, Cors, CorsLayer};
use tower_http::normalize_path::{NormalizePath, NormalizePathLayer};

use crate::cache::Cache;
use crate::config::{Origins, Service, Services, Settings};
use crate::state::App;
use crate::{cart, interactions, products, questions, reviews};

pub mod client;
pub mod creation;
mod docs;
pub mod error;
pub mod fields;
mod health;
mod loaderio;
mod metrics;
pub mod openapi;
pub mod paging;
pub mod path;
pub mod query;
pub mod reply;
mod request_id;
pub mod routes;
pub mod server;
pub mod shopper;
mod site;

use error::Error;
use metrics::HttpMetrics;
use query::MaxCount;
use request_id::{Ids, REQUEST_ID};
use routes::Routes;
pub use site::{Payload, Site};

/// How long a browser may remember what [`cors`] told it.
const CORS_MAX_AGE: Duration = Duration::from_hours(24);

/// All routes, with what requests pass on their way to them.
type Router = Cors<CatchPanic<NormalizePath<axum::Router>, fn(Box<dyn Any + Send>) -> Response>>;

/// The services there are, and their routes.
const FEATURES: [(Service, fn() -> Routes); 5] = [
    (Service::Products, products::routes),
    (Service::Questions, questions::routes),
    (Service::Reviews, reviews::routes),
    (Service::Cart, cart::routes),
    (Service::Interactions, interactions::routes),
];

/// The services that run here. What is off is not there.
fn running(services: &Services) -> impl Iterator<Item = (Service, fn() -> Routes)> {
    FEATURES.into_iter().filter(|(service, _)| services.contains(*service))
}

/// Every route of a process with these settings.
#[must_use]
pub fn routes(settings: &Settings) -> Routes {
    let routes = running(&settings.services)
        .fold(Routes::new(), |routes, (_, feature)| routes.merge(feature()))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show_metrics))
        .route("/openapi.json", openapi::route(settings))
        .route("/docs", docs::route());
    match &settings.loaderio_token {
        Some(token) => routes.merge(loaderio::routes(token)),
        None => routes,
    }
}

/// Serves all routes with what every request passes on its way to them, innermost first. Made once for an `app`, to whose
/// metrics it adds its own.
#[must_use]
pub fn site(app: App, settings: &Settings) -> Site {
    let all = routes(settings);
    let metrics = HttpMetrics::new(app.metrics(), all.templates());
    let (routes, finder) = all.into_parts(MaxCount::from_ref(&app));
    let cache = Cache::from_ref(&app);
    let routes = routes
        .with_state(app)
        .fallback(|| async { Error::NotFound("resource") })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed });
    // Real clients send `/reviews/`: every path is served with a slash behind it too.
    let normalized = NormalizePathLayer::trim_trailing_slash().layer(routes);
    let caught = CatchPanicLayer::custom(answer_panic as fn(_) -> _).layer(normalized);
    let layer = cors(settings);
    Site(Arc::new(site::Parts {
        cors: added_by(&layer),
        is_any_origin: matches!(settings.cors_origins, Origins::Any),
        router: layer.layer(caught),
        finder,
        cache,
        metrics,
        ids: Ids::new(),
    }))
}

/// The headers that CORS adds to an answer for a page of our own origin: asked of the layer, once.
fn added_by(layer: &CorsLayer) -> HeaderMap {
    let answering = layer.layer(service_fn(async |_| Ok::<_, Infallible>(Response::<Body>::default())));
    let answer = answering.oneshot(Request::<Body>::default()).now_or_never();
    let Ok(response) = answer.expect("nothing in it waits");
    response.into_parts().0.headers
}

/// Pages of these origins may ask, and read the headers that go with the answers. Only such as are named may send and
/// get cookies.
fn cors(settings: &Settings) -> CorsLayer {
    let readable = [LINK, ETAG, HeaderName::from_static("x-total-count"), REQUEST_ID];
    let layer = CorsLayer::new()
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(readable)
        .max_age(CORS_MAX_AGE);
    match &settings.cors_origins {
        // Only preflights differ by their headers, and those are in no shared cache: answers that are don't.
        Origins::Any => layer.allow_origin(AnyOne).vary([]),
        Origins::Named(origins) => layer.allow_origin(origins.clone()).allow_credentials(true).vary([ORIGIN]),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn answer_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::Internal(format!("a handler panicked: {text}").into()).into_response()
}
