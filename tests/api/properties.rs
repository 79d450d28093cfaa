//! Properties of all requests of a kind, checked with generated ones. What fails is reduced to a small example.

use std::fmt::Debug;

use axum::http::Method;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::hostile::assert_no_server_error;
use crate::support::Site;

/// Asserts a property of so many generated values. Needs a test on several threads.
pub(crate) fn check<T: Debug>(cases: u32, values: impl Strategy<Value = T>, property: impl AsyncFn(T)) {
    let runtime = Handle::current();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let checked = block_in_place(|| {
        runner.run(&values, |value| {
            runtime.block_on(property(value));
            Ok(())
        })
    });
    checked.unwrap_or_else(|err| panic!("{err}"));
}

/// A target: any bytes, with pieces that paths and query strings of the API have.
fn target() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: [&str; 40] = [
        "/",
        "//",
        "products",
        "styles",
        "related",
        "reviews",
        "meta",
        "qa",
        "questions",
        "answers",
        "cart",
        "health",
        "1",
        "0",
        "-1",
        "5",
        "999999999999999999999",
        "?",
        "&",
        "=",
        "page",
        "count",
        "after",
        "product_id",
        "sort",
        "helpful",
        "%00",
        "%ff",
        "%2f",
        "%22",
        "%",
        "+",
        ".",
        "..",
        ";",
        "[]",
        "null",
        "é",
        "🧥",
        "'",
    ];
    let piece = prop_oneof![
        8 => select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..14).prop_map(|pieces| [b"/", &*pieces.concat()].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_target_causes_a_server_error() {
    let site = Site::start().await;
    check(1_000, target(), async |target| assert_no_server_error(&site, Method::GET, &target).await);
}

/// Spellings of a number in a query string.
fn spelled(number: u64) -> impl Strategy<Value = String> {
    // The numbers have one digit.
    let spellings = ["*", "00*", "%22*%22", "%3*", "%22%3*%22"];
    select(spellings.map(|spelling| spelling.replace('*', &number.to_string())).to_vec())
}

/// The number of a page, its count, and a target that spells both.
fn page() -> impl Strategy<Value = (u64, u64, String)> {
    (1_u64..5, 0_u64..6).prop_flat_map(|(page, count)| {
        let page_pair = (select(vec!["page", "p%61ge"]), spelled(page));
        let count_pair = (select(vec!["count", "%63ount"]), spelled(count));
        let unknown = select(vec!["&", "&color=red", "&=", "&pages=7&%ff"]);
        let path = select(vec!["/products", "/products/", "//products//"]);
        (page_pair, count_pair, any::<bool>(), unknown, path).prop_map(
            move |(one, two, swap, unknown, path)| {
                let (one, two) = (format!("{}={}", one.0, one.1), format!("{}={}", two.0, two.1));
                let (first, last) = if swap { (two, one) } else { (one, two) };
                (page, count, format!("{path}?{first}{unknown}&{last}"))
            },
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_spellings_of_a_page_have_the_same_response() {
    let site = Site::start().await;
    check(300, page(), async |(page, count, target)| {
        let plain = site.get(&format!("/products?page={page}&count={count}")).await;
        assert_eq!(plain.status, 200);
        assert_eq!(site.get(&target).await.to_string(), plain.to_string());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_a_304_exactly_if_its_entity_tag_is_in_the_list() {
    let site = Site::start().await;
    let etag = site.get("/products/1").await.header("etag").to_owned();
    let bare = etag.trim_matches('"').to_owned();
    let (weak, open) = (format!("W/{etag}"), format!("\"{bare}"));
    let others = ["\"\"", "\"other\"", "W/\"other\"", "\"é\"", "", "w/", "W/"].map(str::to_owned);
    let element = prop_oneof![
        1 => select(vec![etag.clone(), weak.clone()]),
        4 => select([&others[..], &[bare, open, format!("W/{weak}"), format!("w/{etag}")]].concat()),
    ];
    let list = (vec(element, 1..6), select(vec![",", ", ", " ,\t"]));
    check(300, list, async |(elements, separator)| {
        let is_contained = elements.iter().any(|element| *element == etag || *element == weak);
        let header = elements.join(separator);
        let response = site.get_with("/products/1", &[("if-none-match", &header)]).await;
        assert_eq!(response.status, if is_contained { 304 } else { 200 }, "{header}");
    });
}
