//! Votes on questions and answers: one update, and one notification, for all that wait.
//!
//! Rows are locked in the order of their ids, so that concurrent updates can't deadlock. Counts end at the largest integer:
//! a row that has it must not fail the batch.

use sqlx::PgConnection;

use crate::database::batch::Batch;
use crate::http::vote::Vote;

/// Votes on questions. The output is the question's product; None where the question does not exist.
pub(in crate::questions) struct VoteOnQuestions;

impl Batch for VoteOnQuestions {
    type Job = Vote;
    type Output = Option<i64>;
    const NAME: &'static str = "vote_on_questions";
    const IS_WRITE: bool = true;

    fn locks(vote: &Vote) -> Option<i64> {
        Some(vote.id)
    }

    async fn run(connection: &mut PgConnection, votes: &[Vote]) -> sqlx::Result<Vec<Option<i64>>> {
        let (ids, are_reports) = Vote::columns(votes);
        sqlx::query_scalar!(
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
            locked as (
                select
                    q.product_id,
                    q.id
                from questions q
                where q.id = any ($1)
                order by q.id
                for no key update
            ),
            updated as (
                update questions q
                set helpfulness = least(q.helpfulness + votes.helpful, 2147483647),
                    is_reported = q.is_reported or votes.is_reported
                from locked
                join votes on votes.id = locked.id
                where q.product_id = locked.product_id and q.id = locked.id
                returning q.id, q.product_id
            )
            select
                updated.product_id as "product_id?"
            from unnest($1::bigint[]) with ordinality as job (id, position)
            left join updated on updated.id = job.id
            order by job.position
            "#,
            &ids,
            &are_reports,
        )
        .fetch_all(connection)
        .await
    }
}

/// Votes on answers. The output is where the answer is; None where it does not exist.
pub(in crate::questions) struct VoteOnAnswers;

/// Where an answer is.
#[derive(Clone, Copy, Debug)]
pub(in crate::questions) struct AnswerParents {
    pub(in crate::questions) product_id: i64,
    pub(in crate::questions) question_id: i64,
}

impl Batch for VoteOnAnswers {
    type Job = Vote;
    type Output = Option<AnswerParents>;
    const NAME: &'static str = "vote_on_answers";
    const IS_WRITE: bool = true;

    fn locks(vote: &Vote) -> Option<i64> {
        Some(vote.id)
    }

    async fn run(connection: &mut PgConnection, votes: &[Vote]) -> sqlx::Result<Vec<Self::Output>> {
        let (ids, are_reports) = Vote::columns(votes);
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
            locked as (
                select
                    a.product_id,
                    a.id
                from answers a
                where a.id = any ($1)
                order by a.id
                for no key update
            ),
            updated as (
                update answers a
                set helpfulness = least(a.helpfulness + votes.helpful, 2147483647),
                    is_reported = a.is_reported or votes.is_reported
                from locked
                join votes on votes.id = locked.id
                where a.product_id = locked.product_id and a.id = locked.id
                returning a.id, a.product_id, a.question_id
            )
            select
                updated.product_id as "product_id?",
                updated.question_id as "question_id?"
            from unnest($1::bigint[]) with ordinality as job (id, position)
            left join updated on updated.id = job.id
            order by job.position
            "#,
            &ids,
            &are_reports,
        )
        .fetch_all(connection)
        .await?;
        let parents = rows
            .into_iter()
            .map(|row| Some(AnswerParents { product_id: row.product_id?, question_id: row.question_id? }));
        Ok(parents.collect())
    }
}
