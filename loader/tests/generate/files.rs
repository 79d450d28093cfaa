//! The names and sizes of the files, and that their bytes depend on the options only.

use crate::support::Set;

/// The names, and the numbers of rows of the real set of 1,000,011 products.
const FILES: [(&str, u64); 14] = [
    ("product.csv", 1_000_011),
    ("features.csv", 2_219_279),
    ("styles.csv", 1_958_102),
    ("photos.csv", 5_655_656),
    ("skus.csv", 11_323_917),
    ("related.csv", 4_508_263),
    ("cart.csv", 1_001),
    ("questions.csv", 3_518_963),
    ("answers.csv", 6_879_306),
    ("answers_photos.csv", 2_063_759),
    ("reviews.csv", 5_774_952),
    ("reviews_photos.csv", 2_742_540),
    ("characteristics.csv", 3_347_679),
    ("characteristic_reviews.csv", 19_327_575),
];

#[test]
fn the_directory_contains_the_fourteen_files_and_nothing_else() {
    let set = Set::damaged(10, 1);
    let mut found: Vec<_> =
        set.dir.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let mut names = FILES.map(|(name, ..)| name);
    found.sort();
    names.sort_unstable();
    assert_eq!(found, names);
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
fn the_result_has_the_written_files() {
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
    for (file, (name, rows_of_the_real_set)) in set.written.files.iter().zip(FILES) {
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

/// The checksum covers headers and rows. A new value means that every generated data set changes.
#[test]
fn the_bytes_are_the_same_on_every_machine_and_in_every_version() {
    let set = Set::damaged(300, 1);
    let bytes = FILES.iter().flat_map(|(name, ..)| set.text(name).into_bytes());
    // FNV-1a
    let checksum = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    assert_eq!(format!("{checksum:016x}"), "6f349c25b4c11d5e");
}
