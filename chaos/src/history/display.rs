//! Operations as lines for people.

use std::fmt::{self, Display, Formatter};

use super::{Action, Counter, Operation, Outcome, Page, Target};

impl Display for Operation {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let (started, ended) = (self.started.as_secs_f64(), self.ended.as_secs_f64());
        write!(formatter, "{started:.3}–{ended:.3} s, client {} at {}: ", self.client, self.target)?;
        match self.action {
            Action::Read(page) => write!(formatter, "GET {}", page.path())?,
            Action::Write(write) => {
                let key = if write.is_keyed { ", keyed" } else { "" };
                write!(formatter, "write {} of {:?}{key}", write.id, write.counter)?;
            }
        }
        match self.outcome {
            Outcome::Response(status) => write!(formatter, " → {status}")?,
            Outcome::Lost(reason) => write!(formatter, " → no response ({reason})")?,
            Outcome::NotSent => write!(formatter, " → not sent")?,
        }
        for (counter, value) in &self.values {
            write!(formatter, " {counter:?}={value}")?;
        }
        Ok(())
    }
}

impl Display for Target {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nginx => write!(formatter, "NGINX"),
            Self::Replica(number) => write!(formatter, "replica {number}"),
            Self::Sql => write!(formatter, "PostgreSQL"),
        }
    }
}

impl Page {
    /// Its path and query string.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Reviews(product) => format!("/reviews?product_id={product}&count=10"),
            Self::ReviewTotals(product) => format!("/reviews/meta?product_id={product}"),
            Self::Questions(product) => format!("/qa/questions?product_id={product}&count=10"),
            Self::QuestionList(product) => format!("/qa/questions?product_id={product}&count=1000"),
            Self::Answers(question) => format!("/qa/questions/{question}/answers?count=10"),
            Self::AnswerList(question) => format!("/qa/questions/{question}/answers?count=1000"),
            Self::Product(product) => format!("/products/{product}"),
            Self::Cart(_) => "/cart".to_owned(),
        }
    }
}

impl Counter {
    /// Whether each write of it is a row with the write's id in its text.
    #[must_use]
    pub fn has_rows(self) -> bool {
        matches!(self, Self::Reviews(_) | Self::Questions(_) | Self::Answers(_) | Self::Interactions)
    }
}
