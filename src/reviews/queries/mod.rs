//! The SQL of reviews.

pub(super) mod reads;
pub(super) mod writes;
