//! Questions and answers: `/qa/questions…`, `/qa/answers…`.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, put};
use http::StatusCode;

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batches::{Batches, JobError};
use crate::database::creation::{Created, Creations, Request};
use crate::database::reads::Reads;
use crate::http::creation::{IdempotencyKey, created, reply_created};
use crate::http::error::Error;
use crate::http::fields::Json;
use crate::http::paging::Paging;
use crate::http::path::PathId;
use crate::http::query::Params;
use crate::http::reply::{Policy, Wanted};
use crate::http::routes::Routes;
use crate::state::Backing;

mod model;
mod queries;

use model::{ListQuestionsParams, NewAnswer, NewQuestion, Vote, answers_body, questions_body};
use queries::creations::AnswerTo;
use queries::reads::{AnswerPages, Page, QuestionPages};
use queries::votes::{AnswerVotes, QuestionVotes};

/// What changes of questions, by the ids of their products, are called in the cache and in notifications.
pub const QUESTIONS: &str = "questions";
/// The same of answers, by the ids of their questions.
pub const ANSWERS: &str = "answers";
/// Shoppers write these: a browser may keep what it has, and asks each time whether it is still so.
const POLICY: Policy = Policy { cache_control: "no-cache", nginx_expires: None };

/// The routes of this feature.
pub fn routes() -> Routes {
    Routes::new()
        .kept("/qa/questions", get(list_questions).post(create_question), &POLICY, |target| {
            let ListQuestionsParams { product_id, paging } = target.params()?;
            Some(page_key(QUESTIONS, product_id, paging))
        })
        .kept("/qa/questions/{id}/answers", get(list_answers).post(create_answer), &POLICY, |target| {
            Some(page_key(ANSWERS, target.id()?, target.params()?))
        })
        .route("/qa/questions/{id}/helpful", put(mark_question_helpful))
        .route("/qa/questions/{id}/report", put(report_question))
        .route("/qa/answers/{id}/helpful", put(mark_answer_helpful))
        .route("/qa/answers/{id}/report", put(report_answer))
}

/// What the handlers of this feature work with.
pub struct Questions {
    cache: Cache,
    question_pages: Reads<QuestionPages>,
    answer_pages: Reads<AnswerPages>,
    question_creations: Batches<Creations<NewQuestion>>,
    answer_creations: Batches<Creations<AnswerTo>>,
    question_votes: Batches<QuestionVotes>,
    answer_votes: Batches<AnswerVotes>,
}

impl Questions {
    /// The feature over these.
    #[must_use]
    pub fn new(backing: &Backing) -> Self {
        Self {
            cache: backing.cache.clone(),
            question_pages: Reads::new(&backing.servers, backing.queue),
            answer_pages: Reads::new(&backing.servers, backing.queue),
            question_creations: Batches::new(&backing.writes, backing.queue),
            answer_creations: Batches::new(&backing.writes, backing.queue),
            question_votes: Batches::new(&backing.writes, backing.queue),
            answer_votes: Batches::new(&backing.writes, backing.queue),
        }
    }

    fn forget_questions_of(&self, product_id: i64) {
        self.cache.forget(Subject { topic: QUESTIONS, id: product_id });
    }

    fn forget_answers_to(&self, question_id: i64) {
        self.cache.forget(Subject { topic: ANSWERS, id: question_id });
    }

    async fn vote_for_question(&self, vote: Vote) -> Result<StatusCode, Error> {
        let product_id = self.question_votes.ask(vote).await?.ok_or(Error::NotFound("question"))?;
        self.forget_questions_of(product_id);
        Ok(StatusCode::NO_CONTENT)
    }

    async fn vote_for_answer(&self, vote: Vote) -> Result<StatusCode, Error> {
        let place = self.answer_votes.ask(vote).await?.ok_or(Error::NotFound("answer"))?;
        self.forget_questions_of(place.product_id);
        self.forget_answers_to(place.question_id);
        Ok(StatusCode::NO_CONTENT)
    }
}

async fn list_questions(
    State(questions): State<Arc<Questions>>,
    Params(ListQuestionsParams { product_id, paging }): Params<ListQuestionsParams>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let read = async |since| {
        let results = questions.question_pages.ask(Page { of: product_id, paging }, since).await?;
        Ok::<_, JobError>(Some(Body::new(questions_body(product_id, &results).as_bytes(), Vec::new())))
    };
    let key = page_key(QUESTIONS, product_id, paging);
    let body = questions.cache.get(key, wanted.encoding, read).await?.ok_or(Error::NotFound("product"))?;
    Ok(wanted.reply(&body, &POLICY))
}

async fn list_answers(
    State(questions): State<Arc<Questions>>,
    PathId(question_id): PathId,
    Params(paging): Params<Paging>,
    wanted: Wanted,
) -> Result<Response, Error> {
    let read = async |since| {
        let results = questions.answer_pages.ask(Page { of: question_id, paging }, since).await?;
        let body = results.map(|results| answers_body(question_id, paging, &results));
        Ok::<_, JobError>(body.map(|body| Body::new(body.as_bytes(), Vec::new())))
    };
    let key = page_key(ANSWERS, question_id, paging);
    let body = questions.cache.get(key, wanted.encoding, read).await?.ok_or(Error::NotFound("question"))?;
    Ok(wanted.reply(&body, &POLICY))
}

async fn create_question(
    State(questions): State<Arc<Questions>>,
    key: IdempotencyKey,
    Json { bytes, value }: Json<NewQuestion>,
) -> Result<Response, Error> {
    let product_id = value.product_id;
    let request = Request { new: value, once: key.once(&bytes, &[]) };
    let created = created(questions.question_creations.ask(request).await?)?;
    questions.forget_questions_of(product_id);
    // Somebody may have asked for its answers before it was there.
    if let Some(id) = id_of(&created) {
        questions.forget_answers_to(id);
    }
    Ok(reply_created(created))
}

async fn create_answer(
    State(questions): State<Arc<Questions>>,
    PathId(question_id): PathId,
    key: IdempotencyKey,
    Json { bytes, value }: Json<NewAnswer>,
) -> Result<Response, Error> {
    let new = AnswerTo { question_id, answer: value };
    let request = Request { new, once: key.once(&bytes, &[]) };
    let created = created(questions.answer_creations.ask(request).await?)?;
    if let Some(product_id) = created.product_id {
        questions.forget_questions_of(product_id);
    }
    questions.forget_answers_to(question_id);
    Ok(reply_created(created))
}

async fn mark_question_helpful(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_for_question(Vote::Helpful(id)).await
}

async fn report_question(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_for_question(Vote::Report(id)).await
}

async fn mark_answer_helpful(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_for_answer(Vote::Helpful(id)).await
}

async fn report_answer(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_for_answer(Vote::Report(id)).await
}

/// The id that the location of a new thing ends with.
fn id_of(created: &Created) -> Option<i64> {
    created.location.as_deref()?.rsplit('/').next()?.parse().ok()
}

/// Where a page is kept: by its number, which it may show, and not by where it begins.
fn page_key(topic: &'static str, id: i64, Paging { page, count }: Paging) -> Key {
    Key { subject: Subject { topic, id }, view: "page", offset: page, count }
}
