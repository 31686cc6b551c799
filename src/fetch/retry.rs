//! When to try again, and how long to wait before.

use chrono::{DateTime, NaiveDateTime, Utc};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// First pause; it doubles with every failure.
const FIRST: Duration = Duration::from_millis(500);
/// Longest pause of our own choosing.
const LONGEST: Duration = Duration::from_mins(1);
/// Longest pause that a server may ask for; past it the request fails and a later run tries again.
pub const LONGEST_ASKED: Duration = Duration::from_mins(15);

/// Whether an answer with this status may be different next time.
pub fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504 | 507 | 520..=524)
}

/// The pause after failure number `failure` (from 1): 0.5 s doubled each time, at most a minute,
/// then somewhere between half and all of it, so that clients that failed together do not come
/// back together. `random` is any number.
pub fn pause(failure: u32, random: u64) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32 << failure.saturating_sub(1).min(16)).min(LONGEST);
    let half = doubled / 2;
    half + Duration::from_millis(random % (half.as_millis() as u64 + 1))
}

/// A number that differs from call to call: the hash of nothing with fresh keys.
pub fn random() -> u64 {
    RandomState::new().hash_one(0_u8)
}

/// Reads `Retry-After`: seconds, or a date in one of the three forms of HTTP (RFC 9110, 5.6.7).
/// A date that is past means now. `None` when it is neither.
///
/// # Example
/// ```
/// use passerelle::fetch::retry::retry_after;
/// use std::time::Duration;
/// let now = chrono::DateTime::parse_from_rfc3339("2026-11-23T10:00:00Z").unwrap().to_utc();
/// assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
/// assert_eq!(retry_after("Mon, 23 Nov 2026 10:00:30 GMT", now), Some(Duration::from_secs(30)));
/// ```
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date =
        DateTime::parse_from_rfc2822(value).map(|date| date.to_utc()).ok().or_else(|| {
            ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
                .iter()
                .find_map(|form| NaiveDateTime::parse_from_str(value, form).ok())
                .map(|date| date.and_utc())
        })?;
    Some((date - now).to_std().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn retry_after_is_read_in_every_form_of_http() {
        let now = DateTime::parse_from_rfc3339("1994-11-06T08:49:07Z").unwrap().to_utc();
        for (value, seconds) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(30)),
            ("Sun Nov  6 08:49:37 1994", Some(30)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_at_least_half_and_at_most_all_of_its_step(failure in 1_u32..40, random: u64) {
            let step = FIRST.saturating_mul(1 << (failure - 1).min(16)).min(LONGEST);
            let pause = pause(failure, random);
            prop_assert!(pause >= step / 2 && pause <= step);
        }
    }
}
