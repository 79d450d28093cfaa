//! Bodies of cart endpoints.

use crate::http::input::from_input;
use crate::http::shopper::Shopper;
use crate::http::values::Id;

/// `POST /cart`: adds one unit of a sku.
pub(super) struct NewCartItem {
    pub(super) sku_id: Id,
}

from_input!(NewCartItem { sku_id });

/// One unit of a sku for the cart of a shopper.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewUnit {
    pub(super) shopper: Shopper,
    pub(super) sku_id: i64,
}
