//! URLs of photos, with the format and length of the real ones.

use crate::generate::csv_writer::push_number;
use crate::generate::random::Random;

const WIDTHS: [u64; 10] = [668, 775, 934, 1050, 1350, 1500, 1534, 1650, 1951, 2250];
const THUMBNAIL_WIDTH: u64 = 300;
/// The range of upload times in URLs, in milliseconds since 1970.
const UPLOADED_MS: (u64, u64) = (1_420_070_400_000, 1_600_000_000_000);

/// A photo, which has two URLs.
#[derive(Clone, Copy, Debug)]
pub(in crate::generate) struct Photo {
    uploaded_at_ms: u64,
    key: u64,
    width: u64,
}

impl Photo {
    /// Draws a photo.
    pub(in crate::generate) fn draw(random: &mut Random) -> Self {
        let (first, last) = UPLOADED_MS;
        Self { uploaded_at_ms: random.between(first, last), key: random.bits(), width: random.pick(&WIDTHS) }
    }

    /// Appends the URL of the photo.
    pub(in crate::generate) fn push_url(self, text: &mut String) {
        self.push(text, self.width);
    }

    /// Appends the URL of the thumbnail.
    pub(in crate::generate) fn push_thumbnail_url(self, text: &mut String) {
        self.push(text, THUMBNAIL_WIDTH);
    }

    fn push(self, text: &mut String, width: u64) {
        text.push_str("https://images.unsplash.com/photo-");
        push_number(text, self.uploaded_at_ms);
        text.push('-');
        for place in 0..12 {
            let digit = u32::try_from(self.key >> (4 * place) & 0xf).expect("four bits");
            text.push(char::from_digit(digit, 16).expect("a digit to base 16"));
        }
        text.push_str("?ixlib=rb-1.2.1&ixid=eyJhcHBfaWQiOjEyMDd9&auto=format&fit=crop&w=");
        push_number(text, width);
        text.push_str("&q=80");
    }
}
