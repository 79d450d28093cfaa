//! The rows of product.csv, features.csv, related.csv and cart.csv: what hangs on a product alone.

use super::Rows;
use crate::generate::lines::Lines;
use crate::generate::quirks::{FEATURE_CALLED_NULL, RELATED_TO_NOTHING, REPEATED_RELATION, SELF_RELATION};
use crate::generate::shop::{Ids, Shop, Subject};
use crate::generate::words::articles::Article;

/// One product in so many lies in a cart.
const PRODUCTS_PER_CART_ITEM: u64 = 1_000;

#[derive(Default)]
pub(super) struct Products;

impl Rows for Products {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let mut random = shop.row(Subject::Product, product);
        let article = Article::draw(product, &mut random);
        lines
            .row(product)
            .prose(|text| article.push_name(text))
            .quoted(article.slogan)
            .prose(|text| article.push_description(text, &mut random))
            .quoted(article.category.name)
            .number(article.price);
    }
}

#[derive(Default)]
pub(super) struct Features {
    features: Ids,
}

impl Rows for Features {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let known = shop.article(product).category.kind.features;
        // From here on round the list, so that a product has no feature twice.
        let first = shop.row(Subject::FeatureRange, product).index(known.len());
        let listed = known.iter().cycle().skip(first);
        for (feature, (name, values)) in self.features.next(shop.features(product)).zip(listed) {
            let mut random = shop.row(Subject::Feature, feature);
            lines.row(feature).number(product).quoted(name);
            if FEATURE_CALLED_NULL.strikes(feature, &mut random) {
                lines.quoted("null");
            } else if values.is_empty() {
                lines.null();
            } else {
                lines.quoted(random.pick(values));
            }
        }
    }
}

#[derive(Default)]
pub(super) struct Related {
    relations: Ids,
}

impl Rows for Related {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let mut previous = None;
        for (place, relation) in self.relations.next(shop.relations(product)).enumerate() {
            let mut random = shop.row(Subject::Relation, relation);
            let other = shop.related(product, place, &mut random);
            let to_itself = SELF_RELATION.strikes(relation, &mut random);
            let repeated = REPEATED_RELATION.strikes(relation, &mut random);
            let damaged = shop.damages(&RELATED_TO_NOTHING, relation, &mut random);
            let sound = match previous {
                Some(previous) if repeated => previous,
                _ if to_itself => product,
                _ => other,
            };
            lines.row(relation).number(product).number(if damaged { 0 } else { sound });
            previous = Some(sound);
        }
    }
}

#[derive(Default)]
pub(super) struct Cart {
    items: Ids,
}

impl Rows for Cart {
    fn write(&mut self, shop: &Shop, product: u64, lines: &mut Lines) {
        let items = u64::from(product % PRODUCTS_PER_CART_ITEM == 1);
        for item in self.items.next(items) {
            let mut random = shop.row(Subject::CartItem, item);
            lines.row(item).number(random.between(1_000, 9_999)).number(product).flag(random.chance(9, 10));
        }
    }
}
