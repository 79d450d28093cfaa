//! The SQL that deletes carts which nobody touches.

use sqlx::PgConnection;

use crate::database::batch::Batch;

/// Deletes the oldest carts of which no item was touched for this number of days.
pub(super) struct DeleteExpiredCarts;

impl Batch for DeleteExpiredCarts {
    type Job = i32;
    type Output = u64;
    const NAME: &'static str = "delete_expired_carts";
    const IS_WRITE: bool = false;
    const MAX_JOBS: usize = 1;

    async fn run(connection: &mut PgConnection, days: &[i32]) -> sqlx::Result<Vec<u64>> {
        let deleted = sqlx::query!(
            r#"
            with
            expired as (
                select c.shopper
                from cart_items c
                where
                    c.touched_on < current_date - $1::integer
                    and not exists (
                        select
                        from cart_items other
                        where other.shopper = c.shopper and other.touched_on >= current_date - $1::integer
                        -- Keeps the planner from reading all other items for a join.
                        offset 0
                    )
                order by c.touched_on
                -- Carts, most of which have a few items.
                limit 500
            ),
            item as (
                select
                    c.shopper,
                    c.sku_id
                from cart_items c
                -- Again, for an item that was touched meanwhile.
                where c.shopper in (select shopper from expired) and c.touched_on < current_date - $1::integer
                -- A locked one is being touched, or deleted by another replica.
                for update skip locked
            )
            delete from cart_items c
            using item
            where c.shopper = item.shopper and c.sku_id = item.sku_id
            "#,
            days[0],
        )
        .execute(connection)
        .await?;
        Ok(vec![deleted.rows_affected()])
    }
}
