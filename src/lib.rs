//! Atelier: the back-end of an e-commerce product page.
//!
//! [`app`] composes everything. A request passes [`server`], which finds its route, and reaches a feature ([`products`],
//! [`questions`], [`reviews`], [`cart`], [`interactions`]). Features use [`http`], the [`cache`] and the [`database`].

pub mod app;
pub mod cache;
pub mod cart;
pub mod config;
pub mod database;
pub mod http;
pub mod interactions;
pub mod products;
pub mod questions;
pub mod reviews;
pub mod server;
pub mod telemetry;
