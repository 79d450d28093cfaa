//! Names, headers, sizes, and that the bytes hang on nothing but the options.

use crate::support::Set;

/// Names, headers, and the rows of the real set of 1,000,011 products.
const FILES: [(&str, &str, u64); 14] = [
    ("product.csv", "id,name,slogan,description,category,default_price", 1_000_011),
    ("features.csv", "id,product_id,feature,value", 2_219_279),
    ("styles.csv", "id,productId,name,sale_price,original_price,default_style", 1_958_102),
    ("photos.csv", "id,styleId,url,thumbnail_url", 5_655_656),
    ("skus.csv", "id,styleId,size,quantity", 11_323_917),
    ("related.csv", "id,current_product_id,related_product_id", 4_508_263),
    ("cart.csv", "id,user_session,product_id,active", 1_001),
    ("questions.csv", "id,product_id,body,date_written,asker_name,asker_email,reported,helpful", 3_518_963),
    (
        "answers.csv",
        "id,question_id,body,date_written,answerer_name,answerer_email,reported,helpful",
        6_879_306,
    ),
    ("answers_photos.csv", "id,answer_id,url", 2_063_759),
    (
        "reviews.csv",
        "id,product_id,rating,date,summary,body,recommend,reported,reviewer_name,reviewer_email,response,helpfulness",
        5_774_952,
    ),
    ("reviews_photos.csv", "id,review_id,url", 2_742_540),
    ("characteristics.csv", "id,product_id,name", 3_347_679),
    ("characteristic_reviews.csv", "id,characteristic_id,review_id,value", 19_327_575),
];

#[test]
fn the_fourteen_files_have_their_names_and_headers_and_nothing_else_is_left() {
    let set = Set::damaged(10, 1);
    let mut found: Vec<_> =
        set.dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut names = FILES.map(|(name, ..)| name);
    found.sort();
    names.sort_unstable();
    assert_eq!(found, names);
    for (name, header, _) in FILES {
        assert_eq!(set.text(name).lines().next(), Some(header), "{name}");
    }
}

#[test]
fn the_last_line_has_no_newline() {
    for products in [0, 1, 10] {
        let set = Set::damaged(products, 1);
        for (name, ..) in FILES {
            assert!(!set.text(name).ends_with('\n'), "{name} of {products} products");
        }
    }
}

#[test]
fn what_was_written_is_told() {
    let set = Set::damaged(100, 1);
    for (file, (name, ..)) in set.written.files.iter().zip(FILES) {
        let text = set.text(name);
        assert_eq!((file.name, file.bytes), (name, text.len() as u64));
        assert_eq!(file.rows, text.lines().count() as u64 - 1, "{name}");
    }
    assert_eq!(set.written.files.len(), FILES.len());
}

#[test]
fn files_follow_the_products_in_proportion() {
    let products = 20_000;
    let set = Set::clean(products, 1);
    for (file, (name, _, rows_of_the_real_set)) in set.written.files.iter().zip(FILES) {
        let expected = rows_of_the_real_set * products / 1_000_011;
        let off = file.rows.abs_diff(expected);
        assert!(off * 100 <= expected * 3, "{name}: {} rows, not {expected}", file.rows);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let [one, same, other] = [1, 1, 2].map(|seed| Set::damaged(50, seed));
    for (name, ..) in FILES {
        assert_eq!(one.text(name), same.text(name), "{name}");
        assert_ne!(one.text(name), other.text(name), "{name}");
    }
}

/// A change of this number is a change of everybody's data set: make it on purpose, and say so.
#[test]
fn the_bytes_are_those_of_every_machine_and_every_version() {
    let set = Set::damaged(300, 1);
    let bytes = FILES.iter().flat_map(|(name, ..)| set.text(name).into_bytes());
    // FNV-1a
    let checksum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(format!("{checksum:016x}"), "6f349c25b4c11d5e");
}
