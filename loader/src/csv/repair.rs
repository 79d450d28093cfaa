//! The tolerant parser for damaged lines. It repairs damage that has exactly one meaning:
//!
//! - It trims spaces around numbers, flags, null and quoted cells, and a `$` before a price.
//! - It converts an ISO 8601 date, with or without a time, to milliseconds.
//! - It reads an empty cell as null where the column is nullable.
//! - It closes a quoted cell whose closing quote is missing: before the last comma ahead of the next quote, or at the end
//!   of the line. Cells in between that cannot be text (numbers, flags, null) are taken from the right. In such a line
//!   all text must be quoted, and a quote with nothing after it is ignored.
//!
//! For missing quotes it tries all interpretations, and rejects the line if more than one is valid.

use memchr::memchr;

use super::reject_reason::RejectReason;
use super::split::{Cell, CellValue, Record, skip_spaces, spaced_cell_at, split_with_spaces};
use super::time;
use super::value::check;
use crate::tables::{Column, ColumnKind};

/// Parses the damaged `line`. If that fails, returns a reason only where it is more precise than the strict parser's.
pub(super) fn repair<'a>(line: &'a [u8], columns: &[Column]) -> Result<Record<'a>, Option<RejectReason>> {
    if let Ok(mut record) = split_with_spaces(line, columns.len()) {
        for (cell, column) in record.cells_mut().iter_mut().zip(columns) {
            normalize(cell, column);
            check(cell, column).map_err(Some)?;
        }
        return Ok(record);
    }
    let mut search = RepairSearch { line, columns, record: Record::default(), found: Vec::new() };
    search.parse_from(0);
    match search.found[..] {
        [] => Err(None),
        [record] => Ok(record),
        _ => Err(Some(RejectReason::Ambiguous)),
    }
}

/// Removes what may surround a value without changing its meaning.
fn normalize(cell: &mut Cell, column: &Column) {
    let trimmed = cell.text.trim_ascii();
    if column.kind != ColumnKind::Text {
        cell.text = trimmed;
    }
    if let (ColumnKind::Price, [b'$', amount @ ..]) = (column.kind, trimmed)
        && amount.first().is_some_and(u8::is_ascii_digit)
    {
        cell.text = amount;
    }
    if column.kind == ColumnKind::Time
        && let Some(milliseconds) = time::from_iso(trimmed)
    {
        cell.milliseconds = milliseconds;
        cell.value = CellValue::Milliseconds;
    }
    if column.nullable && !cell.quoted && (trimmed.is_empty() || trimmed == b"null") {
        cell.text = b"null";
    }
}

/// A depth-first search for all valid interpretations of a line, from left to right.
struct RepairSearch<'a, 'c> {
    line: &'a [u8],
    columns: &'c [Column],
    /// The cells parsed so far.
    record: Record<'a>,
    found: Vec<Record<'a>>,
}

impl<'a> RepairSearch<'a, '_> {
    /// Parses the cell at `start` in every possible way, and the rest of the line after it.
    fn parse_from(&mut self, start: usize) {
        if let Some((cell, end)) = spaced_cell_at(self.line, start) {
            self.continue_after(cell, end);
        }
        let quote = skip_spaces(self.line, start);
        if self.line.get(quote) != Some(&b'"') {
            return;
        }
        // The closing quote is missing. The text up to the next quoted cell, or to the end of the line, is this cell and
        // perhaps some cells that cannot be text.
        let begin = quote + 1;
        let mut end = match memchr(b'"', &self.line[begin..]) {
            None => self.line.len(),
            Some(next) => match self.line[begin..begin + next].trim_ascii_end() {
                [text @ .., b','] => begin + text.len(),
                _ => return,
            },
        };
        let following = &self.columns[self.record.cells().len() + 1..];
        for taken in 0..=following.len() {
            if following[..taken].iter().any(|column| column.kind == ColumnKind::Text && !column.nullable) {
                return;
            }
            let cell = Cell { text: &self.line[begin..end], quoted: true, ..Cell::default() };
            if !cell.text.is_empty() {
                self.continue_after(cell, end);
            }
            match cell.text.iter().rposition(|&byte| byte == b',') {
                Some(comma) => end = begin + comma,
                None => return,
            }
        }
    }

    /// Parses the rest of the line after `cell`, which ends at `end`, if its column accepts the cell.
    fn continue_after(&mut self, mut cell: Cell<'a>, end: usize) {
        let column = &self.columns[self.record.cells().len()];
        normalize(&mut cell, column);
        let bare_text = column.kind == ColumnKind::Text && !cell.quoted && cell.text != b"null";
        if bare_text || check(&mut cell, column).is_err() {
            return;
        }
        self.record.push(cell);
        let complete = self.record.cells().len() == self.columns.len();
        match self.line.get(end) {
            None if complete => self.found.push(self.record),
            Some(b',') if !complete => self.parse_from(end + 1),
            _ => {}
        }
        self.record.pop();
    }
}
