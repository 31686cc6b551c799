//! When a cron expression in a time zone is due. Pure: the time is a parameter.
//!
//! Expressions have five fields (minute, hour, day of month, month, day of week) or six, with
//! seconds first. Days of the week count as in Unix: 0 and 7 are Sunday, 1 is Monday (the `cron`
//! crate counts from 1 = Sunday and is given names instead). Where both a day of the month and a
//! day of the week are given, both must hold.

use chrono::{DateTime, Duration, LocalResult, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use cron::Schedule;
use std::str::FromStr;

/// Why a schedule cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DueError {
    /// Not a cron expression.
    #[error(
        "cron expression `{0}`: expected `minute hour day-of-month month day-of-week`, e.g. `30 3 * * 1-5`"
    )]
    Expression(String),
    /// Not a time zone of the IANA database.
    #[error("time zone `{0}`: expected a name of the IANA database, e.g. `Europe/Paris`")]
    TimeZone(String),
}

/// A cron expression in a time zone.
#[derive(Debug, Clone)]
pub struct Cron {
    schedule: Schedule,
    zone: Tz,
    /// The hour is `*`: it goes by elapsed time, in the hour that comes twice too.
    every_hour: bool,
}

impl Cron {
    /// Reads an expression and the name of a time zone.
    ///
    /// # Errors
    /// [`DueError`].
    pub fn parse(expression: &str, zone: &str) -> Result<Self, DueError> {
        let wrong = || DueError::Expression(expression.to_owned());
        let mut fields: Vec<&str> = expression.split_ascii_whitespace().collect();
        if fields.len() == 5 {
            fields.insert(0, "0");
        }
        let [second, minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(wrong());
        };
        let weekday = weekday_names(weekday).ok_or_else(wrong)?;
        let text = format!("{second} {minute} {hour} {day} {month} {weekday}");
        let schedule = Schedule::from_str(&text).map_err(|_| wrong())?;
        let zone = Tz::from_str(zone).map_err(|_| DueError::TimeZone(zone.to_owned()))?;
        Ok(Self { schedule, zone, every_hour: *hour == "*" })
    }

    /// The latest time in `last < time <= now` (seconds since the epoch): several that were missed
    /// are made up for by one.
    ///
    /// A time that the clocks jump over in spring is due when they have jumped; one that comes
    /// twice in autumn is due the first time only, unless the hour is `*`.
    pub fn due(&self, last: i64, now: i64) -> Option<i64> {
        let at = Utc.timestamp_opt(now, 0).single()?.with_timezone(&self.zone);
        let latest = if self.every_hour {
            let at = at.with_timezone(&at.offset().fix()) + Duration::seconds(1);
            self.schedule.after(&at).next_back()?.timestamp()
        } else {
            self.latest_on_the_wall(&at)?
        };
        (last < latest && latest <= now).then_some(latest)
    }

    /// The latest time up to `at`, by the clock on the wall: dates are read as if they were UTC,
    /// which has no gaps, and then given their place in time.
    fn latest_on_the_wall(&self, at: &DateTime<Tz>) -> Option<i64> {
        // After the clocks went back the wall shows less than it did already.
        let before = *at - Duration::hours(3);
        let went_back =
            before.offset().fix().local_minus_utc() - at.offset().fix().local_minus_utc();
        let start = at.naive_local() + Duration::seconds(1 + i64::from(went_back.max(0)));
        let mut times = self.schedule.after(&start.and_utc());
        loop {
            let time = self.instant(times.next_back()?.naive_utc())?;
            if time <= at.timestamp() {
                return Some(time);
            }
        }
    }

    /// When the wall shows this time: the first time, and where the clocks jump over it, the
    /// moment of the jump.
    fn instant(&self, wall: NaiveDateTime) -> Option<i64> {
        match self.zone.from_local_datetime(&wall) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => Some(time.timestamp()),
            LocalResult::None => {
                // Half the gap's neighbours are at most a day away (Samoa skipped one).
                let hour = Duration::minutes(15);
                let mut after = wall;
                for _ in 0..100 {
                    after += hour;
                    if let Some(time) = self.zone.from_local_datetime(&after).earliest() {
                        return Some(self.jump_before(&time));
                    }
                }
                None
            }
        }
    }

    /// The first second after the clocks changed, at most a quarter of an hour before `time`.
    fn jump_before(&self, time: &DateTime<Tz>) -> i64 {
        let (mut low, mut high) = (time.timestamp() - 15 * 60, time.timestamp());
        let offset = |second: i64| {
            self.zone.timestamp_opt(second, 0).single().map(|time| time.offset().fix())
        };
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if offset(middle) == offset(time.timestamp()) {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }
}

/// When the expression was due last, if that was after `last` and not after `now`.
///
/// # Errors
/// [`DueError`] when the expression or the time zone is not one.
pub fn due(expression: &str, zone: &str, last: i64, now: i64) -> Result<Option<i64>, DueError> {
    Ok(Cron::parse(expression, zone)?.due(last, now))
}

/// Days of the week as the `cron` crate understands them without doubt.
fn weekday_names(field: &str) -> Option<String> {
    const NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    let day = |text: &str| -> Option<usize> {
        let number = text.parse().ok().or_else(|| {
            let text = text.get(..3)?.to_ascii_uppercase();
            NAMES.iter().position(|name| *name == text)
        })?;
        (number <= 7).then_some(number)
    };
    let mut named: Vec<&str> = Vec::new();
    for item in field.split(',') {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (item, 1),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (0, 6),
            Some((first, last)) => (day(first)?, day(last)?),
            None if item.contains('/') => (day(range)?, 6),
            None => (day(range)?, day(range)?),
        };
        // `FRI-MON` goes over the end of the week.
        let last = if last < first { last + 7 } else { last };
        named.extend((first..=last).step_by(step).filter_map(|day| NAMES.get(day % 7)));
    }
    named.dedup();
    let all = NAMES.iter().all(|name| named.contains(name));
    (!named.is_empty()).then(|| if all { "*".to_owned() } else { named.join(",") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp()
    }

    fn paris(expression: &str, last: &str, now: &str) -> Option<String> {
        due(expression, "Europe/Paris", at(last), at(now))
            .unwrap()
            .map(|time| Utc.timestamp_opt(time, 0).unwrap().format("%Y-%m-%dT%H:%MZ").to_string())
    }

    #[test]
    fn a_nightly_harvest_is_due_once_a_night_in_local_time() {
        let daily = "30 3 * * *";
        let last = "2026-01-10T02:30:00Z";
        assert_eq!(paris(daily, last, "2026-01-11T02:29:59Z"), None);
        assert_eq!(
            paris(daily, last, "2026-01-11T02:30:00Z").as_deref(),
            Some("2026-01-11T02:30Z")
        );
        assert_eq!(paris(daily, "2026-01-11T02:30:00Z", "2026-01-11T09:00:00Z"), None);
        // In summer the same wall time is an hour earlier.
        assert_eq!(
            paris(daily, "2026-07-01T02:00:00Z", "2026-07-02T01:30:00Z").as_deref(),
            Some("2026-07-02T01:30Z")
        );
    }

    #[test]
    fn a_week_of_missed_nights_is_made_up_for_by_one_harvest() {
        assert_eq!(
            paris("30 3 * * *", "2026-01-10T02:30:00Z", "2026-01-17T12:00:00Z").as_deref(),
            Some("2026-01-17T02:30Z")
        );
    }

    #[test]
    fn a_time_that_the_clocks_jump_over_is_due_when_they_have_jumped() {
        // 2026-03-29: 02:00 becomes 03:00 (01:00Z).
        let nightly = "30 2 * * *";
        let last = "2026-03-28T01:30:00Z";
        assert_eq!(paris(nightly, last, "2026-03-29T00:59:59Z"), None);
        let jump = Some("2026-03-29T01:00Z".to_owned());
        assert_eq!(paris(nightly, last, "2026-03-29T01:00:00Z"), jump);
        assert_eq!(paris(nightly, last, "2026-03-29T10:00:00Z"), jump);
        assert_eq!(paris(nightly, "2026-03-29T01:00:00Z", "2026-03-30T00:29:59Z"), None);
        assert_eq!(
            paris(nightly, "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z").as_deref(),
            Some("2026-03-30T00:30Z")
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_due_the_first_time_only() {
        // 2026-10-25: 03:00 becomes 02:00 (01:00Z).
        let nightly = "30 2 * * *";
        let last = "2026-10-24T00:30:00Z";
        let first = Some("2026-10-25T00:30Z".to_owned());
        assert_eq!(paris(nightly, last, "2026-10-25T00:30:00Z"), first);
        // Just after the clocks went back the wall shows 02:10, and 02:30 was already.
        assert_eq!(paris(nightly, last, "2026-10-25T01:10:00Z"), first);
        assert_eq!(paris(nightly, last, "2026-10-25T01:30:00Z"), first);
        assert_eq!(paris(nightly, "2026-10-25T00:30:00Z", "2026-10-26T01:29:59Z"), None);
    }

    #[test]
    fn an_hourly_harvest_goes_by_elapsed_time_through_both_changes() {
        for day in ["2026-03-29", "2026-10-25"] {
            let mut last = at(&format!("{day}T00:00:00Z")) - 1800;
            let mut count = 0;
            for minute in 0..360 {
                let now = at(&format!("{day}T00:00:00Z")) + minute * 60;
                if let Some(time) = due("0 * * * *", "Europe/Paris", last, now).unwrap() {
                    assert_eq!((time, time % 3600), (now, 0));
                    last = time;
                    count += 1;
                }
            }
            assert_eq!(count, 6, "{day}");
        }
    }

    #[test]
    fn days_of_the_week_count_as_in_unix() {
        // 2026-01-12 is a Monday.
        for (field, days) in [
            ("1", "12"),
            ("mon", "12"),
            ("0", "18"),
            ("7", "18"),
            ("1-5", "12 13 14 15 16"),
            ("5-7", "16 17 18"),
            ("sat-mon", "12 17 18"),
            ("*/2", "13 15 17 18"),
            ("*", "12 13 14 15 16 17 18"),
        ] {
            let cron = Cron::parse(&format!("0 12 * * {field}"), "UTC").unwrap();
            let on: Vec<String> = (12..=18)
                .filter(|day| {
                    let noon = at(&format!("2026-01-{day}T12:00:00Z"));
                    cron.due(noon - 1, noon).is_some()
                })
                .map(|day| day.to_string())
                .collect();
            assert_eq!(on.join(" "), days, "{field}");
        }
    }

    #[test]
    fn a_mistake_is_named() {
        for wrong in ["", "* * *", "61 * * * *", "0 3 * * 8", "0 3 * * lundi", "* * * * * * *"] {
            let error = due(wrong, "Europe/Paris", 0, 1).unwrap_err();
            assert_eq!(error, DueError::Expression(wrong.to_owned()));
        }
        let error = due("0 3 * * *", "Paris", 0, 1).unwrap_err();
        assert_eq!(error, DueError::TimeZone("Paris".to_owned()));
    }

    proptest! {
        /// Asking often and asking seldom see the same last time, and none is seen twice.
        #[test]
        fn asking_in_steps_skips_and_doubles_nothing(
            minute in 0_u32..60, hour in 0_u32..24, spring: bool, steps in prop::collection::vec(1_i64..20_000, 1..60)
        ) {
            let expression = format!("{minute} {hour} * * *");
            let cron = Cron::parse(&expression, "Europe/Paris").unwrap();
            let start = at(if spring { "2026-03-27T00:00:00Z" } else { "2026-10-23T00:00:00Z" });
            let (mut now, mut last, mut seen) = (start, start, Vec::new());
            for step in steps {
                now += step;
                if let Some(time) = cron.due(last, now) {
                    prop_assert!(time > last && time <= now);
                    last = time;
                    seen.push(time);
                }
            }
            // One a day of the wall, none left out: the first within a day of the start, the last
            // within a day of the end (an hour more when the clocks go back).
            let days: Vec<_> = seen
                .iter()
                .map(|time| Utc.timestamp_opt(*time, 0).unwrap().with_timezone(&cron.zone).date_naive())
                .collect();
            for pair in days.windows(2) {
                prop_assert_eq!(pair[0].succ_opt(), Some(pair[1]));
            }
            let first = seen.first().copied().unwrap_or(now);
            let latest = seen.last().copied().unwrap_or(start);
            prop_assert!(first - start <= 25 * 3_600 && now - latest <= 25 * 3_600);
            if let Some(latest) = seen.last() {
                prop_assert_eq!(cron.due(start, now), Some(*latest));
            }
        }
    }
}
