//! The rows of product.csv, features.csv, related.csv and cart.csv.

use super::row_writer::RowWriter;
use crate::generate::csv_writer::CsvWriter;
use crate::generate::quirks::{FEATURE_CALLED_NULL, RELATED_TO_NOTHING, REPEATED_RELATION, SELF_RELATION};
use crate::generate::shop::{IdCounter, RandomStream, Shop};
use crate::generate::words::articles::Article;

/// One product in this many has a cart item.
const PRODUCTS_PER_CART_ITEM: u64 = 1_000;

#[derive(Default)]
pub(super) struct ProductRows;

impl RowWriter for ProductRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let mut random = shop.row(RandomStream::Product, product);
        let article = Article::draw(product, &mut random);
        csv.row(product)
            .quoted_with(|text| article.push_name(text))
            .quoted(article.slogan)
            .quoted_with(|text| article.push_description(text, &mut random))
            .quoted(article.category.name)
            .number(article.price);
    }
}

#[derive(Default)]
pub(super) struct FeatureRows {
    features: IdCounter,
}

impl RowWriter for FeatureRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let known = shop.article(product).category.department.features;
        // Consecutive features of the list, which wraps around, so that a product has no feature twice.
        let first = shop.row(RandomStream::FeatureRange, product).index(known.len());
        let listed = known.iter().cycle().skip(first);
        for (feature, (name, values)) in self.features.next(shop.features(product)).zip(listed) {
            let mut random = shop.row(RandomStream::Feature, feature);
            csv.row(feature).number(product).quoted(name);
            if FEATURE_CALLED_NULL.applies_to(feature, &mut random) {
                csv.quoted("null");
            } else if values.is_empty() {
                csv.null();
            } else {
                csv.quoted(random.pick(values));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct RelatedRows {
    relations: IdCounter,
}

impl RowWriter for RelatedRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let mut previous = None;
        for (place, relation) in self.relations.next(shop.relations(product)).enumerate() {
            let mut random = shop.row(RandomStream::Relation, relation);
            let other = shop.related(product, place, &mut random);
            let to_itself = SELF_RELATION.applies_to(relation, &mut random);
            let repeated = REPEATED_RELATION.applies_to(relation, &mut random);
            let damaged = shop.damages(&RELATED_TO_NOTHING, relation, &mut random);
            let sound = match previous {
                Some(previous) if repeated => previous,
                _ if to_itself => product,
                _ => other,
            };
            csv.row(relation).number(product).number(if damaged { 0 } else { sound });
            previous = Some(sound);
        }
    }
}

#[derive(Default)]
pub(super) struct CartRows {
    items: IdCounter,
}

impl RowWriter for CartRows {
    fn write(&mut self, shop: &Shop, product: u64, csv: &mut CsvWriter) {
        let items = u64::from(product % PRODUCTS_PER_CART_ITEM == 1);
        for item in self.items.next(items) {
            let mut random = shop.row(RandomStream::CartItem, item);
            csv.row(item).number(random.between(1_000, 9_999)).number(product).flag(random.chance(9, 10));
        }
    }
}
