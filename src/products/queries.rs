//! The SQL of products.

use sqlx::PgConnection;

use super::model::{Document, ProductAnswer, Start, Surroundings};
use crate::database::batches::Batch;
use crate::database::bigint;

/// The reads of this feature: many documents are one query, each page is one of its own.
pub(super) struct ProductReads;

/// What is read.
#[derive(Clone, Debug)]
pub(super) enum ProductKey {
    Document { document: Document, product_id: i64 },
    Page { start: Start, count: u64 },
}

impl Batch for ProductReads {
    type Job = ProductKey;
    type Answer = Option<ProductAnswer>;
    const IS_REPEATABLE: bool = true;

    async fn run(
        connection: &mut PgConnection,
        keys: &[ProductKey],
    ) -> sqlx::Result<Vec<Option<ProductAnswer>>> {
        let mut answers: Vec<Option<ProductAnswer>> = keys.iter().map(|_| None).collect();
        let mut wanted = Wanted::default();
        for (position, key) in keys.iter().enumerate() {
            match key {
                ProductKey::Document { document, product_id } => {
                    wanted.push(position, *document, *product_id);
                }
                ProductKey::Page { start, count } => {
                    answers[position] = Some(list(connection, *start, *count).await?);
                }
            }
        }
        if !wanted.positions.is_empty() {
            for (position, body) in find_many(connection, &wanted).await? {
                answers[position] = Some(ProductAnswer { body, surroundings: None });
            }
        }
        Ok(answers)
    }
}

/// Documents to be read together, in columns.
#[derive(Default)]
struct Wanted {
    positions: Vec<i32>,
    product_ids: Vec<i64>,
    names: Vec<&'static str>,
}

impl Wanted {
    fn push(&mut self, position: usize, document: Document, product_id: i64) {
        self.positions.push(i32::try_from(position).expect("a batch is small"));
        self.product_ids.push(product_id);
        self.names.push(document.name());
    }
}

/// The wanted documents of the products that exist, each with the position it was wanted at.
async fn find_many(connection: &mut PgConnection, wanted: &Wanted) -> sqlx::Result<Vec<(usize, String)>> {
    let rows = sqlx::query!(
        r#"
        select
            wanted.position as "position!",
            -- Only the branch taken is decompressed.
            case wanted.name
                when 'product' then left(d.summary, -1) || ',"features":' || d.features || '}'
                when 'styles' then d.styles
                else d.related
            end as "document!"
        from unnest($1::integer[], $2::bigint[], $3::text[]) as wanted (position, product_id, name)
        join product_documents d on d.product_id = wanted.product_id
        "#,
        &wanted.positions,
        &wanted.product_ids,
        &wanted.names as &[&str],
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (usize::try_from(row.position).unwrap_or_default(), row.document))
        .collect())
}

/// The page of at most `count` products that begins at `start`.
async fn list(connection: &mut PgConnection, start: Start, count: u64) -> sqlx::Result<ProductAnswer> {
    let (offset, after) = match start {
        Start::Offset(offset) => (Some(bigint(offset)), None),
        Start::After(id) => (None, Some(bigint(id))),
    };
    let row = sqlx::query!(
        r#"
        with
        -- A thousand counts are added up, instead of a million rows stepped over.
        buckets as (
            select
                bucket,
                products,
                (sum(products) over (order by bucket) - products)::bigint as before
            from product_counts
        ),
        first as (
            select product.id
            from buckets
            cross join lateral (
                select p.id
                from products p
                where p.id >= buckets.bucket * 1000
                order by p.id
                offset $1 - buckets.before
                limit 1
            ) product
            where buckets.before <= $1 and $1 < buckets.before + buckets.products
        ),
        page as (
            select
                d.product_id,
                d.summary
            from product_documents d
            where d.product_id > coalesce($2, (select first.id - 1 from first))
            order by d.product_id
            limit $3
        )
        select
            '[' || coalesce(string_agg(page.summary, ',' order by page.product_id), '') || ']' as "body!",
            max(page.product_id) as last_id,
            (select coalesce(sum(products), 0)::bigint from product_counts) as "total!",
            exists (
                select
                from product_documents d
                where d.product_id > (select max(page.product_id) from page)
            ) as "has_more!"
        from page
        "#,
        offset,
        after,
        bigint(count),
    )
    .fetch_one(connection)
    .await?;
    let surroundings = Surroundings {
        last_id: row.last_id,
        total: u64::try_from(row.total).unwrap_or_default(),
        has_more: row.has_more,
    };
    Ok(ProductAnswer { body: row.body, surroundings: Some(surroundings) })
}
