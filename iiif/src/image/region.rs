//! The region parameter (section 4.1).

use super::decimal::Decimal;
use super::{Dimensions, ImageError, Rect};
use std::fmt;

/// Which part of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// `full`
    Full,
    /// `square`: as large as the shorter side, in the middle.
    Square,
    /// `x,y,w,h` in pixels.
    Pixels {
        /// From the left.
        x: u32,
        /// From the top.
        y: u32,
        /// Width, not 0.
        w: u32,
        /// Height, not 0.
        h: u32,
    },
    /// `pct:x,y,w,h` in percent of the image.
    Percent {
        /// From the left.
        x: Decimal,
        /// From the top.
        y: Decimal,
        /// Width, not 0.
        w: Decimal,
        /// Height, not 0.
        h: Decimal,
    },
}

const EXPECTED: &str = "full, square, x,y,w,h or pct:x,y,w,h with a width and height above 0";

impl Region {
    /// Reads the decoded parameter.
    ///
    /// # Errors
    /// [`ImageError::Syntax`] (400), for a width or height of zero too.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let region = match text {
            "full" => Some(Self::Full),
            "square" => Some(Self::Square),
            _ => match text.strip_prefix("pct:") {
                Some(rest) => four(rest, Decimal::parse)
                    .filter(|(_, _, w, h)| !w.is_zero() && !h.is_zero())
                    .map(|(x, y, w, h)| Self::Percent { x, y, w, h }),
                None => four(text, whole)
                    .filter(|(_, _, w, h)| *w > 0 && *h > 0)
                    .map(|(x, y, w, h)| Self::Pixels { x, y, w, h }),
            },
        };
        region.ok_or_else(|| ImageError::syntax("region", text, EXPECTED))
    }

    /// The rectangle of the image that is meant: what extends beyond the image is cut off. Percentages
    /// round to the nearest pixel, to one pixel at least.
    ///
    /// # Errors
    /// [`ImageError::RegionOutside`] (400) when nothing of the image is in it.
    pub fn resolve(self, image: Dimensions) -> Result<Rect, ImageError> {
        let Dimensions { width, height } = image;
        let wanted = match self {
            Self::Full => Some((0, 0, u64::from(width), u64::from(height))),
            Self::Square => {
                let side = width.min(height);
                let middle = |length: u32| u64::from((length - side) / 2);
                Some((middle(width), middle(height), u64::from(side), u64::from(side)))
            }
            Self::Pixels { x, y, w, h } => {
                Some((u64::from(x), u64::from(y), u64::from(w), u64::from(h)))
            }
            Self::Percent { x, y, w, h } => {
                let start = |part: Decimal, length: u32| {
                    let last = u64::from(length.saturating_sub(1));
                    (part < Decimal::whole(100)).then(|| part.percent_of(length).min(last))
                };
                let extent = |part: Decimal, length: u32| part.percent_of(length).max(1);
                start(x, width)
                    .zip(start(y, height))
                    .map(|(left, top)| (left, top, extent(w, width), extent(h, height)))
            }
        };
        wanted
            .and_then(|(left, top, w, h)| {
                let x = u32::try_from(left).ok().filter(|x| *x < width)?;
                let y = u32::try_from(top).ok().filter(|y| *y < height)?;
                // After min() both fit into u32 again.
                let w = u32::try_from(w.min(u64::from(width - x))).ok()?;
                let h = u32::try_from(h.min(u64::from(height - y))).ok()?;
                (w > 0 && h > 0).then_some(Rect { x, y, width: w, height: h })
            })
            .ok_or_else(|| ImageError::RegionOutside { region: self.to_string(), width, height })
    }
}

/// Four numbers between commas.
fn four<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<(T, T, T, T)> {
    let mut parts = text.split(',');
    let four =
        (read(parts.next()?)?, read(parts.next()?)?, read(parts.next()?)?, read(parts.next()?)?);
    parts.next().is_none().then_some(four)
}

/// Digits only, in the range of u32.
pub(super) fn whole(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::Square => f.write_str("square"),
            Self::Pixels { x, y, w, h } => write!(f, "{x},{y},{w},{h}"),
            Self::Percent { x, y, w, h } => write!(f, "pct:{x},{y},{w},{h}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_the_specification_does_not_have_are_refused() {
        for bad in [
            "",
            "Full",
            "0,0,0,1",
            "0,0,1,0",
            "1,2,3",
            "1,2,3,4,5",
            "-1,0,1,1",
            "1.5,0,1,1",
            "+1,0,1,1",
            "pct:0,0,0,1",
            "pct:1,2,3",
            "pct:-1,0,1,1",
            "0,0,4294967296,1",
            "1,,1,1",
            "pct:1e1,0,1,1",
        ] {
            assert_eq!(Region::parse(bad).unwrap_err().status(), 400, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_region_resolves_inside_the_image_or_not_at_all(
            width in 1u32..=u32::MAX, height in 1u32..=u32::MAX,
            x in any::<u32>(), y in any::<u32>(), w in 1u32.., h in 1u32..,
        ) {
            if let Ok(rect) = (Region::Pixels { x, y, w, h }).resolve(Dimensions { width, height }) {
                prop_assert!(rect.width > 0 && u64::from(rect.x) + u64::from(rect.width) <= u64::from(width));
                prop_assert!(rect.height > 0 && u64::from(rect.y) + u64::from(rect.height) <= u64::from(height));
            } else {
                prop_assert!(x >= width || y >= height);
            }
        }

        #[test]
        fn percentages_resolve_inside_the_image(
            width in 1u32..100_000, height in 1u32..100_000,
            x in "[0-9]{1,2}(\\.[0-9]{1,6})?", w in "[1-9][0-9]{0,2}(\\.[0-9]{1,6})?",
        ) {
            let region = Region::parse(&format!("pct:{x},{x},{w},{w}")).unwrap();
            let rect = region.resolve(Dimensions { width, height }).unwrap();
            prop_assert!(rect.width > 0 && rect.x + rect.width <= width);
            prop_assert!(rect.height > 0 && rect.y + rect.height <= height);
        }

        #[test]
        fn display_is_read_back(text in "(full|square|[0-9]{1,5},[0-9]{1,5},[1-9][0-9]{0,4},[1-9][0-9]{0,4}|pct:[0-9]{1,2}\\.[0-9],[0-9]{1,2},[1-9],[1-9])") {
            let region = Region::parse(&text).unwrap();
            prop_assert_eq!(Region::parse(&region.to_string()).unwrap(), region);
        }
    }
}
