//! `loader fill` on databases without and with products.

use crate::support::{DataSet, Database, run};

const PRODUCTS: &str = "select count(*) from products";

/// Runs `loader fill` with the data set's directory for its files, and returns the standard output.
fn fill(database: &Database, set: &DataSet, arguments: &[&str]) -> String {
    let work = set.path_beside("work");
    let output = run(database, &[&["fill", "--work", work.to_str().unwrap()], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn an_unmigrated_database_is_migrated_and_filled_with_a_generated_shop() {
    let (database, set) = (Database::create().await, DataSet::small());
    // A killed fill has left this.
    std::fs::create_dir_all(set.path_beside("work/atelier-filling.part/data")).unwrap();

    fill(&database, &set, &["--products", "20"]);

    assert_eq!(database.number(PRODUCTS).await, 20);
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
    assert_eq!(set.path_beside("work").read_dir().unwrap().count(), 0, "the generated files are removed");
}

#[tokio::test]
async fn files_are_loaded_once_and_their_rejects_are_kept() {
    let (database, set) = (Database::create().await, DataSet::small());
    set.write("related.csv", b"id,current_product_id,related_product_id\n1,1,2\n2,1,9");
    let dir = set.dir();
    let from = ["--from", dir.to_str().unwrap()];

    fill(&database, &set, &from);

    assert_eq!(database.number(PRODUCTS).await, 2);
    assert!(set.beside("work/rejects/related.csv").unwrap().contains("\n3,"));
    let output = fill(&database, &set, &["--products", "20"]);
    assert_eq!(output, "The database already holds 2 products: nothing to do.\n");
    assert_eq!(database.number(PRODUCTS).await, 2);
}

#[tokio::test]
async fn a_limit_of_rejected_lines_applies_to_the_files() {
    let (database, set) = (Database::create().await, DataSet::small());
    set.write("related.csv", b"id,current_product_id,related_product_id\n1,1,2\n2,1,9");
    let (dir, work) = (set.dir(), set.path_beside("work"));

    let arguments = ["fill", "--max-rejected", "0", "--from", dir.to_str().unwrap(), "--work"];
    let output = run(&database, &[&arguments, &[work.to_str().unwrap()][..]].concat());

    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("1 of 2 lines were rejected, more than 0 %"), "{error}");
    assert_eq!(database.number(PRODUCTS).await, 0);
}
