//! Atelier: the back-end of an e-commerce product page.
//!
//! A request runs one way, through these modules from the bottom up: [`http`] takes it, a feature ([`products`],
//! [`questions`], [`reviews`]) answers it from the [`cache`], which has it from the [`database`].

pub mod cache;
pub mod cart;
pub mod config;
pub mod database;
pub mod healthcheck;
pub mod http;
pub mod interactions;
pub mod products;
pub mod questions;
pub mod reviews;
pub mod serve;
pub mod state;
pub mod telemetry;
