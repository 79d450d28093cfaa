//! What shoppers say of questions and answers: as many votes as wait are one update, and one notification.
//!
//! Rows are locked in the order of their ids, so that two that vote for the same rows wait for each other only one way.
//! Who has waited adds to what the other has written. Counts end at the largest integer: one row that is full must not
//! fail all who are in the batch with it.

use std::collections::HashMap;

use sqlx::PgConnection;

use crate::database::batches::Batch;
use crate::questions::model::Vote;

/// Votes in columns.
struct Columns {
    ids: Vec<i64>,
    are_reports: Vec<bool>,
}

impl Columns {
    fn new(votes: &[Vote]) -> Self {
        Self {
            ids: votes.iter().map(|vote| vote.id()).collect(),
            are_reports: votes.iter().map(|vote| vote.is_report()).collect(),
        }
    }
}

/// Votes for questions: each is answered with the product of the question, if there is such a question.
pub(in crate::questions) struct QuestionVotes;

impl Batch for QuestionVotes {
    type Job = Vote;
    type Answer = Option<i64>;
    const IS_REPEATABLE: bool = false;

    async fn run(connection: &mut PgConnection, votes: &[Vote]) -> sqlx::Result<Vec<Option<i64>>> {
        let columns = Columns::new(votes);
        let rows = sqlx::query!(
            r#"
            with
            votes as (
                select
                    vote.id,
                    count(*) filter (where not vote.is_report) as helpful,
                    bool_or(vote.is_report) as is_reported
                from unnest($1::bigint[], $2::boolean[]) as vote (id, is_report)
                group by vote.id
            ),
            known as (
                select
                    q.product_id,
                    q.id
                from questions q
                where q.id = any ($1)
                order by q.id
                for no key update
            )
            update questions q
            set helpfulness = least(q.helpfulness + votes.helpful, 2147483647),
                is_reported = q.is_reported or votes.is_reported
            from known
            join votes on votes.id = known.id
            where q.product_id = known.product_id and q.id = known.id
            returning q.id, q.product_id
            "#,
            &columns.ids,
            &columns.are_reports,
        )
        .fetch_all(connection)
        .await?;
        let products: HashMap<i64, i64> = rows.into_iter().map(|row| (row.id, row.product_id)).collect();
        Ok(votes.iter().map(|vote| products.get(&vote.id()).copied()).collect())
    }
}

/// Votes for answers: each is answered with where the answer shows, if there is such an answer.
pub(in crate::questions) struct AnswerVotes;

/// Where an answer shows.
#[derive(Clone, Copy, Debug)]
pub(in crate::questions) struct Place {
    pub(in crate::questions) product_id: i64,
    pub(in crate::questions) question_id: i64,
}

impl Batch for AnswerVotes {
    type Job = Vote;
    type Answer = Option<Place>;
    const IS_REPEATABLE: bool = false;

    async fn run(connection: &mut PgConnection, votes: &[Vote]) -> sqlx::Result<Vec<Option<Place>>> {
        let columns = Columns::new(votes);
        let rows = sqlx::query!(
            r#"
            with
            votes as (
                select
                    vote.id,
                    count(*) filter (where not vote.is_report) as helpful,
                    bool_or(vote.is_report) as is_reported
                from unnest($1::bigint[], $2::boolean[]) as vote (id, is_report)
                group by vote.id
            ),
            known as (
                select
                    a.product_id,
                    a.id
                from answers a
                where a.id = any ($1)
                order by a.id
                for no key update
            )
            update answers a
            set helpfulness = least(a.helpfulness + votes.helpful, 2147483647),
                is_reported = a.is_reported or votes.is_reported
            from known
            join votes on votes.id = known.id
            where a.product_id = known.product_id and a.id = known.id
            returning a.id, a.product_id, a.question_id
            "#,
            &columns.ids,
            &columns.are_reports,
        )
        .fetch_all(connection)
        .await?;
        let places: HashMap<i64, Place> = rows
            .into_iter()
            .map(|row| (row.id, Place { product_id: row.product_id, question_id: row.question_id }))
            .collect();
        Ok(votes.iter().map(|vote| places.get(&vote.id()).copied()).collect())
    }
}
