//! The quirks of the data set and their frequencies: unusual but valid rows, and damage that a loader must repair or
//! reject. The frequencies are those of the real files, which have 1,000,011 products.

use super::random::Random;

/// A quirk of one row, or of one parent of rows, in `one_in`. The row with the id `first` always has it, so that the
/// smallest set contains it.
pub(super) struct Quirk {
    first: u64,
    one_in: u64,
}

impl Quirk {
    /// Whether the row with this id has the quirk.
    pub(super) fn applies_to(&self, id: u64, random: &mut Random) -> bool {
        random.chance(1, self.one_in) || id == self.first
    }
}

/// Damage in photos.csv: the url lacks its closing quote. Together with [`UNCLOSED_THUMBNAIL`] about 193 of 5,655,656
/// rows.
pub(super) const UNCLOSED_URL: Quirk = Quirk { first: 9, one_in: 58_600 };

/// Damage in photos.csv: the thumbnail at the end of the line lacks its closing quote.
pub(super) const UNCLOSED_THUMBNAIL: Quirk = Quirk { first: 1, one_in: 58_600 };

/// Damage in related.csv: product 0, which does not exist. 58 of 4,508,263 rows.
pub(super) const RELATED_TO_NOTHING: Quirk = Quirk { first: 11, one_in: 77_700 };

/// Damage in skus.csv: a space before a number, as in `355,46,"11", 11`.
pub(super) const SPACED_NUMBER: Quirk = Quirk { first: 5, one_in: 20_000 };

/// A feature value that is the quoted text `null`, not a missing value.
pub(super) const FEATURE_CALLED_NULL: Quirk = Quirk { first: 2, one_in: 5_000 };

/// A response that is the quoted text `null`, not a missing response.
pub(super) const RESPONSE_CALLED_NULL: Quirk = Quirk { first: 4, one_in: 5_000 };

/// A product that is related to itself.
pub(super) const SELF_RELATION: Quirk = Quirk { first: 16, one_in: 1_000 };

/// A relation that repeats the one before it.
pub(super) const REPEATED_RELATION: Quirk = Quirk { first: 20, one_in: 500 };

/// A product without a default style.
pub(super) const NO_DEFAULT_STYLE: Quirk = Quirk { first: 4, one_in: 25 };

/// A style with two rows of one size.
pub(super) const SIZE_TWICE: Quirk = Quirk { first: 2, one_in: 25 };

/// A question whose last answer precedes the others in the file: ids are not always in file order.
pub(super) const LAST_ANSWER_FIRST: Quirk = Quirk { first: 1, one_in: 2 };

/// A product with the price 5,000,000, the largest of the real set.
pub(super) const LARGEST_PRODUCT_PRICE: Quirk = Quirk { first: 9, one_in: 400_000 };

/// A style with the price 500,000,000, the largest of the real set.
pub(super) const LARGEST_STYLE_PRICE: Quirk = Quirk { first: 5, one_in: 800_000 };

/// One of this many gaps between sentences is two spaces.
pub(super) const DOUBLE_SPACE_ONE_IN: u64 = 20;
