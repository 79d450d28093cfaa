//! Parses one line of a file into a record of cells, each of its column's kind, and writes it for COPY.
//!
//! Nearly all lines are well formed, so the first parser is strict and fast. A line that it refuses goes to a second,
//! tolerant parser ([`repair`]): damage with exactly one meaning is repaired, everything else is rejected with a
//! [`RejectReason`]. Whether referenced rows exist is checked elsewhere.

mod header;
mod line_reader;
mod parse;
mod reject_reason;
mod repair;
mod split;
mod time;
mod value;

pub(crate) use header::Header;
pub(crate) use line_reader::LineReader;
pub(crate) use parse::{ParsedLine, parse, write_copy_text};
pub(crate) use reject_reason::RejectReason;
pub(crate) use split::Record;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
