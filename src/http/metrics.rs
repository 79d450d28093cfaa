//! What is measured of clients and their requests, and `GET /metrics`, which shows all measures.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, StatusCode};
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, TEXT_FORMAT};

use crate::telemetry::metrics::{Metrics, SECONDS};

/// What a request is called that no route is for.
const UNMATCHED: &str = "unmatched";
/// The methods that are told apart. The last stands for all others.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "other"];
/// The classes that statuses of ours have, in order.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// `GET /metrics`.
pub(super) async fn show_metrics(State(metrics): State<Metrics>) -> Response {
    ([(CONTENT_TYPE, TEXT_FORMAT), (CACHE_CONTROL, "no-store")], metrics.text()).into_response()
}

/// The measures of a site.
pub(super) struct HttpMetrics {
    /// By the numbers of templates; the last is what no route is for.
    routes: Vec<Route>,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Connections of clients that are open.
    pub(super) open: IntGauge,
    /// Connections that were refused, since there were too many.
    pub(super) refused: IntCounter,
}

struct Route {
    template: String,
    /// Made when the first request comes, so that only what happens is shown.
    methods: [OnceLock<Measured>; METHODS.len()],
}

/// The measures of one route and method.
struct Measured {
    classes: [IntCounter; CLASSES.len()],
    seconds: Histogram,
}

impl HttpMetrics {
    /// For a site with routes of these templates, shown among `metrics`.
    pub(super) fn new(metrics: &Metrics, templates: &[String]) -> Self {
        let names = templates.iter().map(String::as_str).chain([UNMATCHED]);
        Self {
            routes: names
                .map(|name| Route { template: name.to_owned(), methods: Default::default() })
                .collect(),
            requests: metrics.counters(
                "atelier_http_requests_total",
                "Requests answered, by the route they matched, method, and class of the status.",
                &["route", "method", "status"],
            ),
            seconds: metrics.histograms(
                "atelier_http_request_duration_seconds",
                "How long answers took to be ready to send, in seconds.",
                &["route", "method"],
                SECONDS,
            ),
            open: metrics.gauge("atelier_http_connections", "Connections of clients that are open."),
            refused: metrics.counter(
                "atelier_http_connections_refused_total",
                "Connections of clients that were refused, since max_connections were open.",
            ),
        }
    }

    /// A request for the route of this number was answered so.
    pub(super) fn answered(&self, route: usize, method: &Method, status: StatusCode, elapsed: Duration) {
        let method = METHODS.iter().position(|it| it == method).unwrap_or(METHODS.len() - 1);
        let route = &self.routes[route];
        let measured = route.methods[method].get_or_init(|| self.measured(&route.template, METHODS[method]));
        let class = usize::from(status.as_u16() / 100).saturating_sub(2).min(CLASSES.len() - 1);
        measured.classes[class].inc();
        measured.seconds.observe(elapsed.as_secs_f64());
    }

    fn measured(&self, route: &str, method: &str) -> Measured {
        Measured {
            classes: CLASSES.map(|class| self.requests.with_label_values(&[route, method, class])),
            seconds: self.seconds.with_label_values(&[route, method]),
        }
    }
}
