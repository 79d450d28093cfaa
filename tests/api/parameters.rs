//! `page`, `count` and `after`: accepted values, and errors.

use insta::assert_snapshot;

use crate::support::{Site, run};

/// Values that mean the default, also in quotes.
const DEFAULTS: [&str; 8] =
    ["", "undefined", "null", "NaN", "%22%22", "%22undefined%22", "%22null%22", "%22NaN%22"];
/// Values that are neither numbers nor mean the default.
const INVALID: [&str; 21] = [
    "-3",
    "-0",
    "abc",
    "1.5",
    "1.0",
    "+1",
    "%2B1",
    "1e3",
    "0x10",
    "%201",
    "1%20",
    "%00",
    "1%00",
    "%ff",
    "Infinity",
    "true",
    "nan",
    "1,2",
    "%22%225%22%22",
    "%22",
    "%22abc%22",
];

#[tokio::test]
async fn empty_and_undefined_values_mean_the_default() {
    let site = Site::start().await;
    let default = site.get("/products").await;
    assert_eq!(default.json().as_array().unwrap().len(), 5);
    for value in DEFAULTS {
        for name in ["page", "count", "after"] {
            let response = site.get(&format!("/products?{name}={value}")).await;
            assert_eq!(response.to_string(), default.to_string(), "{name}={value}");
        }
    }
    assert_eq!(site.get("/products?page&count&after").await.to_string(), default.to_string());
}

#[tokio::test]
async fn a_pair_of_quotes_is_ignored() {
    let site = Site::start().await;
    let plain = site.get("/products?page=2&count=3").await;
    assert_eq!(site.get("/products?page=%222%22&count=%223%22").await.to_string(), plain.to_string());
}

#[tokio::test]
async fn an_invalid_value_is_a_422() {
    let site = Site::start().await;
    for value in INVALID {
        for name in ["page", "count", "after"] {
            let response = site.get(&format!("/products?{name}={value}")).await;
            assert_eq!(response.status, 422, "{name}={value}: {response}");
            assert_eq!(response.json()["errors"][0]["field"], name, "{name}={value}: {response}");
        }
    }
}

#[tokio::test]
async fn zero_is_invalid_for_page_but_not_for_count_and_after() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products?page=0").await, @r#"
    422 Unprocessable Entity
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 174
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"page must be an integer from 1","errors":[{"field":"page","message":"must be an integer from 1"}]}
    "#);
    assert_eq!(site.get("/products?count=0").await.text(), "[]");
    assert_eq!(site.get("/products?after=0").await.text(), site.get("/products").await.text());
}

#[tokio::test]
async fn every_invalid_parameter_is_reported() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products?count=-3&page=abc&after=1.5&other=x").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"page must be an integer from 1; count must be an integer from 0; after must be an integer from 0","errors":[{"field":"page","message":"must be an integer from 1"},{"field":"count","message":"must be an integer from 0"},{"field":"after","message":"must be an integer from 0"}]}"#);
}

#[tokio::test]
async fn a_repeated_parameter_is_a_422() {
    let site = Site::start().await;
    assert_snapshot!(site.get("/products?page=1&page=1").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"page must be given only once","errors":[{"field":"page","message":"must be given only once"}]}"#);
    assert_eq!(site.get("/products?count=&count=").await.status, 422);
    assert_eq!(site.get("/styles?product_id=1&product_id=2").await.status, 422);
}

#[tokio::test]
async fn a_count_above_the_maximum_is_reduced_to_it() {
    let site = Site::start_with(|settings| settings.max_count = 3).await;
    let largest = site.get("/products?count=3").await;
    assert_eq!(largest.json().as_array().unwrap().len(), 3);
    for count in ["4", "1000000000", "9007199254740991", "9223372036854775808", "18446744073709551616"] {
        let response = site.get(&format!("/products?count={count}")).await;
        assert_eq!(response.to_string(), largest.to_string(), "{count}");
    }
}

#[tokio::test]
async fn the_default_count_is_reduced_to_the_maximum() {
    let site = Site::start_with(|settings| settings.max_count = 3).await;
    assert_eq!(site.get("/products").await.json().as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_page_has_at_most_a_thousand_products_by_default() {
    let site = Site::start().await;
    let many = "insert into products select id, '', '', '', '', 1 from generate_series(3001, 5000) id";
    run(&mut site.sql().await, many).await;
    let response = Site::over(site.database(), |_| {}).await.get("/products?count=9007199254740991").await;
    assert_eq!(response.json().as_array().unwrap().len(), 1000);
    assert_eq!(
        response.header("link"),
        r#"</products?page=1&count=1000>; rel="first", </products?page=2&count=1000>; rel="next""#
    );
}

#[tokio::test]
async fn any_larger_number_is_a_page_past_the_end() {
    let site = Site::start().await;
    for number in
        ["9007199254740991", "9223372036854775807", "18446744073709551615", "99999999999999999999999"]
    {
        for path in [
            format!("/products?page={number}"),
            format!("/products?page={number}&count={number}"),
            format!("/products?after={number}"),
        ] {
            let response = site.get(&path).await;
            assert_eq!((response.status.as_u16(), response.text()), (200, "[]"), "{path}");
            assert_eq!(response.header("x-total-count"), "8", "{path}");
        }
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let site = Site::start().await;
    let plain = site.get("/products").await;
    for query in
        ["sort=newest", "page[]=x", "count%5B%5D=-1", "Page=0", "=", "&&&", "%ff=%ff", "constructor=1"]
    {
        assert_eq!(site.get(&format!("/products?{query}")).await.to_string(), plain.to_string(), "{query}");
    }
}
