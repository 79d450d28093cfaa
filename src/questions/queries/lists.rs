//! Pages of questions and of answers.
//!
//! Which rows are on a page is found first, by their ids; only those become JSON, however many rows come before.

use sqlx::PgConnection;

use crate::database::bodies::BodyQuery;
use crate::questions::model::{ListAnswersParams, ListQuestionsParams};

/// Lists the questions about products. A product that does not exist has none.
pub(in crate::questions) struct ListQuestions;

impl BodyQuery for ListQuestions {
    type Job = ListQuestionsParams;
    type Output = String;
    const NAME: &'static str = "list_questions";

    fn results(job: &ListQuestionsParams) -> u64 {
        job.paging.count
    }

    async fn run(
        connection: &mut PgConnection,
        jobs: &[ListQuestionsParams],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<String>> {
        let product_ids: Vec<i64> = jobs.iter().map(|job| job.product_id).collect();
        let offsets: Vec<i64> = jobs.iter().map(|job| job.paging.offset()).collect();
        let limits: Vec<i64> = jobs.iter().map(|job| job.paging.limit()).collect();
        sqlx::query_scalar!(
            r#"
            select
                case when octet_length(list.results) > $4 then '' else
                    '{"product_id":"' || job.product_id || '","results":[' || coalesce(list.results, '') || ']}'
                end as "body!"
            from unnest($1::bigint[], $2::bigint[], $3::bigint[])
                with ordinality as job (product_id, skipped, count, position)
            cross join lateral (
                select
                    string_agg(shape.result, ',' order by page.helpfulness desc, page.id) as results
                from (
                    -- Read from the index questions_by_helpfulness alone.
                    select
                        q.id,
                        q.helpfulness
                    from questions q
                    where q.product_id = job.product_id and not q.is_reported
                    order by q.helpfulness desc, q.id
                    offset job.skipped
                    limit job.count
                ) page
                join question_results() shape on shape.product_id = job.product_id and shape.id = page.id
            ) list
            order by job.position
            "#,
            &product_ids,
            &offsets,
            &limits,
            max_bytes,
        )
        .fetch_all(connection)
        .await
    }
}

/// Lists the answers to questions; None where the question does not exist.
pub(in crate::questions) struct ListAnswers;

impl BodyQuery for ListAnswers {
    type Job = ListAnswersParams;
    type Output = Option<String>;
    const NAME: &'static str = "list_answers";

    fn results(job: &ListAnswersParams) -> u64 {
        job.paging.count
    }

    async fn run(
        connection: &mut PgConnection,
        jobs: &[ListAnswersParams],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<Option<String>>> {
        let question_ids: Vec<i64> = jobs.iter().map(|job| job.question_id).collect();
        // As text: the number of a page may exceed bigint.
        let pages: Vec<String> = jobs.iter().map(|job| job.paging.page.to_string()).collect();
        let offsets: Vec<i64> = jobs.iter().map(|job| job.paging.offset()).collect();
        let limits: Vec<i64> = jobs.iter().map(|job| job.paging.limit()).collect();
        sqlx::query_scalar!(
            r#"
            select
                -- Null where the question does not exist.
                case when octet_length(list.results) > $5 then '' else
                    '{"question":"' || q.id
                    || '","page":' || job.page
                    || ',"count":' || job.count
                    || ',"results":[' || coalesce(list.results, '') || ']}'
                end as "body?"
            from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
                with ordinality as job (question_id, page, skipped, count, position)
            left join questions q on q.id = job.question_id
            cross join lateral (
                select
                    string_agg(shape.result, ',' order by page.helpfulness desc, page.id) as results
                from (
                    select
                        a.id,
                        a.helpfulness
                    from answers a
                    where a.product_id = q.product_id and a.question_id = q.id and not a.is_reported
                    order by a.helpfulness desc, a.id
                    offset job.skipped
                    limit job.count
                ) page
                -- Not by question_id too: the planner would then search all answers of the question for each one.
                join answer_results() shape on shape.product_id = q.product_id and shape.id = page.id
            ) list
            order by job.position
            "#,
            &question_ids,
            &pages,
            &offsets,
            &limits,
            max_bytes,
        )
        .fetch_all(connection)
        .await
    }
}
