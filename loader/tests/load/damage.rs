//! What becomes of damaged lines.

use crate::support::{DataSet, Database, REJECTS, REPAIRS};

#[tokio::test]
async fn repaired_lines_are_rows_and_rejected_lines_stand_in_a_file_of_their_own() {
    let database = Database::create("damaged_lines").await;
    let set = DataSet::small();
    set.write(
        "photos.csv",
        b"\xEF\xBB\xBFid,styleId,url,thumbnail_url\r\n1,1,\"https://a,\"https://b\"\r\n\r\n2,7,\"https://c\",\"https://d\"\r\n\
          3,2,\"https://\xFF\",\"https://e\"\r\n1,2,\"https://f\",\"https://g\"\r\n4,2,\"https://h\",\"https://i\"\r\n",
    );
    set.write("skus.csv", b"id, styleId, size, quantity\n355,1,\"11\", 11\n356,1,\"7, 8\n357,1,\"\0\",8");
    set.write("related.csv", b"id,current_product_id,related_product_id\n1,1,0\n2,1,3\n3,2,2\n4,2,2");

    let loaded = set.load(&database).await.unwrap();

    let figures = |file| {
        let found = loaded.files.iter().find(|found| found.file == file).unwrap();
        (found.lines, found.loaded, found.repaired, found.rejected)
    };
    assert_eq!(figures("photos.csv"), (6, 2, 1, 4));
    assert_eq!(figures("skus.csv"), (3, 2, 2, 1));
    assert_eq!(figures("related.csv"), (4, 2, 0, 2));
    let mut repairs: Vec<_> = set.beside(REPAIRS).unwrap().lines().map(str::to_owned).collect();
    repairs[1..].sort_unstable();
    assert_eq!(
        repairs,
        [
            "file,line,before,after",
            r#"photos.csv,2,"1,1,""https://a,""https://b""","1,1,""https://a"",""https://b""""#,
            r#"skus.csv,1,"id, styleId, size, quantity","id,styleId,size,quantity""#,
            r#"skus.csv,2,"355,1,""11"", 11","355,1,""11"",11""#,
            r#"skus.csv,3,"356,1,""7, 8","356,1,""7"",8""#,
        ]
    );
    let rejects = |file| set.beside(format!("{REJECTS}/{file}")).unwrap();
    assert_eq!(
        rejects("photos.csv"),
        "line,reason,id,styleId,url,thumbnail_url\n\
         3,\"expected 4 cells, found 1\",\n\
         4,\"styleId 7 is not among the rows loaded from styles.csv\",2,7,\"https://c\",\"https://d\"\n\
         5,\"not valid UTF-8\",3,2,\"https://\u{FFFD}\",\"https://e\"\n\
         6,\"a row with id 1 was loaded before\",1,2,\"https://f\",\"https://g\"\n"
    );
    assert_eq!(
        rejects("skus.csv"),
        "line,reason,id, styleId, size, quantity\n4,\"holds a NUL byte\",357,1,\"\0\",8\n"
    );
    assert_eq!(
        rejects("related.csv"),
        "line,reason,id,current_product_id,related_product_id\n\
         2,\"related_product_id is not a whole number from 1 to 9223372036854775807\",1,1,0\n\
         3,\"related_product_id 3 is not among the rows loaded from product.csv\",2,1,3\n"
    );
    let photos = "select format('%s %s %s %s', product_id, style_id, id, url) from photos order by id";
    assert_eq!(database.texts(photos).await, ["1 1 1 https://a", "1 2 4 https://h"]);
}

#[tokio::test]
async fn what_belongs_to_a_rejected_row_is_rejected_too() {
    let database = Database::create("rejected_parents").await;
    let set = DataSet::small();
    set.write(
        "product.csv",
        b"id,name,slogan,description,category,default_price\n1,\"a\",\"b\",\"c\",\"d\",-1\n",
    );

    let loaded = set.load(&database).await.unwrap();

    assert!(loaded.files.iter().all(|file| file.loaded == 0 && file.rejected == file.lines));
    assert_eq!(database.number("select count(*) from product_documents").await, 0);
}

#[tokio::test]
async fn files_of_an_earlier_load_are_removed_and_none_are_made_without_need() {
    let database = Database::create("earlier_files").await;
    let set = DataSet::small();
    set.write("related.csv", b"id, current_product_id,related_product_id\n1,1,0");
    set.load(&database).await.unwrap();
    assert!(set.beside(REPAIRS).is_some() && set.beside(format!("{REJECTS}/related.csv")).is_some());

    DataSet::small().replace(&database).await.unwrap();
    set.write("related.csv", b"id,current_product_id,related_product_id\n");
    let loaded = set.replace(&database).await.unwrap();

    assert_eq!((set.beside(REPAIRS), set.beside(format!("{REJECTS}/related.csv"))), (None, None));
    assert!(loaded.repairs.is_none() && loaded.files.iter().all(|file| file.rejects.is_none()));
}

#[tokio::test]
async fn text_arrives_to_the_byte() {
    let database = Database::create("text").await;
    let set = DataSet::small();
    set.write(
        "product.csv",
        "id,name,slogan,description,category,default_price\n1,\" a  b \",\"\\N\",\"\t\r\\t\",\"\"\"é, 😀\"\"\",0.50\n2,\"\",\"null\",,x,7"
            .as_bytes(),
    );
    set.load(&database).await.unwrap();

    let products =
        "select concat_ws('|', name, slogan, description, category, default_price) from products order by id";
    assert_eq!(database.texts(products).await, [" a  b |\\N|\t\r\\t|\"é, 😀\"|0.50", "|null||x|7.00"]);
}
