//! What surrounds the features: connections, what every request passes, operations. Knows no feature.

pub mod accept;
mod connection;
mod cors;
pub mod docs;
mod failover;
pub mod health;
pub mod healthcheck;
mod lingering;
pub mod loaderio;
pub mod metrics;
mod open_files;
pub mod openapi;
pub mod readiness;
mod request_body;
mod request_head;
mod request_id;
pub mod site;
mod sliced;
mod socket;
mod static_document;
