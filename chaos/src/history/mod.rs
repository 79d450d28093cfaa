//! The history: what clients asked for, when, where, and what they saw.
//!
//! Every resource is seen as counters: votes, rows of a parent, units in a cart, revisions of a product. A write adds one
//! to a counter, and a read shows values. Counters never decrease, so a stale or lost value is recognized by its size.

mod display;
mod recorder;

use std::time::Duration;

pub(crate) use recorder::{Clock, Recorder};

/// A value that writes increment by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// Helpful votes of a review.
    ReviewVotes(u32),
    /// Helpful votes of a question.
    QuestionVotes(u32),
    /// Helpful votes of an answer.
    AnswerVotes(u32),
    /// Reviews of a product.
    Reviews(u32),
    /// Questions about a product.
    Questions(u32),
    /// Answers to a question.
    Answers(u32),
    /// Units in the cart of a shopper.
    CartUnits(u32),
    /// Interactions. No page shows them.
    Interactions,
    /// Renamings of a product, which SQL makes behind the service's back.
    Revisions(u32),
}

/// A page that shows counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Page {
    /// `/reviews`: the votes of a product's reviews.
    Reviews(u32),
    /// `/reviews/meta`: the number of a product's reviews.
    ReviewTotals(u32),
    /// `/qa/questions`: the votes of a product's questions.
    Questions(u32),
    /// `/qa/questions`: the number of a product's questions.
    QuestionList(u32),
    /// `/qa/questions/{id}/answers`: the votes of a question's answers.
    Answers(u32),
    /// `/qa/questions/{id}/answers`: the number of a question's answers.
    AnswerList(u32),
    /// `/products/{id}`: the number of renamings.
    Product(u32),
    /// `/cart`: the units in a shopper's cart.
    Cart(u32),
}

/// One attempt to increment a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// What identifies the write. Attempts with the same `Idempotency-Key` have the same id. Rows have it in their text.
    pub id: u64,
    /// The counter.
    pub counter: Counter,
    /// Whether it is sent with an `Idempotency-Key`.
    pub is_keyed: bool,
}

/// What a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A GET.
    Read(Page),
    /// A PUT, a POST, or a statement of SQL.
    Write(Write),
}

/// Where a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// NGINX, which chooses a replica.
    Nginx,
    /// This replica.
    Replica(u8),
    /// PostgreSQL.
    Sql,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A response with this status.
    Response(u16),
    /// No response, for this reason. What was asked for may have been done.
    Lost(&'static str),
    /// The connection was refused, so nothing was sent.
    NotSent,
}

/// An operation, on the clock of the history.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The number of the client.
    pub client: u32,
    /// Where the request was sent.
    pub target: Target,
    /// What it asked for.
    pub action: Action,
    /// When it was sent.
    pub started: Duration,
    /// When its outcome was known.
    pub ended: Duration,
    /// The outcome.
    pub outcome: Outcome,
    /// How the response differs from the contract's format.
    pub flaw: Option<&'static str>,
    /// The values that a read shows.
    pub values: Box<[(Counter, i64)]>,
}

impl Operation {
    /// Whether it was answered with success.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        matches!(self.outcome, Outcome::Response(200..=299))
    }

    /// Whether it is a GET.
    #[must_use]
    pub fn is_read(&self) -> bool {
        matches!(self.action, Action::Read(_))
    }
}
