//! In a clean set every reference resolves.

use std::collections::{HashMap, HashSet};

use crate::support::Set;

#[test]
fn ids_are_the_numbers_from_1() {
    let set = Set::clean(1_000, 1);
    for file in &set.written.files {
        let mut ids = set.numbers(file.name, 0);
        ids.sort_unstable();
        assert!(ids.into_iter().eq(1..=file.rows), "{}", file.name);
    }
}

#[test]
fn every_reference_resolves() {
    for (products, seed) in [(1, 1), (2, 2), (7, 3), (1_000, 1)] {
        let set = Set::clean(products, seed);
        let references = [
            ("features.csv", 1, "product.csv"),
            ("styles.csv", 1, "product.csv"),
            ("photos.csv", 1, "styles.csv"),
            ("skus.csv", 1, "styles.csv"),
            ("related.csv", 1, "product.csv"),
            ("related.csv", 2, "product.csv"),
            ("cart.csv", 2, "product.csv"),
            ("questions.csv", 1, "product.csv"),
            ("answers.csv", 1, "questions.csv"),
            ("answers_photos.csv", 1, "answers.csv"),
            ("reviews.csv", 1, "product.csv"),
            ("reviews_photos.csv", 1, "reviews.csv"),
            ("characteristics.csv", 1, "product.csv"),
            ("characteristic_reviews.csv", 1, "characteristics.csv"),
            ("characteristic_reviews.csv", 2, "reviews.csv"),
        ];
        for (file, column, parents) in references {
            let known: HashSet<_> = set.numbers(parents, 0).into_iter().collect();
            assert!(set.numbers(file, column).iter().all(|id| known.contains(id)), "{file}, column {column}");
        }
    }
}

#[test]
fn a_review_rates_each_characteristic_of_its_own_product_and_no_other() {
    let set = Set::clean(1_000, 1);
    let pairs = |file| set.numbers(file, 0).into_iter().zip(set.numbers(file, 1));
    let products: HashMap<u64, u64> = pairs("reviews.csv").collect();
    let mut characteristics: HashMap<u64, Vec<u64>> = HashMap::new();
    for (characteristic, product) in pairs("characteristics.csv") {
        characteristics.entry(product).or_default().push(characteristic);
    }
    let mut rated: HashMap<u64, Vec<u64>> = HashMap::new();
    let ratings = set.numbers("characteristic_reviews.csv", 1).into_iter();
    for (characteristic, review) in ratings.zip(set.numbers("characteristic_reviews.csv", 2)) {
        rated.entry(review).or_default().push(characteristic);
    }
    for (review, product) in products {
        assert_eq!(rated.get(&review), characteristics.get(&product), "review {review}");
    }
}
