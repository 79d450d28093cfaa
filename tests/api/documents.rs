//! Properties of JSON bodies: generated documents, in which most fields are valid. None causes a server error, and what is
//! created is found as it was sent.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::properties::check;
use crate::support::{Response, Site, TestDatabase};

const SHOP: &str = concat!(
    include_str!("fixtures/catalogue.sql"),
    include_str!("fixtures/questions.sql"),
    include_str!("reviews/fixture.sql")
);

const ANN: (&str, &str) = ("authorization", "Bearer ann");

async fn start() -> Site {
    Site::over(TestDatabase::filled(SHOP).await.into(), |_| {}).await
}

/// Text of at least so many characters and at most 20 more, with spaces around it.
fn text(min: usize) -> impl Strategy<Value = Value> {
    let space = || select(vec!["", " ", "\t\n", "\u{2003}"]);
    let inner = vec(any::<char>(), min..min + 18)
        .prop_map(|text| text.into_iter().map(|c| if c == '\0' { 'x' } else { c }).collect::<String>());
    (space(), inner, space()).prop_map(|(before, inner, after)| json!(format!("{before}<{inner}>{after}")))
}

fn email() -> impl Strategy<Value = Value> {
    "[a-z\"+.é]{1,20}@[a-z]{1,9}(\\.[a-z]{2,4}){1,3}".prop_map(Value::from)
}

fn photos() -> impl Strategy<Value = Value> {
    vec("https?://[a-z]{1,9}\\.example(/[a-zA-Z0-9é\"<>%?&=]{0,30})?", 0..=5).prop_map(|urls| json!(urls))
}

/// Any JSON, two levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec!["\0", "a@b", "http://", "undefined", "-1", "9223372036854775808"]).prop_map(Value::from),
    ];
    let list = vec(leaf.clone(), 0..7).prop_map(Value::from);
    let object = btree_map(any::<String>(), leaf.clone(), 0..4).prop_map(|object| json!(object));
    prop_oneof![6 => leaf, 1 => list, 1 => object]
}

/// A document of these fields, and whether all of them are valid.
fn document(fields: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = (Value, bool)> {
    let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let field = |valid: BoxedStrategy<Value>| {
        prop_oneof![
            24 => valid.prop_map(|value| (value, true)),
            1 => any_json().prop_map(|value| (value, false)),
        ]
    };
    let values: Vec<_> = values.into_iter().map(field).collect();
    values.prop_map(move |values| {
        let is_valid = values.iter().all(|value| value.1);
        let fields: Map<_, _> =
            names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), value.0)).collect();
        (Value::Object(fields), is_valid)
    })
}

/// Sends a document. Returns the new resource if there is one, which is so for every valid document.
async fn create(site: &Site, path: &str, document: &Value, is_valid: bool) -> Option<Value> {
    let response: Response = site.post(path, &document.to_string(), &[ANN]).await;
    let is_created = response.status == 201;
    assert!(is_created || !is_valid && response.status.is_client_error(), "{response}");
    assert!(is_created || response.header("content-type") == "application/problem+json", "{response}");
    is_created.then(|| response.json())
}

/// The result with this id on a page.
async fn find(site: &Site, path: &str, name: &str, id: &Value) -> Value {
    let page = site.get(path).await.json();
    page["results"].as_array().unwrap().iter().find(|result| result[name] == *id).unwrap().clone()
}

/// Asserts that a result has what was sent, trimmed.
fn assert_text(result: &Value, name: &str, sent: &Value) {
    assert_eq!(result[name].as_str(), Some(sent.as_str().unwrap().trim()), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reviews_are_found_as_they_were_sent() {
    let site = start().await;
    let rating = || (1..=5).prop_map(Value::from);
    let reviews = document(vec![
        ("product_id", select(vec![json!(2), json!("2")]).boxed()),
        ("rating", rating().boxed()),
        ("summary", text(0).boxed()),
        ("body", text(50).boxed()),
        ("recommend", any::<bool>().prop_map(Value::from).boxed()),
        ("name", text(1).boxed()),
        ("email", email().boxed()),
        ("photos", photos().boxed()),
        (
            "characteristics",
            btree_map(select(vec!["14", "15", "16"]), rating(), 0..3).prop_map(|it| json!(it)).boxed(),
        ),
    ]);
    check(150, reviews, async |(review, is_valid)| {
        let Some(created) = create(&site, "/reviews", &review, is_valid).await else { return };
        let path = "/reviews?product_id=2&count=1000";
        let found = find(&site, path, "review_id", &created["review_id"]).await;
        assert_eq!(found, created);
        for (name, sent) in [("summary", "summary"), ("body", "body"), ("reviewer_name", "name")] {
            assert_text(&found, name, &review[sent]);
        }
        assert_eq!((&found["rating"], &found["recommend"]), (&review["rating"], &review["recommend"]));
        let urls: Vec<_> = found["photos"].as_array().unwrap().iter().map(|photo| &photo["url"]).collect();
        let sent = review["photos"].as_array().cloned().unwrap_or_default();
        assert_eq!(urls, sent.iter().collect::<Vec<_>>());
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_found_as_they_were_sent() {
    let site = start().await;
    let questions = document(vec![
        ("product_id", Just(json!(1)).boxed()),
        ("body", text(1).boxed()),
        ("name", text(1).boxed()),
        ("email", email().boxed()),
    ]);
    check(150, questions, async |(question, is_valid)| {
        let Some(created) = create(&site, "/qa/questions", &question, is_valid).await else { return };
        let path = "/qa/questions?product_id=1&count=1000";
        let found = find(&site, path, "question_id", &created["question_id"]).await;
        assert_text(&found, "question_body", &question["body"]);
        assert_text(&found, "asker_name", &question["name"]);
    });
}

/// The units of a sku in a cart.
fn units(cart: &Value, sku_id: &Value) -> u32 {
    let item = cart.as_array().unwrap().iter().find(|item| item["sku_id"] == *sku_id);
    item.map_or(0, |item| item["count"].as_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_has_one_unit_more_exactly_if_one_was_added() {
    let site = start().await;
    let sku_id = select(vec![json!(9), json!("10"), json!(11), json!(40), json!(7)]);
    let cart = async || site.get_with("/cart", &[ANN]).await.json();
    check(150, document(vec![("sku_id", sku_id.boxed())]), async |(item, is_valid)| {
        let before = cart().await;
        let is_known = item["sku_id"] != 7;
        match create(&site, "/cart", &item, is_valid && is_known).await {
            Some(created) => {
                let (sku_id, after) = (&created["sku_id"], cart().await);
                assert_eq!(units(&after, sku_id), units(&before, sku_id) + 1);
            }
            None => assert_eq!(cart().await, before),
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn interactions_are_stored_as_they_were_sent() {
    let site = start().await;
    let names = ["element", "widget", "time"];
    let interactions = document(names.map(|name| (name, text(1).boxed())).to_vec());
    let stored = "select element, widget, time from interactions order by id desc limit 1";
    check(150, interactions, async |(interaction, is_valid)| {
        let Some(created) = create(&site, "/interactions", &interaction, is_valid).await else { return };
        for name in names {
            assert_text(&created, name, &interaction[name]);
        }
        let row: (String, String, String) =
            sqlx::query_as(stored).fetch_one(&mut site.sql().await).await.unwrap();
        assert_eq!(json!([row.0, row.1, row.2]), json!(names.map(|name| created[name].clone())));
    });
}
