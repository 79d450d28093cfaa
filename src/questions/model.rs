//! Parameters and bodies of question and answer endpoints.

use crate::http::error::Error;
use crate::http::input::{FromInput, Input, from_input};
use crate::http::paging::Paging;
use crate::http::target::{FromTarget, Target};
use crate::http::values::{Email, Id, Photos, Text};

/// The text of a question or an answer.
type Body = Text<1, 1000>;
/// The name of a person.
type Name = Text<1, 60>;

/// `GET /qa/questions`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListQuestionsParams {
    pub(super) product_id: i64,
    pub(super) paging: Paging,
}

impl FromInput for ListQuestionsParams {
    fn from_input(input: &mut Input<'_>) -> Option<Self> {
        let (product_id, paging) = (input.take::<Id>("product_id"), Paging::from_input(input));
        Some(Self { product_id: product_id?.0, paging: paging? })
    }
}

/// `GET /qa/questions/{id}/answers`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListAnswersParams {
    pub(super) question_id: i64,
    pub(super) paging: Paging,
}

impl FromTarget for ListAnswersParams {
    fn from_target(target: &Target<'_>) -> Result<Self, Error> {
        Ok(Self { question_id: target.id()?, paging: target.query()? })
    }
}

/// `POST /qa/questions`.
#[derive(Clone, Debug)]
pub(super) struct NewQuestion {
    pub(super) product_id: Id,
    pub(super) body: Body,
    pub(super) name: Name,
    pub(super) email: Email,
}

from_input!(NewQuestion { body, name, email, product_id });

/// `POST /qa/questions/{id}/answers`.
#[derive(Clone, Debug)]
pub(super) struct NewAnswer {
    pub(super) body: Body,
    pub(super) name: Name,
    pub(super) email: Email,
    pub(super) photos: Photos,
}

from_input!(NewAnswer { body, name, email, photos });
