//! The target of a request: its path and its query string become typed parameters, or a client error.

#![no_main]

use std::sync::LazyLock;

use atelier::http::error::Error;
use atelier::http::input::{FromInput, Input};
use atelier::http::paging::Paging;
use atelier::http::routes::{RouteTable, Routes};
use atelier::http::values::{Id, Integer, Text};
use axum::response::IntoResponse as _;
use http::Uri;
use libfuzzer_sys::fuzz_target;

const MAX_COUNT: u64 = 1_000;
const TEMPLATES: [&str; 4] =
    ["/products", "/products/{id}", "/products/{id}/styles", "/qa/questions/{id}/answers"];

static ROUTES: LazyLock<RouteTable> = LazyLock::new(|| {
    let none = Routes::new(());
    let routes = TEMPLATES.into_iter().fold(none, |routes, template| routes.get(template, async || {}));
    RouteTable::new(routes.build(), MAX_COUNT)
});

/// Parameters of all types that a query string has.
struct Params {
    product_id: Option<Id>,
    after: Option<Integer<0>>,
    sort: Option<Text<1, 10>>,
    paging: Paging,
}

impl FromInput for Params {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        let (product_id, after, sort) = (input.take("product_id"), input.take("after"), input.take("sort"));
        let paging = Paging::from_input(input);
        Some(Self { product_id: product_id?, after: after?, sort: sort?, paging: paging? })
    }
}

fuzz_target!(|input: &[u8]| {
    let Ok(uri) = Uri::try_from(input) else { return };
    let Some(matched) = ROUTES.find(&uri) else { return };
    match matched.target.id() {
        Ok(id) => assert!(id > 0),
        Err(err) => assert_client_error(err),
    }
    match matched.target.query::<Params>() {
        Ok(Params { product_id, after, sort, paging }) => {
            assert!(product_id.is_none_or(|id| id.0 > 0));
            assert!(sort.is_none_or(|sort| (1..=10).contains(&sort.0.chars().count())));
            assert!(paging.page > 0 && paging.count <= MAX_COUNT && paging.offset() >= 0);
            let _ = after;
        }
        Err(err) => assert_client_error(err),
    }
});

fn assert_client_error(err: Error) {
    assert!(err.into_response().status().is_client_error());
}
