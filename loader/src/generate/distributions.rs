//! The distributions of the numbers of children: mostly a few, sometimes none, rarely many. The averages are those of the
//! real files.

use super::random::Random;

/// The sum of the weights of a [`Distribution`].
const WHOLE: u64 = 10_000;

/// A weight, and the smallest and the largest number of children.
pub(super) struct Band(pub(super) u64, pub(super) u64, pub(super) u64);

/// The number of children of one kind of parent: one of the bands, by weight.
pub(super) struct Distribution(pub(super) &'static [Band]);

impl Distribution {
    /// Draws the number of children of one parent.
    pub(super) fn draw(&self, random: &mut Random) -> u64 {
        let mut at = random.below(WHOLE);
        for &Band(weight, fewest, most) in self.0 {
            if at < weight {
                return random.between(fewest, most);
            }
            at -= weight;
        }
        unreachable!("the weights add up to WHOLE")
    }
}

/// Features of a product.
pub(super) const FEATURES: Distribution =
    Distribution(&[Band(1000, 0, 0), Band(2000, 1, 1), Band(2654, 2, 2), Band(2500, 3, 3), Band(1846, 4, 4)]);

/// Styles of a product.
pub(super) const STYLES: Distribution = Distribution(&[
    Band(719, 0, 0),
    Band(4381, 1, 1),
    Band(2300, 2, 2),
    Band(1300, 3, 3),
    Band(700, 4, 4),
    Band(600, 5, 8),
]);

/// Photos of a style.
pub(super) const PHOTOS: Distribution = Distribution(&[
    Band(700, 0, 0),
    Band(2276, 1, 1),
    Band(2300, 2, 2),
    Band(1700, 3, 3),
    Band(1100, 4, 4),
    Band(1924, 5, 8),
]);

/// Relations of a product.
pub(super) const RELATED: Distribution =
    Distribution(&[Band(600, 0, 0), Band(2258, 1, 2), Band(3600, 3, 5), Band(2542, 6, 8), Band(1000, 9, 10)]);

/// Questions about a product.
pub(super) const QUESTIONS: Distribution = Distribution(&[
    Band(1200, 0, 0),
    Band(4900, 1, 3),
    Band(3000, 4, 6),
    Band(850, 7, 12),
    Band(48, 20, 60),
    Band(2, 100, 300),
]);

/// Answers to a question.
pub(super) const ANSWERS: Distribution =
    Distribution(&[Band(2406, 0, 0), Band(4600, 1, 2), Band(2394, 3, 4), Band(580, 5, 8), Band(20, 10, 40)]);

/// Photos of an answer.
pub(super) const ANSWER_PHOTOS: Distribution = Distribution(&[
    Band(7955, 0, 0),
    Band(1345, 1, 1),
    Band(500, 2, 2),
    Band(150, 3, 3),
    Band(45, 4, 4),
    Band(5, 5, 5),
]);

/// Reviews of a product.
pub(super) const REVIEWS: Distribution = Distribution(&[
    Band(1500, 0, 0),
    Band(4791, 1, 4),
    Band(2900, 5, 9),
    Band(709, 10, 25),
    Band(96, 40, 150),
    Band(3, 300, 1000),
    Band(1, 1500, 2500),
]);

/// Photos of a review.
pub(super) const REVIEW_PHOTOS: Distribution = Distribution(&[
    Band(7400, 0, 0),
    Band(1400, 1, 1),
    Band(500, 2, 2),
    Band(500, 3, 3),
    Band(150, 4, 4),
    Band(50, 5, 5),
]);

#[cfg(test)]
impl Distribution {
    /// The average number of children of `parents` parents.
    pub(super) fn expected(&self, parents: u64) -> u64 {
        assert_eq!(self.0.iter().map(|band| band.0).sum::<u64>(), WHOLE);
        let twice: u64 = self.0.iter().map(|Band(weight, fewest, most)| weight * (fewest + most)).sum();
        parents * twice / (2 * WHOLE)
    }
}
