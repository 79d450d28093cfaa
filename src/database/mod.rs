//! PostgreSQL: connections, batches of jobs, standbys, migrations.
//!
//! A feature defines a [`Batch`](batch::Batch): a query that does many jobs. It submits reads to [`reads`] and writes to a
//! [`batcher`], whose jobs wait in a queue until a connection of the [`pool`] is free. Knows no feature.

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
