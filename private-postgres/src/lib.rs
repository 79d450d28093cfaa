//! A private PostgreSQL for the demo and for tests: uses the programs installed on the machine, listens on a free
//! loopback port and a socket, and ends with the program that started it, even if that is killed. It knows no schema.

mod account;
mod cluster;
mod error;
mod launch;
mod lock;
mod programs;
mod server;
mod server_dir;
mod settings;
mod watchdog;

pub use error::PrivateServerError;
pub use server::PrivateServer;
