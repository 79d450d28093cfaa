//! The SQL of products.

use sqlx::PgConnection;

use super::model::{Document, PageStart, ProductPage};
use crate::database::bodies::{BodyQuery, Bounded};
use crate::http::paging::bigint;

/// Finds documents of products; None where the product does not exist.
pub(super) struct FindDocuments;

impl BodyQuery for FindDocuments {
    type Job = (i64, Document);
    type Output = Option<String>;
    const NAME: &'static str = "find_product_documents";

    async fn run(
        connection: &mut PgConnection,
        jobs: &[(i64, Document)],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<Option<String>>> {
        let (ids, names): (Vec<i64>, Vec<&str>) =
            jobs.iter().map(|(product_id, document)| (*product_id, document.name())).unzip();
        sqlx::query_scalar!(
            r#"
            select
                -- Only the branch taken is decompressed. For its length it need not be.
                case job.name
                    when 'product' then
                        case when octet_length(d.features) > $3 then ''
                        else left(d.summary, -1) || ',"features":' || d.features || '}' end
                    when 'styles' then case when octet_length(d.styles) > $3 then '' else d.styles end
                    else case when octet_length(d.related) > $3 then '' else d.related end
                end as "document?"
            from unnest($1::bigint[], $2::text[]) with ordinality as job (product_id, name, position)
            left join product_documents d on d.product_id = job.product_id
            order by job.position
            "#,
            &ids,
            &names as &[&str],
            max_bytes,
        )
        .fetch_all(connection)
        .await
    }
}

/// A page of at most `limit` products.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListJob {
    pub(super) start: PageStart,
    pub(super) limit: i64,
}

/// Lists products: one page a query.
pub(super) struct ListProducts;

impl BodyQuery for ListProducts {
    type Job = ListJob;
    type Output = ProductPage;
    const NAME: &'static str = "list_products";
    const MAX_JOBS: usize = 1;

    fn results(job: &ListJob) -> u64 {
        job.limit.unsigned_abs()
    }

    async fn run(
        connection: &mut PgConnection,
        jobs: &[ListJob],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<ProductPage>> {
        let mut pages = Vec::with_capacity(jobs.len());
        for job in jobs {
            pages.push(list(connection, *job, max_bytes).await?);
        }
        Ok(pages)
    }
}

impl Bounded for ProductPage {
    fn exceeds_limit(&self) -> bool {
        self.body.exceeds_limit()
    }
}

async fn list(
    connection: &mut PgConnection,
    ListJob { start, limit }: ListJob,
    max_bytes: i32,
) -> sqlx::Result<ProductPage> {
    let (offset, after) = match start {
        PageStart::Offset(offset) => (Some(offset), None),
        PageStart::After(id) => (None, Some(bigint(id))),
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
            case when sum(octet_length(page.summary)) > $4 then '' else
                '[' || coalesce(string_agg(page.summary, ',' order by page.product_id), '') || ']'
            end as "body!",
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
        limit,
        i64::from(max_bytes),
    )
    .fetch_one(connection)
    .await?;
    let total = row.total.unsigned_abs();
    Ok(ProductPage { body: row.body, last_id: row.last_id, total, has_more: row.has_more })
}
