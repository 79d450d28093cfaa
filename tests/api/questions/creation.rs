//! `POST /qa/questions`, `POST /qa/questions/:id/answers`.

use axum::body::Body;
use axum::http::Request;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{answer, post, question, start};
use crate::support::Site;

const QUESTIONS: &str = "/qa/questions";
const ANSWERS: &str = "/qa/questions/9/answers";

fn a_question() -> Value {
    json!({ "body": "Is it?", "name": "me", "email": "me@secret.example", "product_id": 1 })
}

fn an_answer() -> Value {
    let photos = ["https://images.example/b.jpg", "http://images.example/a.jpg"];
    json!({ "body": "It is.", "name": "me", "email": "me@secret.example", "photos": photos })
}

/// The body with another value in one field.
fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

/// Takes out the time of a new thing, which nobody knows before, and checks its form.
fn timeless(text: &str) -> String {
    let (before, rest) = text.split_once("date\":\"").unwrap();
    let (date, after) = rest.split_once('"').unwrap();
    let form: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(form, "0000-00-00T00:00:00.000Z");
    format!("{before}date\":\"now\"{after}")
}

/// The status, and the names of the fields that are wrong.
async fn refused(site: &Site, path: &str, body: impl ToString) -> (u16, Vec<String>) {
    let response = post(site, path, body).await;
    assert_eq!(response.header("content-type"), "application/problem+json", "{response}");
    let errors = response.json()["errors"].as_array().cloned().unwrap_or_default();
    let fields = errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect();
    (response.status.as_u16(), fields)
}

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
async fn a_question_is_answered_as_its_list_shows_it() {
    let site = start().await;
    let before = site.get("/qa/questions?product_id=1").await;
    let response = post(&site, QUESTIONS, a_question()).await;
    assert_snapshot!(timeless(&response.to_string()), @r#"
    201 Created
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 160
    content-type: application/json
    location: /qa/questions/101
    x-content-type-options: nosniff

    {"question_id":101,"question_body":"Is it?","question_date":"now","asker_name":"me","question_helpfulness":0,"reported":false,"answers":{}}
    "#);
    assert_eq!(question(&site, 1, 101).await, response.json());
    // The pages that were kept are dropped, too.
    assert_ne!(site.get("/qa/questions?product_id=1&page=2").await.text(), before.text());
    assert!(site.get("/qa/questions?product_id=1&page=2").await.text().contains("Is it?"));
}

#[tokio::test]
async fn an_answer_is_answered_as_its_list_shows_it() {
    let site = start().await;
    assert_eq!(question(&site, 1, 9).await["answers"].as_object().unwrap().len(), 6);
    let response = post(&site, ANSWERS, an_answer()).await;
    assert_snapshot!(timeless(&response.to_string()), @r#"
    201 Created
    access-control-allow-origin: *
    access-control-expose-headers: link,etag,x-total-count,x-request-id
    cache-control: no-store
    content-length: 210
    content-type: application/json
    location: /qa/answers/101
    x-content-type-options: nosniff

    {"answer_id":101,"body":"It is.","date":"now","answerer_name":"me","helpfulness":0,"photos":[{"id":101,"url":"https://images.example/b.jpg"},{"id":102,"url":"http://images.example/a.jpg"}]}
    "#);
    assert_eq!(answer(&site, 9, 101).await, response.json());
    let shown = &question(&site, 1, 9).await["answers"]["101"];
    assert_eq!(shown["photos"], json!(["https://images.example/b.jpg", "http://images.example/a.jpg"]));
}

#[tokio::test]
async fn e_mail_addresses_are_kept() {
    let site = start().await;
    post(&site, QUESTIONS, a_question()).await;
    post(&site, ANSWERS, an_answer()).await;
    let kept: (String, String) = sqlx::query_as(
        "select q.asker_email, a.answerer_email from questions q, answers a where q.id = 101 and a.id = 101",
    )
    .fetch_one(&mut site.sql().await)
    .await
    .unwrap();
    assert_eq!(kept, ("me@secret.example".to_owned(), "me@secret.example".to_owned()));
}

#[tokio::test]
async fn who_asked_for_answers_too_early_sees_them_once_the_question_is_there() {
    let site = start().await;
    assert_eq!(site.get("/qa/questions/101/answers").await.status, 404);
    assert_eq!(post(&site, QUESTIONS, a_question()).await.json()["question_id"], 101);
    assert_eq!(site.get("/qa/questions/101/answers").await.status, 200);
}

#[tokio::test]
async fn a_first_question_and_its_first_answer_show_at_once() {
    let site = start().await;
    assert_eq!(question(&site, 5, 101).await, Value::Null);
    post(&site, QUESTIONS, with(a_question(), "product_id", 5)).await;
    assert_eq!(question(&site, 5, 101).await["answers"], json!({}));
    assert_eq!(post(&site, "/qa/questions/101/answers/", an_answer()).await.status, 201);
    assert_eq!(question(&site, 5, 101).await["answers"]["101"]["body"], "It is.");
    assert_eq!(answer(&site, 101, 101).await["photos"][1]["url"], "http://images.example/a.jpg");
}

#[tokio::test]
async fn photos_may_be_left_out() {
    let site = start().await;
    let mut without = an_answer();
    without.as_object_mut().unwrap().remove("photos");
    for body in [without, with(an_answer(), "photos", json!([])), with(an_answer(), "photos", Value::Null)] {
        let response = post(&site, ANSWERS, body).await;
        assert_eq!((response.status.as_u16(), &response.json()["photos"]), (201, &json!([])));
    }
}

#[tokio::test]
async fn a_question_about_an_unknown_product_is_a_404() {
    let site = start().await;
    assert_snapshot!(post(&site, QUESTIONS, with(a_question(), "product_id", 4)).await, @r#"
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
    assert_snapshot!(post(&site, "/qa/questions/1/answers", an_answer()).await, @r#"
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
        assert_eq!(post(&site, &path, an_answer()).await.status, 404, "{id}");
    }
    assert_eq!(rows(&site).await, (9, 10, 4));
}

#[tokio::test]
async fn a_malformed_answer_is_a_422_whether_its_question_is_there_or_not() {
    let site = start().await;
    for id in [9, 1] {
        let path = format!("/qa/questions/{id}/answers");
        assert_eq!(
            refused(&site, &path, with(an_answer(), "body", "")).await,
            (422, vec!["body".to_owned()])
        );
    }
}

#[tokio::test]
async fn a_question_that_is_reported_can_be_answered() {
    let site = start().await;
    assert_eq!(post(&site, "/qa/questions/8/answers", an_answer()).await.status, 201);
    assert_eq!(answer(&site, 8, 101).await["body"], "It is.");
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let site = start().await;
    assert_snapshot!(post(&site, QUESTIONS, "{}").await.text(), @r#"{"type":"about:blank","title":"Unprocessable Entity","status":422,"detail":"body must be text of 1 to 1000 characters, without NUL; name must be text of 1 to 60 characters, without NUL; email must be an e-mail address of up to 60 characters; product_id must be a positive 64-bit integer","errors":[{"field":"body","message":"must be text of 1 to 1000 characters, without NUL"},{"field":"name","message":"must be text of 1 to 60 characters, without NUL"},{"field":"email","message":"must be an e-mail address of up to 60 characters"},{"field":"product_id","message":"must be a positive 64-bit integer"}]}"#);
    let all = ["body", "name", "email", "photos"].map(str::to_owned);
    let wrong = json!({ "body": 1, "name": null, "email": "x", "photos": ["ftp://images.example/"] });
    assert_eq!(refused(&site, ANSWERS, wrong).await, (422, all.to_vec()));
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
        let body = if field == "photos" { an_answer() } else { a_question() };
        assert_eq!(post(&site, path, with(body, field, value.clone())).await.status, 201, "{field} {value}");
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
        let asked = refused(&site, QUESTIONS, with(a_question(), field, value.clone())).await;
        let answered = refused(&site, ANSWERS, with(an_answer(), field, value.clone())).await;
        assert_eq!((&asked, &answered), (&expected, &expected), "{field} {value}");
    }
    for id in [json!(0), json!(-1), json!(1.5), json!("x"), json!(null), json!(9_223_372_036_854_775_808_u64)]
    {
        let expected = (422, vec!["product_id".to_owned()]);
        assert_eq!(
            refused(&site, QUESTIONS, with(a_question(), "product_id", id.clone())).await,
            expected,
            "{id}"
        );
    }
    for photos in [
        json!(vec!["https://images.example/1.jpg"; 6]),
        json!("https://images.example/1.jpg"),
        json!(["javascript:alert(1)"]),
        json!(["https://images.example/1.jpg", 2]),
        json!([""]),
    ] {
        let expected = (422, vec!["photos".to_owned()]);
        assert_eq!(
            refused(&site, ANSWERS, with(an_answer(), "photos", photos.clone())).await,
            expected,
            "{photos}"
        );
    }
    assert_eq!(rows(&site).await, before);
}

#[tokio::test]
async fn what_is_no_json_is_a_400_and_what_does_not_say_so_a_415() {
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
        let large = with(a_question(), "more", "x".repeat(65536));
        assert_eq!(post(&site, path, large).await.status, 413);
    }
}

#[tokio::test]
async fn text_of_any_language_comes_back_to_the_byte() {
    let site = start().await;
    let text =
        "quote \" back\\slash\u{1} <b>&amp;</b> \u{2028} \u{1F469}\u{200d}\u{1F52C} 质量 שלום  two  \u{FFFD}";
    let body = with(with(a_question(), "body", text), "name", text);
    let response = post(&site, QUESTIONS, body).await;
    assert_eq!(
        (&response.json()["question_body"], &response.json()["asker_name"]),
        (&json!(text), &json!(text))
    );
    let body = with(with(an_answer(), "body", format!("\n {text}\t")), "name", text);
    let response = post(&site, ANSWERS, body).await;
    assert_eq!((&response.json()["body"], &response.json()["answerer_name"]), (&json!(text), &json!(text)));
    assert_eq!(answer(&site, 9, 101).await["body"], text);
}

#[tokio::test]
async fn a_lone_surrogate_is_not_json() {
    let site = start().await;
    let body = a_question().to_string().replace("Is it?", "\\ud83d");
    assert_eq!(refused(&site, QUESTIONS, body).await, (400, Vec::new()));
}

#[tokio::test]
async fn what_nobody_asked_for_is_ignored() {
    let site = start().await;
    let body = with(with(a_question(), "helpfulness", 99), "id", 7);
    let response = post(&site, QUESTIONS, body).await;
    assert_eq!(
        (&response.json()["question_id"], &response.json()["question_helpfulness"]),
        (&json!(101), &json!(0))
    );
    let body = with(with(an_answer(), "question_id", 4), "helpfulness", 99);
    assert_eq!(post(&site, ANSWERS, body).await.json()["helpfulness"], 0);
    assert_eq!(question(&site, 1, 4).await["answers"], json!({}));
}
