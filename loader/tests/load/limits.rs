//! A truncated or mostly damaged data set does not replace the live data.

use std::fs;

use loader::generate::{GenerateOptions, generate};
use loader::load::{Limits, LoadError, LoadOptions, load};
use loader::progress::Progress;

use crate::support::{DataSet, Database, REJECTS, run};

const HEADER: &str = "id,name,slogan,description,category,default_price";

/// A `product.csv` with this number of lines, of which the first `damaged` are rejected.
fn products(lines: usize, damaged: usize) -> Vec<u8> {
    let price = |id| if id <= damaged { "-1" } else { "1" };
    let lines: Vec<_> =
        (1..=lines).map(|id| format!("\n{id},\"a\",\"b\",\"c\",\"d\",{}", price(id))).collect();
    format!("{HEADER}{}", lines.concat()).into_bytes()
}

/// A set of products only.
fn only_products(lines: usize, damaged: usize) -> DataSet {
    let set = DataSet::small();
    for file in ["features.csv", "styles.csv", "photos.csv", "skus.csv", "related.csv"] {
        let content = fs::read(set.dir().join(file)).unwrap();
        set.write(file, content.split(|byte| *byte == b'\n').next().unwrap());
    }
    set.write("product.csv", &products(lines, damaged));
    set
}

#[tokio::test]
async fn a_truncated_file_does_not_replace_a_table() {
    let database = Database::create().await;
    let whole = DataSet::whole();
    whole.write("cart.csv", b"id,user_session,product_id,active\n1,abc,2,1\n2,abc,1,1");
    whole.load(&database).await.unwrap();
    let files: Vec<_> = whole.files().into_iter().filter(|(path, _)| path.starts_with(whole.dir())).collect();
    assert_eq!(files.len(), 14);
    let counts = "select string_agg(relname || ' ' ||
        (xpath('//count/text()', query_to_xml(format('select count(*) from %I', relname), false, false, '')))[1], ', ' order by relname)
        from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
    let before = database.texts(counts).await;
    for (path, content) in files {
        let lines: Vec<_> = content.split(|byte| *byte == b'\n').collect();
        for kept in [1, lines.len() / 2, lines.len() - 1] {
            fs::write(&path, lines[..kept.max(1)].join(&b'\n')).unwrap();
            let refused = whole.replace(&database).await.unwrap_err();
            let LoadError::Shrinks { path: named, live, loaded, .. } = &refused else { panic!("{refused}") };
            // Other files with rows of the missing products may be reported first.
            assert!(loaded < live && named.starts_with(whole.dir()), "{refused}");
        }
        fs::write(&path, content).unwrap();
    }
    assert_eq!(database.texts(counts).await, before);
    assert_eq!(run(&database, &["check"]).status.code(), Some(0));
    whole.replace(&database).await.unwrap();
}

#[tokio::test]
async fn a_table_shrinks_by_more_than_a_tenth_only_if_allowed() {
    let database = Database::create().await;
    only_products(300, 0).load(&database).await.unwrap();
    only_products(270, 0).replace(&database).await.unwrap();
    let set = only_products(242, 0);
    let refused = set.replace(&database).await.unwrap_err().to_string();
    assert_eq!(
        refused.replace(set.dir().to_str().unwrap(), "DIR"),
        "DIR/product.csv: the table products holds 270 rows and would hold 242, more than 10 % fewer; the live \
         data are unchanged. --allow-shrink accepts that"
    );
    assert_eq!(database.number("select count(*) from products").await, 270);
    let dir = set.dir();
    let loaded = run(&database, &["load", "--replace", "--allow-shrink", dir.to_str().unwrap()]);
    assert_eq!(loaded.status.code(), Some(0));
    assert_eq!(database.number("select count(*) from products").await, 242);
}

#[tokio::test]
async fn permission_to_drop_rows_is_not_permission_to_shrink() {
    let database = Database::create().await;
    DataSet::whole().load(&database).await.unwrap();
    let set = DataSet::small();
    let options = LoadOptions { replace: true, drop_written: true, ..set.options(&database) };
    let refused = load(&options, &Progress::hidden()).await.unwrap_err();
    assert!(matches!(refused, LoadError::Shrinks { loaded: 0, .. }), "{refused}");
    assert_eq!(database.number("select count(*) from reviews").await, 3);
}

#[tokio::test]
async fn a_file_with_too_many_rejected_lines_is_refused_with_its_rejects() {
    let database = Database::create().await;
    let set = only_products(10_000, 101);
    let refused = set.load(&database).await.unwrap_err().to_string();
    assert_eq!(
        refused.replace(set.path_beside("").to_str().unwrap(), ""),
        "data/product.csv: 101 of 10000 lines were rejected, more than 1 %; the live data are unchanged. The \
         lines are in rejects/product.csv; --max-rejected 2 would accept them"
    );
    assert_eq!(set.beside(format!("{REJECTS}/product.csv")).unwrap().lines().count(), 102);
    assert_eq!(database.number("select count(*) from products").await, 0);
    let accepted = Limits { max_rejected: Some(2), ..Limits::default() };
    assert_eq!(set.replace_within(&database, accepted).await.unwrap().files[0].rejected, 101);
}

#[tokio::test]
async fn few_rejects_are_accepted_unless_the_limit_is_zero() {
    let database = Database::create().await;
    only_products(10_000, 100).load(&database).await.unwrap();
    let few = only_products(100, 99);
    let none = Limits { max_rejected: Some(0), allow_shrink: true };
    let refused = few.replace_within(&database, none).await.unwrap_err().to_string();
    assert!(refused.contains("99 of 100 lines were rejected, more than 0 %"), "{refused}");
    few.replace_with_less(&database).await.unwrap();
    only_products(100, 0).replace(&database).await.unwrap();
    only_products(100, 0).replace_within(&database, none).await.unwrap();
}

#[tokio::test]
async fn the_damage_of_the_real_files_is_within_the_limits() {
    for products in [3, 500, 3_000] {
        let database = Database::create().await;
        let set = DataSet::small();
        fs::remove_dir_all(set.dir()).unwrap();
        let shop = GenerateOptions { products, seed: 1, clean: false, dir: set.dir() };
        generate(&shop, &Progress::hidden()).unwrap();
        set.load(&database).await.unwrap();
        set.replace(&database).await.unwrap();
    }
}
