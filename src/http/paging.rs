//! Pages of lists.

use http::header::LINK;
use http::{HeaderName, HeaderValue};

use super::query::{FromQuery, Query};

/// How many results a page has where nobody says.
const DEFAULT_COUNT: u64 = 5;
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Which page of a list is asked for, `page` and `count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paging {
    /// The page, from 1.
    pub page: u64,
    /// How many results it has at most: what the client asked for, cut to the cap.
    pub count: u64,
}

impl FromQuery for Paging {
    fn from_query(query: &mut Query) -> Option<Self> {
        let max_count = query.max_count();
        let page = query.number("page", 1, 1, |page| page);
        let count = query.number("count", 0, DEFAULT_COUNT.min(max_count), |count| count.min(max_count));
        Some(Self { page: page?, count: count? })
    }
}

impl Paging {
    /// How many results come before the page.
    #[must_use]
    pub fn offset(self) -> u64 {
        (self.page - 1).saturating_mul(self.count)
    }
}

/// Where a list goes on from a page: the `Link` and `X-Total-Count` headers.
#[must_use]
pub fn list_headers(links: &[(&str, String)], total: u64) -> Vec<(HeaderName, HeaderValue)> {
    let link: Vec<String> = links.iter().map(|(rel, target)| format!("<{target}>; rel=\"{rel}\"")).collect();
    let link = HeaderValue::try_from(link.join(", ")).expect("paths of ours and numbers");
    vec![(LINK, link), (TOTAL_COUNT, total.into())]
}
