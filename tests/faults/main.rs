//! Faults: real replicas of the service and a real PostgreSQL, with the connections between them stalled or closed.

#[path = "../support/mod.rs"]
mod databases;

mod clients;
mod coherence;
mod histories;
mod listener;
mod loading;
mod outages;
mod replica;
mod settings;
mod shutdown;
mod standbys;
mod tcp_proxy;
mod votes;
