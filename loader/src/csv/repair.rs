//! The second, tolerant reading of a damaged line: undoes what has one plain meaning, and nothing else.
//!
//! - Spaces around numbers, flags, null and quoted cells are taken away, a `$` before a price too.
//! - A date, or a date and a time, becomes the milliseconds that it stands for.
//! - An empty cell is null where the column may be null.
//! - A quoted cell whose closing quote is missing ends before the comma that comes before the next quote, or at the
//!   end of the line; cells between that cannot be text (numbers, flags, null) are counted from the right. In such a
//!   line all text has to be in quotes, and a quote that nothing follows is none.
//!
//! For missing quotes, all readings are tried: of two that fit, neither is plain.

use memchr::memchr;

use super::split::{self, Meaning, skip_spaces, spaced_cell_at};
use super::value::check;
use super::{Cell, Reason, Record, time};
use crate::tables::{Column, Kind};

/// The record that the damaged line stands for. Where there is none, a reason, if it is a better one than what the
/// strict reading stumbled over.
pub(super) fn repaired<'a>(line: &'a [u8], columns: &[Column]) -> Result<Record<'a>, Option<Reason>> {
    if let Ok(mut record) = split::with_spaces(line, columns.len()) {
        for (cell, column) in record.cells_mut().iter_mut().zip(columns) {
            undamage(cell, column);
            check(cell, column).map_err(Some)?;
        }
        return Ok(record);
    }
    let mut readings = Readings { line, columns, record: Record::default(), found: Vec::new() };
    readings.read_from(0);
    match readings.found[..] {
        [] => Err(None),
        [record] => Ok(record),
        _ => Err(Some(Reason::Ambiguous)),
    }
}

/// Takes away what may stand around a value without changing its meaning.
fn undamage(cell: &mut Cell, column: &Column) {
    let trimmed = cell.text.trim_ascii();
    if column.kind != Kind::Text {
        cell.text = trimmed;
    }
    if let (Kind::Price, [b'$', amount @ ..]) = (column.kind, trimmed)
        && amount.first().is_some_and(u8::is_ascii_digit)
    {
        cell.text = amount;
    }
    if column.kind == Kind::Time
        && let Some(milliseconds) = time::from_iso(trimmed)
    {
        cell.number = milliseconds;
        cell.meaning = Meaning::Number;
    }
    if column.nullable && !cell.quoted && (trimmed.is_empty() || trimmed == b"null") {
        cell.text = b"null";
    }
}

/// The search for all readings of a line, from left to right.
struct Readings<'a, 'c> {
    line: &'a [u8],
    columns: &'c [Column],
    /// The cells read so far.
    record: Record<'a>,
    found: Vec<Record<'a>>,
}

impl<'a> Readings<'a, '_> {
    /// Reads the cell that begins at `start`, in every way, and all that follows it.
    fn read_from(&mut self, start: usize) {
        if let Some((cell, end)) = spaced_cell_at(self.line, start) {
            self.read_past(cell, end);
        }
        let quote = skip_spaces(self.line, start);
        if self.line.get(quote) != Some(&b'"') {
            return;
        }
        // The closing quote is missing. Up to where the next cell with quotes begins, or to the end of the line, stand
        // this cell and perhaps some that cannot be text.
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
            if following[..taken].iter().any(|column| column.kind == Kind::Text && !column.nullable) {
                return;
            }
            let cell = Cell { text: &self.line[begin..end], quoted: true, ..Cell::default() };
            if !cell.text.is_empty() {
                self.read_past(cell, end);
            }
            match cell.text.iter().rposition(|&byte| byte == b',') {
                Some(comma) => end = begin + comma,
                None => return,
            }
        }
    }

    /// Goes on after `cell`, which ends at `end`, if it is of its column's kind.
    fn read_past(&mut self, mut cell: Cell<'a>, end: usize) {
        let column = &self.columns[self.record.cells().len()];
        undamage(&mut cell, column);
        let bare_text = column.kind == Kind::Text && !cell.quoted && cell.text != b"null";
        if bare_text || check(&mut cell, column).is_err() {
            return;
        }
        self.record.push(cell);
        let complete = self.record.cells().len() == self.columns.len();
        match self.line.get(end) {
            None if complete => self.found.push(self.record),
            Some(b',') if !complete => self.read_from(end + 1),
            _ => {}
        }
        self.record.pop();
    }
}
