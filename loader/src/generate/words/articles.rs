//! The article that a product is: its category, name and price, which determine its styles, skus and characteristics.

use super::catalogue::{ADJECTIVES, CARE, CATEGORIES, Category, PREDICATES, SLOGANS};
use super::sentences::{push_gap, push_sentences};
use crate::generate::quirks::LARGEST_PRODUCT_PRICE;
use crate::generate::random::Random;

/// The largest default price of the real set.
const LARGEST_PRICE: u64 = 5_000_000;

/// The properties of a product that other files need too.
pub(in crate::generate) struct Article {
    pub(in crate::generate) category: Category,
    pub(in crate::generate) price: u64,
    pub(in crate::generate) slogan: &'static str,
    adjective: &'static str,
    noun: &'static str,
}

/// The first products, which are fixed: category, adjective, noun, slogan, price.
const FIRST: [(&str, &str, &str, &str, u64); 5] = [
    ("Jackets", "Camo", "Onesie", "Blend in to your crowd", 140),
    ("Accessories", "Bright Future", "Sunglasses", "You've got to wear shades", 69),
    ("Pants", "Morning", "Joggers", "Make yourself a morning person", 40),
    ("Pants", "Slacker's", "Slacks", "Comfortable for everything, or nothing", 65),
    ("Kicks", "Heir Force", "Ones", "A sneaker dynasty", 99),
];

impl Article {
    /// Draws the article of a product; these are the first draws of the product's row.
    pub(in crate::generate) fn draw(product: u64, random: &mut Random) -> Self {
        let first = usize::try_from(product - 1).ok().and_then(|index| FIRST.get(index));
        if let Some(&(category, adjective, noun, slogan, price)) = first {
            let category =
                *CATEGORIES.iter().find(|known| known.name == category).expect("one of the categories");
            return Self { category, price, slogan, adjective, noun };
        }
        let category = random.pick(&CATEGORIES);
        let (cheapest, dearest) = category.department.prices;
        let usual = cheapest + random.small(dearest - cheapest + 1);
        let price = if LARGEST_PRODUCT_PRICE.applies_to(product, random) { LARGEST_PRICE } else { usual };
        let slogan = random.pick(SLOGANS);
        Self {
            category,
            price,
            slogan,
            adjective: random.pick(ADJECTIVES),
            noun: random.pick(category.nouns),
        }
    }

    /// Appends the name: `Camo Onesie`.
    pub(in crate::generate) fn push_name(&self, text: &mut String) {
        text.push_str(self.adjective);
        text.push(' ');
        text.push_str(self.noun);
    }

    /// Appends a description of about 200 to 350 bytes.
    pub(in crate::generate) fn push_description(&self, text: &mut String, random: &mut Random) {
        text.push_str("The ");
        self.push_name(text);
        text.push(' ');
        text.push_str(random.pick(PREDICATES));
        push_gap(text, random);
        push_sentences(text, random, self.category.department.materials, 1);
        push_gap(text, random);
        push_sentences(text, random, CARE, 2);
    }
}
