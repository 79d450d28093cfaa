//! The measurements of one quantity, a value a round.

/// A value a round, in order.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Series(pub(crate) Vec<f64>);

impl Series {
    /// A single measurement.
    pub(crate) fn one(value: f64) -> Self {
        Self(vec![value])
    }

    /// `of` each item.
    pub(crate) fn each<T>(all: &[T], of: impl Fn(&T) -> f64) -> Self {
        Self(all.iter().map(of).collect())
    }

    /// The ratio round by round, so that both values were measured within the same seconds.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one / other).collect())
    }

    /// The sum round by round.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one + other).collect())
    }

    /// The middle value, or the mean of the two middle ones.
    pub(crate) fn median(&self) -> f64 {
        let (sorted, middle) = (self.sorted(), self.0.len() / 2);
        match sorted.len() {
            0 => f64::NAN,
            count if count.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
            _ => sorted[middle],
        }
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// The smallest value that this percentage of the values does not exceed (nearest rank).
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let sorted = self.sorted();
        let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(rank.max(1) - 1).or(sorted.last()).copied().unwrap_or(f64::NAN)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
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
        assert_eq!(Series(vec![1.0, 4.0]).median().to_string(), "2.5");
        assert!(Series::default().median().is_nan());
    }
}
