//! Several measurements of one thing.

/// What the rounds gave, in their order.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Series(pub(crate) Vec<f64>);

impl Series {
    /// Of one measurement alone.
    pub(crate) fn one(value: f64) -> Self {
        Self(vec![value])
    }

    /// What `of` says of each.
    pub(crate) fn each<T>(all: &[T], of: impl Fn(&T) -> f64) -> Self {
        Self(all.iter().map(of).collect())
    }

    /// Round by round, so that both were measured in the same seconds.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(above, below)| above / below).collect())
    }

    /// Round by round.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, another)| one + another).collect())
    }

    pub(crate) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// The least that so many of 100 do not exceed; of an even number, the median is the mean of the two in the middle.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let count = sorted.len();
        if count == 0 {
            return f64::NAN;
        }
        if percent == 50.0 && count.is_multiple_of(2) {
            return f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]);
        }
        let place = (percent / 100.0 * count as f64).ceil() as usize;
        sorted[place.clamp(1, count) - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::Series;

    #[test]
    fn medians_and_percentiles_are_measured_values() {
        let series = Series(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!((series.median(), series.min(), series.max()), (3.0, 1.0, 5.0));
        assert_eq!((series.percentile(99.0), series.percentile(20.0)), (5.0, 1.0));
        assert_eq!(Series(vec![1.0, 4.0]).median(), 2.5);
        assert!(Series::default().median().is_nan());
    }
}
