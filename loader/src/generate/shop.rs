//! The numbers of rows: how many children each row has. A number is drawn from the seed and the parent alone, so that
//! the writer of one file can compute the ids in the others without reading them.

use super::distributions::{self, Distribution};
use super::quirks::Quirk;
use super::random::Random;
use super::words::articles::Article;

/// Parents with ids up to this always have a child, so that the smallest set has rows in each file.
const ALWAYS_UP_TO: u64 = 6;

/// The parent with this id never has a child, so that the smallest set has a childless parent of each kind.
const CHILDLESS: u64 = 7;

/// The products related to the first five. In a set with fewer products the ids wrap around.
const FIRST_RELATED: [&[u64]; 5] =
    [&[2, 3, 8, 7], &[3, 7, 2, 6, 5], &[1, 8, 4, 6], &[8, 1, 4, 9], &[2, 6, 6, 1]];

/// The random streams. The position of a variant determines all bytes of the set: append only.
#[derive(Clone, Copy, Debug)]
pub(super) enum RandomStream {
    Product,
    Feature,
    Style,
    Photo,
    Sku,
    Relation,
    CartItem,
    Question,
    Answer,
    AnswerPhoto,
    Review,
    ReviewPhoto,
    Characteristic,
    Rating,
    DefaultStyle,
    SizeRange,
    FeatureRange,
}

/// A shop: its size and its seed.
#[derive(Debug)]
pub(super) struct Shop {
    /// The number of products. Their ids start at 1.
    pub(super) products: u64,
    /// The seed of all random draws.
    pub(super) seed: u64,
    /// Whether the set has no damage.
    pub(super) clean: bool,
}

impl Shop {
    /// The random draws for the cells of one row.
    pub(super) fn row(&self, subject: RandomStream, id: u64) -> Random {
        Random::new(self.seed, 2 * subject as u64, id)
    }

    /// Whether this row is damaged.
    pub(super) fn damages(&self, damage: &Quirk, id: u64, random: &mut Random) -> bool {
        // The draw is made for a clean set too, so that both sets differ in the damage only.
        damage.applies_to(id, random) && !self.clean
    }

    /// The article that a product is.
    pub(super) fn article(&self, product: u64) -> Article {
        Article::draw(product, &mut self.row(RandomStream::Product, product))
    }

    pub(super) fn features(&self, product: u64) -> u64 {
        self.count(RandomStream::Feature, product, &distributions::FEATURES)
    }

    pub(super) fn styles(&self, product: u64) -> u64 {
        self.count(RandomStream::Style, product, &distributions::STYLES)
    }

    pub(super) fn photos(&self, style: u64) -> u64 {
        self.count(RandomStream::Photo, style, &distributions::PHOTOS)
    }

    /// The number of sizes of a style of the article.
    pub(super) fn sizes(&self, style: u64, article: &Article) -> u64 {
        self.count(RandomStream::Sku, style, &article.category.department.sizes_in_stock)
    }

    pub(super) fn relations(&self, product: u64) -> u64 {
        match first_related(product) {
            Some(related) => related.len() as u64,
            None => self.count(RandomStream::Relation, product, &distributions::RELATED),
        }
    }

    /// The other product of the `place`th relation of `product`.
    pub(super) fn related(&self, product: u64, place: usize, random: &mut Random) -> u64 {
        let drawn = random.below(self.products);
        let fixed = first_related(product).map(|related| (related[place] - 1) % self.products);
        1 + fixed.unwrap_or(drawn)
    }

    pub(super) fn questions(&self, product: u64) -> u64 {
        self.count(RandomStream::Question, product, &distributions::QUESTIONS)
    }

    pub(super) fn answers(&self, question: u64) -> u64 {
        self.count(RandomStream::Answer, question, &distributions::ANSWERS)
    }

    pub(super) fn answer_photos(&self, answer: u64) -> u64 {
        self.count(RandomStream::AnswerPhoto, answer, &distributions::ANSWER_PHOTOS)
    }

    pub(super) fn reviews(&self, product: u64) -> u64 {
        self.count(RandomStream::Review, product, &distributions::REVIEWS)
    }

    pub(super) fn review_photos(&self, review: u64) -> u64 {
        self.count(RandomStream::ReviewPhoto, review, &distributions::REVIEW_PHOTOS)
    }

    /// The number of characteristics of a product. Each of its reviews rates all of them.
    pub(super) fn characteristics(&self, product: u64) -> u64 {
        let kind = self.article(product).category.department;
        self.count(RandomStream::Characteristic, product, &kind.characteristics_rated)
    }

    fn count(&self, children: RandomStream, parent: u64, spread: &Distribution) -> u64 {
        let drawn = spread.draw(&mut Random::new(self.seed, 2 * children as u64 + 1, parent));
        match parent {
            1..=ALWAYS_UP_TO => drawn.max(1),
            CHILDLESS => 0,
            _ => drawn,
        }
    }
}

fn first_related(product: u64) -> Option<&'static [u64]> {
    let index = usize::try_from(product - 1).ok()?;
    FIRST_RELATED.get(index).copied()
}

/// Assigns the ids of the rows of one file, in the order of their parents.
#[derive(Debug, Default)]
pub(super) struct IdCounter {
    last: u64,
}

impl IdCounter {
    /// The ids of the next `count` rows.
    pub(super) fn next(&mut self, count: u64) -> std::ops::Range<u64> {
        let first = self.last + 1;
        self.last += count;
        first..self.last + 1
    }
}

#[cfg(test)]
mod tests {
    use super::Distribution;
    use crate::generate::distributions::*;
    use crate::generate::words::catalogue::CATEGORIES;
    use crate::generate::words::departments::Department;

    const PRODUCTS: u64 = 1_000_011;

    /// The average over the categories, which are equally frequent.
    fn by_category(parents: u64, spread: fn(&Department) -> &Distribution) -> u64 {
        let rows: u64 = CATEGORIES.iter().map(|category| spread(category.department).expected(parents)).sum();
        rows / CATEGORIES.len() as u64
    }

    #[track_caller]
    fn assert_close(expected: u64, real: u64) {
        assert!(expected.abs_diff(real) * 200 < real, "{expected} is not within half a percent of {real}");
    }

    #[test]
    fn a_million_products_have_as_many_rows_as_the_real_set() {
        let styles = STYLES.expected(PRODUCTS);
        let questions = QUESTIONS.expected(PRODUCTS);
        let answers = ANSWERS.expected(questions);
        let reviews = REVIEWS.expected(PRODUCTS);
        let characteristics = by_category(PRODUCTS, |kind| &kind.characteristics_rated);
        assert_close(FEATURES.expected(PRODUCTS), 2_219_279);
        assert_close(styles, 1_958_102);
        assert_close(PHOTOS.expected(styles), 5_655_656);
        assert_close(by_category(styles, |kind| &kind.sizes_in_stock) + styles / 25, 11_323_917);
        assert_close(RELATED.expected(PRODUCTS), 4_508_263);
        assert_close(questions, 3_518_963);
        assert_close(answers, 6_879_306);
        assert_close(ANSWER_PHOTOS.expected(answers), 2_063_759);
        assert_close(reviews, 5_774_952);
        assert_close(REVIEW_PHOTOS.expected(reviews), 2_742_540);
        assert_close(characteristics, 3_347_679);
        assert_close(by_category(reviews, |kind| &kind.characteristics_rated), 19_327_575);
    }
}
