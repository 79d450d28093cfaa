//! `POST /qa/questions`, `POST /qa/questions/:id/answers`: invalid questions and answers, which store nothing.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::json;

use super::{ANSWERS, QUESTIONS, new_answer, new_question, post, start, with_field};
use crate::support::Site;

/// Sends a request that must fail. Returns its status and the names of the invalid fields.
async fn rejected(site: &Site, path: &str, body: impl ToString) -> (u16, Vec<String>) {
    let response = post(site, path, body).await;
    assert_eq!(response.header("content-type"), "application/problem+json", "{response}");
    let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
    let fields = errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    (response.status.as_u16(), fields)
}

/// The numbers of questions, answers and photos.
async fn rows(site: &Site) -> (i64, i64, i64) {
    sqlx::query_as(
        "select (select count(*) from questions), (select count(*) from answers),
             (select count(*) from answer_photos)",
    )
    .fetch_one(&mut site.sql().await)
    .await
    .unwrap()
}

#[tokio::test]
async fn a_question_about_an_unknown_product_is_a_404() {
    let site = start().await;
    assert_snapshot!(post(&site, QUESTIONS, with_field(new_question(), "product_id", 4)).await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 91
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"product 4 does not exist"}
    "#);
}

#[tokio::test]
async fn an_answer_to_an_unknown_question_is_a_404() {
    let site = start().await;
    assert_snapshot!(post(&site, "/qa/questions/1/answers", new_answer()).await, @r#"
    404 Not Found
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 92
    content-type: application/problem+json
    x-content-type-options: nosniff

    {"type":"about:blank","title":"Not Found","status":404,"detail":"question 1 does not exist"}
    "#);
    for id in ["0", "abc", "9223372036854775807", "9223372036854775808"] {
        let path = format!("/qa/questions/{id}/answers");
        assert_eq!(post(&site, &path, new_answer()).await.status, 404, "{id}");
    }
    assert_eq!(rows(&site).await, (9, 10, 4));
}

#[tokio::test]
async fn an_invalid_answer_is_a_422_whether_its_question_exists_or_not() {
    let site = start().await;
    for id in [9, 1] {
        let path = format!("/qa/questions/{id}/answers");
        assert_eq!(
            rejected(&site, &path, with_field(new_answer(), "body", "")).await,
            (422, vec!["body".to_owned()])
        );
    }
}

#[tokio::test]
async fn every_invalid_field_is_reported() {
    let site = start().await;
    assert_snapshot!(post(&site, QUESTIONS, "{}").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"body must be text of 1 to 1000 characters, without NUL; name must be text of 1 to 60 characters, without NUL; email must be an e-mail address of up to 60 characters; product_id must be a positive 64-bit integer","errors":[{"field":"body","message":"must be text of 1 to 1000 characters, without NUL"},{"field":"name","message":"must be text of 1 to 60 characters, without NUL"},{"field":"email","message":"must be an e-mail address of up to 60 characters"},{"field":"product_id","message":"must be a positive 64-bit integer"}]}"#);
    let all = ["body", "name", "email", "photos"].map(str::to_owned);
    let invalid = json!({ "body": 1, "name": null, "email": "x", "photos": ["ftp://images.example/"] });
    assert_eq!(rejected(&site, ANSWERS, invalid).await, (422, all.to_vec()));
}

#[tokio::test]
async fn fields_have_bounds() {
    let site = start().await;
    let address = |length: usize| format!("{}@b.example", "a".repeat(length - 10));
    let five = vec!["https://images.example/1.jpg"; 5];
    for (field, value) in [
        ("body", json!("x")),
        ("body", json!("\u{1F9E5}".repeat(1000))),
        ("name", json!("é".repeat(60))),
        ("name", json!("  \n x \t ")),
        ("email", json!(address(60))),
        ("product_id", json!("1")),
        ("photos", json!(five)),
    ] {
        let path = if field == "photos" { ANSWERS } else { QUESTIONS };
        let body = if field == "photos" { new_answer() } else { new_question() };
        assert_eq!(
            post(&site, path, with_field(body, field, value.clone())).await.status,
            201,
            "{field} {value}"
        );
    }
    let before = rows(&site).await;
    for (field, value) in [
        ("body", json!("")),
        ("body", json!(" \t\n ")),
        ("body", json!("x".repeat(1001))),
        ("body", json!("nul\0")),
        ("body", json!(["x"])),
        ("name", json!("x".repeat(61))),
        ("name", json!("")),
        ("name", json!(true)),
        ("email", json!(address(61))),
        ("email", json!("nobody")),
        ("email", json!("a b@c.example")),
        ("email", json!("@c.example")),
    ] {
        let expected = (422, vec![field.to_owned()]);
        let question = rejected(&site, QUESTIONS, with_field(new_question(), field, value.clone())).await;
        let answer = rejected(&site, ANSWERS, with_field(new_answer(), field, value.clone())).await;
        assert_eq!((&question, &answer), (&expected, &expected), "{field} {value}");
    }
    for id in [json!(0), json!(-1), json!(1.5), json!("x"), json!(null), json!(9_223_372_036_854_775_808_u64)]
    {
        let expected = (422, vec!["product_id".to_owned()]);
        assert_eq!(
            rejected(&site, QUESTIONS, with_field(new_question(), "product_id", id.clone())).await,
            expected,
            "{id}"
        );
    }
    for photos in [
        json!(vec!["https://images.example/1.jpg"; 6]),
        json!("https://images.example/1.jpg"),
        json!(["javascript:alert(1)"]),
        json!(["https://images.example/1.jpg", 2]),
        json!(["https:images.example/1.jpg"]),
        json!(["https:/images.example/1.jpg"]),
        json!([""]),
    ] {
        let expected = (422, vec!["photos".to_owned()]);
        assert_eq!(
            rejected(&site, ANSWERS, with_field(new_answer(), "photos", photos.clone())).await,
            expected,
            "{photos}"
        );
    }
    assert_eq!(rows(&site).await, before);
}

#[tokio::test]
async fn malformed_json_is_a_400_and_another_content_type_a_415() {
    let site = start().await;
    for path in [QUESTIONS, ANSWERS] {
        for body in ["", "{", "{\"body\":}", "\u{0}"] {
            assert_eq!(post(&site, path, body).await.status, 400, "{body:?}");
        }
        for body in ["[]", "1", "null", "\"text\""] {
            assert_eq!(post(&site, path, body).await.status, 422, "{body:?}");
        }
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let request = Request::post(path).header("content-type", kind).body(Body::from("{}")).unwrap();
            assert_eq!(site.request(request).await.status, 415, "{kind}");
        }
        let large = with_field(new_question(), "more", "x".repeat(65536));
        assert_eq!(post(&site, path, large).await.status, 413);
    }
}

#[tokio::test]
async fn a_lone_surrogate_is_a_400() {
    let site = start().await;
    let body = new_question().to_string().replace("Is it?", "\\ud83d");
    assert_eq!(rejected(&site, QUESTIONS, body).await, (400, Vec::new()));
}
