//! Votes: `PUT …/{id}/helpful` and `PUT …/{id}/report`.

/// What a shopper says of a question, an answer or a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The id of what it is about.
    pub id: i64,
    /// Whether it reports it, which hides it; else it marks it as helpful, which adds one.
    pub is_report: bool,
}

impl Vote {
    /// Marks it as helpful.
    #[must_use]
    pub fn helpful(id: i64) -> Self {
        Self { id, is_report: false }
    }

    /// Reports it.
    #[must_use]
    pub fn report(id: i64) -> Self {
        Self { id, is_report: true }
    }

    /// Votes as parameters of a query: ids, and whether each is a report.
    #[must_use]
    pub fn columns(votes: &[Self]) -> (Vec<i64>, Vec<bool>) {
        votes.iter().map(|vote| (vote.id, vote.is_report)).unzip()
    }
}
