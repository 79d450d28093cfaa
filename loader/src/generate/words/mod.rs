//! The text of the data set: phrases, and how they are combined.

pub(super) mod articles;
pub(super) mod catalogue;
pub(super) mod departments;
pub(super) mod links;
pub(super) mod people;
pub(super) mod questions;
pub(super) mod reviews;
mod sentences;
