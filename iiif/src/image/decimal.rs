//! Decimal numbers of requests, exact: percentages and degrees.

use std::fmt;

/// Digits behind the point that are kept; further ones change no pixel of any image.
const DIGITS: usize = 10;
/// 10 to the power of [`DIGITS`].
const ONE: u64 = 10_000_000_000;

/// A non-negative decimal number with ten digits behind the point, exact, so that plans are plain
/// integer arithmetic.
///
/// # Example
/// ```
/// use iiif::image::decimal::Decimal;
/// assert_eq!(Decimal::parse("41.60").unwrap().to_string(), "41.6");
/// assert!(Decimal::parse("1e2").is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(u64);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn whole(n: u32) -> Self {
        Self(u64::from(n).saturating_mul(ONE))
    }

    /// Reads digits with at most one `.` (Image API 3.0 section 4.7 and 2.1 section 4.1: no sign, no
    /// exponent). At most nine digits before the point; digits behind the tenth are dropped.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None if text.is_empty() => return None,
            None => (text, ""),
        };
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.len() > 9 || fraction.len() > 64 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction = fraction
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(DIGITS)
            .fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        Some(Self(whole * ONE + fraction))
    }

    /// This many percent of `n`, rounded to the nearest whole.
    pub fn percent_of(self, n: u32) -> u64 {
        let hundred = u128::from(ONE) * 100;
        let product = u128::from(self.0) * u128::from(n);
        u64::try_from((product + hundred / 2) / hundred).unwrap_or(u64::MAX)
    }

    /// Nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Decimal {
    /// An integer when possible, no trailing zeros, a leading zero below one (section 4.7).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / ONE, self.0 % ONE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:0DIGITS$}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_exponents_and_stray_points_are_refused() {
        for bad in ["", ".", "5.", "-1", "+1", "1e2", "1.2.3", " 1", "NaN", "inf", "1234567890"] {
            assert_eq!(Decimal::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn percentages_round_to_the_nearest_pixel() {
        assert_eq!(Decimal::parse("41.6").unwrap().percent_of(300), 125);
        assert_eq!(Decimal::parse("0.05").unwrap().percent_of(1000), 1);
        assert_eq!(Decimal::whole(100).percent_of(u32::MAX), u64::from(u32::MAX));
    }

    proptest! {
        #[test]
        fn display_is_read_back(text in "[0-9]{1,9}(\\.[0-9]{1,12})?") {
            let number = Decimal::parse(&text).unwrap();
            prop_assert_eq!(Decimal::parse(&number.to_string()), Some(number));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _any = Decimal::parse(&text);
        }
    }
}
