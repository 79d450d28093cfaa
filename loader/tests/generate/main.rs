//! `loader generate`: the files, their rows, their references, their quirks.

mod faults;
mod files;
mod quirks;
mod references;
mod support;
mod values;
