//! The SQL that reads reviews.

use sqlx::PgConnection;

use super::model::Sort;
use crate::database::batches::Batch;
use crate::database::bigint;

/// The reads of this feature: many pages are one query, and so are the sums of many products.
pub(super) struct ReviewReads;

/// What is read.
#[derive(Clone, Debug)]
pub(super) enum ReviewKey {
    Page { product_id: i64, sort: Sort, offset: u64, count: u64 },
    Meta { product_id: i64 },
}

impl Batch for ReviewReads {
    type Job = ReviewKey;
    /// The body to send.
    type Answer = String;
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, keys: &[ReviewKey]) -> sqlx::Result<Vec<String>> {
        let (mut pages, mut metas) = (Pages::default(), Metas::default());
        for (position, key) in (0..).zip(keys) {
            match key {
                ReviewKey::Page { product_id, sort, offset, count } => {
                    pages.positions.push(position);
                    pages.product_ids.push(*product_id);
                    pages.sorts.push(sort.name());
                    pages.offsets.push(bigint(*offset));
                    pages.counts.push(bigint(*count));
                }
                ReviewKey::Meta { product_id } => {
                    metas.positions.push(position);
                    metas.product_ids.push(*product_id);
                }
            }
        }
        let mut answers = vec![String::new(); keys.len()];
        let mut answer = |bodies: Vec<(i32, String)>| {
            for (position, body) in bodies {
                answers[usize::try_from(position).expect("counted from 0")] = body;
            }
        };
        if !pages.positions.is_empty() {
            answer(list(connection, &pages).await?);
        }
        if !metas.positions.is_empty() {
            answer(find_meta(connection, &metas).await?);
        }
        Ok(answers)
    }
}

/// Pages to be read together, in columns.
#[derive(Default)]
struct Pages {
    positions: Vec<i32>,
    product_ids: Vec<i64>,
    sorts: Vec<&'static str>,
    offsets: Vec<i64>,
    counts: Vec<i64>,
}

/// Sums to be read together, in columns.
#[derive(Default)]
struct Metas {
    positions: Vec<i32>,
    product_ids: Vec<i64>,
}

/// Each of the pages, with its position.
async fn list(connection: &mut PgConnection, pages: &Pages) -> sqlx::Result<Vec<(i32, String)>> {
    let rows = sqlx::query!(
        r#"
        select
            wanted.position as "position!",
            '{"product":"' || wanted.product_id
            || '","page":' || wanted.skipped
            || ',"count":' || wanted.count
            || ',"results":[' || coalesce(shown.results, '') || ']}' as "body!"
        from unnest($1::integer[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[])
            as wanted (position, product_id, sort, skipped, count)
        cross join lateral (
            select
                string_agg(
                    -- Made of the reviews on the page alone, not of those before it.
                    (
                        select r.result
                        from review_results() r
                        where r.product_id = wanted.product_id and r.id = page.id
                    ),
                    ',' order by page.weight desc, page.written_at desc, page.id desc
                ) as results
            from (
                -- Each order is an index, which has all that is needed here; two of the three are not even begun.
                (
                    select r.id, r.relevance as weight, null::timestamptz as written_at
                    from reviews r
                    where wanted.sort = 'relevant' and r.product_id = wanted.product_id and not r.is_reported
                    order by r.relevance desc, r.id desc
                    offset wanted.skipped
                    limit wanted.count
                )
                union all
                (
                    select r.id, r.helpfulness, null
                    from reviews r
                    where wanted.sort = 'helpful' and r.product_id = wanted.product_id and not r.is_reported
                    order by r.helpfulness desc, r.id desc
                    offset wanted.skipped
                    limit wanted.count
                )
                union all
                (
                    select r.id, null, r.written_at
                    from reviews r
                    where wanted.sort = 'newest' and r.product_id = wanted.product_id and not r.is_reported
                    order by r.written_at desc, r.id desc
                    offset wanted.skipped
                    limit wanted.count
                )
            ) page
        ) shown
        "#,
        &pages.positions,
        &pages.product_ids,
        &pages.sorts as &[&str],
        &pages.offsets,
        &pages.counts,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.position, row.body)).collect())
}

/// What the reviews of each of the products add up to, with its position.
async fn find_meta(connection: &mut PgConnection, metas: &Metas) -> sqlx::Result<Vec<(i32, String)>> {
    let rows = sqlx::query!(
        r#"
        select
            wanted.position as "position!",
            '{"product_id":"' || wanted.product_id
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
                    where c.product_id = wanted.product_id
                ),
                ''
            )
            || '}}' as "body!"
        from unnest($1::integer[], $2::bigint[]) as wanted (position, product_id)
        left join review_totals t on t.product_id = wanted.product_id
        "#,
        &metas.positions,
        &metas.product_ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.position, row.body)).collect())
}
