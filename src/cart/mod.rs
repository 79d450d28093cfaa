//! The shopper's cart: `GET /cart`, `POST /cart`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::response::Response;

use crate::database::batcher::Batcher;
use crate::database::expiry::Expiry;
use crate::database::idempotency::Creations;
use crate::database::pool::Pool;
use crate::database::position::Minimum;
use crate::database::reads::{ReadPool, Reads};
use crate::http::body::{BodyLimits, Json};
use crate::http::creation::{IdempotencyKey, create};
use crate::http::error::Error;
use crate::http::proxies::Proxies;
use crate::http::response;
use crate::http::routes::{Route, Routes};
use crate::http::shopper::{Session, Shopper};

mod expiry;
mod model;
mod queries;

use expiry::DeleteExpiredCarts;
use model::{NewCartItem, NewUnit};
use queries::{AddUnits, ListCartItems, UNKNOWN_SKU};

/// This feature's part of the OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");

/// The routes of this feature.
#[must_use]
pub fn routes(reads: &ReadPool, writes: &Pool, body_limits: BodyLimits, proxies: Proxies) -> Vec<Route> {
    let cart = Arc::new(Cart {
        items: Reads::new(reads),
        additions: Batcher::new(writes),
        idempotent_additions: Batcher::new(writes),
    });
    Routes::new(CartState { cart, body_limits, proxies })
        .get("/cart", list_cart_items)
        .post("/cart", add_cart_item)
        .build()
}

/// Starts to delete carts that nobody has touched for this number of days.
pub fn delete_expired(expiry: &mut Expiry, days: i32) {
    expiry.add::<DeleteExpiredCarts>("cart_items", days);
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct CartState {
    cart: Arc<Cart>,
    body_limits: BodyLimits,
    proxies: Proxies,
}

struct Cart {
    items: Reads<ListCartItems>,
    additions: Batcher<AddUnits>,
    idempotent_additions: Batcher<Creations<NewUnit>>,
}

async fn list_cart_items(State(cart): State<Arc<Cart>>, shopper: Option<Shopper>) -> Result<Response, Error> {
    let items = match shopper {
        Some(shopper) => cart.items.submit(shopper, Minimum::Latest).await?.value,
        None => "[]".to_owned(),
    };
    // It is the shopper's own, and changes with each POST.
    Ok(response::uncached(items))
}

async fn add_cart_item(
    State(cart): State<Arc<Cart>>,
    session: Session,
    key: IdempotencyKey,
    Json { bytes, value }: Json<NewCartItem>,
) -> Result<Response, Error> {
    let new = NewUnit { shopper: session.shopper, sku_id: value.sku_id.0 };
    let item = match key.request(Some(&session), &bytes) {
        None => cart.additions.submit(new).await?.ok_or_else(unknown_sku)?,
        idempotency => {
            let violated = |constraint: &str| (constraint == UNKNOWN_SKU).then(unknown_sku);
            create(&cart.idempotent_additions, new, idempotency, violated).await?.body
        }
    };
    Ok(session.set_cookie(response::created(item, None)))
}

fn unknown_sku() -> Error {
    Error::invalid("sku_id", "must be the id of an existing sku")
}
