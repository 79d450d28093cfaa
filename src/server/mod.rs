//! What surrounds the features: connections, what every request passes, operations. Knows no feature.

pub mod accept;
mod cors;
pub mod docs;
mod failover;
pub mod health;
pub mod healthcheck;
pub mod loaderio;
pub mod metrics;
pub mod openapi;
pub mod readiness;
mod request_id;
pub mod site;
mod static_document;
