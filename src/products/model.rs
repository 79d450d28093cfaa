//! What of products crosses the wire.
//!
//! Answers are made by the database as text (`migrations/0002_product_documents.sql` says how they look); here is
//! what is asked with.

use crate::http::paging::Paging;
use crate::http::query::{FromQuery, Query};

/// `GET /products`.
pub(super) struct ListProductsParams {
    pub(super) paging: Paging,
    /// Only products behind this id, from 0: pages by key.
    pub(super) after: Option<u64>,
}

impl FromQuery for ListProductsParams {
    fn from_query(query: &mut Query) -> Option<Self> {
        let paging = Paging::from_query(query);
        let after = query.number("after", 0, None, Some);
        Some(Self { paging: paging?, after: after? })
    }
}

/// `GET /styles`, `GET /related`.
pub(super) struct ProductParams {
    pub(super) product_id: i64,
}

impl FromQuery for ProductParams {
    fn from_query(query: &mut Query) -> Option<Self> {
        query.id("product_id").map(|product_id| Self { product_id })
    }
}

/// One of the ready documents of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// The product with its features.
    Product,
    /// Its styles with photos and skus.
    Styles,
    /// The ids of its related products.
    Related,
}

impl Document {
    /// The name by which the document is cached, and asked for in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Styles => "styles",
            Self::Related => "related",
        }
    }
}

/// Where a page of the list of products begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// Behind so many products.
    Offset(u64),
    /// Behind the product with this id, whether there is one or not.
    After(u64),
}

/// What the database answers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProductAnswer {
    /// The body to send.
    pub(super) body: String,
    /// For a page of the list: what lies around it.
    pub(super) surroundings: Option<Surroundings>,
}

/// What lies around a page of the list of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// The id of the last product on the page.
    pub(super) last_id: Option<i64>,
    /// How many products there are in all.
    pub(super) total: u64,
    /// Whether there are products behind the page.
    pub(super) has_more: bool,
}

impl ListProductsParams {
    pub(super) fn start(&self) -> Start {
        self.after.map_or(Start::Offset(self.paging.offset()), Start::After)
    }

    /// Where the list goes on from the page asked for: (relation, target).
    pub(super) fn links(&self, around: Surroundings) -> Vec<(&'static str, String)> {
        let Paging { page, count } = self.paging;
        if self.after.is_some() {
            let target = |after: i64| format!("/products?after={after}&count={count}");
            let next = around.last_id.filter(|_| around.has_more).map(|id| ("next", target(id)));
            return [("first", target(0))].into_iter().chain(next).collect();
        }
        let target = |page: u64| format!("/products?page={page}&count={count}");
        let last = around.total.div_ceil(count.max(1));
        let previous = (page > 1 && last > 0).then(|| ("prev", target(last.min(page - 1))));
        let next = around.has_more.then(|| ("next", target(page + 1)));
        [("first", target(1))].into_iter().chain(previous).chain(next).collect()
    }
}
