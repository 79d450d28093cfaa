//! Reads the physical lines of a file, one at a time.

use std::io::{self, BufRead, BufReader, Read};

/// The maximum length of a line. A file with longer lines is not a CSV file, and must not fill the memory.
pub(crate) const MAX_LINE_BYTES: usize = 16 << 20;

const READ_BYTES: usize = 256 << 10;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Returns the lines of a file without their line breaks (LF or CRLF) and without a byte order mark.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    number: u64,
    position: u64,
}

impl<R: Read> LineReader<R> {
    /// Reads `file` from its current position.
    pub(crate) fn new(file: R) -> Self {
        Self { reader: BufReader::with_capacity(READ_BYTES, file), line: Vec::new(), number: 0, position: 0 }
    }

    /// The next line, or `None` at the end of the file. A final line break is not followed by an empty line.
    /// Fails on a read error and on a line longer than [`MAX_LINE_BYTES`].
    pub(crate) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)? as u64;
        if read == 0 {
            return Ok(None);
        }
        if read == limit && !self.line.ends_with(b"\n") {
            let message = format!("a line is longer than {} MiB", MAX_LINE_BYTES >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        self.number += 1;
        self.position += read;
        let line = self.line.strip_suffix(b"\n").unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(if self.number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }))
    }

    /// The number of the last line that was read; the first is 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// The number of bytes read so far.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = LineReader::new(bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push(line.to_vec());
        }
        assert_eq!(lines.number(), found.len() as u64);
        assert_eq!(lines.position(), bytes.len() as u64);
        found
    }

    #[test]
    fn line_breaks_and_the_byte_order_mark_are_stripped() {
        assert_eq!(lines(b""), Vec::<Vec<u8>>::new());
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"a\nb"), [b"a", b"b"]);
        assert_eq!(lines(b"a\r\nb\r\n"), [b"a", b"b"]);
        assert_eq!(lines(b"a\n\nb\n"), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines(b"\xEF\xBB\xBFa\n\xEF\xBB\xBFb"), [&b"a"[..], b"\xEF\xBB\xBFb"]);
        assert_eq!(lines(b"a\rb\r\r\n"), [b"a\rb\r"]);
    }

    #[test]
    fn a_line_has_a_maximum_length() {
        let long = vec![b'x'; MAX_LINE_BYTES];
        assert_eq!(lines(&long), [&long[..]]);
        let error = LineReader::new(std::io::repeat(b'x')).next().unwrap_err();
        assert_eq!(error.to_string(), "a line is longer than 16 MiB");
    }
}
