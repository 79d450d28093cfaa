//! What of reviews crosses the wire.
//!
//! Answers are made by the database as text (`queries.rs`, and `review_results()` in `migrations/0004_reviews.sql`, say
//! how they look); here is what is asked with.

use crate::http::fields::{Fields, FromFields};
use crate::http::paging::Paging;
use crate::http::query::{FromQuery, Query};

/// `GET /reviews`.
pub(super) struct ListReviewsParams {
    pub(super) product_id: i64,
    pub(super) sort: Sort,
    pub(super) paging: Paging,
}

impl FromQuery for ListReviewsParams {
    fn from_query(query: &mut Query) -> Option<Self> {
        let product_id = query.id("product_id");
        let sorts = [Sort::Helpful, Sort::Newest, Sort::Relevant].map(|sort| (sort.name(), sort));
        let sort = query.word("sort", &sorts, Sort::Relevant);
        let paging = Paging::from_query(query);
        Some(Self { product_id: product_id?, sort: sort?, paging: paging? })
    }
}

/// The order of a list of reviews; in each, the one with the higher id comes first of two that are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// By votes.
    Helpful,
    /// By date.
    Newest,
    /// By both.
    Relevant,
}

impl Sort {
    /// The name by which clients, the cache and the database know it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Helpful => "helpful",
            Self::Newest => "newest",
            Self::Relevant => "relevant",
        }
    }
}

/// `GET /reviews/meta`.
pub(super) struct ReviewMetaParams {
    pub(super) product_id: i64,
}

impl FromQuery for ReviewMetaParams {
    fn from_query(query: &mut Query) -> Option<Self> {
        query.id("product_id").map(|product_id| Self { product_id })
    }
}

/// `POST /reviews`.
#[derive(Clone, Debug)]
pub(super) struct NewReview {
    pub(super) product_id: i64,
    pub(super) rating: i16,
    /// May be empty.
    pub(super) summary: String,
    pub(super) body: String,
    pub(super) recommend: bool,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) photos: Vec<String>,
    /// Ratings by the ids of characteristics.
    pub(super) characteristics: Vec<(i64, i16)>,
}

impl FromFields for NewReview {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let product_id = fields.id("product_id");
        let rating = fields.rating("rating");
        let summary = fields.text("summary", 0, 60);
        let body = fields.text("body", 50, 1000);
        let recommend = fields.flag("recommend");
        let name = fields.text("name", 1, 60);
        let email = fields.email("email");
        let photos = fields.photos("photos");
        let characteristics = fields.ratings("characteristics");
        Some(Self {
            product_id: product_id?,
            rating: rating?,
            summary: summary?,
            body: body?,
            recommend: recommend?,
            name: name?,
            email: email?,
            photos: photos?,
            characteristics: characteristics?,
        })
    }
}

/// `PUT /reviews/:id/helpful`, `PUT /reviews/:id/report`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vote {
    /// Adds one.
    Helpful,
    /// Hides.
    Report,
}
