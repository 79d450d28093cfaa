//! Atelier: the back-end of an e-commerce product page.

pub mod database;
