//! `POST /reviews`: invalid reviews, which store nothing.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::totals::assert_totals_match;
use super::{post, review, review_with, start};
use crate::support::Site;

/// The number of rows in all tables that a review is stored in.
async fn rows(site: &Site) -> i64 {
    sqlx::query_scalar(
        "select (select count(*) from reviews) + (select count(*) from review_photos)
              + (select count(*) from characteristic_ratings) + (select count(*) from idempotency_keys)",
    )
    .fetch_one(&mut site.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_invalid_field_is_reported() {
    let site = start().await;
    assert_snapshot!(post(&site, &json!({})).await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"product_id must be a positive 64-bit integer; rating must be an integer from 1 to 5; summary must be text of 0 to 60 characters, without NUL; body must be text of 50 to 1000 characters, without NUL; recommend must be true or false; name must be text of 1 to 60 characters, without NUL; email must be an e-mail address of up to 60 characters","errors":[{"field":"product_id","message":"must be a positive 64-bit integer"},{"field":"rating","message":"must be an integer from 1 to 5"},{"field":"summary","message":"must be text of 0 to 60 characters, without NUL"},{"field":"body","message":"must be text of 50 to 1000 characters, without NUL"},{"field":"recommend","message":"must be true or false"},{"field":"name","message":"must be text of 1 to 60 characters, without NUL"},{"field":"email","message":"must be an e-mail address of up to 60 characters"}]}"#);
}

/// Asserts that a field accepts the valid values, and that an invalid one is reported and stores nothing.
async fn assert_bounds(site: &Site, field: &str, valid: &[Value], invalid: &[Value]) {
    for value in valid {
        let response = post(site, &review_with(field, value.clone())).await;
        assert_eq!(response.status, 201, "{field}: {value}: {response}");
    }
    let before = rows(site).await;
    for value in invalid {
        let response = post(site, &review_with(field, value.clone())).await;
        assert_eq!(response.status, 422, "{field}: {value}: {response}");
        let errors = response.json()["errors"].as_array().unwrap().clone();
        assert_eq!(errors.len(), 1, "{field}: {value}: {response}");
        assert_eq!(errors[0]["field"], field, "{field}: {value}: {response}");
    }
    assert_eq!(rows(site).await, before, "{field}");
}

/// Text of this many characters, each of four bytes.
fn text(length: usize) -> Value {
    json!("\u{1F9E5}".repeat(length))
}

#[tokio::test]
async fn ids_ratings_and_flags_have_bounds() {
    let site = start().await;
    let invalid =
        [json!(0), json!(-1), json!(1.5), json!("x"), json!(null), json!(true), json!(9.3e18), json!([2])];
    assert_bounds(&site, "product_id", &[json!(2), json!("2")], &invalid).await;
    let invalid =
        [json!(0), json!(6), json!(4.5), json!("5"), json!(null), json!(true), json!(-1), json!(65_537)];
    assert_bounds(&site, "rating", &[json!(1), json!(5)], &invalid).await;
    let invalid = [json!("true"), json!(1), json!(0), json!(null)];
    assert_bounds(&site, "recommend", &[json!(true), json!(false)], &invalid).await;
}

#[tokio::test]
async fn texts_have_bounds() {
    let site = start().await;
    let invalid = [text(61), json!(5), json!(null), json!("a\0b")];
    assert_bounds(&site, "summary", &[text(0), text(60), json!(" ")], &invalid).await;
    let spaces = json!(format!("{:60}", "spaces"));
    let invalid = [text(0), text(49), text(1001), spaces, json!([]), json!("\0".repeat(60))];
    assert_bounds(&site, "body", &[text(50), text(1000)], &invalid).await;
    let invalid = [text(0), text(61), json!("  "), json!({}), json!("\0")];
    assert_bounds(&site, "name", &[text(1), text(60)], &invalid).await;
    let email = |length: usize| json!(format!("{}@b.cd", "a".repeat(length - 5)));
    let invalid = [json!(""), json!("a"), json!("a@b"), json!("@b.cd"), email(61)];
    assert_bounds(&site, "email", &[json!("a@b.cd"), email(60)], &invalid).await;
}

#[tokio::test]
async fn photos_and_characteristics_have_bounds() {
    let site = start().await;
    let urls = |count: usize| json!(vec!["https://images.example/1.jpg"; count]);
    let invalid = [urls(6), urls(1)[0].clone(), json!(["ftp://x.example"]), json!([""]), json!([null])];
    assert_bounds(&site, "photos", &[urls(0), urls(5), json!(null)], &invalid).await;
    let invalid = [
        json!({ "14": 0 }),
        json!({ "14": 6 }),
        json!({ "14": "5" }),
        json!({ "14": 1.5 }),
        json!({ "14": null }),
        json!({ "Fit": 5 }),
        json!({ "": 5 }),
        json!({ "0": 5 }),
        json!({ "9223372036854775808": 5 }),
        // The same characteristic twice.
        json!({ "14": 5, "014": 5 }),
        json!([5]),
        json!(5),
    ];
    let valid = [json!({}), json!({ "14": 1, "15": 5 }), json!(null)];
    assert_bounds(&site, "characteristics", &valid, &invalid).await;
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn an_unknown_product_is_a_404_with_any_characteristics() {
    let site = start().await;
    let before = rows(&site).await;
    for id in [4, i64::MAX] {
        let mut new = review_with("product_id", json!(id));
        for characteristics in [json!({}), json!({ "14": 5 }), json!({ "777": 5 })] {
            new["characteristics"] = characteristics;
            let response = post(&site, &new).await;
            assert_eq!(response.status, 404, "{response}");
            assert_eq!(response.json()["detail"], format!("product {id} does not exist"));
        }
    }
    assert_eq!(rows(&site).await, before);
}

#[tokio::test]
async fn characteristics_that_the_product_does_not_have_are_a_422() {
    let site = start().await;
    let before = rows(&site).await;
    for characteristics in
        [json!({ "1": 5 }), json!({ "14": 5, "777": 5 }), json!({ i64::MAX.to_string(): 1 })]
    {
        let response = post(&site, &review_with("characteristics", characteristics)).await;
        assert_eq!(
            response.text(),
            r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"characteristics must be characteristics of the product","errors":[{"field":"characteristics","message":"must be characteristics of the product"}]}"#
        );
    }
    assert_eq!(rows(&site).await, before);
    assert_totals_match(&mut site.sql().await).await;
}

#[tokio::test]
async fn malformed_json_is_a_400() {
    let site = start().await;
    for (body, status) in
        [("", 400), ("{", 400), ("\u{feff}{}", 400), ("[]", 422), ("null", 422), ("\"x\"", 422)]
    {
        let response = site.post("/reviews", body, &[]).await;
        assert_eq!(response.status, status, "{body}: {response}");
    }
    let surrogate = review().to_string().replace("jackson11", "\\ud83d");
    assert_eq!(site.post("/reviews", &surrogate, &[]).await.status, 400);
    let large = review_with("ignored", json!("x".repeat(70_000)));
    assert_eq!(post(&site, &large).await.status, 413);
}
