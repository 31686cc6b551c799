//! UTC datestamps in the two granularities of the protocol (sections 2.7.1 and 3.3).

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

/// Fineness of datestamps.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Granularity {
    /// `YYYY-MM-DD`.
    Day,
    /// `YYYY-MM-DDThh:mm:ssZ`.
    Second,
}

impl Granularity {
    /// As `Identify` writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "YYYY-MM-DD",
            Self::Second => "YYYY-MM-DDThh:mm:ssZ",
        }
    }

    /// Reads what servers write: anything with a `T` in it means seconds.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        if !text.starts_with("YYYY-MM-DD") {
            return None;
        }
        Some(if text.contains('T') { Self::Second } else { Self::Day })
    }
}

/// A datestamp with the granularity in which it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datestamp {
    /// Second of the epoch; for a day, its first second.
    pub seconds: i64,
    /// How it was written.
    pub granularity: Granularity,
}

impl Datestamp {
    /// Reads exactly the two forms of the protocol, real dates of the calendar only. Anything else,
    /// fractions and offsets included, is none.
    pub fn parse(text: &str) -> Option<Self> {
        let granularity = match text.len() {
            10 => Granularity::Day,
            20 => Granularity::Second,
            _ => return None,
        };
        let pattern: &[u8] = b"dddd-dd-ddTdd:dd:ddZ";
        let shaped = text.bytes().zip(pattern).all(|(byte, expected)| match expected {
            b'd' => byte.is_ascii_digit(),
            other => byte == *other,
        });
        if !shaped {
            return None;
        }
        let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        // XML Schema knows no year 0, and the answer repeats the argument.
        let year = number(0, 4).filter(|year| *year > 0)?;
        let date =
            NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(5, 7)?, number(8, 10)?)?;
        let time = match granularity {
            Granularity::Day => NaiveTime::MIN,
            Granularity::Second => {
                NaiveTime::from_hms_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?)?
            }
        };
        let seconds = NaiveDateTime::new(date, time).and_utc().timestamp();
        Some(Self { seconds, granularity })
    }

    /// Reads what other servers write: also offsets, fractions, a missing `Z`, `YYYYMMDD`
    /// (Harvard), a blank for the `T`. Of what cannot be understood, none.
    pub fn parse_lenient(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(exact) = Self::parse(text) {
            return Some(exact);
        }
        let second = |seconds| Self { seconds, granularity: Granularity::Second };
        if let Ok(time) = DateTime::parse_from_rfc3339(text) {
            return Some(second(time.timestamp()));
        }
        let bare = text.trim_end_matches(['Z', 'z']);
        for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(time) = NaiveDateTime::parse_from_str(bare, form) {
                return Some(second(time.and_utc().timestamp()));
            }
        }
        ["%Y-%m-%d", "%Y%m%d"].into_iter().find_map(|form| {
            let date = NaiveDate::parse_from_str(bare, form).ok()?;
            let seconds = date.and_time(NaiveTime::MIN).and_utc().timestamp();
            Some(Self { seconds, granularity: Granularity::Day })
        })
    }

    /// The last second that the datestamp covers: of a day, 23:59:59.
    pub fn last_second(self) -> i64 {
        match self.granularity {
            Granularity::Day => self.seconds.saturating_add(86_399),
            Granularity::Second => self.seconds,
        }
    }

    /// One granule earlier, written in a granularity: where an incremental harvest begins, so that
    /// what changed during the granule of the last answer is not missed.
    pub fn one_granule_before(self, granularity: Granularity) -> String {
        let step = if granularity == Granularity::Day { 86_400 } else { 1 };
        format(self.seconds.saturating_sub(step), granularity)
    }
}

/// Writes a second of the epoch. Outside the years 1 to 9999 the nearest end of that range.
pub fn format(seconds: i64, granularity: Granularity) -> String {
    const FIRST: i64 = -62_135_596_800;
    const LAST: i64 = 253_402_300_799;
    let time =
        DateTime::from_timestamp(seconds.clamp(FIRST, LAST), 0).unwrap_or(DateTime::UNIX_EPOCH);
    // Digit by digit: chrono's format strings are read anew each time, and every header has a date.
    let mut text = String::with_capacity(20);
    let mut put = |number: u32, digits: u32, before: &str| {
        text.push_str(before);
        for place in (0..digits).rev() {
            text.push(char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0'));
        }
    };
    put(time.year().unsigned_abs(), 4, "");
    put(time.month(), 2, "-");
    put(time.day(), 2, "-");
    if granularity == Granularity::Second {
        put(time.hour(), 2, "T");
        put(time.minute(), 2, ":");
        put(time.second(), 2, ":");
        text.push('Z');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_two_forms_and_real_dates_are_read() {
        assert_eq!(Datestamp::parse("1970-01-02").unwrap().seconds, 86_400);
        assert_eq!(Datestamp::parse("1970-01-02").unwrap().last_second(), 172_799);
        assert_eq!(
            Datestamp::parse("2024-02-29T23:59:59Z").unwrap().granularity,
            Granularity::Second
        );
        for bad in [
            "",
            "2026-02-30",
            "2023-02-29",
            "2024-1-01",
            "2024-01-01T00:00:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T00:00:00.0Z",
            "2024-01-01t00:00:00z",
            "0000-01-01",
            "2024-01-01T00:00:00+00:00",
            "-024-01-01",
            "2024-01-01 00:00:00Z",
            "２０２４-01",
            "2002-06-01T03:020:0Z",
        ] {
            assert_eq!(Datestamp::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_servers_write_is_understood() {
        let read =
            |text: &str| Datestamp::parse_lenient(text).map(|d| format(d.seconds, d.granularity));
        assert_eq!(read("2019-04-03T16:22:35+02:00").as_deref(), Some("2019-04-03T14:22:35Z"));
        assert_eq!(read("20210311").as_deref(), Some("2021-03-11"));
        assert_eq!(read("\n 2002-06-01T19:20:30.123Z ").as_deref(), Some("2002-06-01T19:20:30Z"));
        assert_eq!(read("2002-06-01 19:20:30").as_deref(), Some("2002-06-01T19:20:30Z"));
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn an_incremental_harvest_overlaps_by_one_granule() {
        let last = Datestamp::parse("2024-03-01T00:00:00Z").unwrap();
        assert_eq!(last.one_granule_before(Granularity::Second), "2024-02-29T23:59:59Z");
        assert_eq!(last.one_granule_before(Granularity::Day), "2024-02-29");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_135_596_800_i64..253_402_300_799) {
            prop_assert_eq!(Datestamp::parse(&format(seconds, Granularity::Second)).unwrap().seconds, seconds);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _either = (Datestamp::parse(&text), Datestamp::parse_lenient(&text));
        }
    }
}
