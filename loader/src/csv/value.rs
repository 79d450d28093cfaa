//! What may stand in a cell, by the kind of its column, and how it is handed to COPY.

use memchr::memchr3;

use super::split::Meaning;
use super::{Cell, Reason, Record, time};
use crate::tables::{Column, Kind};

const ID: &str = "a whole number from 1 to 9223372036854775807";
const COUNT: &str = "a whole number from 0 to 2147483647";
const PRICE: &str = "a number from 0 to 9999999999.99 with at most two decimals";
const FLAG: &str = "one of 0, 1, true, false";
const RATING: &str = "a whole number from 1 to 5";
const TIME: &str = "a time from 1970 to 9999, in milliseconds since 1970";

/// The record, if each cell is of its column's kind.
pub(super) fn checked<'a>(mut record: Record<'a>, columns: &[Column]) -> Result<Record<'a>, Reason> {
    for (cell, column) in record.cells_mut().iter_mut().zip(columns) {
        check(cell, column)?;
    }
    Ok(record)
}

/// Whether the cell is of the column's kind. Notes null, ids and times in the cell.
pub(super) fn check(cell: &mut Cell, column: &Column) -> Result<(), Reason> {
    if !cell.quoted && is_null(cell.text, column) {
        if !column.nullable || cell.text != b"null" {
            return Err(Reason::Null { column: column.header });
        }
        cell.meaning = Meaning::Null;
        return Ok(());
    }
    let expected = match column.kind {
        Kind::Text => return Ok(()),
        Kind::Id | Kind::Reference(_) | Kind::PartOf(_) => {
            cell.number = whole_number(cell.text).unwrap_or(0);
            if (1..=i64::MAX as u64).contains(&cell.number) {
                return Ok(());
            }
            ID
        }
        Kind::Count if whole_number(cell.text).is_some_and(|count| i32::try_from(count).is_ok()) => {
            return Ok(());
        }
        Kind::Count => COUNT,
        Kind::Price if is_price(cell.text) => return Ok(()),
        Kind::Price => PRICE,
        Kind::Flag if matches!(cell.text, b"0" | b"1" | b"true" | b"false") => return Ok(()),
        Kind::Flag => FLAG,
        Kind::Rating if whole_number(cell.text).is_some_and(|rating| (1..=5).contains(&rating)) => {
            return Ok(());
        }
        Kind::Rating => RATING,
        Kind::Time => {
            if cell.meaning != Meaning::Number {
                cell.number = whole_number(cell.text).unwrap_or(u64::MAX);
            }
            if cell.number <= time::LAST_MS {
                return Ok(());
            }
            TIME
        }
    };
    Err(Reason::Value { column: column.header, expected })
}

/// Whether a cell without quotes means null. With spaces around it, or as an empty cell of a column that may be null,
/// it does, but is damaged.
fn is_null(text: &[u8], column: &Column) -> bool {
    match text.trim_ascii() {
        b"null" => true,
        b"" => column.nullable,
        _ => false,
    }
}

/// Digits and nothing else.
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

fn is_price(text: &[u8]) -> bool {
    let (whole, decimals) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    whole_number(whole).is_some_and(|number| number <= 9_999_999_999)
        && decimals.len() <= 2
        && whole_number(decimals).is_some()
}

/// Appends the cell of a column of this kind in COPY's text format.
pub(crate) fn write_copy_text(cell: &Cell, kind: Kind, out: &mut Vec<u8>) {
    if cell.meaning == Meaning::Null {
        out.extend_from_slice(b"\\N");
    } else if kind == Kind::Time {
        time::write_timestamp(cell.number, out);
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

/// Takes one of each two quotes away.
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
