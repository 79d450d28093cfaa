//! A line of a CSV file, parsed as a line of each of the fourteen files.

#![no_main]
#![allow(dead_code, unused_imports, reason = "the modules belong to the loader, which uses all of them")]

#[path = "../../loader/src/csv/mod.rs"]
mod csv;
#[path = "../../loader/src/tables/mod.rs"]
mod tables;

use csv::{ParsedLine, Record, parse, write_copy_text};
use libfuzzer_sys::fuzz_target;
use tables::{Column, TABLES};

fuzz_target!(|input: &[u8]| {
    let line = input.split(|byte| *byte == b'\n').next().unwrap_or_default();
    for table in TABLES {
        match parse(line, table.columns) {
            ParsedLine::Clean(record) => drop(copied(&record, table.columns)),
            ParsedLine::Repaired(record) => {
                let repaired = record.to_line();
                let ParsedLine::Clean(again) = parse(&repaired, table.columns) else {
                    panic!("{}: the repaired line is damaged", table.file)
                };
                assert_eq!(copied(&again, table.columns), copied(&record, table.columns), "{}", table.file);
            }
            ParsedLine::Rejected(reason) => assert!(!reason.to_string().is_empty()),
        }
    }
});

/// The text of a record for COPY. Each cell is followed by the only tab.
fn copied(record: &Record, columns: &[Column]) -> Vec<u8> {
    let mut text = Vec::new();
    write_copy_text(record, columns, &mut text);
    assert_eq!(text.iter().filter(|byte| **byte == b'\t').count(), columns.len());
    assert!(!text.contains(&b'\n') && !text.contains(&0));
    text
}
