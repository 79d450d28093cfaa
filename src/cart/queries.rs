//! The SQL of carts.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::model::{CartLine, NewUnit};
use crate::database::batches::Batch;
use crate::database::creation::{Created, Creation};
use crate::http::shopper::Shopper;

/// The carts of many shoppers in one query.
pub(super) struct CartReads;

impl Batch for CartReads {
    type Job = Shopper;
    type Answer = Vec<CartLine>;
    const IS_REPEATABLE: bool = true;

    async fn run(connection: &mut PgConnection, shoppers: &[Shopper]) -> sqlx::Result<Vec<Vec<CartLine>>> {
        let ids: Vec<&[u8]> = shoppers.iter().map(|shopper| shopper.id().as_slice()).collect();
        let rows = sqlx::query!(
            r#"
            select
                wanted.position as "position!",
                c.sku_id,
                c.units
            from unnest($1::bytea[]) with ordinality as wanted (shopper, position)
            join cart_items c on c.shopper = wanted.shopper
            order by wanted.position, c.sku_id
            "#,
            &ids as &[&[u8]],
        )
        .fetch_all(connection)
        .await?;
        let mut carts = vec![Vec::new(); shoppers.len()];
        for row in rows {
            let position = usize::try_from(row.position - 1).unwrap_or_default();
            carts[position].push(CartLine::new(row.sku_id, row.units));
        }
        Ok(carts)
    }
}

/// Units that are put into carts by one statement: each is answered with its line as it is then, as if they had come one
/// after the other, and None where there is no such sku.
pub(super) struct UnitAdds;

impl Batch for UnitAdds {
    type Job = NewUnit;
    type Answer = Option<CartLine>;
    const IS_REPEATABLE: bool = false;
    const LIMIT: usize = 256;

    async fn run(connection: &mut PgConnection, units: &[NewUnit]) -> sqlx::Result<Vec<Option<CartLine>>> {
        let mut counts = match add(connection, units).await {
            // A sku went while it was added. All of the batch was undone; now that it is gone, the others can be done.
            Err(err) if is_missing_sku(&err) => add(connection, units).await?,
            counts => counts?,
        };
        let mut lines: Vec<_> = units
            .iter()
            .rev()
            .map(|unit| {
                let count = counts.get_mut(&(unit.shopper.id().to_vec(), unit.sku_id))?;
                *count -= 1;
                Some(CartLine::new(unit.sku_id, *count + 1))
            })
            .collect();
        lines.reverse();
        Ok(lines)
    }
}

/// Adds these units, and returns how many there are now of each sku that exists.
async fn add(connection: &mut PgConnection, units: &[NewUnit]) -> sqlx::Result<HashMap<(Vec<u8>, i64), i64>> {
    let shoppers: Vec<&[u8]> = units.iter().map(|unit| unit.shopper.id().as_slice()).collect();
    let sku_ids: Vec<i64> = units.iter().map(|unit| unit.sku_id).collect();
    let rows = sqlx::query!(
        r#"
        with wanted as (
            select
                unit.shopper,
                unit.sku_id,
                count(*) as units
            from unnest($1::bytea[], $2::bigint[]) as unit (shopper, sku_id)
            group by unit.shopper, unit.sku_id
        )
        insert into cart_items (shopper, sku_id, units)
        select
            w.shopper,
            w.sku_id,
            w.units
        from wanted w
        join skus s on s.id = w.sku_id
        -- All servers lock the lines in this order, so that no two wait for each other.
        order by w.shopper, w.sku_id
        on conflict on constraint cart_items_pkey do update
        set units = cart_items.units + excluded.units
        returning
            shopper,
            sku_id,
            units
        "#,
        &shoppers as &[&[u8]],
        &sku_ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.shopper, row.sku_id), row.units)).collect())
}

fn is_missing_sku(err: &sqlx::Error) -> bool {
    err.as_database_error().and_then(|err| err.constraint()) == Some("cart_items_sku_fkey")
}

impl Creation for NewUnit {
    async fn create(&self, transaction: &mut PgConnection) -> sqlx::Result<Created> {
        let units = sqlx::query_scalar!(
            r#"
            insert into cart_items (shopper, sku_id, units)
            values ($1, $2, 1)
            on conflict on constraint cart_items_pkey do update
            set units = cart_items.units + 1
            returning units
            "#,
            self.shopper.id(),
            self.sku_id,
        )
        .fetch_one(transaction)
        .await?;
        Ok(CartLine::new(self.sku_id, units).created())
    }
}
