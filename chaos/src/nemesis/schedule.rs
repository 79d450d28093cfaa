//! When which fault happens, from a seed.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use clap::ValueEnum as _;
use fastrand::Rng;

use super::kind::FaultKind;

/// A fault of the schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The time since the fault before.
    pub(super) pause: Duration,
    pub(crate) kind: FaultKind,
    /// The replica that it is about, from 1; others ignore it.
    pub(super) replica: u8,
    /// How long it lasts.
    pub(super) duration: Duration,
    /// What else is chosen at random: a row, a process, a number of clients.
    pub(super) choice: u32,
}

/// The faults, without an end.
pub(super) struct Schedule {
    random: Rng,
    kinds: Vec<FaultKind>,
    replicas: u8,
    interval_ms: u64,
}

impl Schedule {
    /// Faults of these kinds, or of all.
    pub(super) fn new(seed: u64, kinds: &[FaultKind], replicas: u8, interval_ms: u64) -> Self {
        let all = FaultKind::value_variants();
        let kinds = if kinds.is_empty() { all } else { kinds }.to_vec();
        Self { random: Rng::with_seed(seed), kinds, replicas, interval_ms }
    }
}

impl Iterator for Schedule {
    type Item = Fault;

    fn next(&mut self) -> Option<Fault> {
        let random = &mut self.random;
        let kind = self.kinds[random.usize(..self.kinds.len())];
        Some(Fault {
            pause: Duration::from_millis(random.u64(0..=2 * self.interval_ms)),
            kind,
            replica: random.u8(1..=self.replicas),
            duration: Duration::from_millis(random.u64(kind.duration_ms())),
            choice: random.u32(..),
        })
    }
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let name = self.kind.to_possible_value().map(|value| value.get_name().replace('-', " "));
        write!(formatter, "{}", name.unwrap_or_default())?;
        if self.kind.is_about_a_replica() {
            write!(formatter, " replica {}", self.replica)?;
        }
        if !self.duration.is_zero() {
            write!(formatter, " for {:.1} s", self.duration.as_secs_f64())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_faults_each_time_and_another_one_others() {
        let faults = |seed| Schedule::new(seed, &[], 4, 1000).take(100).collect::<Vec<_>>();
        assert_eq!(faults(7), faults(7));
        assert_ne!(faults(7), faults(8));
    }
}
