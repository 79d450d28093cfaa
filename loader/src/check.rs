//! Compares the read model with the base tables that it is made of.

use std::fmt;

use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgConnection};

use crate::database::{connect, execute, product_ranges};
use crate::error::LoadError;
use crate::progress::Progress;
use crate::tables::TABLES;

/// As many differences as are told one by one.
const TOLD_DIFFERENCES: usize = 10;

/// What was found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Rows of each base table, and of the documents.
    pub tables: Vec<(&'static str, i64)>,
    /// How many documents and counts are not what they should be.
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

/// Compares all documents and counts with the base tables, as they stand at one moment: others may write meanwhile.
pub async fn check(database: &PgConnectOptions, progress: &Progress) -> Result<Checked, LoadError> {
    let settings =
        "set search_path = public; set statement_timeout = 0; set jit = off; set work_mem = '64MB'";
    let mut connection = connect(database, "atelier check", settings).await?;
    compare(&mut connection, progress).await.map_err(LoadError::doing("checking"))
}

async fn compare(connection: &mut PgConnection, progress: &Progress) -> sqlx::Result<Checked> {
    execute(connection, "begin isolation level repeatable read, read only").await?;
    let mut checked = Checked { tables: Vec::new(), differences: 0, told: Vec::new() };
    for table in TABLES.iter().map(|table| table.name).chain(["product_documents"]) {
        let count = AssertSqlSafe(format!("select count(*) from {table}"));
        checked.tables.push((table, sqlx::query_scalar(count).fetch_one(&mut *connection).await?));
    }
    let (ranges, products) = product_ranges(connection).await?;
    let share = products / ranges.len() as u64;
    let mut task = progress.task("product documents", "products", products);
    for (number, (low, high)) in (1..).zip(ranges) {
        for (product, difference) in different_documents(connection, low, high).await? {
            checked.add(format!("product {product}: its documents are {difference}"));
        }
        task.advance(share, share * number);
    }
    for (bucket, counted, expected) in different_counts(connection).await? {
        checked.add(format!(
            "products {bucket}000 to {bucket}999: counted as {counted}, and there are {expected}"
        ));
    }
    execute(connection, "commit").await?;
    Ok(checked)
}

async fn different_documents(
    connection: &mut PgConnection,
    low: i64,
    high: i64,
) -> sqlx::Result<Vec<(i64, String)>> {
    // In numbers, not as parameters: the planner has to see how much of the tables a range is.
    let sql = format!(
        "select
             product_id,
             case
                 when stored.summary is null then 'missing'
                 when made.summary is null then 'left over'
                 else 'not what they should be'
             end
         from (select * from product_documents where product_id between {low} and {high}) stored
         full join product_documents_between({low}, {high}) made using (product_id)
         where (stored.summary, stored.features, stored.styles, stored.related)
             is distinct from (made.summary, made.features, made.styles, made.related)
         order by product_id"
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
        writeln!(f, "{:20} {:>12}", "table", "rows")?;
        for (table, rows) in &self.tables {
            writeln!(f, "{table:20} {rows:>12}")?;
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
