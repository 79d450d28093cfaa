//! Fills the derived tables from the new base tables.

use super::catalogue::TableDefinition;
use super::session::{STAGING, Workers};
use super::statements::{Step, run_all};
use crate::database::{DatabaseError, execute};
use crate::derived_tables::{DERIVED_TABLES, DerivedTable, PRODUCT_COUNTS, product_ranges};
use crate::progress::Progress;

/// The names of all derived tables.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    DERIVED_TABLES.iter().map(|derived| derived.table).chain([PRODUCT_COUNTS])
}

/// Creates and fills the derived tables, `jobs` ranges of products at a time, and adds their keys. The base tables must
/// have their keys, and statistics.
pub(super) async fn fill(
    workers: &Workers,
    definitions: &[TableDefinition],
    jobs: usize,
    progress: &Progress,
) -> Result<(), DatabaseError> {
    let during = || DatabaseError::during("filling the read model");
    let mut connection = workers.connect_to_staging().await?;
    for definition in definitions {
        execute(&mut connection, &*definition.create).await.map_err(during())?;
    }
    let (ranges, products) = product_ranges(&mut connection).await.map_err(during())?;
    let share = products / ranges.len() as u64;
    let steps =
        ranges.into_iter().map(|(low, high)| Step { statements: fill_between(low, high), size: share });
    let task = progress.task("read model", "products", products);
    run_all(workers, jobs, "filling the read model", steps.collect(), task).await?;
    let counts = format!(
        "insert into {STAGING}.{PRODUCT_COUNTS} (bucket, products)
         select id / 1000, count(*) from {STAGING}.products group by 1 order by 1"
    );
    execute(&mut connection, counts).await.map_err(during())?;
    let steps = definitions.iter().map(|definition| Step { statements: complete(definition), size: 1 });
    let task = progress.task("keys of the read model", "tables", definitions.len() as u64);
    run_all(workers, jobs, "adding the keys of the read model", steps.collect(), task).await
}

/// One statement per derived table.
fn fill_between(low: i64, high: i64) -> Vec<String> {
    let fill = |derived: &DerivedTable| {
        let (table, columns) = (derived.table, derived.columns());
        let rows = derived.computed_between(low, high);
        format!("insert into {STAGING}.{table} ({columns}) select {columns} from {rows}")
    };
    DERIVED_TABLES.iter().map(fill).collect()
}

/// The statements that complete a filled table.
fn complete(definition: &TableDefinition) -> Vec<String> {
    let TableDefinition { table, complete, foreign_keys, validations, .. } = definition.clone();
    let analyze = format!("analyze {STAGING}.{table}");
    complete.into_iter().chain([analyze]).chain(foreign_keys).chain(validations).collect()
}
