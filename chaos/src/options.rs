//! The options of the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::nemesis::kind::FaultKind;

/// Replicas, NGINX and PostgreSQL under random faults, with a verdict on what clients saw.
///
/// The run ends after --minutes, --operations or --kills, whichever is given. Exits with 1 if a promise was broken.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Options {
    /// How long to inject faults
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    pub minutes: f64,

    /// Inject faults until this many operations are recorded, whatever time that takes
    #[arg(long, value_name = "N")]
    pub operations: Option<usize>,

    /// Kill this many replicas, one after the other, each as soon as the former one is ready, under overload
    #[arg(long, value_name = "N")]
    pub kills: Option<u32>,

    /// The seed of the faults and operations [default: random]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// The number of replicas
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(3..=16))]
    pub replicas: u8,

    /// The faults to inject [default: all]
    #[arg(long, value_name = "KIND,…", value_enum, value_delimiter = ',')]
    pub faults: Vec<FaultKind>,

    /// Mean time from the start of a fault to the start of the next one, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1500)]
    pub interval_ms: u64,

    /// Operations per second of all clients, except those of the overload
    #[arg(long, value_name = "N", default_value_t = 300.0)]
    pub rate: f64,

    /// How long clients operate after the last fault, in milliseconds; at the end of it, everything must have recovered
    #[arg(long, value_name = "MS", default_value_t = 6000)]
    pub calm_ms: u64,

    /// Multiplies the time bounds of all promises, for a machine that is busy with other work
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub patience: u32,

    /// The program `atelier` [default: the one next to this program]
    #[arg(long, value_name = "FILE")]
    pub atelier: Option<PathBuf>,

    /// The script that starts NGINX
    #[arg(long, value_name = "FILE", default_value = "nginx/start")]
    pub nginx: PathBuf,

    /// The directory of the logs, which are kept [default: a temporary one, kept if the verdict is bad]
    #[arg(long, value_name = "DIR")]
    pub logs: Option<PathBuf>,
}

impl Options {
    /// How long to inject faults, if the time decides.
    pub(crate) fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }

    /// How long clients operate after the last fault.
    pub(crate) fn calm(&self) -> Duration {
        Duration::from_millis(self.calm_ms)
    }
}
