//! Reviews, what they add up to, and votes on them: `/reviews…`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, put};
use http::StatusCode;

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batches::{Batches, JobError};
use crate::database::creation::{Creations, Request};
use crate::database::reads::Reads;
use crate::http::creation::{IdempotencyKey, created, reply_created};
use crate::http::error::Error;
use crate::http::fields::Json;
use crate::http::path::PathId;
use crate::http::query::Params;
use crate::http::reply::{Policy, Wanted};
use crate::http::routes::Routes;
use crate::state::Backing;

mod model;
mod queries;
mod writes;

use model::{ListReviewsParams, NewReview, ReviewMetaParams, Vote};
use queries::{ReviewKey, ReviewReads};
use writes::ReviewVotes;

/// What changes of reviews are called, in the cache and in notifications; by product.
pub const TOPIC: &str = "reviews";
/// Shoppers write reviews, and want to see what they wrote: whoever keeps an answer asks whether it still holds.
const POLICY: Policy = Policy { cache_control: "no-cache", nginx_expires: None };

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .kept("/reviews", get(list_reviews).post(create_review), &POLICY, |target| {
            Some(target.params::<ListReviewsParams>()?.key())
        })
        .kept("/reviews/meta", get(find_review_meta), &POLICY, |target| {
            Some(target.params::<ReviewMetaParams>()?.key())
        })
        .route("/reviews/{id}/helpful", put(mark_review_helpful))
        .route("/reviews/{id}/report", put(report_review))
}

/// What the handlers of this feature work with.
pub struct Reviews {
    cache: Cache,
    reads: Reads<ReviewReads>,
    creations: Batches<Creations<NewReview>>,
    votes: Batches<ReviewVotes>,
}

impl ListReviewsParams {
    fn key(&self) -> Key {
        let Self { product_id, sort, paging } = self;
        let subject = subject(*product_id);
        Key { subject, view: sort.name(), offset: paging.offset(), count: paging.count }
    }
}

impl ReviewMetaParams {
    fn key(&self) -> Key {
        Key { subject: subject(self.product_id), view: "meta", offset: 0, count: 0 }
    }
}

impl Reviews {
    /// The feature over these.
    #[must_use]
    pub fn new(backing: &Backing) -> Self {
        Self {
            cache: backing.cache.clone(),
            reads: Reads::new(&backing.servers, backing.queue),
            creations: Batches::new(&backing.writes, backing.queue),
            votes: Batches::new(&backing.writes, backing.queue),
        }
    }

    async fn reply_with(&self, wanted: &Wanted, key: Key, review_key: ReviewKey) -> Result<Response, Error> {
        let read = async |since| {
            let body = self.reads.ask(review_key, since).await?;
            Ok::<_, JobError>(Some(Body::new(body.as_bytes(), Vec::new())))
        };
        let body = self.cache.get(key, wanted.encoding, read).await?.ok_or(Error::NotFound("page"))?;
        Ok(wanted.reply(&body, &POLICY))
    }

    async fn vote(&self, id: i64, vote: Vote) -> Result<StatusCode, Error> {
        let product_id = self.votes.ask((id, vote)).await?.ok_or(Error::NotFound("review"))?;
        self.cache.forget(subject(product_id));
        Ok(StatusCode::NO_CONTENT)
    }
}

fn subject(product_id: i64) -> Subject {
    Subject { topic: TOPIC, id: product_id }
}

async fn list_reviews(
    State(reviews): State<Arc<Reviews>>,
    Params(params): Params<ListReviewsParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let ListReviewsParams { product_id, sort, paging } = params;
    let page = ReviewKey::Page { product_id, sort, offset: paging.offset(), count: paging.count };
    reviews.reply_with(&wanted, params.key(), page).await
}

async fn create_review(
    State(reviews): State<Arc<Reviews>>,
    key: IdempotencyKey,
    Json { bytes, value: new }: Json<NewReview>,
) -> Result<Response, Error> {
    let once = key.once(&bytes, &[]);
    let created = created(reviews.creations.ask(Request { new, once }).await?)?;
    if let Some(product_id) = created.product_id {
        reviews.cache.forget(subject(product_id));
    }
    Ok(reply_created(created))
}

async fn find_review_meta(
    State(reviews): State<Arc<Reviews>>,
    Params(params): Params<ReviewMetaParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let meta = ReviewKey::Meta { product_id: params.product_id };
    reviews.reply_with(&wanted, params.key(), meta).await
}

async fn mark_review_helpful(
    State(reviews): State<Arc<Reviews>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    reviews.vote(id, Vote::Helpful).await
}

async fn report_review(State(reviews): State<Arc<Reviews>>, PathId(id): PathId) -> Result<StatusCode, Error> {
    reviews.vote(id, Vote::Report).await
}
