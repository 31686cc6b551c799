//! How configuration and people write an image right.

use super::ImageRight;

/// `none`, `reduced`, `reduced:N` or `max:N` (longest side in pixels), `max:WxH`, `area:N`, `full`.
///
/// IIIF would let width, height and area be limited apart. A right is one number here, the longest
/// side, and the other forms become the longest side that shows no more than they allow, whatever
/// the shape of the image: the smaller of width and height, the root of the area.
pub(super) fn image_right(text: &str, reduced_side: u32) -> Option<ImageRight> {
    let some = |side: u32| (side > 0).then_some(ImageRight::Reduced(side));
    match text.trim() {
        "none" => Some(ImageRight::None),
        "full" => Some(ImageRight::Full),
        "reduced" if reduced_side == 0 => Some(ImageRight::None),
        "reduced" => Some(ImageRight::Reduced(reduced_side)),
        other => {
            let (form, number) = other.split_once(':')?;
            let number = number.trim();
            match form.trim() {
                "reduced" | "max" => match number.split_once('x') {
                    Some((width, height)) if form == "max" => {
                        let side = |text: &str| text.trim().parse::<u32>().ok();
                        some(side(width)?.min(side(height)?))
                    }
                    Some(_) => None,
                    None => some(number.parse().ok()?),
                },
                "area" => some(u32::try_from(number.parse::<u64>().ok()?.isqrt()).ok()?),
                _ => None,
            }
        }
    }
}

impl ImageRight {
    /// Reads `none`, `full`, `reduced:N`, `max:N`, `max:WxH` or `area:N` (pixels): see the schedules'
    /// README. `None` for anything else.
    ///
    /// # Example
    /// ```
    /// use domain::rights::ImageRight;
    /// assert_eq!(ImageRight::parse("max:800"), Some(ImageRight::Reduced(800)));
    /// assert_eq!(ImageRight::parse("max:1200x800"), Some(ImageRight::Reduced(800)));
    /// assert_eq!(ImageRight::parse("area:480000"), Some(ImageRight::Reduced(692)));
    /// assert_eq!(ImageRight::parse("some"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim() == "reduced" {
            return None;
        }
        image_right(text, 0)
    }
}

impl std::fmt::Display for ImageRight {
    /// `none`, `reduced:N`, `full`: [`ImageRight::parse`] reads it back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Reduced(side) => write!(f, "reduced:{side}"),
            Self::Full => f.write_str("full"),
        }
    }
}
