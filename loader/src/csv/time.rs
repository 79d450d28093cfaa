//! Times: milliseconds since 1970 in the files, ISO 8601 dates in an older edition of them.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::{DateTimePrinter, Pieces};
use jiff::tz::Offset;

/// The milliseconds from the year 1 to 9999. JSON clients expect years of four digits.
pub(super) const RANGE_MS: RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

const DAY_S: i32 = 24 * 60 * 60;
/// 1970-01-01. A civil time in UTC: jiff's `Timestamp` ends a day before the year 9999 does.
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
const PRINTER: DateTimePrinter = DateTimePrinter::new().separator(b' ').precision(Some(3));

/// Appends the time in PostgreSQL's format: `2020-07-28 21:05:14.409+00`. `milliseconds` is in
/// [`RANGE_MS`].
pub(super) fn write_timestamp(milliseconds: i64, out: &mut Vec<u8>) {
    let time = EPOCH + SignedDuration::from_millis(milliseconds);
    PRINTER.print_datetime(&time, &mut *out).expect("a vector takes all bytes");
    out.extend_from_slice(b"+00");
}

/// Milliseconds since 1970 of an ISO 8601 date such as `2019-01-01` or `2019-01-01T12:34:56.789+01:00`: with a time of day to
/// the minute or finer, or none. Without an offset the time is in UTC. Fractions of a millisecond are cut off. `None` for
/// other texts. May be outside of [`RANGE_MS`].
pub(super) fn from_iso(text: &[u8]) -> Option<i64> {
    if !has_form(text) {
        return None;
    }
    let pieces = Pieces::parse(text).ok()?;
    let time = pieces.date().to_datetime(pieces.time().unwrap_or(Time::midnight()));
    let offset = pieces.to_numeric_offset().unwrap_or(Offset::UTC);
    if offset.seconds().abs() >= DAY_S {
        return None;
    }
    let since_epoch = time.duration_since(EPOCH) - SignedDuration::from_secs(offset.seconds().into());
    // Towards the past, also before 1970.
    i64::try_from(since_epoch.as_nanos().div_euclid(1_000_000)).ok()
}

/// Whether the text has the form that the files use. jiff reads more: dates without hyphens (20190101 is a number of
/// milliseconds here), hours without minutes, leap seconds, decimal commas, offsets to the second, and names of time zones.
fn has_form(text: &[u8]) -> bool {
    let Some((date, time)) = text.split_at_checked(10) else { return false };
    let offset = time.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
    let (clock, offset) = time.split_at(offset.unwrap_or(time.len()));
    date[4] == b'-'
        && (time.is_empty() || clock.get(3) == Some(&b':'))
        && !clock[clock.len().min(6)..].starts_with(b":60")
        && offset.len() <= "+00:00".len()
        && !time.iter().any(|byte| matches!(byte, b',' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timestamp(milliseconds: i64) -> String {
        let mut text = Vec::new();
        write_timestamp(milliseconds, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn milliseconds_become_timestamps() {
        assert_eq!(timestamp(0), "1970-01-01 00:00:00.000+00");
        assert_eq!(timestamp(951_782_399_999), "2000-02-28 23:59:59.999+00");
        assert_eq!(timestamp(951_782_400_000), "2000-02-29 00:00:00.000+00");
        assert_eq!(timestamp(1_595_884_714_409), "2020-07-27 21:18:34.409+00");
        assert_eq!(timestamp(*RANGE_MS.end()), "9999-12-31 23:59:59.999+00");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999+00");
        assert_eq!(timestamp(-86_400_000), "1969-12-31 00:00:00.000+00");
        assert_eq!(timestamp(*RANGE_MS.start()), "0001-01-01 00:00:00.000+00");
    }

    #[test]
    fn iso_dates_become_milliseconds() {
        let new_year = 1_546_300_800_000;
        let cases = [
            ("2019-01-01", Some(new_year)),
            ("2019-01-01T00:00", Some(new_year)),
            ("2019-01-01 00:00:00", Some(new_year)),
            ("2019-01-01T00:00:00.000Z", Some(new_year)),
            ("2019-01-01T01:30:01.5+01:30", Some(new_year + 1_500)),
            ("2018-12-31T23:00:00.123456-0100", Some(new_year + 123)),
            ("2019-01-01T00:00Z", Some(new_year)),
            ("2019-01-01 05:00:00+05", Some(new_year)),
            ("2000-02-29", Some(951_782_400_000)),
            ("1970-01-01", Some(0)),
            ("1969-12-31", Some(-86_400_000)),
            ("1969-12-31T23:59:59.9999", Some(-1)),
            ("1970-01-01T00:00+00:01", Some(-60_000)),
            ("1969-07-20T20:17:40Z", Some(-14_182_940_000)),
            ("0001-01-01", Some(*RANGE_MS.start())),
            ("9999-12-31T23:59:59.999Z", Some(*RANGE_MS.end())),
        ];
        for (text, expected) in cases {
            assert_eq!(from_iso(text.as_bytes()), expected, "{text}");
        }
        let wrong = [
            "",
            "2019",
            "2019-1-1",
            "2019-13-01",
            "2019-00-01",
            "2019-01-00",
            "2019-02-29",
            "1900-02-29",
            "2019-04-31",
            "20190101",
            "2019/01/01",
            "+019-01-01",
            "2019-01-01T",
            "2019-01-01X",
            "2019-01-01T24:00",
            "2019-01-01T00:60",
            "2019-01-01T00:00:60",
            "2018-12-31T23:59:60Z",
            "2019-01-01T01",
            "2019-01-01T0100",
            "2019-01-01T1:00",
            "2019-01-01T00:00:00.",
            "2019-01-01T00:00:00.1234567890",
            "2019-01-01T00:00.5",
            "2019-01-01T00:00ZZ",
            "2019-01-01T00:00+1",
            "2019-01-01T00:00+01:00:00",
            "2019-01-01T00:00:00,5",
            "2019-01-01T00:00[Europe/Paris]",
            "2019-01-01T00:00Z[UTC]",
            "2019-01-01[UTC]",
            "10000-01-01",
        ];
        for text in wrong {
            assert_eq!(from_iso(text.as_bytes()), None, "{text}");
        }
    }
}
