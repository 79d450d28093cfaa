//! Chaos: four replicas, NGINX and PostgreSQL under random faults, used by clients whose operations are recorded and
//! checked afterwards. The words are Jepsen's: clients operate on the system, the nemesis injects faults, and the checker
//! searches the history for operations that break a promise.
//!
//! The programs are black boxes: this crate knows the API, the tables, and the settings of `nginx/start`.

pub mod checker;
mod connection;
pub mod history;
pub mod marks;
mod nemesis;
pub mod options;
pub mod run;
pub mod shop;
mod system;
mod workload;

use std::error::Error;

/// The result of something whose failure ends the run.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
