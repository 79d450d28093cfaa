//! Times, which stand in the files as milliseconds since 1970, and in an older edition of them as ISO dates.

/// The last millisecond of the year 9999. Later years have no four digits, and no browser reads them.
pub(super) const LAST_MS: u64 = 253_402_300_799_999;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// From the first of March of the year 0, where the years of the calculation begin, to 1970.
const DAYS_TO_1970: i64 = 719_468;
/// In 400 years, after which the calendar repeats itself.
const DAYS_OF_400_YEARS: i64 = 146_097;

/// Appends the time as PostgreSQL reads it: `2020-07-28 21:05:14.409+00`.
pub(super) fn write_timestamp(milliseconds: u64, out: &mut Vec<u8>) {
    let (year, month, day) = date((milliseconds / DAY_MS).cast_signed());
    let ms = milliseconds % DAY_MS;
    let mut text = *b"0000-00-00 00:00:00.000+00";
    let fields = [
        (0..4, year.cast_unsigned()),
        (5..7, month.cast_unsigned()),
        (8..10, day.cast_unsigned()),
        (11..13, ms / 3_600_000),
        (14..16, ms / 60_000 % 60),
        (17..19, ms / 1_000 % 60),
        (20..23, ms % 1_000),
    ];
    for (place, mut number) in fields {
        for digit in text[place].iter_mut().rev() {
            *digit = b"0123456789"[(number % 10) as usize];
            number /= 10;
        }
    }
    out.extend_from_slice(&text);
}

/// Milliseconds since 1970, not before, from `2019-01-01` or a date with a time, to the minute or finer, which is in
/// UTC if it does not name its distance to that: `2019-01-01T12:34:56.789+01:00`. Beyond milliseconds nothing is kept.
pub(super) fn from_iso(text: &[u8]) -> Option<u64> {
    let (date, time) = text.split_at_checked(10)?;
    let [year @ .., b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let (year, month, day) = (number(year)?, number(&[*m1, *m2])?, number(&[*d1, *d2])?);
    let days = days(year, month, day);
    if self::date(days) != (year, month, day) {
        return None;
    }
    let of_day = match time {
        [] => 0,
        [b'T' | b't' | b' ', time @ ..] => time_of_day(time)?,
        _ => return None,
    };
    u64::try_from(days * DAY_MS.cast_signed() + of_day).ok()
}

/// Milliseconds since midnight UTC.
fn time_of_day(text: &[u8]) -> Option<i64> {
    let zone = text.iter().position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'));
    let (time, zone) = text.split_at(zone.unwrap_or(text.len()));
    let (clock, fraction) = match time.iter().position(|&byte| byte == b'.') {
        Some(point) => (&time[..point], milliseconds(&time[point + 1..])?),
        None => (time, 0),
    };
    let (hours_and_minutes, seconds) = match clock {
        [.., b':', s1, s2] if clock.len() == 8 => (&clock[..5], number(&[*s1, *s2])?),
        _ if clock.len() == 5 && fraction == 0 => (clock, 0),
        _ => return None,
    };
    let minutes = minutes(hours_and_minutes)?;
    let ahead = match zone {
        [] | [b'Z' | b'z'] => 0,
        [b'+', distance @ ..] => self::minutes(distance)?,
        [_, distance @ ..] => -self::minutes(distance)?,
    };
    (seconds < 60).then_some(((minutes - ahead) * 60 + seconds) * 1_000 + fraction)
}

/// From `12:34`, `1234` or `12`.
fn minutes(text: &[u8]) -> Option<i64> {
    let (hours, minutes) = match text {
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// From the decimals of a second.
fn milliseconds(decimals: &[u8]) -> Option<i64> {
    let mut padded = *b"000000000";
    padded.get_mut(..decimals.len()).filter(|place| !place.is_empty())?.copy_from_slice(decimals);
    Some(number(&padded)? / 1_000_000)
}

/// From a few digits and nothing else.
fn number(digits: &[u8]) -> Option<i64> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    digits.iter().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))
}

/// The day's number, 1970-01-01 being 0, in a calendar whose years begin in March, so that the day that is not always
/// there is the last. Any month and day give some number.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let months = (month + 9) % 12;
    let day_of_year = (153 * months + 2) / 5 + day - 1;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + day_of_year - DAYS_TO_1970
}

/// Year, month and day of a day's number, which is the inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_TO_1970;
    let day = days.rem_euclid(DAYS_OF_400_YEARS);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (year * 365 + year / 4 - year / 100);
    let months = (5 * day_of_year + 2) / 153;
    let month = (months + 2) % 12 + 1;
    let years = days.div_euclid(DAYS_OF_400_YEARS) * 400 + year;
    (years + i64::from(month <= 2), month, day_of_year - (153 * months + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timestamp(milliseconds: u64) -> String {
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
        assert_eq!(timestamp(LAST_MS), "9999-12-31 23:59:59.999+00");
    }

    #[test]
    fn each_day_of_the_calendar_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for number in 0..=(LAST_MS / DAY_MS).cast_signed() {
            assert_eq!((date(number), days(year, month, day)), ((year, month, day), number));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day = day % length + 1;
            month = if day == 1 { month % 12 + 1 } else { month };
            year += i64::from(day == 1 && month == 1);
        }
        assert_eq!(year, 10_000);
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
            ("9999-12-31T23:59:59.999Z", Some(LAST_MS)),
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
            "1969-12-31",
            "1970-01-01T00:00+00:01",
            "20190101",
            "2019/01/01",
            "+019-01-01",
            "2019-01-01T",
            "2019-01-01X",
            "2019-01-01T24:00",
            "2019-01-01T00:60",
            "2019-01-01T00:00:60",
            "2019-01-01T1:00",
            "2019-01-01T00:00:00.",
            "2019-01-01T00:00:00.1234567890",
            "2019-01-01T00:00.5",
            "2019-01-01T00:00ZZ",
            "2019-01-01T00:00+1",
            "2019-01-01T00:00:00,5",
            "10000-01-01",
        ];
        for text in wrong {
            assert_eq!(from_iso(text.as_bytes()), None, "{text}");
        }
    }
}
