//! The body of a request: its JSON becomes typed fields, or a client error.

#![no_main]

use std::cell::LazyCell;
use std::time::Duration;

use atelier::http::body::{BodyLimits, Json};
use atelier::http::input::{FromInput, Input};
use atelier::http::values::{Email, Id, Photos, Rating, Ratings, Text};
use axum::body::Body;
use axum::extract::FromRequest as _;
use axum::response::IntoResponse as _;
use http::Request;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::{Builder, Runtime};

const LIMITS: BodyLimits = BodyLimits { max_bytes: 64 * 1024, timeout: Duration::from_secs(1) };

/// Fields of all types that a body has.
struct Fields {
    product_id: Option<Id>,
    rating: Option<Rating>,
    summary: Option<Text<0, 60>>,
    body: Option<Text<50, 1000>>,
    recommend: Option<bool>,
    email: Option<Email>,
    photos: Photos,
    characteristics: Ratings,
}

impl FromInput for Fields {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        Some(Self {
            product_id: input.take("product_id")?,
            rating: input.take("rating")?,
            summary: input.take("summary")?,
            body: input.take("body")?,
            recommend: input.take("recommend")?,
            email: input.take("email")?,
            photos: input.take("photos")?,
            characteristics: input.take("characteristics")?,
        })
    }
}

thread_local! {
    static RUNTIME: LazyCell<Runtime> =
        const { LazyCell::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime")) };
}

fuzz_target!(|input: &[u8]| {
    let request = Request::post("/").header("content-type", "application/json");
    let request = request.body(Body::from(input.to_vec())).expect("a valid request");
    let parsed = RUNTIME.with(|runtime| runtime.block_on(Json::<Fields>::from_request(request, &LIMITS)));
    match parsed {
        Ok(Json { bytes, value }) => {
            assert_eq!(bytes, input);
            assert_accepted(&value);
        }
        Err(err) => assert!(err.into_response().status().is_client_error()),
    }
});

/// Asserts that the database takes the values.
fn assert_accepted(fields: &Fields) {
    let in_range = |rating: &i16| (1..=5).contains(rating);
    let Fields { product_id, rating, summary, body, recommend: _, email, photos, characteristics } = fields;
    assert!(product_id.is_none_or(|id| id.0 > 0));
    assert!(rating.is_none_or(|rating| in_range(&rating.0)));
    assert!(characteristics.0.iter().all(|(id, rating)| *id > 0 && in_range(rating)));
    assert!(summary.as_ref().is_none_or(|text| is_text(&text.0, 0, 60)));
    assert!(body.as_ref().is_none_or(|text| is_text(&text.0, 50, 1000)));
    assert!(email.as_ref().is_none_or(|email| is_text(&email.0, 5, 60)));
    assert!(photos.0.len() <= 5 && photos.0.iter().all(|url| is_text(url, 8, 2_000)));
}

fn is_text(text: &str, min: usize, max: usize) -> bool {
    text == text.trim() && !text.contains('\0') && (min..=max).contains(&text.chars().count())
}
