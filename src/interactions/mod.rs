//! What shoppers click on: `POST /interactions`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::post;

use crate::database::batches::Batches;
use crate::database::creation::{Creations, Request};
use crate::http::creation::{IdempotencyKey, created, reply_created};
use crate::http::error::Error;
use crate::http::fields::Json;
use crate::http::routes::Routes;
use crate::state::Backing;

mod model;
mod queries;

use model::NewInteraction;
use queries::InteractionInserts;

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().route("/interactions", post(create_interaction))
}

/// What the handlers of this feature work with.
pub struct Interactions {
    inserts: Batches<InteractionInserts>,
    creations: Batches<Creations<NewInteraction>>,
}

impl Interactions {
    /// The feature over these.
    #[must_use]
    pub fn new(backing: &Backing) -> Self {
        Self {
            inserts: Batches::new(&backing.writes, backing.queue),
            creations: Batches::new(&backing.writes, backing.queue),
        }
    }
}

async fn create_interaction(
    State(interactions): State<Arc<Interactions>>,
    key: IdempotencyKey,
    Json { bytes, value: new }: Json<NewInteraction>,
) -> Result<Response, Error> {
    let created = match key.once(&bytes, &[]) {
        None => {
            let answer = new.created();
            interactions.inserts.ask(new).await?;
            answer
        }
        once => created(interactions.creations.ask(Request { new, once }).await?)?,
    };
    Ok(reply_created(created))
}
