//! The SQL of questions and answers.

pub(super) mod creations;
pub(super) mod reads;
pub(super) mod votes;
