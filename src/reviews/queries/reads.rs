//! Pages of reviews, and their totals.

use sqlx::PgConnection;

use crate::database::bodies::BodyQuery;
use crate::reviews::model::{ListReviewsParams, ReviewMetaParams};

/// Lists the reviews of products. A product that does not exist has none.
pub(in crate::reviews) struct ListReviews;

impl BodyQuery for ListReviews {
    type Job = ListReviewsParams;
    type Output = String;
    const NAME: &'static str = "list_reviews";

    fn results(job: &ListReviewsParams) -> u64 {
        job.paging.count
    }

    async fn run(
        connection: &mut PgConnection,
        jobs: &[ListReviewsParams],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<String>> {
        let product_ids: Vec<i64> = jobs.iter().map(|job| job.product_id).collect();
        let sorts: Vec<&str> = jobs.iter().map(|job| job.sort.name()).collect();
        let offsets: Vec<i64> = jobs.iter().map(|job| job.paging.offset()).collect();
        let limits: Vec<i64> = jobs.iter().map(|job| job.paging.limit()).collect();
        sqlx::query_scalar!(
            r#"
            select
                case when octet_length(list.results) > $5 then '' else
                    '{"product":"' || job.product_id
                    || '","page":' || job.skipped
                    || ',"count":' || job.count
                    || ',"results":[' || coalesce(list.results, '') || ']}'
                end as "body!"
            from unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[])
                with ordinality as job (product_id, sort, skipped, count, position)
            cross join lateral (
                select
                    string_agg(
                        -- Made of the reviews on the page alone, not of those before it.
                        (
                            select r.result
                            from review_results() r
                            where r.product_id = job.product_id and r.id = page.id
                        ),
                        ',' order by page.weight desc, page.written_at desc, page.id desc
                    ) as results
                from (
                    -- Each order is an index, which has all that is needed here; two of the three are not even begun.
                    (
                        select r.id, r.relevance as weight, null::timestamptz as written_at
                        from reviews r
                        where job.sort = 'relevant' and r.product_id = job.product_id and not r.is_reported
                        order by r.relevance desc, r.id desc
                        offset job.skipped
                        limit job.count
                    )
                    union all
                    (
                        select r.id, r.helpfulness, null
                        from reviews r
                        where job.sort = 'helpful' and r.product_id = job.product_id and not r.is_reported
                        order by r.helpfulness desc, r.id desc
                        offset job.skipped
                        limit job.count
                    )
                    union all
                    (
                        select r.id, null, r.written_at
                        from reviews r
                        where job.sort = 'newest' and r.product_id = job.product_id and not r.is_reported
                        order by r.written_at desc, r.id desc
                        offset job.skipped
                        limit job.count
                    )
                ) page
            ) list
            order by job.position
            "#,
            &product_ids,
            &sorts as &[&str],
            &offsets,
            &limits,
            max_bytes,
        )
        .fetch_all(connection)
        .await
    }
}

/// Finds the totals of products' reviews: how often each rating, recommendations, and means of characteristics.
pub(in crate::reviews) struct FindReviewMeta;

impl BodyQuery for FindReviewMeta {
    type Job = ReviewMetaParams;
    type Output = String;
    const NAME: &'static str = "find_review_meta";

    /// The totals of a product are never large.
    async fn run(
        connection: &mut PgConnection,
        jobs: &[ReviewMetaParams],
        _: i32,
    ) -> sqlx::Result<Vec<String>> {
        let product_ids: Vec<i64> = jobs.iter().map(|job| job.product_id.0).collect();
        sqlx::query_scalar!(
            r#"
            select
                '{"product_id":"' || job.product_id
                || '","ratings":{' || concat_ws(
                    ',',
                    '"1":"' || nullif(t.rating_1, 0) || '"',
                    '"2":"' || nullif(t.rating_2, 0) || '"',
                    '"3":"' || nullif(t.rating_3, 0) || '"',
                    '"4":"' || nullif(t.rating_4, 0) || '"',
                    '"5":"' || nullif(t.rating_5, 0) || '"'
                )
                || '},"recommended":{"false":"' || coalesce(t.not_recommended, 0)
                || '","true":"' || coalesce(t.recommended, 0)
                || '"},"characteristics":{' || coalesce(
                    (
                        select
                            string_agg(
                                to_json(c.name)
                                || ':{"id":' || c.id
                                -- Divided to more decimals than are shown: rounding happens once.
                                || ',"value":' || coalesce(
                                    '"' || round(s.total::numeric(60, 40) / nullif(s.ratings, 0), 16) || '"',
                                    'null'
                                )
                                || '}',
                                ',' order by c.id
                            )
                        from characteristics c
                        left join characteristic_totals s
                            on s.product_id = c.product_id and s.characteristic_id = c.id
                        where c.product_id = job.product_id
                    ),
                    ''
                )
                || '}}' as "body!"
            from unnest($1::bigint[]) with ordinality as job (product_id, position)
            left join review_totals t on t.product_id = job.product_id
            order by job.position
            "#,
            &product_ids,
        )
        .fetch_all(connection)
        .await
    }
}
