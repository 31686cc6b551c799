//! The quality parameter (section 4.4).

use super::ImageError;
use std::fmt;

/// Colour, grey or black and white.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Quality {
    /// `default`: as the master is. Also what `color` is: a grey master cannot gain colour, and the
    /// request must not fail (section 4.4), so it is the same rendering and the same canonical URI.
    Default,
    /// `color`
    Color,
    /// `gray`
    Gray,
    /// `bitonal`: black or white.
    Bitonal,
}

impl Quality {
    /// Reads the parameter. 2.0 writes `gray` as well; 1.0's `native` and `grey` are not accepted.
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400) for another word.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        match text {
            "default" => Ok(Self::Default),
            "color" => Ok(Self::Color),
            "gray" => Ok(Self::Gray),
            "bitonal" => Ok(Self::Bitonal),
            _ => Err(ImageError::syntax("quality", text, "default, color, gray or bitonal")),
        }
    }

    /// `color` gives what `default` gives.
    #[must_use]
    pub fn canonical(self) -> Self {
        if self == Self::Color { Self::Default } else { self }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::Color => "color",
            Self::Gray => "gray",
            Self::Bitonal => "bitonal",
        })
    }
}
