//! Parameters and results of product endpoints.

use crate::http::error::Error;
use crate::http::input::{FromInput, Input, from_input};
use crate::http::paging::Paging;
use crate::http::target::{FromTarget, Target};
use crate::http::values::{Id, Integer};

/// `GET /products`.
pub(super) struct ListProductsParams {
    pub(super) paging: Paging,
    /// Keyset pagination: only products with a larger id than this.
    pub(super) after: Option<u64>,
}

impl FromInput for ListProductsParams {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        let paging = Paging::from_input(input);
        let after: Option<Option<Integer<0>>> = input.take("after");
        Some(Self { paging: paging?, after: after?.map(|after| after.0) })
    }
}

/// `/products/{id}…`, and `/styles?product_id=` and the like.
pub(super) struct ProductId(pub(super) i64);

impl FromTarget for ProductId {
    fn from_target(target: &Target<'_>) -> Result<Self, Error> {
        if target.has_id() {
            target.id().map(Self)
        } else {
            target.query().map(|query: ProductQuery| Self(query.product_id.0))
        }
    }
}

struct ProductQuery {
    product_id: Id,
}

from_input!(ProductQuery { product_id });

/// One of the stored documents of a product.
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
    /// The name of the document, in the cache's keys and in the query.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::Styles => "styles",
            Self::Related => "related",
        }
    }
}

/// Where a page of products begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageStart {
    /// After this many products.
    Offset(i64),
    /// After the product with this id, whether it exists or not.
    After(u64),
}

/// A page of products.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ProductPage {
    /// The body of the response: JSON.
    pub(super) body: String,
    /// The id of the last product on the page.
    pub(super) last_id: Option<i64>,
    /// The number of all products.
    pub(super) total: u64,
    /// Whether there are products after the page.
    pub(super) has_more: bool,
}

impl ListProductsParams {
    pub(super) fn start(&self) -> PageStart {
        self.after.map_or(PageStart::Offset(self.paging.offset()), PageStart::After)
    }

    /// Links to other pages of the list: relations and targets.
    pub(super) fn links(&self, found: &ProductPage) -> Vec<(&'static str, String)> {
        let Paging { page, count } = self.paging;
        if self.after.is_some() {
            let target = |after: i64| format!("/products?after={after}&count={count}");
            let next = found.last_id.filter(|_| found.has_more).map(|id| ("next", target(id)));
            return [("first", target(0))].into_iter().chain(next).collect();
        }
        let target = |page: u64| format!("/products?page={page}&count={count}");
        let last = found.total.div_ceil(count.max(1));
        let previous = (page > 1 && last > 0).then(|| ("prev", target(last.min(page - 1))));
        let next = found.has_more.then(|| ("next", target(page + 1)));
        [("first", target(1))].into_iter().chain(previous).chain(next).collect()
    }
}
