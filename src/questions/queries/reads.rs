//! Pages of questions and of answers: as many as wait are one query.
//!
//! Which rows are on a page is found first, by their ids; only those become JSON, however many rows come before.

use sqlx::PgConnection;

use crate::database::batches::Batch;
use crate::database::bigint;
use crate::http::paging::Paging;

/// A page of what belongs to something.
#[derive(Clone, Copy, Debug)]
pub(in crate::questions) struct Page {
    /// The product whose questions, or the question whose answers are wanted.
    pub(in crate::questions) of: i64,
    /// Which of them.
    pub(in crate::questions) paging: Paging,
}

/// Pages in columns.
struct Columns {
    of: Vec<i64>,
    offsets: Vec<i64>,
    counts: Vec<i64>,
}

impl Columns {
    fn new(pages: &[Page]) -> Self {
        Self {
            of: pages.iter().map(|page| page.of).collect(),
            offsets: pages.iter().map(|page| bigint(page.paging.offset())).collect(),
            counts: pages.iter().map(|page| bigint(page.paging.count)).collect(),
        }
    }
}

/// Reads of the questions about products. A product that isn't there has none.
pub(in crate::questions) struct QuestionPages;

impl Batch for QuestionPages {
    type Job = Page;
    type Answer = String;
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, pages: &[Page]) -> sqlx::Result<Vec<String>> {
        let wanted = Columns::new(pages);
        sqlx::query_scalar!(
            r#"
            select
                coalesce(shown.results, '') as "results!"
            from unnest($1::bigint[], $2::bigint[], $3::bigint[])
                with ordinality as wanted (product_id, skipped, count, position)
            cross join lateral (
                select
                    string_agg(shape.result, ',' order by page.helpfulness desc, page.id) as results
                from (
                    -- Read from the index questions_by_helpfulness alone.
                    select
                        q.id,
                        q.helpfulness
                    from questions q
                    where q.product_id = wanted.product_id and not q.is_reported
                    order by q.helpfulness desc, q.id
                    offset wanted.skipped
                    limit wanted.count
                ) page
                join question_results() shape on shape.product_id = wanted.product_id and shape.id = page.id
            ) shown
            order by wanted.position
            "#,
            &wanted.of,
            &wanted.offsets,
            &wanted.counts,
        )
        .fetch_all(connection)
        .await
    }
}

/// Reads of the answers to questions. None for a question that isn't there.
pub(in crate::questions) struct AnswerPages;

impl Batch for AnswerPages {
    type Job = Page;
    type Answer = Option<String>;
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, pages: &[Page]) -> sqlx::Result<Vec<Option<String>>> {
        let wanted = Columns::new(pages);
        sqlx::query_scalar!(
            r#"
            select
                case when q.id is not null then coalesce(shown.results, '') end as "results?"
            from unnest($1::bigint[], $2::bigint[], $3::bigint[])
                with ordinality as wanted (question_id, skipped, count, position)
            left join questions q on q.id = wanted.question_id
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
                    offset wanted.skipped
                    limit wanted.count
                ) page
                -- Not by question_id too: the planner would then look for each among all answers of the question.
                join answer_results() shape on shape.product_id = q.product_id and shape.id = page.id
            ) shown
            order by wanted.position
            "#,
            &wanted.of,
            &wanted.offsets,
            &wanted.counts,
        )
        .fetch_all(connection)
        .await
    }
}
