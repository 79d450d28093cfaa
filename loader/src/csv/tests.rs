//! Lines, and the result of parsing them.

use super::{Header, ParsedLine, Record, RejectReason, parse, write_copy_text};
use crate::tables::{Column, ColumnKind, TABLES, Table};

fn table(file: &str) -> &'static Table {
    TABLES.iter().find(|table| table.file == file).unwrap()
}

/// For a clean line its text for COPY, for a repaired one the repaired line and its text for COPY, for a rejected one the
/// reason.
fn outcome(file: &str, line: &[u8]) -> String {
    let columns = table(file).columns;
    let copied = |record: &Record| {
        let mut text = Vec::new();
        write_copy_text(record, columns, &mut text);
        text.pop();
        // A tab in a cell is escaped.
        String::from_utf8(text).unwrap().replace('\t', "|")
    };
    match parse(line, columns) {
        ParsedLine::Clean(record) => copied(&record),
        ParsedLine::Repaired(record) => {
            format!("{} => {}", String::from_utf8(record.to_line()).unwrap(), copied(&record))
        }
        ParsedLine::Rejected(reason) => format!("rejected: {reason}"),
    }
}

fn assert_outcomes(file: &str, expected: &[(&str, &str)]) {
    for (line, expected) in expected {
        assert_eq!(outcome(file, line.as_bytes()), *expected, "{file}: {line}");
    }
}

#[test]
fn clean_lines_keep_their_text() {
    let quoted = r#"1,"Camo Onesie","Blend in to your crowd","The ""So Fatigues"", all","#;
    assert_outcomes(
        "product.csv",
        &[
            (r#"1,"a","b","c","d",140"#, "1|a|b|c|d|140"),
            (r"1,a,b, c ,d,140", "1|a|b| c |d|140"),
            (r#"1,"a","","c",,0.5"#, "1|a||c||0.5"),
            (
                &format!("{quoted}\"\",9999999999.99"),
                r#"1|Camo Onesie|Blend in to your crowd|The "So Fatigues", all||9999999999.99"#,
            ),
            ("1,\"a\\N\",\"b\tb\",\"c\rc\",\" it's  \",140", r"1|a\\N|b\tb|c\rc| it's  |140"),
            (r#"9223372036854775807,"é","null","""","\.",007"#, r#"9223372036854775807|é|null|"|\\.|007"#),
            (r#""1","a","b","c","d","140""#, "1|a|b|c|d|140"),
        ],
    );
    assert_outcomes(
        "features.csv",
        &[
            (r#"4,2,"UV Protection",null"#, r"4|2|UV Protection|\N"),
            (r#"4,2,"UV Protection","null""#, "4|2|UV Protection|null"),
            (r#"4,2,"UV Protection","""#, "4|2|UV Protection|"),
            (r#"4,2,"a, b","c""""#, r#"4|2|a, b|c""#),
        ],
    );
    assert_outcomes(
        "styles.csv",
        &[(r#"3,1,"Ocean Blue & Grey",null,140,true"#, r"3|1|Ocean Blue & Grey|\N|140|true")],
    );
}

#[test]
fn a_missing_closing_quote_is_added_where_its_place_is_unambiguous() {
    assert_outcomes(
        "photos.csv",
        &[
            (r#"1,2,"https://a,"https://b""#, r#"1,2,"https://a","https://b" => 1|2|https://a|https://b"#),
            (r#"1,2,"https://a, "https://b""#, r#"1,2,"https://a","https://b" => 1|2|https://a|https://b"#),
            (r#"1,2,"https://a","https://b"#, r#"1,2,"https://a","https://b" => 1|2|https://a|https://b"#),
            (r#"1,2,"https://a,"https://b"#, r#"1,2,"https://a","https://b" => 1|2|https://a|https://b"#),
            (
                r#"1,2,"https://a?w=1,2,"https://b""#,
                r#"1,2,"https://a?w=1,2","https://b" => 1|2|https://a?w=1,2|https://b"#,
            ),
        ],
    );
    assert_outcomes(
        "skus.csv",
        &[
            (r#"1,46,"11, 11"#, r#"1,46,"11",11 => 1|46|11|11"#),
            (r#"1,46,"One, two,8"#, r#"1,46,"One, two",8 => 1|46|One, two|8"#),
        ],
    );
    assert_outcomes(
        "styles.csv",
        &[(r#"1,1,"Blue, Green,null,140,1"#, r#"1,1,"Blue, Green",null,140,1 => 1|1|Blue, Green|\N|140|1"#)],
    );
    assert_outcomes("features.csv", &[(r#"1,1,"UV,null"#, r#"1,1,"UV",null => 1|1|UV|\N"#)]);
}

#[test]
fn spaces_dollars_and_empty_cells_are_repaired() {
    assert_outcomes(
        "skus.csv",
        &[
            (r#"355,46,"11", 11"#, r#"355,46,"11",11 => 355|46|11|11"#),
            (r#" 355 ,46 , " 11 " ,11"#, r#"355,46," 11 ",11 => 355|46| 11 |11"#),
        ],
    );
    assert_outcomes(
        "styles.csv",
        &[
            (r#"1,1,"a",$100,$140.50,0"#, r#"1,1,"a",100,140.50,0 => 1|1|a|100|140.50|0"#),
            (r#"1,1,"a",,140,0"#, r#"1,1,"a",null,140,0 => 1|1|a|\N|140|0"#),
            (r#"1,1,"a", null ,140, 0"#, r#"1,1,"a",null,140,0 => 1|1|a|\N|140|0"#),
        ],
    );
    assert_outcomes("features.csv", &[(r#"4,2,"UV","#, r#"4,2,"UV",null => 4|2|UV|\N"#)]);
}

#[test]
fn reviews_have_ratings_times_flags_and_votes() {
    let head = |rating, date| format!(r#"1,2,{rating},{date},"Great!","I did","#);
    let tail = r#""funtime","a@b.example",null,8"#;
    let copied = r"1|2|5|2020-07-30 03:41:21.467+00|Great!|I did|true|0|funtime|a@b.example|\N|8";
    let clean = format!("{}true,0,{tail}", head("5", "1596080481467"));
    let older = format!("{}true,0,{tail}", head("5", r#" "2020-07-30T03:41:21.467Z" "#));
    let unclosed = format!(r#"1,2,5,1596080481467,"Great!","I did,true,0,{tail}"#);
    let empty = clean.replace("null", "");
    assert_outcomes(
        "reviews.csv",
        &[
            (&clean, copied),
            (&clean.replace("null", "\"null\""), &copied.replace("\\N", "null")),
            (&older, &format!("{clean} => {copied}")),
            (&unclosed, &format!("{clean} => {copied}")),
            (&empty, &format!("{clean} => {copied}")),
            (
                &clean.replace("1596080481467", "-1"),
                &copied.replace("2020-07-30 03:41:21.467", "1969-12-31 23:59:59.999"),
            ),
        ],
    );
    let rating = "rating is not a whole number from 1 to 5";
    let date = "date is not a time from the year 1 to 9999, in milliseconds since 1970";
    let cases = [
        (head("0", "0"), rating),
        (head("6", "0"), rating),
        (head("4.5", "0"), rating),
        (head("null", "0"), "rating must not be null"),
        (head("1", "-"), date),
        (head("1", "--1"), date),
        (head("1", "-62135596800001"), date),
        (head("1", "253402300800000"), date),
        (head("1", "99999999999999999999"), date),
        (head("1", "1e12"), date),
        (head("1", "2019-02-29"), date),
        (head("1", "1969-02-29"), date),
        (head("1", "\"\""), date),
        (head("1", ""), date),
        (head("1", "null"), "date must not be null"),
    ];
    for (head, reason) in cases {
        assert_eq!(
            outcome("reviews.csv", format!("{head}true,0,{tail}").as_bytes()),
            format!("rejected: {reason}")
        );
    }
    for (votes, is_taken) in [("0", true), ("2147483647", true), ("2147483648", false), ("-1", false)] {
        let line = clean.replace("null,8", &format!("null,{votes}"));
        assert_eq!(!outcome("reviews.csv", line.as_bytes()).starts_with("rejected"), is_taken, "{votes}");
    }
    let yes = clean.replace("true", "yes");
    assert_outcomes("reviews.csv", &[(&yes, "rejected: recommend is not one of 0, 1, true, false")]);
}

#[test]
fn a_line_without_a_valid_interpretation_is_rejected() {
    let id = "is not a whole number from 1 to 9223372036854775807";
    let cases = [
        ("", "expected 4 cells, found 1".to_owned()),
        (r#"1,2,"XS""#, "expected 4 cells, found 3".to_owned()),
        (r#"1,2,"XS",8,9"#, "expected 4 cells, found 5".to_owned()),
        (r#"1,2,"XS",8,,,,,,,,,,,,,"#, "expected 4 cells, found 17".to_owned()),
        (r#"0,2,"XS",8"#, format!("id {id}")),
        (r#"-1,2,"XS",8"#, format!("id {id}")),
        (r#"+1,2,"XS",8"#, format!("id {id}")),
        (r#"1e5,2,"XS",8"#, format!("id {id}")),
        (r#"9223372036854775808,2,"XS",8"#, format!("id {id}")),
        (r#"99999999999999999999999,2,"XS",8"#, format!("id {id}")),
        (r#"1,,"XS",8"#, format!("styleId {id}")),
        (r#"1,2,"XS",2147483648"#, "quantity is not a whole number from 0 to 2147483647".to_owned()),
        (r#"1,2,"XS",1.0"#, "quantity is not a whole number from 0 to 2147483647".to_owned()),
        (r#"1,2,"XS",null"#, "quantity must not be null".to_owned()),
        ("1,2, null ,8", "size must not be null".to_owned()),
        (r#"1,2,X"S,8"#, "a quote is missing or misplaced".to_owned()),
        (r#"1,2,"X"S",8"#, "a quote is missing or misplaced".to_owned()),
        (r#"1,2,XS",8"#, "a quote is missing or misplaced".to_owned()),
        (r#"1,2,"XS"",8"#, "a quote is missing or misplaced".to_owned()),
        (r#"1,2,",8"#, "a quote is missing or misplaced".to_owned()),
    ];
    for (line, reason) in &cases {
        assert_eq!(outcome("skus.csv", line.as_bytes()), format!("rejected: {reason}"), "{line}");
    }
    assert_eq!(outcome("skus.csv", b"1,2,\"X\xFF\",8"), "rejected: not valid UTF-8");
    assert_eq!(outcome("skus.csv", b"1,2,\"X\0\",8"), "rejected: holds a NUL byte");
    let price = "is not a number from 0 to 9999999999.99 with at most two decimals";
    for amount in
        ["-1", "+1", "1.", ".5", "1.234", "10000000000", "1e5", "$", "$-1", "\"null\"", "\"\"", "1,5"]
    {
        let line = format!(r#"1,"a","b","c","d",{amount}"#);
        let expected = if amount == "1,5" {
            "expected 6 cells, found 7".into()
        } else {
            format!("default_price {price}")
        };
        assert_eq!(outcome("product.csv", line.as_bytes()), format!("rejected: {expected}"));
    }
    assert_outcomes(
        "styles.csv",
        &[
            (r#"1,1,"a",$null,140,0"#, &format!("rejected: sale_price {price}")),
            (r#"1,1,"a",null,null,0"#, "rejected: original_price must not be null"),
            (r#"1,1,"a",null,140,2"#, "rejected: default_style is not one of 0, 1, true, false"),
        ],
    );
    // The end of the first text is unknown, and the rest is not quoted.
    assert_outcomes(
        "features.csv",
        &[(r#"1,1,"Fabric,Canvas"#, "rejected: a quote is missing or misplaced")],
    );
}

#[test]
fn a_line_with_two_interpretations_is_rejected() {
    let column = |nullable| Column { header: "text", name: "text", kind: ColumnKind::Text, nullable };
    let columns = [false, true, true, true, true, false].map(column);
    // One null too many: it is part of the first text or of the second.
    let parsed = parse(br#""a,null,null,"b,null,null,"c""#, &columns);
    assert!(matches!(parsed, ParsedLine::Rejected(RejectReason::Ambiguous)), "{parsed:?}");
}

#[test]
fn long_lines_are_parsed_and_repaired() {
    let text = "x,".repeat(5 << 20);
    let clean = outcome("features.csv", format!(r#"1,1,"{text}","{text}""#).as_bytes());
    assert_eq!(clean, format!("1|1|{text}|{text}"));
    let repaired = outcome("features.csv", format!(r#"1,1,"{text},"y""#).as_bytes());
    assert_eq!(repaired, format!(r#"1,1,"{text}","y" => 1|1|{text}|y"#));
}

#[test]
fn a_header_may_have_spaces_around_its_names() {
    let photos = table("photos.csv");
    assert_eq!(Header::parse(b"id,styleId,url,thumbnail_url", photos), Header::Clean);
    assert_eq!(Header::parse(b"id, styleId, url, thumbnail_url ", photos), Header::Repaired);
    assert_eq!(Header::parse(b"id,style_id,url,thumbnail_url", photos), Header::Invalid);
    assert_eq!(Header::parse(b"id,url,styleId,thumbnail_url", photos), Header::Invalid);
    assert_eq!(Header::parse(b"1,2,\"a\",\"b\"", photos), Header::Invalid);
    assert_eq!(Header::parse(b"", photos), Header::Invalid);
}
