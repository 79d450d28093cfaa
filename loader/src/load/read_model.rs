//! Fills the read model from the new base tables. What the loader knows of its schema stands here.

use super::catalogue::Definition;
use super::session::{STAGING, Workers};
use super::statements::{Statement, run_all};
use crate::database::{execute, product_ranges};
use crate::error::LoadError;
use crate::progress::Progress;

/// The tables of the read model.
pub(super) const TABLES: [&str; 2] = ["product_documents", "product_counts"];

/// Makes and fills the tables of the read model, `jobs` ranges of products at a time, and gives them their keys, but
/// no foreign keys. The base tables have to have their keys and statistics.
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
    let documents = ranges.into_iter().map(|(low, high)| Statement {
        // In numbers, not as parameters: the planner has to see how much of the tables a range is.
        sql: format!(
            "insert into {STAGING}.product_documents (product_id, summary, features, styles, related)
             select product_id, summary, features, styles, related from product_documents_between({low}, {high})"
        ),
        steps: share,
    });
    let task = progress.task("product documents", "products", products);
    run_all(workers, jobs, "making the documents of products", documents.collect(), task).await?;
    let counts = format!(
        "insert into {STAGING}.product_counts (bucket, products)
         select id / 1000, count(*) from {STAGING}.products group by 1 order by 1"
    );
    execute(&mut connection, counts).await.map_err(doing())?;
    for definition in definitions {
        for statement in &definition.complete {
            execute(&mut connection, &**statement).await.map_err(doing())?;
        }
        let analyze = format!("analyze {STAGING}.{}", definition.table);
        execute(&mut connection, analyze).await.map_err(doing())?;
    }
    Ok(())
}
