//! All that `bench growth` measures, as docs/performance/figures.json has it.

use serde::Serialize;

use super::point::Point;
use super::tiers::Tiers;
use crate::machine::Machine;

#[derive(Serialize)]
pub(super) struct Figures {
    pub(super) machine: Machine,
    pub(super) hot_load: Vec<Point>,
    pub(super) mixed_load: Vec<Point>,
    pub(super) sizes: Vec<Point>,
    pub(super) hits: Vec<Point>,
    pub(super) replicas: Vec<Point>,
    pub(super) tiers: Tiers,
}

impl Figures {
    /// The largest share of the CPUs that other processes used.
    pub(super) fn others(&self) -> f64 {
        let curves = [&self.hot_load, &self.mixed_load, &self.sizes, &self.hits, &self.replicas];
        curves.into_iter().flatten().map(|point| point.sample.others).fold(0.0, f64::max)
    }
}
