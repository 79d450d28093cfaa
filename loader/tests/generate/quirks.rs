//! Even the smallest set has the quirks of the real files; a clean set lacks the damage only.

use std::collections::HashSet;

use crate::support::Set;

/// Sets that must contain each quirk.
fn sets(make: fn(u64, u64) -> Set) -> impl Iterator<Item = Set> {
    [(10, 1), (10, 2), (10, 3), (1_000, 1)].into_iter().map(move |(products, seed)| make(products, seed))
}

fn quotes(line: &str) -> usize {
    line.matches('"').count()
}

#[test]
fn a_url_and_a_thumbnail_lack_their_closing_quotes() {
    for set in sets(Set::damaged) {
        let broken: Vec<_> = set.lines("photos.csv").into_iter().filter(|line| quotes(line) == 3).collect();
        assert!(broken.iter().any(|line| line.contains(r#"&q=80,"https://"#)), "{broken:?}");
        assert!(broken.iter().any(|line| line.ends_with("&w=300&q=80")), "{broken:?}");
    }
}

#[test]
fn the_smallest_set_has_a_broken_url() {
    assert!(Set::damaged(1, 1).lines("photos.csv").iter().any(|line| quotes(line) == 3));
}

#[test]
fn a_relation_references_product_0() {
    for set in sets(Set::damaged) {
        assert!(set.numbers("related.csv", 2).contains(&0));
    }
}

#[test]
fn a_number_has_a_space_before_it() {
    for set in sets(Set::damaged) {
        assert!(set.lines("skus.csv").iter().any(|line| line.contains(r#"", "#)));
    }
}

#[test]
fn a_clean_set_differs_in_the_damage_and_in_nothing_else() {
    let (damaged, clean) = (Set::damaged(1_000, 1), Set::clean(1_000, 1));
    for file in &clean.written.files {
        for (damaged, clean) in damaged.lines(file.name).iter().zip(clean.lines(file.name)) {
            let differs = *damaged != clean;
            let is_damage = quotes(damaged) % 2 == 1 || damaged.ends_with(",0") || damaged.contains("\", ");
            assert!(!differs || is_damage, "{}: {damaged}", file.name);
        }
    }
    assert!(clean.lines("photos.csv").iter().all(|line| quotes(line) == 4));
    assert!(!clean.numbers("related.csv", 2).contains(&0));
    assert!(clean.lines("skus.csv").iter().all(|line| !line.contains(' ') || line.contains("\"One Size\",")));
}

#[test]
fn relations_repeat_and_reference_their_own_product() {
    let lines = Set::damaged(10, 1).lines("related.csv");
    for line in ["1,1,2", "16,4,4", "19,5,6", "20,5,6"] {
        assert!(lines.contains(&line.to_owned()), "{line}");
    }
}

#[test]
fn ids_are_not_in_file_order_everywhere() {
    for set in sets(Set::clean) {
        assert!(!set.numbers("answers.csv", 0).is_sorted());
    }
}

#[test]
fn null_is_bare_or_quoted() {
    for set in sets(Set::clean) {
        for (file, column) in [("features.csv", 3), ("reviews.csv", 10)] {
            let values: HashSet<_> = set.rows(file).iter().map(|row| row[column].clone()).collect();
            assert!(values.contains("null") && values.contains("\"null\""), "{file}");
        }
        assert!(set.rows("styles.csv").iter().any(|row| row[3] == "null"));
    }
}

#[test]
fn a_style_has_two_rows_of_one_size() {
    for set in sets(Set::clean) {
        let rows = set.rows("skus.csv");
        let different: HashSet<_> = rows.iter().map(|row| (&row[1], &row[2])).collect();
        assert!(different.len() < rows.len());
    }
}

#[test]
fn a_product_has_styles_without_a_default() {
    for set in sets(Set::clean) {
        let rows = set.rows("styles.csv");
        let defaults: HashSet<_> = rows.iter().filter(|row| row[5] == "1").map(|row| &row[1]).collect();
        let with_styles: HashSet<_> = rows.iter().map(|row| &row[1]).collect();
        assert!(defaults.len() < with_styles.len());
        assert_eq!(defaults.len(), rows.iter().filter(|row| row[5] == "1").count(), "one default at most");
    }
}

#[test]
fn each_kind_of_parent_has_one_without_children() {
    for set in sets(Set::clean) {
        let families = [
            ("product.csv", "features.csv"),
            ("product.csv", "styles.csv"),
            ("product.csv", "related.csv"),
            ("product.csv", "questions.csv"),
            ("product.csv", "reviews.csv"),
            ("product.csv", "characteristics.csv"),
            ("styles.csv", "photos.csv"),
            ("styles.csv", "skus.csv"),
            ("questions.csv", "answers.csv"),
            ("answers.csv", "answers_photos.csv"),
            ("reviews.csv", "reviews_photos.csv"),
        ];
        for (parents, children) in families {
            let with_children: HashSet<_> = set.numbers(children, 1).into_iter().collect();
            assert!(
                set.numbers(parents, 0).iter().any(|id| !with_children.contains(id)),
                "{parents}, {children}"
            );
        }
    }
}

#[test]
fn the_largest_prices_occur() {
    for set in sets(Set::clean) {
        assert!(set.numbers("product.csv", 5).contains(&5_000_000));
        assert!(set.numbers("styles.csv", 4).contains(&500_000_000));
    }
}

#[test]
fn text_contains_commas_apostrophes_double_spaces_and_letters_beyond_ascii() {
    for set in sets(Set::clean) {
        let text = set.text("product.csv") + &set.text("reviews.csv") + &set.text("answers.csv");
        for sign in [", ", "'", ".  ", "é"] {
            assert!(text.contains(sign), "{sign:?}");
        }
    }
}
