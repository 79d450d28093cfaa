//! Bodies of interaction endpoints.

use crate::http::input::from_input;
use crate::http::values::Text;

/// `POST /interactions`: what was clicked, in which part of the page, and when, as the page reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewInteraction {
    /// Pages like to send the HTML of what was clicked.
    pub(super) element: Text<1, 10_000>,
    pub(super) widget: Text<1, 1_000>,
    pub(super) time: Text<1, 1_000>,
}

from_input!(NewInteraction { element, widget, time });
