//! The command line of the loader.

fn main() {}
