//! Writes the lines of one CSV file, cell by cell, into a block of text that goes to the disk when it is full.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// How much text is collected before it is written.
const BLOCK_BYTES: usize = 512 * 1024;

/// A CSV file being written. Lines are parted by newlines; the last one has none.
#[derive(Debug)]
pub(super) struct Lines {
    file: File,
    text: String,
    /// The rows so far, without the header.
    pub(super) rows: u64,
    /// The bytes on the disk so far.
    pub(super) bytes: u64,
}

impl Lines {
    /// A new file with its header line.
    pub(super) fn create(path: &Path, header: &str) -> io::Result<Self> {
        // A quarter more than a block, since a block ends where a product ends.
        let mut text = String::with_capacity(BLOCK_BYTES / 4 * 5);
        text.push_str(header);
        Ok(Self { file: File::create(path)?, text, rows: 0, bytes: 0 })
    }

    /// Begins a row with its id.
    pub(super) fn row(&mut self, id: u64) -> &mut Self {
        self.rows += 1;
        self.text.push('\n');
        push_number(&mut self.text, id);
        self
    }

    /// A number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.text.push(',');
        push_number(&mut self.text, number);
        self
    }

    /// A number with a space before it.
    pub(super) fn spaced_number(&mut self, number: u64) -> &mut Self {
        self.text.push_str(", ");
        push_number(&mut self.text, number);
        self
    }

    /// 1 or 0.
    pub(super) fn flag(&mut self, flag: bool) -> &mut Self {
        self.bare(if flag { "1" } else { "0" })
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.bare(if value { "true" } else { "false" })
    }

    /// No value.
    pub(super) fn null(&mut self) -> &mut Self {
        self.bare("null")
    }

    /// Text in quotes.
    pub(super) fn quoted(&mut self, text: &str) -> &mut Self {
        self.prose(|cell| cell.push_str(text))
    }

    /// Text in quotes that `write` puts together. It holds no quotes itself.
    pub(super) fn prose(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        self.text.push_str(",\"");
        write(&mut self.text);
        self.text.push('"');
        self
    }

    /// Takes the closing quote of the last cell away if `broken`.
    pub(super) fn unclosed(&mut self, broken: bool) -> &mut Self {
        if broken {
            self.text.pop();
        }
        self
    }

    fn bare(&mut self, word: &str) -> &mut Self {
        self.text.push(',');
        self.text.push_str(word);
        self
    }

    /// Writes the block if it is full, and says whether it was.
    pub(super) fn write_if_full(&mut self) -> io::Result<bool> {
        let full = self.text.len() >= BLOCK_BYTES;
        if full {
            self.write()?;
        }
        Ok(full)
    }

    /// Writes what is collected.
    pub(super) fn write(&mut self) -> io::Result<()> {
        self.file.write_all(self.text.as_bytes())?;
        self.bytes += self.text.len() as u64;
        self.text.clear();
        Ok(())
    }
}

/// Appends the decimal digits of a number.
pub(super) fn push_number(text: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] += u8::try_from(number % 10).expect("a digit");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.push_str(str::from_utf8(&digits[at..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use super::push_number;

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 99, 1_595_884_714_409, u64::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }
}
