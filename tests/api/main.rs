//! The API as clients see it: every test sends requests to a whole replica, with a PostgreSQL database of its own.

#[path = "../support/mod.rs"]
mod databases;
mod support;

mod caching;
mod cart;
mod conditional;
mod conventions;
mod cors;
mod docs;
mod documents;
mod encodings;
mod health;
mod hostile;
mod idempotency;
mod ids;
mod interactions;
mod lists;
mod loaderio;
mod metrics;
mod migrations;
mod openapi;
mod panics;
mod parameters;
mod products;
mod properties;
mod questions;
mod read_model;
mod rejected_heads;
mod related;
mod retention;
mod reviews;
mod shoppers;
mod styles;
mod wire;
