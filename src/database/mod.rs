//! PostgreSQL: connections, batches of jobs, standbys, migrations.
//!
//! A feature defines queries that do many jobs at once: a [`BodyQuery`](bodies::BodyQuery) reads bodies of responses, a
//! [`Batch`](batch::Batch) does anything else. It submits the former to [`reads`] and the latter to a [`batcher`]. Jobs wait in
//! a [`queue`] until a connection of the [`pool`] is free, and are rejected where they would wait too long. Knows no feature.

pub mod batch;
pub mod batcher;
pub mod bodies;
pub mod connect;
pub mod error;
pub mod expiry;
pub mod heartbeat;
pub mod idempotency;
pub mod large_bodies;
pub mod metrics;
pub mod migrations;
pub mod pool;
pub mod position;
mod queue;
pub mod reads;
pub mod standbys;
pub mod timeouts;
pub mod wal;
