//! `POST /qa/questions`, `POST /qa/questions/:id/answers`: valid questions and answers.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{ANSWERS, QUESTIONS, answer, new_answer, new_question, post, question, start, with_field};

/// Checks the format of the date, and replaces the date by `now`.
fn without_date(text: &str) -> String {
    let (before, rest) = text.split_once("date\":\"").unwrap();
    let (date, after) = rest.split_once('"').unwrap();
    let format: String = date.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(format, "0000-00-00T00:00:00.000Z");
    format!("{before}date\":\"now\"{after}")
}

#[tokio::test]
async fn a_new_question_is_returned_as_its_list_shows_it() {
    let site = start().await;
    let before = site.get("/qa/questions?product_id=1").await;
    let response = post(&site, QUESTIONS, new_question()).await;
    assert_snapshot!(without_date(&response.to_string()), @r#"
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
    // Cached pages are invalidated.
    assert_ne!(site.get("/qa/questions?product_id=1&page=2").await.text(), before.text());
    assert!(site.get("/qa/questions?product_id=1&page=2").await.text().contains("Is it?"));
}

#[tokio::test]
async fn a_new_answer_is_returned_as_its_list_shows_it() {
    let site = start().await;
    assert_eq!(question(&site, 1, 9).await["answers"].as_object().unwrap().len(), 6);
    let response = post(&site, ANSWERS, new_answer()).await;
    assert_snapshot!(without_date(&response.to_string()), @r#"
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
async fn e_mail_addresses_are_stored() {
    let site = start().await;
    post(&site, QUESTIONS, new_question()).await;
    post(&site, ANSWERS, new_answer()).await;
    let stored: (String, String) = sqlx::query_as(
        "select q.asker_email, a.answerer_email from questions q, answers a where q.id = 101 and a.id = 101",
    )
    .fetch_one(&mut site.sql().await)
    .await
    .unwrap();
    assert_eq!(stored, ("me@secret.example".to_owned(), "me@secret.example".to_owned()));
}

#[tokio::test]
async fn a_new_question_invalidates_its_cached_404() {
    let site = start().await;
    assert_eq!(site.get("/qa/questions/101/answers").await.status, 404);
    assert_eq!(post(&site, QUESTIONS, new_question()).await.json()["question_id"], 101);
    assert_eq!(site.get("/qa/questions/101/answers").await.status, 200);
}

#[tokio::test]
async fn a_first_question_and_its_first_answer_are_shown_at_once() {
    let site = start().await;
    assert_eq!(question(&site, 5, 101).await, Value::Null);
    post(&site, QUESTIONS, with_field(new_question(), "product_id", 5)).await;
    assert_eq!(question(&site, 5, 101).await["answers"], json!({}));
    assert_eq!(post(&site, "/qa/questions/101/answers/", new_answer()).await.status, 201);
    assert_eq!(question(&site, 5, 101).await["answers"]["101"]["body"], "It is.");
    assert_eq!(answer(&site, 101, 101).await["photos"][1]["url"], "http://images.example/a.jpg");
}

#[tokio::test]
async fn photos_are_optional() {
    let site = start().await;
    let mut without = new_answer();
    without.as_object_mut().unwrap().remove("photos");
    for body in [
        without,
        with_field(new_answer(), "photos", json!([])),
        with_field(new_answer(), "photos", Value::Null),
    ] {
        let response = post(&site, ANSWERS, body).await;
        assert_eq!((response.status.as_u16(), &response.json()["photos"]), (201, &json!([])));
    }
}

#[tokio::test]
async fn a_reported_question_can_be_answered() {
    let site = start().await;
    assert_eq!(post(&site, "/qa/questions/8/answers", new_answer()).await.status, 201);
    assert_eq!(answer(&site, 8, 101).await["body"], "It is.");
}

#[tokio::test]
async fn text_of_any_language_is_returned_unchanged() {
    let site = start().await;
    let text =
        "quote \" back\\slash\u{1} <b>&amp;</b> \u{2028} \u{1F469}\u{200d}\u{1F52C} 质量 שלום  two  \u{FFFD}";
    let body = with_field(with_field(new_question(), "body", text), "name", text);
    let response = post(&site, QUESTIONS, body).await;
    assert_eq!(
        (&response.json()["question_body"], &response.json()["asker_name"]),
        (&json!(text), &json!(text))
    );
    let body = with_field(with_field(new_answer(), "body", format!("\n {text}\t")), "name", text);
    let response = post(&site, ANSWERS, body).await;
    assert_eq!((&response.json()["body"], &response.json()["answerer_name"]), (&json!(text), &json!(text)));
    assert_eq!(answer(&site, 9, 101).await["body"], text);
}

#[tokio::test]
async fn unknown_fields_are_ignored() {
    let site = start().await;
    let body = with_field(with_field(new_question(), "helpfulness", 99), "id", 7);
    let response = post(&site, QUESTIONS, body).await;
    assert_eq!(
        (&response.json()["question_id"], &response.json()["question_helpfulness"]),
        (&json!(101), &json!(0))
    );
    let body = with_field(with_field(new_answer(), "question_id", 4), "helpfulness", 99);
    assert_eq!(post(&site, ANSWERS, body).await.json()["helpfulness"], 0);
    assert_eq!(question(&site, 1, 4).await["answers"], json!({}));
}
