//! What goes wrong around a server: real processes, a real PostgreSQL, and what lies between them cut or stalled.

#[path = "../support/mod.rs"]
mod databases;

mod clients;
mod coherence;
mod database;
mod listener;
mod loading;
mod process;
mod proxy;
mod replicas;
mod settings;
mod stopping;
