//! Writes one CSV file, cell by cell, through a buffer.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The size at which the buffer is written to the file.
const BUFFER_BYTES: usize = 512 * 1024;

/// Writes a CSV file. Its last line has no line break.
#[derive(Debug)]
pub(super) struct CsvWriter {
    file: File,
    buffer: String,
    /// The number of rows so far, without the header.
    pub(super) rows: u64,
    /// The number of bytes written to the file so far.
    pub(super) bytes: u64,
}

impl CsvWriter {
    /// Creates the file with its header line.
    pub(super) fn create(path: &Path, header: &str) -> io::Result<Self> {
        // A quarter more, because the buffer is written at the end of a product only.
        let mut buffer = String::with_capacity(BUFFER_BYTES / 4 * 5);
        buffer.push_str(header);
        Ok(Self { file: File::create(path)?, buffer, rows: 0, bytes: 0 })
    }

    /// Starts a row with its id.
    pub(super) fn row(&mut self, id: u64) -> &mut Self {
        self.rows += 1;
        self.buffer.push('\n');
        push_number(&mut self.buffer, id);
        self
    }

    /// Writes a number.
    pub(super) fn number(&mut self, number: u64) -> &mut Self {
        self.buffer.push(',');
        push_number(&mut self.buffer, number);
        self
    }

    /// Writes a number with a space before it.
    pub(super) fn spaced_number(&mut self, number: u64) -> &mut Self {
        self.buffer.push_str(", ");
        push_number(&mut self.buffer, number);
        self
    }

    /// Writes 1 or 0.
    pub(super) fn flag(&mut self, flag: bool) -> &mut Self {
        self.bare(if flag { "1" } else { "0" })
    }

    /// Writes `true` or `false`.
    pub(super) fn boolean(&mut self, value: bool) -> &mut Self {
        self.bare(if value { "true" } else { "false" })
    }

    /// Writes `null`.
    pub(super) fn null(&mut self) -> &mut Self {
        self.bare("null")
    }

    /// Writes quoted text, which must not contain quotes.
    pub(super) fn quoted(&mut self, text: &str) -> &mut Self {
        self.quoted_with(|cell| cell.push_str(text))
    }

    /// Writes quoted text that `write` appends, without quotes of its own.
    pub(super) fn quoted_with(&mut self, write: impl FnOnce(&mut String)) -> &mut Self {
        self.buffer.push_str(",\"");
        write(&mut self.buffer);
        self.buffer.push('"');
        self
    }

    /// Removes the closing quote of the last cell if `is_damaged`.
    pub(super) fn unclosed(&mut self, is_damaged: bool) -> &mut Self {
        if is_damaged {
            self.buffer.pop();
        }
        self
    }

    fn bare(&mut self, word: &str) -> &mut Self {
        self.buffer.push(',');
        self.buffer.push_str(word);
        self
    }

    /// Writes the buffer to the file if it is full. Returns whether it was.
    pub(super) fn write_if_full(&mut self) -> io::Result<bool> {
        let full = self.buffer.len() >= BUFFER_BYTES;
        if full {
            self.write()?;
        }
        Ok(full)
    }

    /// Writes the buffer to the file.
    pub(super) fn write(&mut self) -> io::Result<()> {
        self.file.write_all(self.buffer.as_bytes())?;
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

/// Appends the decimal digits of a number.
pub(super) fn push_number(text: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] += u8::try_from(number % 10).expect("a digit fits a byte");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.push_str(str::from_utf8(&digits[at..]).expect("digits are ASCII"));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CsvWriter, push_number};
    use crate::csv::{LineReader, ParsedLine, parse};
    use crate::tables::TABLES;

    #[test]
    fn numbers_are_written_whole() {
        for number in [0, 7, 10, 99, 1_595_884_714_409, u64::MAX] {
            let mut text = String::new();
            push_number(&mut text, number);
            assert_eq!(text, number.to_string());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn quoted_text_is_read_back_to_the_byte(text in "[^\0\n\"]{0,40}") {
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut writer = CsvWriter::create(file.path(), "id,product_id,feature,value").unwrap();
            writer.row(1).number(2).quoted(&text).quoted(&text).write().unwrap();
            let mut lines = LineReader::new(file.reopen().unwrap());
            lines.next().unwrap();
            let columns = TABLES.iter().find(|table| table.file == "features.csv").unwrap().columns;
            let line = lines.next().unwrap().unwrap();
            let ParsedLine::Clean(record) = parse(line, columns) else { panic!("{line:?}") };
            prop_assert_eq!(record.cells()[2].text, text.as_bytes());
            prop_assert_eq!(record.cells()[3].text, text.as_bytes());
        }
    }
}
