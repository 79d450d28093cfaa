//! The command line of the loader.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use loader::generate::{Options, generate};
use loader::progress::Progress;

/// The Atelier data set.
#[derive(Parser)]
enum Command {
    /// Make the fourteen CSV files, at any scale.
    Generate {
        /// How many products.
        #[arg(long, default_value_t = 1_000_011)]
        products: u64,
        /// Another seed is another shop.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Leave out the damage of the real files.
        #[arg(long)]
        clean: bool,
        /// Where the files go.
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    let Command::Generate { products, seed, clean, dir } = Command::parse();
    match generate(&Options { products, seed, clean, dir }, &Progress::to_stderr()) {
        Ok(written) => {
            for file in &written.files {
                println!("{:28} {:>12} rows {:>14} bytes", file.name, file.rows, file.bytes);
            }
            println!("{:28} {:>12} rows {:>14} bytes", "in all", written.rows(), written.bytes());
            ExitCode::SUCCESS
        }
        Err(err) => {
            eprintln!("{err}");
            ExitCode::FAILURE
        }
    }
}
