//! What of carts crosses the wire.

use serde::Serialize;

use crate::database::creation::Created;
use crate::http::fields::{Fields, FromFields};
use crate::http::shopper::Shopper;

/// `POST /cart`: one more unit of this sku.
pub(super) struct NewCartLine {
    pub(super) sku_id: i64,
}

impl FromFields for NewCartLine {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        fields.id("sku_id").map(|sku_id| Self { sku_id })
    }
}

/// One more unit in a cart.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewUnit {
    pub(super) shopper: Shopper,
    pub(super) sku_id: i64,
}

/// An element of `GET /cart`, and what `POST /cart` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct CartLine {
    sku_id: i64,
    count: String,
}

impl CartLine {
    pub(super) fn new(sku_id: i64, units: i64) -> Self {
        Self { sku_id, count: units.to_string() }
    }

    /// Lines as JSON.
    pub(super) fn list(lines: &[Self]) -> String {
        serde_json::to_string(lines).expect("strings and numbers")
    }

    /// The line as what has been created: it has no place but the cart's.
    pub(super) fn created(&self) -> Created {
        let body = serde_json::to_string(self).expect("a string and a number");
        Created { location: None, body, product_id: None }
    }
}
