//! Compares the read model, ready documents and totals, with the base tables that it is made of.

use std::fmt;

use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::{connect, execute, product_ranges};
use crate::derived::{DERIVED, Derived, PRODUCT_COUNTS};
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::TABLES;

/// Tables that are neither loaded nor derived: what shoppers leave behind.
const OTHER_TABLES: [&str; 3] = ["cart_items", "interactions", "idempotency_keys"];

/// As many differences as are told one by one.
const TOLD_DIFFERENCES: usize = 10;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Rows of each table.
    pub tables: Vec<(&'static str, i64)>,
    /// How many rows of the read model are not what they should be.
    pub differences: u64,
    /// The first of them.
    pub told: Vec<String>,
}

impl Checked {
    /// Whether the read model is true to the base tables.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.differences == 0
    }

    fn add(&mut self, difference: String) {
        self.differences += 1;
        if self.told.len() < TOLD_DIFFERENCES {
            self.told.push(difference);
        }
    }
}

/// Compares all of the read model with the base tables, as they stand at one moment: others may write meanwhile.
pub async fn check(database: &PgConnectOptions, progress: &Progress) -> Result<Checked, LoadError> {
    let settings =
        "set search_path = public; set statement_timeout = 0; set jit = off; set work_mem = '64MB'";
    let mut connection = connect(database, "atelier check", settings).await?;
    compare(&mut connection, progress).await.map_err(LoadError::doing("checking"))
}

async fn compare(connection: &mut PgConnection, progress: &Progress) -> sqlx::Result<Checked> {
    execute(connection, "begin isolation level repeatable read, read only").await?;
    let mut checked = Checked { tables: Vec::new(), differences: 0, told: Vec::new() };
    let derived = DERIVED.iter().map(|derived| derived.table).chain([PRODUCT_COUNTS]);
    for table in TABLES.iter().map(|table| table.name).chain(derived).chain(OTHER_TABLES) {
        let count = AssertSqlSafe(format!("select count(*) from {table}"));
        checked.tables.push((table, sqlx::query_scalar(count).fetch_one(&mut *connection).await?));
    }
    let (ranges, products) = product_ranges(connection).await?;
    let share = products / ranges.len() as u64;
    let mut task = progress.task("read model", "products", products);
    for (number, (low, high)) in (1..).zip(ranges) {
        for derived in DERIVED {
            for (key, difference) in differences(connection, derived, low, high).await? {
                checked.add(format!("{key}: its {} are {difference}", derived.called));
            }
        }
        task.advance(share, share * number);
    }
    task.finish();
    for (bucket, counted, expected) in different_counts(connection).await? {
        checked.add(format!(
            "products {bucket}000 to {bucket}999: counted as {counted}, and there are {expected}"
        ));
    }
    execute(connection, "commit").await?;
    Ok(checked)
}

/// What differs, by its key in words, of the products with ids from `low` to `high`.
async fn differences(
    connection: &mut PgConnection,
    derived: &Derived,
    low: i64,
    high: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    let Derived { table, key, values, nothing, .. } = derived;
    let made = derived.made_between(low, high);
    let key = key.join(", ");
    let called: Vec<_> =
        derived.key.iter().map(|name| format!("{} %s", name.trim_end_matches("_id"))).collect();
    let called = called.join(", ");
    let value = values[0];
    let of = |side| {
        let values = values.iter().map(|value| format!("coalesce({side}.{value}, {nothing})"));
        values.collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "select
             format('{called}', {key}),
             case
                 when stored.{value} is null then 'missing'
                 when made.{value} is null then 'left over'
                 else 'not what they should be'
             end
         from (select * from {table} where product_id between {low} and {high}) stored
         full join {made} made using ({key})
         where ({}) is distinct from ({})
         order by {key}",
        of("stored"),
        of("made"),
    );
    sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(connection).await
}

async fn different_counts(connection: &mut PgConnection) -> sqlx::Result<Vec<(i64, i64, i64)>> {
    sqlx::query_as(
        "select bucket, coalesce(stored.products, 0), coalesce(counted.products, 0)
         from product_counts stored
         full join (select id / 1000 as bucket, count(*) as products from products group by 1) counted using (bucket)
         where coalesce(stored.products, 0) <> coalesce(counted.products, 0)
         order by bucket",
    )
    .fetch_all(connection)
    .await
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:26} {:>12}", "table", "rows")?;
        for (table, rows) in &self.tables {
            writeln!(f, "{table:26} {rows:>12}")?;
        }
        for difference in &self.told {
            writeln!(f, "{difference}")?;
        }
        match self.differences {
            0 => write!(f, "The read model is true to the base tables."),
            count => write!(f, "The read model differs from the base tables in {count} places."),
        }
    }
}
