//! Parameters and bodies of review endpoints.

use crate::http::input::{Field, FromInput, Input, Raw, from_input};
use crate::http::paging::Paging;
use crate::http::values::{Email, Id, Photos, Rating, Ratings, Text};

/// `GET /reviews`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListReviewsParams {
    pub(super) product_id: i64,
    pub(super) sort: Sort,
    pub(super) paging: Paging,
}

impl FromInput for ListReviewsParams {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        let (product_id, sort) = (input.take::<Id>("product_id"), input.take("sort"));
        let paging = Paging::from_input(input);
        Some(Self { product_id: product_id?.0, sort: sort?, paging: paging? })
    }
}

/// The order of a list of reviews. Where two are equal, the one with the larger id comes first.
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
    const ALL: [Self; 3] = [Self::Helpful, Self::Newest, Self::Relevant];

    /// The name of the order: in requests, in the cache's keys and in the query.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Helpful => "helpful",
            Self::Newest => "newest",
            Self::Relevant => "relevant",
        }
    }
}

impl Field for Sort {
    fn accepted() -> String {
        format!("one of {}", Self::ALL.map(Self::name).join(", "))
    }

    fn parse(raw: Raw<'_>) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| raw.text() == Some(sort.name()))
    }

    fn default() -> Option<Self> {
        Some(Self::Relevant)
    }
}

/// `GET /reviews/meta`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReviewMetaParams {
    pub(super) product_id: Id,
}

from_input!(ReviewMetaParams { product_id });

/// `POST /reviews`.
#[derive(Clone, Debug)]
pub(super) struct NewReview {
    pub(super) product_id: Id,
    pub(super) rating: Rating,
    pub(super) summary: Text<0, 60>,
    pub(super) body: Text<50, 1000>,
    pub(super) recommend: bool,
    pub(super) name: Text<1, 60>,
    pub(super) email: Email,
    pub(super) photos: Photos,
    pub(super) characteristics: Ratings,
}

from_input!(NewReview { product_id, rating, summary, body, recommend, name, email, photos, characteristics });
