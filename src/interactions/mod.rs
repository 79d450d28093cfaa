//! Clicks of shoppers: `POST /interactions`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::response::Response;

use crate::database::batcher::Batcher;
use crate::database::expiry::Expiry;
use crate::database::idempotency::Creations;
use crate::database::pool::Pool;
use crate::http::body::{BodyLimits, Json};
use crate::http::creation::{IdempotencyKey, create};
use crate::http::error::Error;
use crate::http::response;
use crate::http::routes::{Route, Routes};

mod expiry;
mod model;
mod queries;

use expiry::DeleteExpiredInteractions;
use model::NewInteraction;
use queries::InsertInteractions;

/// This feature's part of the OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");

/// The routes of this feature.
#[must_use]
pub fn routes(writes: &Pool, body_limits: BodyLimits) -> Vec<Route> {
    let interactions = Arc::new(Interactions {
        insertions: Batcher::new(writes),
        idempotent_insertions: Batcher::new(writes),
    });
    Routes::new(InteractionsState { interactions, body_limits })
        .post("/interactions", create_interaction)
        .build()
}

/// Starts to delete interactions that were received before this number of days.
pub fn delete_expired(expiry: &mut Expiry, days: i32) {
    expiry.add::<DeleteExpiredInteractions>("interactions", days);
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct InteractionsState {
    interactions: Arc<Interactions>,
    body_limits: BodyLimits,
}

struct Interactions {
    insertions: Batcher<InsertInteractions>,
    idempotent_insertions: Batcher<Creations<NewInteraction>>,
}

async fn create_interaction(
    State(interactions): State<Arc<Interactions>>,
    key: IdempotencyKey,
    Json { bytes, value: new }: Json<NewInteraction>,
) -> Result<Response, Error> {
    let interaction = match key.request(None, &bytes) {
        None => interactions.insertions.submit(new).await?,
        idempotency => create(&interactions.idempotent_insertions, new, idempotency, |_| None).await?.body,
    };
    Ok(response::created(interaction, None))
}
