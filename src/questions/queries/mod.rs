//! The SQL of questions and answers.

pub(super) mod creations;
pub(super) mod lists;
pub(super) mod votes;
