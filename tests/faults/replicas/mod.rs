//! Servers that read from standbys: real streaming replication, and standbys that are paused, stalled, stopped and
//! promoted.

mod absence;
mod cluster;
mod promotion;
mod reading;
mod shop;
