//! CORS: which pages of other origins may send requests, and which headers of the responses they may read.
//!
//! tower-http's layer makes the headers. It is called here, rather than wrapped around the routes, because it makes the same
//! headers for every request unless origins are listed: then they are made once.

use std::borrow::Cow;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use futures_util::FutureExt as _;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, ETAG, LINK, ORIGIN, VARY};
use http::{HeaderMap, HeaderName, Method, Request, Response};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowHeaders, Any, CorsLayer};

use super::request_id::REQUEST_ID;
use crate::config::Origins;

/// How long a browser may cache the response to a preflight request.
const MAX_AGE: Duration = Duration::from_hours(24);

pub(super) struct Cors {
    layer: CorsLayer,
    /// The headers of every response that is not to a preflight request; None where they depend on the request's origin.
    constant: Option<HeaderMap>,
}

impl Cors {
    /// Lets pages of these origins send requests with these methods. Only listed origins may use cookies.
    pub(super) fn new(origins: &Origins, methods: Vec<Method>) -> Self {
        let layer = CorsLayer::new()
            .allow_methods(methods)
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers([LINK, ETAG, HeaderName::from_static("x-total-count"), REQUEST_ID])
            .max_age(MAX_AGE);
        let layer = match origins {
            // Only responses to preflight requests differ by header, and shared caches store none of those.
            Origins::Any => layer.allow_origin(Any).vary([]),
            Origins::Named(origins) => {
                layer.allow_origin(origins.clone()).allow_credentials(true).vary([ORIGIN])
            }
        };
        let constant = matches!(origins, Origins::Any).then(|| headers(&layer, Request::default()));
        Self { layer, constant }
    }

    /// The response to a preflight request.
    pub(super) fn preflight(&self, request: &HeaderMap) -> Response<Body> {
        let mut preflight = Request::default();
        *preflight.method_mut() = Method::OPTIONS;
        preflight.headers_mut().clone_from(request);
        let mut response = Response::default();
        *response.headers_mut() = headers(&self.layer, preflight);
        response
    }

    /// The headers that let a page of the request's origin read the response.
    pub(super) fn headers(&self, request: &HeaderMap) -> Cow<'_, HeaderMap> {
        if let Some(constant) = &self.constant {
            return Cow::Borrowed(constant);
        }
        let mut same_origin = Request::default();
        if let Some(origin) = request.get(ORIGIN) {
            same_origin.headers_mut().insert(ORIGIN, origin.clone());
        }
        Cow::Owned(headers(&self.layer, same_origin))
    }
}

/// Whether this is a preflight request: OPTIONS, by which a browser asks whether a page may send another request.
pub(super) fn is_preflight(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Adds the headers of CORS to those of a response.
pub(super) fn add(headers: &HeaderMap, response: &mut HeaderMap) {
    for (name, value) in headers {
        if name == VARY {
            response.append(name, value.clone());
        } else {
            response.insert(name, value.clone());
        }
    }
}

/// The headers that the layer adds to the response to `request`.
fn headers(layer: &CorsLayer, request: Request<()>) -> HeaderMap {
    let service = layer.layer(service_fn(async |_| Ok::<_, Infallible>(Response::new(()))));
    let response = service.oneshot(request).now_or_never();
    let Ok(response) = response.expect("nothing in it waits");
    response.into_parts().0.headers
}
