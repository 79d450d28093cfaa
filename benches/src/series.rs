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

    /// The one in the middle; of an even number, the mean of the two there.
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

    /// The least that so many of 100 do not exceed.
    pub(crate) fn percentile(&self, percent: f64) -> f64 {
        let sorted = self.sorted();
        let place = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
        sorted.get(place.max(1) - 1).or(sorted.last()).copied().unwrap_or(f64::NAN)
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
