//! The shape of the set: how many rows hang on each row. A number is drawn from the seed and the parent alone,
//! so that each file finds the ids of the others by counting along, without having seen them.

use super::quirks::Quirk;
use super::random::Random;
use super::spread::{self, Spread};
use super::words::articles::Article;

/// The parents that always have a child, whatever the seed: the smallest set has a row of everything.
const ALWAYS_UP_TO: u64 = 6;

/// The parent that never has one: the smallest set has one without, of each kind.
const NEVER: u64 = 7;

/// The products that the first five are related to; in a smaller set than theirs they are counted round.
const FIRST_RELATED: [&[u64]; 5] =
    [&[2, 3, 8, 7], &[3, 7, 2, 6, 5], &[1, 8, 4, 6], &[8, 1, 4, 9], &[2, 6, 6, 1]];

/// What a draw is about. The place of a name in the list is part of every byte of the set: append only.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject {
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

/// A shop of so many products, its children still to be counted.
#[derive(Debug)]
pub(super) struct Shop {
    /// How many products there are. Their ids are 1 to this.
    pub(super) products: u64,
    /// What all is drawn from.
    pub(super) seed: u64,
    /// Whether the damage is left out.
    pub(super) clean: bool,
}

impl Shop {
    /// The draws for the cells of one row.
    pub(super) fn row(&self, subject: Subject, id: u64) -> Random {
        Random::new(self.seed, 2 * subject as u64, id)
    }

    /// Whether this row is damaged.
    pub(super) fn damages(&self, damage: &Quirk, id: u64, random: &mut Random) -> bool {
        // Drawn in a clean set too: it differs from the damaged one in the damage and nothing else.
        damage.strikes(id, random) && !self.clean
    }

    /// What a product is.
    pub(super) fn article(&self, product: u64) -> Article {
        Article::draw(product, &mut self.row(Subject::Product, product))
    }

    pub(super) fn features(&self, product: u64) -> u64 {
        self.count(Subject::Feature, product, &spread::FEATURES)
    }

    pub(super) fn styles(&self, product: u64) -> u64 {
        self.count(Subject::Style, product, &spread::STYLES)
    }

    pub(super) fn photos(&self, style: u64) -> u64 {
        self.count(Subject::Photo, style, &spread::PHOTOS)
    }

    /// The sizes a style comes in, of those that such an article has.
    pub(super) fn sizes(&self, style: u64, article: &Article) -> u64 {
        self.count(Subject::Sku, style, &article.category.kind.sizes_in_stock)
    }

    pub(super) fn relations(&self, product: u64) -> u64 {
        match first_related(product) {
            Some(planted) => planted.len() as u64,
            None => self.count(Subject::Relation, product, &spread::RELATED),
        }
    }

    /// Another product for the `place`th relation of `product`.
    pub(super) fn related(&self, product: u64, place: usize, random: &mut Random) -> u64 {
        let drawn = random.below(self.products);
        let planted = first_related(product).map(|planted| (planted[place] - 1) % self.products);
        1 + planted.unwrap_or(drawn)
    }

    pub(super) fn questions(&self, product: u64) -> u64 {
        self.count(Subject::Question, product, &spread::QUESTIONS)
    }

    pub(super) fn answers(&self, question: u64) -> u64 {
        self.count(Subject::Answer, question, &spread::ANSWERS)
    }

    pub(super) fn answer_photos(&self, answer: u64) -> u64 {
        self.count(Subject::AnswerPhoto, answer, &spread::ANSWER_PHOTOS)
    }

    pub(super) fn reviews(&self, product: u64) -> u64 {
        self.count(Subject::Review, product, &spread::REVIEWS)
    }

    pub(super) fn review_photos(&self, review: u64) -> u64 {
        self.count(Subject::ReviewPhoto, review, &spread::REVIEW_PHOTOS)
    }

    /// The characteristics of a product. Each of its reviews rates each of them.
    pub(super) fn characteristics(&self, product: u64) -> u64 {
        let kind = self.article(product).category.kind;
        self.count(Subject::Characteristic, product, &kind.characteristics_rated)
    }

    fn count(&self, children: Subject, parent: u64, spread: &Spread) -> u64 {
        let drawn = spread.draw(&mut Random::new(self.seed, 2 * children as u64 + 1, parent));
        match parent {
            1..=ALWAYS_UP_TO => drawn.max(1),
            NEVER => 0,
            _ => drawn,
        }
    }
}

fn first_related(product: u64) -> Option<&'static [u64]> {
    let index = usize::try_from(product - 1).ok()?;
    FIRST_RELATED.get(index).copied()
}

/// The ids of one kind of row, in the order in which their parents come.
#[derive(Debug, Default)]
pub(super) struct Ids {
    last: u64,
}

impl Ids {
    /// The ids of the next so many rows.
    pub(super) fn next(&mut self, count: u64) -> std::ops::Range<u64> {
        let first = self.last + 1;
        self.last += count;
        first..self.last + 1
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;
    use crate::generate::spread::*;
    use crate::generate::words::catalogue::CATEGORIES;
    use crate::generate::words::kinds::Kind;

    const PRODUCTS: u64 = 1_000_011;

    /// The average over the categories, of which each is as frequent as the next.
    fn by_category(parents: u64, spread: fn(&Kind) -> &Spread) -> u64 {
        let rows: u64 = CATEGORIES.iter().map(|category| spread(category.kind).expected(parents)).sum();
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
