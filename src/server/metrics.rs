//! Metrics of connections and requests, and `GET /metrics`, which exports all metrics.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, StatusCode};
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, TEXT_FORMAT};

use crate::http::routes::{Route, Routes};
use crate::telemetry::metrics::{Metrics, SECONDS};

/// The label `route` of requests that no route matches.
const UNMATCHED: &str = "unmatched";
/// The label `method`. The last stands for all other methods.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "other"];
/// The label `status`, in the order of the classes.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The route of `GET /metrics`.
#[must_use]
pub fn routes(metrics: &Metrics) -> Vec<Route> {
    Routes::new(metrics.clone()).get("/metrics", export_metrics).build()
}

async fn export_metrics(State(metrics): State<Metrics>) -> Response {
    ([(CONTENT_TYPE, TEXT_FORMAT), (CACHE_CONTROL, "no-store")], metrics.text()).into_response()
}

/// Metrics of a site.
pub(super) struct HttpMetrics {
    /// By the indexes of routes; the last is for requests that no route matches.
    routes: Vec<RouteMetrics>,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Open connections.
    pub(super) open: IntGauge,
    /// Connections that were rejected.
    pub(super) rejected: IntCounter,
}

struct RouteMetrics {
    template: String,
    /// Made by the first request, so that only what happens is exported.
    methods: [OnceLock<EndpointMetrics>; METHODS.len()],
}

/// Metrics of one route and method.
struct EndpointMetrics {
    classes: [IntCounter; CLASSES.len()],
    seconds: Histogram,
}

impl HttpMetrics {
    /// For a site with routes of these templates, registered with `metrics`.
    pub(super) fn new<'a>(metrics: &Metrics, templates: impl Iterator<Item = &'a str>) -> Self {
        Self {
            routes: templates
                .chain([UNMATCHED])
                .map(|name| RouteMetrics { template: name.to_owned(), methods: Default::default() })
                .collect(),
            requests: metrics.counters(
                "atelier_http_requests_total",
                "Responses, by the route that matched, method, and class of the status.",
                &["route", "method", "status"],
            ),
            seconds: metrics.histograms(
                "atelier_http_request_duration_seconds",
                "Time until a response is ready to send, in seconds.",
                &["route", "method"],
                SECONDS,
            ),
            open: metrics.gauge("atelier_http_connections", "Open connections of clients."),
            rejected: metrics.counter(
                "atelier_http_connections_rejected_total",
                "Connections that were rejected, since max_connections were open.",
            ),
        }
    }

    /// Counts a response. `route` is the index of its route; None where no route matched.
    pub(super) fn response(
        &self,
        route: Option<usize>,
        method: &Method,
        status: StatusCode,
        elapsed: Duration,
    ) {
        let method = METHODS.iter().position(|it| it == method).unwrap_or(METHODS.len() - 1);
        let route = &self.routes[route.unwrap_or(self.routes.len() - 1)];
        let endpoint = route.methods[method].get_or_init(|| self.endpoint(&route.template, METHODS[method]));
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(CLASSES.len() - 1);
        endpoint.classes[class].inc();
        endpoint.seconds.observe(elapsed.as_secs_f64());
    }

    fn endpoint(&self, route: &str, method: &str) -> EndpointMetrics {
        EndpointMetrics {
            classes: CLASSES.map(|class| self.requests.with_label_values(&[route, method, class])),
            seconds: self.seconds.with_label_values(&[route, method]),
        }
    }
}
