//! The data set as its reader sees it: the files, their rows, their references, their quirks.

mod faults;
mod files;
mod quirks;
mod references;
mod support;
mod values;
