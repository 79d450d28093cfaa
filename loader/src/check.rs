//! `loader check`: compares the derived tables with the base tables.

use std::fmt;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::{DatabaseError, check_schema, connect, execute};
use crate::derived_tables::{DERIVED_TABLES, DerivedTable, PRODUCT_COUNTS, product_ranges};
use crate::progress::Progress;
use crate::tables::TABLES;

/// Tables that are neither loaded nor derived: shoppers' data.
const OTHER_TABLES: [&str; 3] = ["cart_items", "interactions", "idempotency_keys"];

/// The number of differences that a report lists.
const MAX_LISTED_DIFFERENCES: usize = 10;

/// The result of a check.
#[derive(Debug)]
pub struct CheckReport {
    /// The number of rows of each table.
    pub tables: Vec<(&'static str, i64)>,
    /// The number of derived rows that differ from the base tables.
    pub differences: u64,
    /// The first differences, in words.
    pub listed: Vec<String>,
}

impl CheckReport {
    /// Whether all derived rows match the base tables.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.differences == 0
    }

    fn add(&mut self, difference: String) {
        self.differences += 1;
        if self.listed.len() < MAX_LISTED_DIFFERENCES {
            self.listed.push(difference);
        }
    }
}

/// Compares all derived tables with the base tables in one snapshot of the database; writes may go on meanwhile.
pub async fn check(database: &PgConnectOptions, progress: &Progress) -> Result<CheckReport, DatabaseError> {
    let settings =
        "set search_path = public; set statement_timeout = 0; set jit = off; set work_mem = '64MB'";
    let mut connection = connect(database, "atelier check", settings).await?;
    check_schema(&mut connection).await?;
    compare(&mut connection, progress).await.map_err(DatabaseError::during("checking"))
}

async fn compare(connection: &mut PgConnection, progress: &Progress) -> sqlx::Result<CheckReport> {
    execute(connection, "begin isolation level repeatable read, read only").await?;
    let mut report = CheckReport { tables: Vec::new(), differences: 0, listed: Vec::new() };
    let derived = DERIVED_TABLES.iter().map(|derived| derived.table).chain([PRODUCT_COUNTS]);
    for table in TABLES.iter().map(|table| table.name).chain(derived).chain(OTHER_TABLES) {
        let count = AssertSqlSafe(format!("select count(*) from {table}"));
        report.tables.push((table, sqlx::query_scalar(count).fetch_one(&mut *connection).await?));
    }
    let (ranges, products) = product_ranges(connection).await?;
    let share = products / ranges.len() as u64;
    let mut task = progress.task("read model", "products", products);
    for (number, (low, high)) in (1..).zip(ranges) {
        for derived in DERIVED_TABLES {
            for (key, difference) in differences(connection, derived, low, high).await? {
                report.add(format!("{key}: its {} are {difference}", derived.label));
            }
        }
        task.advance(share, share * number);
    }
    task.finish();
    for (bucket, stored, counted) in different_counts(connection).await? {
        report.add(format!(
            "products {bucket}000 to {bucket}999: {PRODUCT_COUNTS} has {stored}, and there are {counted}"
        ));
    }
    execute(connection, "commit").await?;
    Ok(report)
}

/// The rows that differ, of the products with ids from `low` to `high`: the key in words, and the difference.
async fn differences(
    connection: &mut PgConnection,
    derived: &DerivedTable,
    low: i64,
    high: i64,
) -> sqlx::Result<Vec<(String, String)>> {
    let DerivedTable { table, key, values, default, .. } = derived;
    let computed = derived.computed_between(low, high);
    let key = key.join(", ");
    let key_format: Vec<_> =
        derived.key.iter().map(|name| format!("{} %s", name.trim_end_matches("_id"))).collect();
    let key_format = key_format.join(", ");
    let value = values[0];
    let values_of = |side| {
        let values = values.iter().map(|value| format!("coalesce({side}.{value}, {default})"));
        values.collect::<Vec<_>>().join(", ")
    };
    let sql = format!(
        "select
             format('{key_format}', {key}),
             case
                 when stored.{value} is null then 'missing'
                 when computed.{value} is null then 'left over'
                 else 'wrong'
             end
         from (select * from {table} where product_id between {low} and {high}) stored
         full join {computed} computed using ({key})
         where ({}) is distinct from ({})
         order by {key}",
        values_of("stored"),
        values_of("computed"),
    );
    sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(connection).await
}

/// The buckets whose count differs: the bucket, the stored count, the number of products.
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

impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:26} {:>12}", "table", "rows")?;
        for (table, rows) in &self.tables {
            writeln!(f, "{table:26} {rows:>12}")?;
        }
        for difference in &self.listed {
            writeln!(f, "{difference}")?;
        }
        match self.differences {
            0 => write!(f, "The read model matches the base tables."),
            count => write!(f, "The read model differs from the base tables in {count} places."),
        }
    }
}
