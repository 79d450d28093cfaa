//! A document of mean size, which contenders serve.

use crate::error::{Result, error};
use crate::servers::Server;
use crate::service::{STYLES, path};

/// The number of documents of which the mean size is taken.
const SAMPLED: u64 = 500;

/// The styles whose size is nearest to the mean, of products up to `last`: the product's id and the body.
pub(super) fn of_mean_size(server: &Server, last: u64) -> Result<(u64, Vec<u8>)> {
    let sampled = SAMPLED.min(last);
    let mut bodies = Vec::new();
    for number in 0..sampled {
        let id = 1 + number * last / sampled;
        bodies.push((id, server.get(&path(STYLES, id))?));
    }
    let mean = bodies.iter().map(|(_, body)| body.len()).sum::<usize>() / bodies.len().max(1);
    let nearest = bodies.into_iter().min_by_key(|(_, body)| body.len().abs_diff(mean));
    nearest.ok_or_else(|| error("there are no products"))
}
