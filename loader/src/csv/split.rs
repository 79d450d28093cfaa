//! Splits a line into cells. Only well-formed cells are accepted.

use memchr::memchr;

use super::reject_reason::RejectReason;
use crate::tables::MAX_COLUMNS;

/// A cell: the bytes between two commas, or between the quotes that enclose them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cell<'a> {
    /// The bytes of the line, without the enclosing quotes.
    pub(crate) text: &'a [u8],
    /// Whether it was quoted.
    pub(crate) quoted: bool,
    /// Whether it contains quotes, each written twice.
    pub(crate) escaped: bool,
    /// What the text means.
    pub(crate) value: CellValue,
    /// The number, for columns of ids.
    pub(crate) number: u64,
    /// The milliseconds since 1970, for columns of times.
    pub(super) milliseconds: i64,
}

/// What the text of a cell means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CellValue {
    /// Itself.
    #[default]
    Text,
    /// Null.
    Null,
    /// [`Cell::milliseconds`], which the text writes in another form.
    Milliseconds,
}

/// The cells of a line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record<'a> {
    cells: [Cell<'a>; MAX_COLUMNS],
    len: usize,
}

impl<'a> Record<'a> {
    /// The cells, in the order of the columns.
    pub(crate) fn cells(&self) -> &[Cell<'a>] {
        &self.cells[..self.len]
    }

    pub(super) fn cells_mut(&mut self) -> &mut [Cell<'a>] {
        &mut self.cells[..self.len]
    }

    /// Cells beyond [`MAX_COLUMNS`] are dropped.
    pub(super) fn push(&mut self, cell: Cell<'a>) {
        if let Some(place) = self.cells.get_mut(self.len) {
            *place = cell;
            self.len += 1;
        }
    }

    pub(super) fn pop(&mut self) {
        self.len -= 1;
    }

    /// The repaired line.
    pub(crate) fn to_line(self) -> Vec<u8> {
        let mut line = Vec::new();
        for cell in self.cells() {
            match cell {
                Cell { value: CellValue::Null, .. } => line.extend_from_slice(b"null"),
                Cell { value: CellValue::Milliseconds, .. } => {
                    line.extend_from_slice(cell.milliseconds.to_string().as_bytes());
                }
                Cell { quoted: true, .. } => line.extend([b"\"", cell.text, b"\""].concat()),
                _ => line.extend_from_slice(cell.text),
            }
            line.push(b',');
        }
        line.pop();
        line
    }
}

/// The cells of a well-formed line, which must be `expected` in number.
pub(super) fn split_strictly(line: &[u8], expected: usize) -> Result<Record<'_>, RejectReason> {
    split(line, expected, cell_at)
}

/// As [`split_strictly`], but accepts spaces around a quoted cell.
pub(super) fn split_with_spaces(line: &[u8], expected: usize) -> Result<Record<'_>, RejectReason> {
    split(line, expected, spaced_cell_at)
}

fn split<'a>(
    line: &'a [u8],
    expected: usize,
    cell_at: impl Fn(&'a [u8], usize) -> Option<(Cell<'a>, usize)>,
) -> Result<Record<'a>, RejectReason> {
    let mut record = Record::default();
    let mut found = 0;
    let mut at = 0;
    loop {
        let (cell, end) = cell_at(line, at).ok_or(RejectReason::Quotes)?;
        record.push(cell);
        found += 1;
        match line.get(end) {
            None if found == expected => return Ok(record),
            None => return Err(RejectReason::Cells { expected, found }),
            Some(b',') => at = end + 1,
            Some(_) => return Err(RejectReason::Quotes),
        }
    }
}

/// The cell that begins at `start`, and its end. A well-formed cell ends at a comma or at the end of the line.
/// `None` if its quote is not closed.
fn cell_at(line: &[u8], start: usize) -> Option<(Cell<'_>, usize)> {
    if line.get(start) == Some(&b'"') {
        return quoted_cell_at(line, start);
    }
    let rest = &line[start..];
    let length = rest.iter().position(|byte| matches!(byte, b',' | b'"')).unwrap_or(rest.len());
    Some((Cell { text: &rest[..length], ..Cell::default() }, start + length))
}

fn quoted_cell_at(line: &[u8], quote: usize) -> Option<(Cell<'_>, usize)> {
    let start = quote + 1;
    let mut at = start;
    let mut escaped = false;
    loop {
        let end = at + memchr(b'"', &line[at..])?;
        if line.get(end + 1) == Some(&b'"') {
            escaped = true;
            at = end + 2;
        } else {
            let text = &line[start..end];
            return Some((Cell { text, quoted: true, escaped, ..Cell::default() }, end + 1));
        }
    }
}

/// As [`cell_at`], but skips spaces around a quoted cell.
pub(super) fn spaced_cell_at(line: &[u8], start: usize) -> Option<(Cell<'_>, usize)> {
    let begin = skip_spaces(line, start);
    if line.get(begin) == Some(&b'"') {
        let (cell, end) = quoted_cell_at(line, begin)?;
        return Some((cell, skip_spaces(line, end)));
    }
    cell_at(line, start)
}

/// The index of the first byte from `start` that is not a space.
pub(super) fn skip_spaces(line: &[u8], start: usize) -> usize {
    start + line[start..].iter().take_while(|&&byte| byte == b' ').count()
}
