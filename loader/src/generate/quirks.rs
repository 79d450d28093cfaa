//! What is odd in the data set, and how often: its natural quirks, and the damage that a loader must repair or
//! refuse. The rates are those of the real files, whose 1,000,011 products this generator imitates.

use super::random::Random;

/// Something odd that befalls one row (or one parent of rows) in `one_in`, and the `first`th always, so that
/// the smallest set shows it too.
pub(super) struct Quirk {
    first: u64,
    one_in: u64,
}

impl Quirk {
    /// Whether it befalls the row of this id.
    pub(super) fn strikes(&self, id: u64, random: &mut Random) -> bool {
        random.chance(1, self.one_in) || id == self.first
    }
}

/// Damage in photos.csv: the url, and then its comma, follow an opening quote that nothing closes.
/// With [`UNCLOSED_THUMBNAIL`] some 193 in 5,655,656 rows.
pub(super) const UNCLOSED_URL: Quirk = Quirk { first: 9, one_in: 58_600 };

/// Damage in photos.csv: the thumbnail at the end of the line lacks its closing quote.
pub(super) const UNCLOSED_THUMBNAIL: Quirk = Quirk { first: 1, one_in: 58_600 };

/// Damage in related.csv: product 0, which is none. 58 in 4,508,263 rows.
pub(super) const RELATED_TO_NOTHING: Quirk = Quirk { first: 11, one_in: 77_700 };

/// Damage in skus.csv: a space before a number, as in `355,46,"11", 11`.
pub(super) const SPACED_NUMBER: Quirk = Quirk { first: 5, one_in: 20_000 };

/// A feature value that is the text `null`, in quotes, and not no value.
pub(super) const FEATURE_CALLED_NULL: Quirk = Quirk { first: 2, one_in: 5_000 };

/// A response that is the text `null`, in quotes, and not no response.
pub(super) const RESPONSE_CALLED_NULL: Quirk = Quirk { first: 4, one_in: 5_000 };

/// A product that is related to itself.
pub(super) const SELF_RELATION: Quirk = Quirk { first: 16, one_in: 1_000 };

/// A relation that repeats the one before it.
pub(super) const REPEATED_RELATION: Quirk = Quirk { first: 20, one_in: 500 };

/// A product none of whose styles is the default.
pub(super) const NO_DEFAULT_STYLE: Quirk = Quirk { first: 4, one_in: 25 };

/// A style with two rows of one size.
pub(super) const SIZE_TWICE: Quirk = Quirk { first: 2, one_in: 25 };

/// A question whose last answer stands before the others: ids are not in file order everywhere.
pub(super) const LAST_ANSWER_FIRST: Quirk = Quirk { first: 1, one_in: 2 };

/// A product at 5,000,000, the largest price seen.
pub(super) const PRICELESS_PRODUCT: Quirk = Quirk { first: 9, one_in: 400_000 };

/// A style at 500,000,000, the largest price seen.
pub(super) const PRICELESS_STYLE: Quirk = Quirk { first: 5, one_in: 800_000 };

/// Two spaces between two sentences, in one gap of this many.
pub(super) const DOUBLE_SPACE_ONE_IN: u64 = 20;
