//! What of questions and answers crosses the wire.
//!
//! Results are made by the database as text (`migrations/0003_questions.sql` says how they look); here is what is
//! asked and sent, and what stands around results.

use crate::http::fields::{Fields, FromFields};
use crate::http::paging::Paging;
use crate::http::query::{FromQuery, Query};

/// The longest text of a question or an answer, in characters.
const MAX_BODY: usize = 1000;
/// The longest name of who asks or answers, in characters.
const MAX_NAME: usize = 60;

/// `GET /qa/questions`.
pub(super) struct ListQuestionsParams {
    pub(super) product_id: i64,
    pub(super) paging: Paging,
}

impl FromQuery for ListQuestionsParams {
    fn from_query(query: &mut Query) -> Option<Self> {
        let (product_id, paging) = (query.id("product_id"), Paging::from_query(query));
        Some(Self { product_id: product_id?, paging: paging? })
    }
}

/// `POST /qa/questions`.
#[derive(Clone, Debug)]
pub(super) struct NewQuestion {
    pub(super) product_id: i64,
    pub(super) body: String,
    pub(super) name: String,
    pub(super) email: String,
}

impl FromFields for NewQuestion {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let body = fields.text("body", 1, MAX_BODY);
        let name = fields.text("name", 1, MAX_NAME);
        let email = fields.email("email");
        let product_id = fields.id("product_id");
        Some(Self { product_id: product_id?, body: body?, name: name?, email: email? })
    }
}

/// `POST /qa/questions/:id/answers`.
#[derive(Clone, Debug)]
pub(super) struct NewAnswer {
    pub(super) body: String,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) photos: Vec<String>,
}

impl FromFields for NewAnswer {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let body = fields.text("body", 1, MAX_BODY);
        let name = fields.text("name", 1, MAX_NAME);
        let email = fields.email("email");
        let photos = fields.photos("photos");
        Some(Self { body: body?, name: name?, email: email?, photos: photos? })
    }
}

/// `PUT …/:id/helpful`, `PUT …/:id/report`: what a shopper says of the question or answer with this id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vote {
    /// That it helps.
    Helpful(i64),
    /// That nobody should see it.
    Report(i64),
}

impl Vote {
    /// What it is about.
    pub(super) fn id(self) -> i64 {
        match self {
            Self::Helpful(id) | Self::Report(id) => id,
        }
    }

    /// Whether it hides what it is about.
    pub(super) fn is_report(self) -> bool {
        matches!(self, Self::Report(_))
    }
}

/// The answer to `GET /qa/questions`.
pub(super) fn questions_body(product_id: i64, results: &str) -> String {
    format!(r#"{{"product_id":"{product_id}","results":[{results}]}}"#)
}

/// The answer to `GET /qa/questions/:id/answers`.
pub(super) fn answers_body(question_id: i64, Paging { page, count }: Paging, results: &str) -> String {
    format!(r#"{{"question":"{question_id}","page":{page},"count":{count},"results":[{results}]}}"#)
}
