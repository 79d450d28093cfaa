//! What identifies a cached response.

/// What a change invalidates as a whole: one resource of a topic, or the lists of that topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// The kind of resource: `products`.
    pub topic: &'static str,
    /// The id of the resource; [`Subject::LISTS`] for what shows many of them.
    pub id: i64,
}

impl Subject {
    /// The id of what shows many resources: no resource has it.
    pub const LISTS: i64 = 0;
}

/// A response, by what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it is about.
    pub subject: Subject,
    /// What of the subject it shows: `styles`.
    pub view: &'static str,
    /// Which part of the view, by the numbers of the request: where a page begins, and how long it is. Zeros for the
    /// whole.
    pub part: [u64; 2],
}

impl Key {
    /// A view as a whole.
    #[must_use]
    pub fn whole(subject: Subject, view: &'static str) -> Self {
        Self { subject, view, part: [0, 0] }
    }
}
