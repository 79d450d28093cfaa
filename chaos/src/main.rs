//! `chaos`: injects faults at random, and prints whether every promise was kept.

use std::process::ExitCode;

use chaos::options::Options;
use chaos::run::run;
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(verdict) if verdict.is_good() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(err) => {
            eprintln!("chaos: {err}");
            ExitCode::FAILURE
        }
    }
}
