//! Checks a cell against the kind of its column, and writes it for COPY.

use memchr::memchr3;

use super::reject_reason::RejectReason;
use super::split::{Cell, CellValue, Record};
use super::time;
use crate::tables::{Column, ColumnKind};

const ID: &str = "a whole number from 1 to 9223372036854775807";
const COUNT: &str = "a whole number from 0 to 2147483647";
const PRICE: &str = "a number from 0 to 9999999999.99 with at most two decimals";
const FLAG: &str = "one of 0, 1, true, false";
const RATING: &str = "a whole number from 1 to 5";
const TIME: &str = "a time from the year 1 to 9999, in milliseconds since 1970";

/// Returns the record if each column accepts its cell.
pub(super) fn checked<'a>(mut record: Record<'a>, columns: &[Column]) -> Result<Record<'a>, RejectReason> {
    for (cell, column) in record.cells_mut().iter_mut().zip(columns) {
        check(cell, column)?;
    }
    Ok(record)
}

/// Fails if the column does not accept the cell. Sets the value and the number of the cell.
pub(super) fn check(cell: &mut Cell, column: &Column) -> Result<(), RejectReason> {
    if !cell.quoted && is_null(cell.text, column) {
        if !column.nullable || cell.text != b"null" {
            return Err(RejectReason::Null { column: column.header });
        }
        cell.value = CellValue::Null;
        return Ok(());
    }
    let expected = match column.kind {
        ColumnKind::Text => return Ok(()),
        ColumnKind::Id | ColumnKind::Reference(_) | ColumnKind::OwnedBy(_) => {
            cell.number = whole_number(cell.text).unwrap_or(0);
            if (1..=i64::MAX as u64).contains(&cell.number) {
                return Ok(());
            }
            ID
        }
        ColumnKind::Count if whole_number(cell.text).is_some_and(|count| i32::try_from(count).is_ok()) => {
            return Ok(());
        }
        ColumnKind::Count => COUNT,
        ColumnKind::Price if is_price(cell.text) => return Ok(()),
        ColumnKind::Price => PRICE,
        ColumnKind::Flag if matches!(cell.text, b"0" | b"1" | b"true" | b"false") => return Ok(()),
        ColumnKind::Flag => FLAG,
        ColumnKind::Rating if whole_number(cell.text).is_some_and(|rating| (1..=5).contains(&rating)) => {
            return Ok(());
        }
        ColumnKind::Rating => RATING,
        ColumnKind::Time => {
            if cell.value != CellValue::Milliseconds {
                cell.milliseconds = signed_number(cell.text).unwrap_or(i64::MAX);
            }
            if time::RANGE_MS.contains(&cell.milliseconds) {
                return Ok(());
            }
            TIME
        }
    };
    Err(RejectReason::Value { column: column.header, expected })
}

/// Whether an unquoted cell means null. Surrounding spaces and an empty cell of a nullable column are damage that the
/// strict parser refuses.
fn is_null(text: &[u8], column: &Column) -> bool {
    match text.trim_ascii() {
        b"null" => true,
        b"" => column.nullable,
        _ => false,
    }
}

/// Parses text that consists of digits only.
fn whole_number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Parses text that consists of digits only, after a minus for a negative number.
fn signed_number(text: &[u8]) -> Option<i64> {
    match text {
        [b'-', digits @ ..] => i64::try_from(whole_number(digits)?).ok().map(|number| -number),
        digits => i64::try_from(whole_number(digits)?).ok(),
    }
}

fn is_price(text: &[u8]) -> bool {
    let (whole, decimals) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    whole_number(whole).is_some_and(|number| number <= 9_999_999_999)
        && decimals.len() <= 2
        && whole_number(decimals).is_some()
}

/// Appends the cell in COPY's text format.
pub(crate) fn write_copy_text(cell: &Cell, kind: ColumnKind, out: &mut Vec<u8>) {
    if cell.value == CellValue::Null {
        out.extend_from_slice(b"\\N");
    } else if kind == ColumnKind::Time {
        time::write_timestamp(cell.milliseconds, out);
    } else if cell.escaped {
        write_escaped(&unescape(cell.text), out);
    } else if memchr3(b'\\', b'\t', b'\r', cell.text).is_some() {
        write_escaped(cell.text, out);
    } else {
        out.extend_from_slice(cell.text);
    }
}

fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}

/// Replaces each pair of quotes by one.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        kept.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
    kept
}
