//! The shopper's cart: `GET /cart`, `POST /cart`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::database::batches::Batches;
use crate::database::creation::{Creations, Request};
use crate::database::position::Since;
use crate::database::reads::Reads;
use crate::http::creation::{IdempotencyKey, created, reply_created};
use crate::http::error::Error;
use crate::http::fields::Json;
use crate::http::routes::Routes;
use crate::http::shopper::{Shopper, Visitor};
use crate::state::Backing;

mod model;
mod queries;

use model::{CartLine, NewCartLine, NewUnit};
use queries::{CartReads, UnitAdds};

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new().route("/cart", get(list_cart_lines).post(add_to_cart))
}

/// What the handlers of this feature work with.
pub struct Cart {
    reads: Reads<CartReads>,
    adds: Batches<UnitAdds>,
    creations: Batches<Creations<NewUnit>>,
}

impl Cart {
    /// The feature over these.
    #[must_use]
    pub fn new(backing: &Backing) -> Self {
        Self {
            reads: Reads::new(&backing.servers, backing.queue),
            adds: Batches::new(&backing.writes, backing.queue),
            creations: Batches::new(&backing.writes, backing.queue),
        }
    }
}

async fn list_cart_lines(State(cart): State<Arc<Cart>>, shopper: Option<Shopper>) -> Result<Response, Error> {
    let lines = match shopper {
        Some(shopper) => cart.reads.ask(shopper, Since::now()).await?,
        None => Vec::new(),
    };
    // Nobody else's, and another one after each POST: not for any cache.
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    Ok((headers, CartLine::list(&lines)).into_response())
}

async fn add_to_cart(
    State(cart): State<Arc<Cart>>,
    visitor: Visitor,
    key: IdempotencyKey,
    Json { bytes, value: NewCartLine { sku_id } }: Json<NewCartLine>,
) -> Result<Response, Error> {
    let new = NewUnit { shopper: visitor.shopper, sku_id };
    let created = match key.once_by(&bytes, &visitor) {
        None => cart.adds.ask(new).await?.ok_or_else(|| Error::unknown("sku_id"))?.created(),
        once => created(cart.creations.ask(Request { new, once }).await?)?,
    };
    Ok(visitor.greet(reply_created(created)))
}
