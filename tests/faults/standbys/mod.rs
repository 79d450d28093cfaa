//! Replicas that read from standbys: real streaming replication, with standbys that are paused, stalled, stopped and
//! promoted.

mod cluster;
mod promotion;
mod reading;
mod shop;
mod unavailability;
