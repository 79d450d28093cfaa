//! The SQL of carts.

use sqlx::PgConnection;

use super::model::NewUnit;
use crate::database::batch::Batch;
use crate::database::bodies::BodyQuery;
use crate::database::idempotency::{Created, Creation};
use crate::http::shopper::Shopper;

/// Foreign key of a cart's items: the sku does not exist.
pub(super) const UNKNOWN_SKU: &str = "cart_items_sku_fkey";

/// Lists the items of carts.
pub(super) struct ListCartItems;

impl BodyQuery for ListCartItems {
    type Job = Shopper;
    type Output = String;
    const NAME: &'static str = "list_cart_items";

    async fn run(
        connection: &mut PgConnection,
        shoppers: &[Shopper],
        max_bytes: i32,
    ) -> sqlx::Result<Vec<String>> {
        let ids: Vec<&[u8]> = shoppers.iter().map(|shopper| shopper.id().as_slice()).collect();
        sqlx::query_scalar!(
            r#"
            select
                case when octet_length(cart.items) > $2 then '' else
                    '[' || coalesce(cart.items, '') || ']'
                end as "body!"
            from unnest($1::bytea[]) with ordinality as job (shopper, position)
            cross join lateral (
                select
                    string_agg(
                        '{"sku_id":' || c.sku_id || ',"count":"' || c.units || '"}',
                        ',' order by c.sku_id
                    ) as items
                from cart_items c
                where c.shopper = job.shopper
            ) cart
            order by job.position
            "#,
            &ids as &[&[u8]],
            max_bytes,
        )
        .fetch_all(connection)
        .await
    }
}

/// Adds units to carts by one statement. The output is the item with its count as if the units had come one after the
/// other; None where the sku does not exist.
pub(super) struct AddUnits;

impl Batch for AddUnits {
    type Job = NewUnit;
    type Output = Option<String>;
    const NAME: &'static str = "add_cart_units";
    const MAX_JOBS: usize = 256;
    const IS_WRITE: bool = true;

    fn locks(unit: &NewUnit) -> Option<i64> {
        Some(unit.shopper.number())
    }

    async fn run(connection: &mut PgConnection, units: &[NewUnit]) -> sqlx::Result<Vec<Option<String>>> {
        match add(connection, units).await {
            // A sku was deleted meanwhile, and the whole batch is undone. Without that sku, the others can be added.
            Err(err) if is_unknown_sku(&err) => add(connection, units).await,
            items => items,
        }
    }
}

async fn add(connection: &mut PgConnection, units: &[NewUnit]) -> sqlx::Result<Vec<Option<String>>> {
    let shoppers: Vec<&[u8]> = units.iter().map(|unit| unit.shopper.id().as_slice()).collect();
    let sku_ids: Vec<i64> = units.iter().map(|unit| unit.sku_id).collect();
    sqlx::query_scalar!(
        r#"
        with
        job as (
            select
                unit.shopper,
                unit.sku_id,
                unit.position
            from unnest($1::bytea[], $2::bigint[]) with ordinality as unit (shopper, sku_id, position)
        ),
        added as (
            insert into cart_items (shopper, sku_id, units)
            select
                job.shopper,
                job.sku_id,
                count(*)
            from job
            join skus s on s.id = job.sku_id
            group by job.shopper, job.sku_id
            -- Every replica locks items in this order, so that concurrent statements can't deadlock.
            order by job.shopper, job.sku_id
            on conflict on constraint cart_items_pkey do update
            set units = cart_items.units + excluded.units,
                touched_on = excluded.touched_on
            returning
                shopper,
                sku_id,
                units
        )
        select
            '{"sku_id":' || added.sku_id
            || ',"count":"'
            -- Without the units that come after this one.
            || (added.units + 1 - row_number() over (
                partition by job.shopper, job.sku_id
                order by job.position desc
            ))
            || '"}' as "item?"
        from job
        left join added on added.shopper = job.shopper and added.sku_id = job.sku_id
        order by job.position
        "#,
        &shoppers as &[&[u8]],
        &sku_ids,
    )
    .fetch_all(connection)
    .await
}

fn is_unknown_sku(err: &sqlx::Error) -> bool {
    err.as_database_error().and_then(|err| err.constraint()) == Some(UNKNOWN_SKU)
}

impl Creation for NewUnit {
    type Ids = [i64; 0];
    const NAME: &'static str = "add_cart_unit_idempotently";

    fn locks(&self) -> Option<i64> {
        Some(self.shopper.number())
    }

    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created<[i64; 0]>> {
        let body = sqlx::query_scalar!(
            r#"
            insert into cart_items (shopper, sku_id, units)
            values ($1, $2, 1)
            on conflict on constraint cart_items_pkey do update
            set units = cart_items.units + 1,
                touched_on = excluded.touched_on
            returning '{"sku_id":' || sku_id || ',"count":"' || units || '"}' as "item!"
            "#,
            self.shopper.id(),
            self.sku_id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(Created { ids: [], body })
    }
}
