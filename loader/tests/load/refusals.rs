//! Loads that are refused before they start.

use crate::support::{DataSet, Database, run};

async fn refusal(database: &Database, set: &DataSet) -> String {
    let message = set.load(database).await.unwrap_err().to_string();
    message.replace(set.dir().to_str().unwrap(), "DIR")
}

#[tokio::test]
async fn the_error_names_a_missing_empty_or_wrong_file() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.write("skus.csv", b"");
    assert_eq!(
        refusal(&database, &set).await,
        "DIR/skus.csv, line 1: the file is empty; expected the header id,styleId,size,quantity"
    );
    set.write("skus.csv", b"id,size,quantity\n");
    assert_eq!(
        refusal(&database, &set).await,
        "DIR/skus.csv, line 1: unreadable header \"id,size,quantity\"; expected id,styleId,size,quantity"
    );
    set.remove("skus.csv");
    assert_eq!(refusal(&database, &set).await, "DIR/skus.csv: No such file or directory (os error 2)");
    assert_eq!(database.number("select count(*) from pg_namespace where nspname = 'loading'").await, 0);
}

#[tokio::test]
async fn files_that_belong_together_are_loaded_together_or_not_at_all() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.remove("answers_photos.csv");
    assert_eq!(
        refusal(&database, &set).await,
        "DIR/answers_photos.csv is missing, but questions.csv is present; questions.csv, answers.csv, answers_photos.csv are \
         loaded together or not at all"
    );
    set.remove("questions.csv");
    set.remove("answers.csv");
    set.remove("reviews.csv");
    assert!(
        refusal(&database, &set)
            .await
            .starts_with("DIR/reviews.csv is missing, but reviews_photos.csv is present; ")
    );
    for file in ["reviews_photos.csv", "characteristics.csv", "characteristic_reviews.csv"] {
        set.remove(file);
    }
    let loaded = set.load(&database).await.unwrap();
    assert_eq!(loaded.absent.len(), 8);
    assert_eq!(loaded.absent[..3], ["cart.csv", "questions.csv", "answers.csv"]);
}

#[tokio::test]
async fn an_unwritable_summary_fails_before_the_load() {
    let database = Database::create().await;
    let set = DataSet::small();
    let path = set.dir().join("missing/summary.json");
    let dir = set.dir();
    let failed = run(&database, &["load", dir.to_str().unwrap(), "--summary", path.to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(1));
    let output = String::from_utf8(failed.stderr).unwrap();
    assert!(
        output.starts_with("error: cannot write ") && output.contains("missing/summary.json"),
        "{output}"
    );
    assert_eq!(database.number("select count(*) from pg_class where relname = 'products'").await, 0);
}

#[tokio::test]
async fn a_database_that_holds_products_is_refused_before_anything_is_read() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    set.write("product.csv", b"damaged");
    assert_eq!(
        refusal(&database, &set).await,
        "the database already holds products; --replace replaces them"
    );
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    database.execute("insert into _sqlx_migrations values (9999, 'later', now(), true, '', 0)").await;
    assert_eq!(
        refusal(&database, &set).await,
        "the database is newer than this program: it does not know migration 9999"
    );
}

#[tokio::test]
async fn a_fill_leaves_a_newer_database_with_products_as_it_is() {
    let database = Database::create().await;
    DataSet::small().load(&database).await.unwrap();
    database.execute("insert into _sqlx_migrations values (9999, 'later', now(), true, '', 0)").await;
    let filled = run(&database, &["fill", "--products", "1"]);
    assert_eq!(
        String::from_utf8(filled.stdout).unwrap(),
        "The database already holds 2 products: nothing to do.\n"
    );
}

#[tokio::test]
async fn a_check_of_a_database_that_is_not_migrated_says_what_to_run() {
    let database = Database::create().await;
    let checked = run(&database, &["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let output = String::from_utf8(checked.stderr).unwrap();
    assert!(
        output.starts_with("error: the database is not migrated: ")
            && output.ends_with("run `atelier migrate`\n"),
        "{output}"
    );
}

#[tokio::test]
async fn the_error_names_a_dependent_view_before_the_load() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.load(&database).await.unwrap();
    database.execute("create view cheap as select from styles where sale_price < 10").await;
    let message = set.replace(&database).await.unwrap_err().to_string();
    assert_eq!(
        message,
        "view cheap depends on a table that is to be replaced; drop it, and create it again after the load"
    );
}

#[tokio::test]
async fn the_exit_code_is_1_for_a_failure_and_2_for_invalid_arguments() {
    let database = Database::create().await;
    let set = DataSet::small();
    set.remove("skus.csv");
    let failed = run(&database, &["load", set.dir().to_str().unwrap()]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(String::from_utf8(failed.stderr).unwrap().contains("skus.csv: No such file"));
    assert_eq!(run(&database, &["load"]).status.code(), Some(2));
    let url = "postgres://nobody:secret@127.0.0.1:1/none";
    let unreachable =
        run(&database, &["load", DataSet::small().dir().to_str().unwrap(), "--database-url", url]);
    assert_eq!(unreachable.status.code(), Some(1));
    assert!(!String::from_utf8(unreachable.stderr).unwrap().contains("secret"));
    for url in ["mysql://nobody:secret@localhost/none", "http://localhost/none", "none"] {
        let other = run(&database, &["check", "--database-url", url]);
        assert_eq!(other.status.code(), Some(2));
        let output = String::from_utf8(other.stderr).unwrap();
        assert!(output.contains("must be the URL of a PostgreSQL") && !output.contains("secret"), "{output}");
    }
    let unreadable = run(&database, &["check", "--database-url", "postgres://nobody:secret@host:port/none"]);
    assert_eq!(unreadable.status.code(), Some(2));
    assert!(!String::from_utf8(unreadable.stderr).unwrap().contains("secret"));
}
