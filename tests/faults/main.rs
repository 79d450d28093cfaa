//! Faults: real replicas of the service and a real PostgreSQL, with the connections between them stalled or closed.

#[path = "../support/mod.rs"]
mod databases;

mod clients;
mod coherence;
mod histories;
mod http_client;
mod large;
mod listener;
mod loading;
mod nginx;
mod open_files;
mod outages;
mod overload;
mod replica;
mod settings;
mod shutdown;
mod slow_readers;
mod standbys;
mod tcp_proxy;
mod unread_bodies;
mod votes;
