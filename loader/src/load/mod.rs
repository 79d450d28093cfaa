//! `loader load`: loads a data set into the database, all or nothing, while a server goes on serving the old data.
//!
//! A load creates the new tables in a staging schema ([`session`]) as the catalogue describes the live ones
//! ([`catalogue`]), copies the files into them ([`load_file`]), computes the derived tables ([`read_model`]), and replaces
//! the live tables at the end in one transaction ([`swap`]). A load that is killed leaves only the staging schema, which
//! the next load drops.

mod abort_monitor;
mod catalogue;
mod copy;
mod error;
mod file_identity;
mod files;
mod foreign_keys;
mod key_checker;
mod known_ids;
mod limits;
mod load_file;
mod load_files;
mod loss;
mod losses;
mod options;
mod output_file;
mod output_files;
mod read_file;
mod read_model;
mod references;
mod run;
mod session;
mod statements;
mod summary;
mod swap;

pub use error::LoadError;
pub use limits::Limits;
pub use loss::{Loss, LossCause};
pub use options::LoadOptions;
pub use run::load;
pub use summary::{FileSummary, LoadSummary};
