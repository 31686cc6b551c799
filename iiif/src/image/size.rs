//! The size parameter (section 4.2).

use super::decimal::Decimal;
use super::limits::scaled;
use super::region::whole;
use super::{Dimensions, ImageError, Limits, Rect, Version};
use std::fmt;

/// How the size is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SizeMode {
    /// `full`, only in 2.1: the region unscaled.
    Full,
    /// `max`: as large as the region and the limits allow.
    Max,
    /// `w,`
    Width(u32),
    /// `,h`
    Height(u32),
    /// `pct:n`
    Percent(Decimal),
    /// `w,h`, distorted if need be.
    Exact(u32, u32),
    /// `!w,h`: inside a box, undistorted.
    Confined(u32, u32),
}

/// The size parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    /// How.
    pub mode: SizeMode,
    /// `^`, only in 3.0: may be larger than the region.
    pub upscale: bool,
}

const EXPECTED_3: &str = "max, w, ,h pct:n w,h or !w,h (^ before it to upscale)";
const EXPECTED_2: &str = "full, max, w, ,h pct:n w,h or !w,h";

impl Size {
    /// Reads the decoded parameter by the rules of a version: `full` only in 2.1, `^` only in 3.0.
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400), for sizes of zero too.
    pub fn parse(text: &str, version: Version) -> Result<Self, ImageError> {
        let expected = if version == Version::V3 { EXPECTED_3 } else { EXPECTED_2 };
        let (upscale, rest) = match (version, text.strip_prefix('^')) {
            (Version::V3, Some(rest)) => (true, rest),
            _ => (false, text),
        };
        let mode = match rest {
            "max" => Some(SizeMode::Max),
            "full" if version == Version::V2 => Some(SizeMode::Full),
            _ => pixels_or_percent(rest),
        };
        mode.map(|mode| Self { mode, upscale })
            .ok_or_else(|| ImageError::syntax("size", text, expected))
    }

    /// The size of the rendering of a region, before rotation.
    ///
    /// 3.0 forbids sizes above the region without `^`; 2.1 leaves that to the server
    /// (`sizeAboveFull`), and we grant it for explicit sizes. `!w,h` never upscales without `^`: it
    /// is "as large as possible" within region, box and limits, so a box larger than the region
    /// gives the region (the validator's `size_noup` wants an error against section 4.2).
    ///
    /// # Errors
    /// [`ImageError::Size`] (400) when the result would upscale where it may not, have no pixels, or
    /// pass the limits; [`ImageError::BeyondRights`] (404) above the published resolution;
    /// [`ImageError::Unsupported`] (501) for upscaling of an image whose rights limit the resolution.
    pub fn resolve(
        self,
        version: Version,
        image: Dimensions,
        crop: Rect,
        limits: &Limits,
    ) -> Result<Dimensions, ImageError> {
        let region = crop.dimensions();
        let resolution = limits.resolution(image, crop);
        let wrong = |reason: &'static str| ImageError::Size { size: self.to_string(), reason };
        let (max_width, max_height, area) = limits.bounds();
        // What is advertised of a restricted image bounds what `^max` asks for.
        let up = limits.advertised(image);
        let (up_width, up_height) =
            (up.0.unwrap_or(max_width).min(max_width), up.1.unwrap_or(max_height).min(max_height));
        // What `max` gives without `^`.
        let best = |width: u32, height: u32| {
            let top = resolution.unwrap_or(region);
            region.shrunk_into(
                max_width.min(top.width).min(width),
                max_height.min(top.height).min(height),
                area,
            )
        };
        let size = match self.mode {
            SizeMode::Max if self.upscale && limits.is_bounded() => {
                region.grown_into(up_width, up_height, area)
            }
            SizeMode::Confined(w, h) if self.upscale => {
                region.grown_into(up_width.min(w), up_height.min(h), area)
            }
            SizeMode::Max => best(u32::MAX, u32::MAX),
            SizeMode::Confined(w, h) => best(w, h),
            SizeMode::Full => region,
            SizeMode::Exact(width, height) => Dimensions { width, height },
            SizeMode::Width(width) => {
                Dimensions { width, height: scaled(region.height, width, region.width).max(1) }
            }
            SizeMode::Height(height) => {
                Dimensions { width: scaled(region.width, height, region.height).max(1), height }
            }
            SizeMode::Percent(percent) => {
                let of =
                    |length: u32| u32::try_from(percent.percent_of(length)).unwrap_or(u32::MAX);
                Dimensions { width: of(region.width), height: of(region.height) }
            }
        };
        if size.width == 0 || size.height == 0 {
            return Err(wrong("less than one pixel"));
        }
        let larger = size.width > region.width || size.height > region.height;
        if larger && version == Version::V3 {
            if !self.upscale {
                return Err(wrong("larger than the region; write ^ before it to upscale"));
            }
            if !limits.upscale(image) {
                return Err(ImageError::Unsupported("upscaling with ^"));
            }
        }
        if larger && !limits.is_bounded() {
            return Err(ImageError::Unsupported("upscaling"));
        }
        if let (Some(top), Some(max_side)) = (resolution, limits.max_side)
            && (size.width > top.width || size.height > top.height)
        {
            return Err(ImageError::BeyondRights { size: self.to_string(), max_side });
        }
        if !limits.allow(size) {
            return Err(wrong("beyond maxWidth, maxHeight or maxArea of info.json"));
        }
        Ok(size)
    }
}

fn pixels_or_percent(text: &str) -> Option<SizeMode> {
    if let Some(number) = text.strip_prefix("pct:") {
        return Decimal::parse(number).filter(|n| !n.is_zero()).map(SizeMode::Percent);
    }
    let (confined, pair) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (w, h) = pair.split_once(',')?;
    let side = |text: &str| whole(text).filter(|n| *n > 0);
    match (confined, w, h) {
        (true, _, _) => Some(SizeMode::Confined(side(w)?, side(h)?)),
        (false, "", h) => side(h).map(SizeMode::Height),
        (false, w, "") => side(w).map(SizeMode::Width),
        (false, w, h) => Some(SizeMode::Exact(side(w)?, side(h)?)),
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.upscale {
            f.write_str("^")?;
        }
        match self.mode {
            SizeMode::Full => f.write_str("full"),
            SizeMode::Max => f.write_str("max"),
            SizeMode::Width(w) => write!(f, "{w},"),
            SizeMode::Height(h) => write!(f, ",{h}"),
            SizeMode::Percent(n) => write!(f, "pct:{n}"),
            SizeMode::Exact(w, h) => write!(f, "{w},{h}"),
            SizeMode::Confined(w, h) => write!(f, "!{w},{h}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_a_version_does_not_have_are_refused() {
        for bad in [
            "", ",", "0,", ",0", "0,0", "!1,", "!,1", "pct:0", "pct:-1", "1.5,", "1,2,3", "+5,",
            "Max",
        ] {
            for version in [Version::V2, Version::V3] {
                assert_eq!(Size::parse(bad, version).unwrap_err().status(), 400, "{bad}");
            }
        }
        assert!(Size::parse("full", Version::V3).is_err());
        assert!(Size::parse("^max", Version::V2).is_err());
        assert!(Size::parse("^full", Version::V3).is_err());
        assert!(Size::parse("!^5,5", Version::V3).is_err());
    }

    proptest! {
        #[test]
        fn display_is_read_back(text in "\\^?(max|[1-9][0-9]{0,5},|,[1-9][0-9]{0,5}|pct:[1-9][0-9]?(\\.[1-9])?|!?[1-9][0-9]{0,3},[1-9][0-9]{0,3})") {
            let size = Size::parse(&text, Version::V3).unwrap();
            prop_assert_eq!(size.to_string(), text);
        }

        #[test]
        fn no_text_panics(text in "[\\^!0-9,.pct:max]{0,12}") {
            let _any = (Size::parse(&text, Version::V2), Size::parse(&text, Version::V3));
        }
    }
}
