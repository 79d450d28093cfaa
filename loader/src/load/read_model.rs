//! Fills what follows from the new base tables.

use super::catalogue::Definition;
use super::session::{STAGING, Workers};
use super::statements::{Step, run_all};
use crate::database::{execute, product_ranges};
use crate::derived::{DERIVED, Derived, PRODUCT_COUNTS};
use crate::error::LoadError;
use crate::progress::Progress;

/// The tables of the read model.
pub(super) fn tables() -> impl Iterator<Item = &'static str> {
    DERIVED.iter().map(|derived| derived.table).chain([PRODUCT_COUNTS])
}

/// Makes and fills the tables of the read model, `jobs` ranges of products at a time, and gives them their keys.
/// The base tables have to have theirs, and statistics.
pub(super) async fn fill(
    workers: &Workers,
    definitions: &[Definition],
    jobs: usize,
    progress: &Progress,
) -> Result<(), LoadError> {
    let doing = || LoadError::doing("making the read model");
    let mut connection = workers.filler().await?;
    for definition in definitions {
        execute(&mut connection, &*definition.create).await.map_err(doing())?;
    }
    let (ranges, products) = product_ranges(&mut connection).await.map_err(doing())?;
    let share = products / ranges.len() as u64;
    let steps =
        ranges.into_iter().map(|(low, high)| Step { statements: fill_between(low, high), size: share });
    let task = progress.task("read model", "products", products);
    run_all(workers, jobs, "making the read model", steps.collect(), task).await?;
    let counts = format!(
        "insert into {STAGING}.{PRODUCT_COUNTS} (bucket, products)
         select id / 1000, count(*) from {STAGING}.products group by 1 order by 1"
    );
    execute(&mut connection, counts).await.map_err(doing())?;
    let steps = definitions.iter().map(|definition| Step { statements: complete(definition), size: 1 });
    let task = progress.task("keys of the read model", "tables", definitions.len() as u64);
    run_all(workers, jobs, "making the keys of the read model", steps.collect(), task).await
}

/// A statement a table.
fn fill_between(low: i64, high: i64) -> Vec<String> {
    let fill = |derived: &Derived| {
        let (table, columns, made) = (derived.table, derived.columns(), derived.made_between(low, high));
        format!("insert into {STAGING}.{table} ({columns}) select {columns} from {made}")
    };
    DERIVED.iter().map(fill).collect()
}

/// All that a table has beside columns.
fn complete(definition: &Definition) -> Vec<String> {
    let Definition { table, complete, references, verify, .. } = definition.clone();
    let analyze = format!("analyze {STAGING}.{table}");
    complete.into_iter().chain([analyze]).chain(references).chain(verify).collect()
}
