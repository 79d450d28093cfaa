//! The random number generator: `SplitMix64` with integers only, so that a seed gives the same data set on every machine
//! and with every version of every library.

/// A sequence of random draws. Each row has its own, independent of those of other rows.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: u64,
}

impl Random {
    /// The sequence of `key`, such as a row's id, in one of the `stream`s of a seed.
    pub(super) fn new(seed: u64, stream: u64, key: u64) -> Self {
        Self { state: mix(mix(seed ^ mix(stream)).wrapping_add(key)) }
    }

    /// The next 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number below `limit`; 0 if the limit is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        let scaled = u128::from(self.bits()) * u128::from(limit);
        u64::try_from(scaled >> 64).expect("the upper half of 128 bits")
    }

    /// A number from `low` to `high`, inclusive.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// A number below `limit`; small ones are more frequent.
    pub(super) fn small(&mut self, limit: u64) -> u64 {
        let limit = self.below(limit) + 1;
        self.below(limit)
    }

    /// True with the probability `times` / `of`.
    pub(super) fn chance(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }

    /// An index into a slice of `len` items.
    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("smaller than a length")
    }

    /// One of the items, which must not be empty.
    pub(super) fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.index(items.len())]
    }
}

/// The finalizer of `SplitMix64`: each bit of the result depends on every bit of `z`.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn the_draws_are_those_of_splitmix64() {
        let mut random = Random { state: 1_234_567 };
        let drawn = [random.bits(), random.bits(), random.bits()];
        assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn bounds_are_reached_and_kept() {
        let mut random = Random::new(1, 2, 3);
        let drawn: Vec<u64> = (0..1_000).map(|_| random.between(1, 5)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&1), Some(&5)));
        assert_eq!(random.below(0), 0);
    }
}
