//! Reviews, their totals, and votes on them: `/reviews…`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batcher::Batcher;
use crate::database::idempotency::{Created, Creations};
use crate::database::pool::Pool;
use crate::database::position::Minimum;
use crate::database::reads::{ReadPool, Reads};
use crate::http::body::{BodyLimits, Json};
use crate::http::cached_get::{CachedGet, Loaded};
use crate::http::creation::{IdempotencyKey, create};
use crate::http::error::Error;
use crate::http::response::{self, Policy};
use crate::http::routes::{Route, Routes};
use crate::http::target::PathId;
use crate::http::vote::Vote;

mod model;
mod queries;

use model::{ListReviewsParams, NewReview, ReviewMetaParams};
use queries::reads::{FindReviewMeta, ListReviews};
use queries::writes::VoteOnReviews;

/// This feature's part of the OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");
/// The topic of reviews, by the ids of their products, in keys and notifications.
pub const TOPIC: &str = "reviews";
/// Shoppers write reviews: a browser may store a response, and revalidates it each time.
static POLICY: Policy = Policy { cache_control: HeaderValue::from_static("no-cache"), nginx_expires: None };

/// The routes of this feature.
#[must_use]
pub fn routes(cache: &Cache, reads: &ReadPool, writes: &Pool, body_limits: BodyLimits) -> Vec<Route> {
    let reviews = Arc::new(Reviews {
        cache: cache.clone(),
        creations: Batcher::new(writes),
        votes: Batcher::new(writes),
    });
    Routes::new(ReviewsState { reviews, body_limits })
        .cached("/reviews", ReviewPages { pages: Reads::new(reads) })
        .post("/reviews", create_review)
        .cached("/reviews/meta", ReviewMeta { totals: Reads::new(reads) })
        .put("/reviews/{id}/helpful", mark_review_helpful)
        .put("/reviews/{id}/report", report_review)
        .build()
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct ReviewsState {
    reviews: Arc<Reviews>,
    body_limits: BodyLimits,
}

struct Reviews {
    cache: Cache,
    creations: Batcher<Creations<NewReview>>,
    votes: Batcher<VoteOnReviews>,
}

impl Reviews {
    async fn vote(&self, vote: Vote) -> Result<StatusCode, Error> {
        let product_id = self.votes.submit(vote).await?.ok_or(Error::NotFound("review", vote.id))?;
        self.cache.invalidate(subject(product_id));
        Ok(StatusCode::NO_CONTENT)
    }
}

fn subject(product_id: i64) -> Subject {
    Subject { topic: TOPIC, id: product_id }
}

/// `GET /reviews`.
struct ReviewPages {
    pages: Reads<ListReviews>,
}

impl CachedGet for ReviewPages {
    type Params = ListReviewsParams;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "product";

    fn key(&self, params: &ListReviewsParams) -> Key {
        let part = [params.paging.offset().unsigned_abs(), params.paging.count];
        Key { subject: subject(params.product_id), view: params.sort.name(), part }
    }

    async fn load(&self, params: ListReviewsParams, minimum: Minimum) -> Loaded {
        let page = self.pages.submit(params, minimum).await?;
        Ok(page.map(|text| Some(Body::json(&text))))
    }
}

/// `GET /reviews/meta`.
struct ReviewMeta {
    totals: Reads<FindReviewMeta>,
}

impl CachedGet for ReviewMeta {
    type Params = ReviewMetaParams;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "product";

    fn key(&self, params: &ReviewMetaParams) -> Key {
        Key::whole(subject(params.product_id.0), "meta")
    }

    async fn load(&self, params: ReviewMetaParams, minimum: Minimum) -> Loaded {
        let totals = self.totals.submit(params, minimum).await?;
        Ok(totals.map(|text| Some(Body::json(&text))))
    }
}

async fn create_review(
    State(reviews): State<Arc<Reviews>>,
    key: IdempotencyKey,
    Json { bytes, value: new }: Json<NewReview>,
) -> Result<Response, Error> {
    let product_id = new.product_id.0;
    let review = create(&reviews.creations, new, key.request(None, &bytes), |constraint| match constraint {
        "reviews_product_fkey" => Some(Error::NotFound("product", product_id)),
        "characteristic_ratings_characteristic_fkey" => {
            Some(Error::invalid("characteristics", "must be characteristics of the product"))
        }
        _ => None,
    });
    let Created { ids: [product_id, id], body } = review.await?;
    reviews.cache.invalidate(subject(product_id));
    Ok(response::created(body, Some(format!("/reviews/{id}"))))
}

async fn mark_review_helpful(
    State(reviews): State<Arc<Reviews>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    reviews.vote(Vote::helpful(id)).await
}

async fn report_review(State(reviews): State<Arc<Reviews>>, PathId(id): PathId) -> Result<StatusCode, Error> {
    reviews.vote(Vote::report(id)).await
}
