//! What of interactions crosses the wire.

use serde::Serialize;

use crate::database::creation::Created;
use crate::http::fields::{Fields, FromFields};

/// The longest `element`, in characters: pages like to send the HTML of what was clicked.
const MAX_ELEMENT: usize = 10_000;
/// The longest `widget` and `time`, in characters.
const MAX_NAME: usize = 1_000;

/// `POST /interactions`, and its answer: what was clicked, in which part of the page, and when, in the page's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct NewInteraction {
    pub(super) element: String,
    pub(super) widget: String,
    pub(super) time: String,
}

impl FromFields for NewInteraction {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let element = fields.text("element", 1, MAX_ELEMENT);
        let widget = fields.text("widget", 1, MAX_NAME);
        let time = fields.text("time", 1, MAX_NAME);
        Some(Self { element: element?, widget: widget?, time: time? })
    }
}

impl NewInteraction {
    /// It as what has been created: it is shown nowhere.
    pub(super) fn created(&self) -> Created {
        let body = serde_json::to_string(self).expect("strings");
        Created { location: None, body, product_id: None }
    }
}
