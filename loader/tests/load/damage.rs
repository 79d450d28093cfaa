//! Damaged lines: repairs and rejects.

use crate::support::{DataSet, Database, REJECTS, REPAIRS};

#[tokio::test]
async fn repaired_lines_are_loaded_and_rejected_lines_are_in_the_file_of_rejects() {
    let database = Database::create().await;
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
async fn rows_inherit_the_owners_of_their_owner() {
    let database = Database::create().await;
    let loaded = DataSet::whole().load(&database).await.unwrap();
    assert!(loaded.files.iter().all(|file| file.rejected == 0 && file.repaired == 0));
    let answers =
        "select format('%s %s %s %s', product_id, question_id, id, helpfulness) from answers order by id";
    assert_eq!(database.texts(answers).await, ["2 2 7 0", "1 1 8 8"]);
    let photos =
        "select format('%s %s %s %s', product_id, question_id, answer_id, id) from answer_photos order by id";
    assert_eq!(database.texts(photos).await, ["1 1 8 1", "2 2 7 2"]);
    let photos = "select format('%s %s %s', product_id, review_id, id) from review_photos";
    assert_eq!(database.texts(photos).await, ["2 3 1"]);
    let ratings =
        "select format('%s %s %s', product_id, review_id, value) from characteristic_ratings order by id";
    assert_eq!(database.texts(ratings).await, ["1 1 4", "1 1 3", "1 2 5", "2 3 2"]);
    let reviews =
        "select concat_ws('|', id, iso_time(written_at), rating, recommend, is_reported, coalesce(response, '-'), relevance)
         from reviews order by id";
    assert_eq!(
        database.texts(reviews).await,
        [
            "1|2020-07-30T03:41:21.467Z|5|t|f|-|1617118449467",
            "2|2021-01-09T07:47:13.963Z|4|f|f|null|1615437925963",
            "3|2020-12-30T10:57:31.021Z|1|f|t|Thanks|1622474581021",
        ]
    );
}

#[tokio::test]
async fn rows_that_reference_missing_rows_or_two_products_are_rejected() {
    let database = Database::create().await;
    let set = DataSet::whole();
    set.write(
        "reviews.csv",
        b"id, product_id, rating, date, summary, body, recommend, reported, reviewer_name, reviewer_email, response, helpfulness\n\
          1,1,5,2020-07-30,\"Great!\",\"I did\",1,0,\"funtime\",\"a@b.example\",,8\n\
          2,1,6,2020-07-30,\"Great!\",\"I did\",1,0,\"funtime\",\"a@b.example\",,8\n\
          3,9,5,1596080481467,\"Great!\",\"I did\",1,0,\"funtime\",\"a@b.example\",null,8\n\
          4,2,5,1596080481467,\"Great!\",\"I did\",1,0,\"funtime\",\"a@b.example\",null,8",
    );
    set.write(
        "characteristic_reviews.csv",
        b"id,characteristic_id,review_id,value\n1,1,1,4\n2,3,1,3\n3,1,2,5\n4,4,1,2\n5,1,4,2\n6,2,1,0\n7,3,4,3",
    );
    set.write("reviews_photos.csv", b"id,review_id,url\n1,3,\"https://c\"\n2,4,\"https://d\"");
    set.write(
        "answers_photos.csv",
        b"id,answer_id,url\n1,9,\"https://a\"\n2,7,\"https://b\"\n2,8,\"https://c\"",
    );
    set.load(&database).await.unwrap();
    let rejects = |file| set.beside(format!("{REJECTS}/{file}")).unwrap();
    let reasons = |file| {
        let lines: Vec<_> = rejects(file).lines().skip(1).map(str::to_owned).collect();
        lines.iter().map(|line| line.split('"').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        reasons("reviews.csv"),
        [
            "rating is not a whole number from 1 to 5",
            "product_id 9 is not among the rows loaded from product.csv"
        ]
    );
    assert_eq!(
        rejects("characteristic_reviews.csv"),
        "line,reason,id,characteristic_id,review_id,value\n\
         3,\"characteristic_id 3 is of another product than review_id 1\",2,3,1,3\n\
         4,\"review_id 2 is not among the rows loaded from reviews.csv\",3,1,2,5\n\
         5,\"characteristic_id 4 is not among the rows loaded from characteristics.csv\",4,4,1,2\n\
         6,\"characteristic_id 1 is of another product than review_id 4\",5,1,4,2\n\
         7,\"value is not a whole number from 1 to 5\",6,2,1,0\n"
    );
    assert_eq!(reasons("reviews_photos.csv"), ["review_id 3 is not among the rows loaded from reviews.csv"]);
    assert_eq!(
        reasons("answers_photos.csv"),
        ["answer_id 9 is not among the rows loaded from answers.csv", "a row with id 2 was loaded before"]
    );
    let repaired = r#"reviews.csv,2,"1,1,5,2020-07-30,""Great!"",""I did"",1,0,""funtime"",""a@b.example"",,8","1,1,5,1596067200000,""Great!"",""I did"",1,0,""funtime"",""a@b.example"",null,8""#;
    assert!(set.beside(REPAIRS).unwrap().lines().any(|line| line == repaired));
    let ratings = "select format('%s %s %s', id, product_id, value) from characteristic_ratings order by id";
    assert_eq!(database.texts(ratings).await, ["1 1 4", "7 2 3"]);
}

#[tokio::test]
async fn rows_that_reference_a_rejected_row_are_rejected() {
    let database = Database::create().await;
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
async fn outputs_of_an_earlier_load_are_replaced_and_empty_ones_are_not_created() {
    let database = Database::create().await;
    let set = DataSet::small();
    let rejects = format!("{REJECTS}/related.csv");
    set.load(&database).await.unwrap();
    assert_eq!((set.beside(REPAIRS), set.beside(&rejects)), (None, None));
    set.write("related.csv", b"id, current_product_id,related_product_id\n1,1,0");
    set.replace_with_less(&database).await.unwrap();
    assert_eq!(set.beside(REPAIRS).unwrap().lines().count(), 2);
    assert_eq!(set.beside(&rejects).unwrap().lines().count(), 2);

    // They belong to the live data: a load that fails leaves them.
    let before = set.files();
    set.write("styles.csv", b"damaged");
    set.replace_with_less(&database).await.unwrap_err();
    set.write("styles.csv", &before[&set.dir().join("styles.csv")]);
    assert_eq!(set.files(), before);

    set.write("related.csv", b"id,current_product_id,related_product_id\n");
    let loaded = set.replace(&database).await.unwrap();

    assert_eq!(set.beside(REPAIRS).unwrap(), "file,line,before,after\n");
    assert_eq!(set.beside(&rejects).unwrap(), "line,reason,id,current_product_id,related_product_id\n");
    assert!(loaded.repairs.is_none() && loaded.files.iter().all(|file| file.rejects.is_none()));
    assert!(set.files().keys().all(|path| path.extension().is_some_and(|extension| extension != "part")));
}

#[tokio::test]
async fn text_is_stored_byte_for_byte() {
    let database = Database::create().await;
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
