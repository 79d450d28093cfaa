//! Routes, and what they are called.

use axum::Router;
use axum::routing::MethodRouter;

use crate::state::App;

/// Routes by their templates: a router that can say what it serves.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    templates: Vec<String>,
}

impl Routes {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One more: `/products/{id}`.
    #[must_use]
    pub fn route(mut self, template: &str, methods: MethodRouter<App>) -> Self {
        self.templates.push(template.to_owned());
        Self { router: self.router.route(template, methods), ..self }
    }

    /// And those.
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.templates.extend(others.templates);
        Self { router: self.router.merge(others.router), ..self }
    }

    /// What is served: `/products`, `/products/{id}`.
    #[must_use]
    pub fn templates(&self) -> &[String] {
        &self.templates
    }

    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }
}
