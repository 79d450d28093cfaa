//! Pages of lists.

use http::header::LINK;
use http::{HeaderName, HeaderValue};

use super::input::{FromInput, Input};
use super::values::Integer;

/// The default of `count`.
const DEFAULT_COUNT: u64 = 5;
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// The page of a list that is requested, by `page` and `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The number of the page, from 1.
    pub page: u64,
    /// The most results that it has: the requested count, limited to the maximum.
    pub count: u64,
}

impl FromInput for Paging {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        let page: Option<Option<Integer<1>>> = input.take("page");
        let count: Option<Option<Integer<0>>> = input.take("count");
        let (page, count) = (page?.map_or(1, |page| page.0), count?.map_or(DEFAULT_COUNT, |count| count.0));
        Some(Self { page, count: count.min(input.max_count()) })
    }
}

impl Paging {
    /// How many results come before the page: a `bigint` of PostgreSQL. No list has more than the largest.
    #[must_use]
    pub fn offset(self) -> i64 {
        bigint((self.page - 1).saturating_mul(self.count))
    }

    /// The most results that the page has: a `bigint` of PostgreSQL.
    #[must_use]
    pub fn limit(self) -> i64 {
        bigint(self.count)
    }
}

/// The number, or the largest that PostgreSQL has.
#[must_use]
pub fn bigint(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The `Link` and `X-Total-Count` headers of a page: `links` are relations and targets.
#[must_use]
pub fn list_headers(links: &[(&str, String)], total: u64) -> Vec<(HeaderName, HeaderValue)> {
    let link: Vec<String> = links.iter().map(|(rel, target)| format!("<{target}>; rel=\"{rel}\"")).collect();
    let link = HeaderValue::try_from(link.join(", ")).expect("paths of ours and numbers");
    vec![(LINK, link), (TOTAL_COUNT, total.into())]
}
