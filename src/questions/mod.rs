//! Questions and answers: `/qa/questions…`, `/qa/answers…`.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode};

use crate::cache::{Body, Cache, Key, Subject};
use crate::database::batcher::Batcher;
use crate::database::idempotency::{Created, Creations};
use crate::database::pool::Pool;
use crate::database::position::Minimum;
use crate::database::reads::{ReadPool, Reads};
use crate::http::body::{BodyLimits, Json};
use crate::http::cached_get::{CachedGet, Loaded};
use crate::http::creation::{IdempotencyKey, create};
use crate::http::error::Error;
use crate::http::paging::Paging;
use crate::http::response::{self, Policy};
use crate::http::routes::{Route, Routes};
use crate::http::target::PathId;
use crate::http::vote::Vote;

mod model;
mod queries;

use model::{ListAnswersParams, ListQuestionsParams, NewAnswer, NewQuestion};
use queries::creations::AnswerTo;
use queries::lists::{ListAnswers, ListQuestions};
use queries::votes::{VoteOnAnswers, VoteOnQuestions};

/// This feature's part of the OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");
/// The topic of questions, by the ids of their products, in keys and notifications.
pub const QUESTIONS: &str = "questions";
/// The topic of answers, by the ids of their questions.
pub const ANSWERS: &str = "answers";
/// Shoppers write these: a browser may store a response, and revalidates it each time.
static POLICY: Policy = Policy { cache_control: HeaderValue::from_static("no-cache"), nginx_expires: None };

/// The routes of this feature.
#[must_use]
pub fn routes(cache: &Cache, reads: &ReadPool, writes: &Pool, body_limits: BodyLimits) -> Vec<Route> {
    let questions = Arc::new(Questions {
        cache: cache.clone(),
        question_creations: Batcher::new(writes),
        answer_creations: Batcher::new(writes),
        question_votes: Batcher::new(writes),
        answer_votes: Batcher::new(writes),
    });
    Routes::new(QuestionsState { questions, body_limits })
        .cached("/qa/questions", QuestionPages { pages: Reads::new(reads) })
        .post("/qa/questions", create_question)
        .cached("/qa/questions/{id}/answers", AnswerPages { pages: Reads::new(reads) })
        .post("/qa/questions/{id}/answers", create_answer)
        .put("/qa/questions/{id}/helpful", mark_question_helpful)
        .put("/qa/questions/{id}/report", report_question)
        .put("/qa/answers/{id}/helpful", mark_answer_helpful)
        .put("/qa/answers/{id}/report", report_answer)
        .build()
}

/// What handlers share.
#[derive(Clone, FromRef)]
struct QuestionsState {
    questions: Arc<Questions>,
    body_limits: BodyLimits,
}

struct Questions {
    cache: Cache,
    question_creations: Batcher<Creations<NewQuestion>>,
    answer_creations: Batcher<Creations<AnswerTo>>,
    question_votes: Batcher<VoteOnQuestions>,
    answer_votes: Batcher<VoteOnAnswers>,
}

impl Questions {
    fn invalidate_questions(&self, product_id: i64) {
        self.cache.invalidate(Subject { topic: QUESTIONS, id: product_id });
    }

    fn invalidate_answers(&self, question_id: i64) {
        self.cache.invalidate(Subject { topic: ANSWERS, id: question_id });
    }

    async fn vote_on_question(&self, vote: Vote) -> Result<StatusCode, Error> {
        let product_id = self.question_votes.submit(vote).await?;
        self.invalidate_questions(product_id.ok_or(Error::NotFound("question", vote.id))?);
        Ok(StatusCode::NO_CONTENT)
    }

    async fn vote_on_answer(&self, vote: Vote) -> Result<StatusCode, Error> {
        let parents = self.answer_votes.submit(vote).await?.ok_or(Error::NotFound("answer", vote.id))?;
        self.invalidate_questions(parents.product_id);
        self.invalidate_answers(parents.question_id);
        Ok(StatusCode::NO_CONTENT)
    }
}

/// `GET /qa/questions`.
struct QuestionPages {
    pages: Reads<ListQuestions>,
}

impl CachedGet for QuestionPages {
    type Params = ListQuestionsParams;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "product";

    fn key(&self, params: &ListQuestionsParams) -> Key {
        page_key(QUESTIONS, params.product_id, params.paging)
    }

    async fn load(&self, params: ListQuestionsParams, minimum: Minimum) -> Loaded {
        let page = self.pages.submit(params, minimum).await?;
        Ok(page.map(|text| Some(Body::json(&text))))
    }
}

/// `GET /qa/questions/{id}/answers`.
struct AnswerPages {
    pages: Reads<ListAnswers>,
}

impl CachedGet for AnswerPages {
    type Params = ListAnswersParams;
    const POLICY: &'static Policy = &POLICY;
    const RESOURCE: &'static str = "question";

    fn key(&self, params: &ListAnswersParams) -> Key {
        page_key(ANSWERS, params.question_id, params.paging)
    }

    async fn load(&self, params: ListAnswersParams, minimum: Minimum) -> Loaded {
        let page = self.pages.submit(params, minimum).await?;
        Ok(page.map(|text| text.map(|text| Body::json(&text))))
    }
}

/// By the number of the page, which the body may show, not by the offset.
fn page_key(topic: &'static str, id: i64, Paging { page, count }: Paging) -> Key {
    Key { subject: Subject { topic, id }, view: "page", part: [page, count] }
}

async fn create_question(
    State(questions): State<Arc<Questions>>,
    key: IdempotencyKey,
    Json { bytes, value: new }: Json<NewQuestion>,
) -> Result<Response, Error> {
    let product_id = new.product_id.0;
    let question = create(&questions.question_creations, new, key.request(None, &bytes), |constraint| {
        (constraint == "questions_product_fkey").then_some(Error::NotFound("product", product_id))
    });
    let Created { ids: [product_id, id], body } = question.await?;
    questions.invalidate_questions(product_id);
    // Its answers may have been requested before it existed.
    questions.invalidate_answers(id);
    Ok(response::created(body, Some(format!("/qa/questions/{id}"))))
}

async fn create_answer(
    State(questions): State<Arc<Questions>>,
    PathId(question_id): PathId,
    key: IdempotencyKey,
    Json { bytes, value: answer }: Json<NewAnswer>,
) -> Result<Response, Error> {
    let new = AnswerTo { question_id, answer };
    let answer = create(&questions.answer_creations, new, key.request(None, &bytes), |constraint| {
        (constraint == "answers_question_fkey").then_some(Error::NotFound("question", question_id))
    });
    let Created { ids: [product_id, id], body } = answer.await?;
    questions.invalidate_questions(product_id);
    questions.invalidate_answers(question_id);
    Ok(response::created(body, Some(format!("/qa/answers/{id}"))))
}

async fn mark_question_helpful(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_on_question(Vote::helpful(id)).await
}

async fn report_question(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_on_question(Vote::report(id)).await
}

async fn mark_answer_helpful(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_on_answer(Vote::helpful(id)).await
}

async fn report_answer(
    State(questions): State<Arc<Questions>>,
    PathId(id): PathId,
) -> Result<StatusCode, Error> {
    questions.vote_on_answer(Vote::report(id)).await
}
