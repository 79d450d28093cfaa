//! Routes, what they are called, and which of the kept answers they show.

use axum::Router;
use axum::routing::MethodRouter;

use super::query::{FromQuery, MaxCount, parse, parse_id};
use super::reply::Policy;
use crate::cache::Key;
use crate::state::App;

/// Routes by their templates: a router that can say what it serves.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    templates: Vec<String>,
    kept: Vec<Option<Kept>>,
}

/// What GETs of a route show, where it is kept in the cache: enough to answer without the handler.
pub(super) struct Kept {
    pub(super) policy: &'static Policy,
    key: fn(&Target) -> Option<Key>,
}

/// What a request asks for: the id in its path, and its query string.
pub struct Target<'a> {
    id: Option<&'a str>,
    query: &'a str,
    max_count: MaxCount,
}

impl Target<'_> {
    /// The `{id}` of the path, if it is one.
    #[must_use]
    pub fn id(&self) -> Option<i64> {
        self.id.and_then(parse_id)
    }

    /// The parameters, if nothing is wrong with them.
    #[must_use]
    pub fn params<T: FromQuery>(&self) -> Option<T> {
        parse(self.query, self.max_count).ok()
    }
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: `/products/{id}`.
    #[must_use]
    pub fn route(self, template: &str, methods: MethodRouter<App>) -> Self {
        self.add(template, methods, None)
    }

    /// One more, whose GETs are kept in the cache and sent as `policy` says. `key` is the one that its handler keeps the
    /// answer under; None leaves the request to the handler, to refuse it for instance.
    #[must_use]
    pub fn kept(
        self,
        template: &str,
        methods: MethodRouter<App>,
        policy: &'static Policy,
        key: fn(&Target) -> Option<Key>,
    ) -> Self {
        self.add(template, methods, Some(Kept { policy, key }))
    }

    fn add(mut self, template: &str, methods: MethodRouter<App>, kept: Option<Kept>) -> Self {
        self.templates.push(template.to_owned());
        self.kept.push(kept);
        Self { router: self.router.route(template, methods), ..self }
    }

    /// And those.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.templates.extend(others.templates);
        self.kept.extend(others.kept);
        Self { router: self.router.merge(others.router), ..self }
    }

    /// What is served: `/products`, `/products/{id}`.
    #[must_use]
    pub fn templates(&self) -> &[String] {
        &self.templates
    }

    /// The router, and what finds a route in it without asking it.
    pub(super) fn into_parts(self, max_count: MaxCount) -> (Router<App>, Finder) {
        let mut matcher = matchit::Router::new();
        for (index, template) in self.templates.iter().enumerate() {
            matcher.insert(template, index).expect("the router has taken the same template");
        }
        (self.router, Finder { matcher, kept: self.kept, max_count })
    }
}

/// Finds the route of a path.
pub(super) struct Finder {
    matcher: matchit::Router<usize>,
    kept: Vec<Option<Kept>>,
    max_count: MaxCount,
}

/// A route that was found.
pub(super) struct Found<'a> {
    /// Its number, by the order of [`Routes::templates`]; one more than the last where no route is for the path.
    pub(super) route: usize,
    kept: Option<(&'a Kept, Target<'a>)>,
}

impl Finder {
    /// The route that a request belongs to.
    pub(super) fn find<'a>(&'a self, uri: &'a http::Uri) -> Found<'a> {
        // As the router is asked: without slashes behind, and with one before.
        let path = uri.path().trim_end_matches('/');
        let slashes = path.len() - path.trim_start_matches('/').len();
        let Ok(matched) = self.matcher.at(&path[slashes.saturating_sub(1)..]) else {
            return Found { route: self.kept.len(), kept: None };
        };
        let query = uri.query().unwrap_or_default();
        let kept = self.kept[*matched.value].as_ref();
        Found {
            route: *matched.value,
            kept: kept
                .map(|it| (it, Target { id: matched.params.get("id"), query, max_count: self.max_count })),
        }
    }
}

impl Found<'_> {
    /// Under which key the answer to a GET of this is kept, and how it is sent; None where it is not.
    pub(super) fn kept(&self) -> Option<(Key, &'static Policy)> {
        let (kept, target) = self.kept.as_ref()?;
        Some(((kept.key)(target)?, kept.policy))
    }
}
