//! The rotation parameter (section 4.3).

use super::ImageError;
use super::decimal::Decimal;
use std::fmt;

/// Mirroring about the vertical axis, then clockwise rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rotation {
    /// `!`: mirrored before it is turned.
    pub mirror: bool,
    /// Clockwise, 0 to below 360.
    pub degrees: Decimal,
}

impl Rotation {
    /// No rotation.
    pub const NONE: Self = Self { mirror: false, degrees: Decimal::ZERO };

    /// Reads the decoded parameter. 360 is 0.
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400) outside 0 to 360.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let (mirror, number) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let full = Decimal::whole(360);
        Decimal::parse(number)
            .filter(|degrees| *degrees <= full)
            .map(|degrees| Self {
                mirror,
                degrees: if degrees == full { Decimal::ZERO } else { degrees },
            })
            .ok_or_else(|| ImageError::syntax("rotation", text, "0 to 360, ! before it to mirror"))
    }

    /// Number of quarter turns, when the angle is a multiple of 90.
    pub fn quarter_turns(self) -> Option<u8> {
        (0u8..4).find(|turns| Decimal::whole(u32::from(*turns) * 90) == self.degrees)
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.mirror { "!" } else { "" }, self.degrees)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotations_outside_the_circle_are_refused() {
        for bad in ["", "!", "-90", "360.1", "361", "90!", "!!90", "9e1", "left"] {
            assert_eq!(Rotation::parse(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    #[test]
    fn the_canonical_form_has_no_trailing_zeros() {
        for (given, canonical) in
            [("22.50", "22.5"), ("!0", "!0"), ("360", "0"), ("090", "90"), (".5", "0.5")]
        {
            assert_eq!(Rotation::parse(given).unwrap().to_string(), canonical);
        }
    }
}
