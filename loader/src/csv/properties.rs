//! Properties of all lines, checked with generated ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::time::{RANGE_MS, from_iso, write_timestamp};
use super::{LineReader, ParsedLine, Record, parse, write_copy_text};
use crate::tables::{Column, ColumnKind, TABLES, Table};

/// The text of a record for COPY: each cell, followed by the only tab.
fn copied(record: &Record, columns: &[Column]) -> Vec<u8> {
    let mut text = Vec::new();
    write_copy_text(record, columns, &mut text);
    assert_eq!(text.split(|byte| *byte == b'\t').count(), columns.len() + 1);
    assert!(!text.contains(&b'\n') && !text.contains(&0));
    text
}

/// A cell as PostgreSQL reads it from a text for COPY.
fn decoded(text: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(text).unwrap().replace("\\\\", "\0");
    text.replace("\\t", "\t").replace("\\r", "\r").replace('\0', "\\").into_bytes()
}

/// A line without its line break.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let not_a_break = any::<u8>().prop_filter("a line break", |byte| !matches!(byte, b'\n' | b'\r'));
    vec(prop_oneof![not_a_break, select(&b"\",\", 1$-"[..])], 0..60)
}

/// A cell of a column: well formed, damaged, or of another kind.
fn cell(kind: ColumnKind) -> impl Strategy<Value = String> {
    let cells: &[&str] = match kind {
        ColumnKind::Text => &["\"a\"", "\"a, \"\"b\"\"\"", "\"a, b", " \"a\" ", "a", "", "null", "\"\\\t\""],
        ColumnKind::Price => &["140", "$140.50", " 5 ", "\"7\"", "null", "", "1.234"],
        ColumnKind::Flag => &["0", "true", " 1", "yes"],
        ColumnKind::Time => &["1595884714409", "-1", "2019-01-01", "\"2019-01-01T12:34:56.789+01:00\"", "x"],
        _ => &["1", "5", " 2 ", "\"3\"", "0", "x", "null"],
    };
    prop_oneof![40 => select(cells).prop_map(str::to_owned), 1 => ".{0,9}"]
}

/// A table, and a line that is nearly one of its file.
fn near_line() -> impl Strategy<Value = (&'static Table, Vec<u8>)> {
    select(&TABLES[..]).prop_flat_map(|table| {
        let cells: Vec<_> = table.columns.iter().map(|column| cell(column.kind)).collect();
        cells.prop_map(move |cells| (table, cells.join(",").into_bytes()))
    })
}

fn assert_outcome(table: &Table, line: &[u8]) {
    match parse(line, table.columns) {
        ParsedLine::Clean(record) => drop(copied(&record, table.columns)),
        ParsedLine::Repaired(record) => match parse(&record.to_line(), table.columns) {
            ParsedLine::Clean(again) => {
                assert_eq!(copied(&again, table.columns), copied(&record, table.columns));
            }
            other => panic!("the repaired line is damaged: {other:?}"),
        },
        ParsedLine::Rejected(reason) => assert!(!reason.to_string().is_empty()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn every_line_is_a_record_or_repaired_to_a_clean_line_or_rejected((table, line) in near_line()) {
        assert_outcome(table, &line);
    }

    #[test]
    fn any_bytes_have_an_outcome(line in any_line()) {
        for table in TABLES {
            assert_outcome(table, &line);
        }
    }

    #[test]
    fn quoted_text_is_read_to_the_byte(text in "[^\0\n]{0,40}") {
        let line = format!("1,2,\"{}\",null", text.replace('"', "\"\""));
        let table = TABLES.iter().find(|table| table.file == "features.csv").unwrap();
        let ParsedLine::Clean(record) = parse(line.as_bytes(), table.columns) else { panic!("{line}") };
        let copied = copied(&record, table.columns);
        prop_assert_eq!(decoded(copied.split(|byte| *byte == b'\t').nth(2).unwrap()), text.as_bytes());
    }

    #[test]
    fn lines_are_read_without_their_line_breaks(lines in vec(any_line(), 1..9), is_crlf: bool) {
        let file = lines.join(if is_crlf { &b"\r\n"[..] } else { b"\n" });
        let file = [b"\xEF\xBB\xBF", &*file].concat();
        let mut reader = LineReader::new(&*file);
        for line in &lines[..lines.len() - 1] {
            prop_assert_eq!(reader.next().unwrap(), Some(&**line));
        }
        let last = lines.last().filter(|last| lines.len() == 1 || !last.is_empty());
        prop_assert_eq!(reader.next().unwrap().map(<[u8]>::to_vec), last.cloned());
    }

    #[test]
    fn a_time_is_the_same_instant_in_milliseconds_and_as_a_date(milliseconds in RANGE_MS) {
        let mut timestamp = Vec::new();
        write_timestamp(milliseconds, &mut timestamp);
        prop_assert_eq!(from_iso(&timestamp), Some(milliseconds));
        let question = |time: &str| format!("1,1,\"body\",{time},\"name\",\"email\",0,1").into_bytes();
        let columns = TABLES.iter().find(|table| table.file == "questions.csv").unwrap().columns;
        let (number, date) = (question(&milliseconds.to_string()), question(str::from_utf8(&timestamp).unwrap()));
        match (parse(&number, columns), parse(&date, columns)) {
            (ParsedLine::Clean(number), ParsedLine::Repaired(date)) => {
                prop_assert_eq!(copied(&number, columns), copied(&date, columns));
            }
            other => panic!("{other:?}"),
        }
    }
}
