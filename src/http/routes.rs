//! Routes: which endpoint answers which path and method.
//!
//! A path is matched once per request, by `matchit`, as axum's router does it. That router is not used: with it, the response
//! to a hit would cost twice the CPU.

use std::convert::Infallible;
use std::iter;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::response::Response;
use http::Method;
use tower::util::BoxCloneSyncService;

use super::cached_get::{CachedEndpoint, CachedGet};
use super::target::Target;

/// The routes of one feature, whose handlers share a state.
pub struct Routes<S> {
    state: S,
    routes: Vec<Route>,
}

/// A path, and its endpoints by method.
pub struct Route {
    template: String,
    endpoints: Vec<(Method, Endpoint)>,
}

/// What answers requests.
pub enum Endpoint {
    /// A GET whose responses are cached.
    Cached(Arc<dyn CachedEndpoint>),
    /// A handler.
    Handler(HandlerService),
}

/// A handler with its state.
pub type HandlerService = BoxCloneSyncService<Request, Response, Infallible>;

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// No routes yet.
    pub fn new(state: S) -> Self {
        Self { state, routes: Vec::new() }
    }

    /// A GET whose responses are cached. It answers HEAD too.
    #[must_use]
    pub fn cached(self, template: &str, get: impl CachedGet) -> Self {
        self.add(template, Method::GET, Endpoint::Cached(Arc::new(get)))
    }

    /// A GET. It answers HEAD too.
    #[must_use]
    pub fn get<H: Handler<T, S>, T: 'static>(self, template: &str, handler: H) -> Self {
        self.handler(template, Method::GET, handler)
    }

    /// A POST.
    #[must_use]
    pub fn post<H: Handler<T, S>, T: 'static>(self, template: &str, handler: H) -> Self {
        self.handler(template, Method::POST, handler)
    }

    /// A PUT.
    #[must_use]
    pub fn put<H: Handler<T, S>, T: 'static>(self, template: &str, handler: H) -> Self {
        self.handler(template, Method::PUT, handler)
    }

    /// The routes, which need their state no more.
    #[must_use]
    pub fn build(self) -> Vec<Route> {
        self.routes
    }

    fn handler<H: Handler<T, S>, T: 'static>(self, template: &str, method: Method, handler: H) -> Self {
        let service = BoxCloneSyncService::new(handler.with_state(self.state.clone()));
        self.add(template, method, Endpoint::Handler(service))
    }

    fn add(mut self, template: &str, method: Method, endpoint: Endpoint) -> Self {
        let endpoint = (method, endpoint);
        if let Some(route) = self.routes.iter_mut().find(|route| route.template == template) {
            route.endpoints.push(endpoint);
        } else {
            self.routes.push(Route { template: template.to_owned(), endpoints: vec![endpoint] });
        }
        self
    }
}

impl Route {
    /// The path: `/products/{id}`.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The endpoint for this method, if there is one. GET answers HEAD too.
    #[must_use]
    pub fn endpoint(&self, method: &Method) -> Option<&Endpoint> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.endpoints.iter().find(|(own, _)| own == method).map(|(_, endpoint)| endpoint)
    }

    /// The methods that have an endpoint.
    pub fn methods(&self) -> impl Iterator<Item = Method> {
        self.endpoints.iter().flat_map(|(method, _)| {
            let head = (method == Method::GET).then_some(Method::HEAD);
            iter::once(method.clone()).chain(head)
        })
    }
}

/// All routes of a process.
pub struct RouteTable {
    matcher: matchit::Router<usize>,
    routes: Vec<Route>,
    /// The most results that a page may have.
    max_count: u64,
}

/// The route of a request.
pub struct Matched<'a> {
    /// Its index in the table.
    pub index: usize,
    /// The route.
    pub route: &'a Route,
    /// What the request asks for.
    pub target: Target<'a>,
}

impl RouteTable {
    /// A table of these routes, whose pages have at most `max_count` results.
    #[must_use]
    pub fn new(routes: Vec<Route>, max_count: u64) -> Self {
        let mut matcher = matchit::Router::new();
        for (index, route) in routes.iter().enumerate() {
            matcher.insert(&route.template, index).expect("templates of ours, each of them once");
        }
        Self { matcher, routes, max_count }
    }

    /// The route of this URI. Real clients send `/reviews/`: slashes at the end are ignored.
    #[must_use]
    pub fn find<'a>(&'a self, uri: &'a http::Uri) -> Option<Matched<'a>> {
        let path = uri.path().trim_end_matches('/');
        let slashes = path.len() - path.trim_start_matches('/').len();
        let matched = self.matcher.at(&path[slashes.saturating_sub(1)..]).ok()?;
        let target = Target {
            id: matched.params.get("id"),
            query: uri.query().unwrap_or_default(),
            max_count: self.max_count,
        };
        Some(Matched { index: *matched.value, route: &self.routes[*matched.value], target })
    }

    /// The methods that any route has, each of them once.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        let mut methods = Vec::new();
        for method in self.routes.iter().flat_map(Route::methods) {
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }

    /// The paths of all routes, in order.
    pub fn templates(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().map(Route::template)
    }
}
