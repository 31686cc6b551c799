//! Sizes, rectangles, and the limits of renderings.

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dimensions {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Dimensions {
    /// Number of pixels.
    pub fn area(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The longer side.
    pub fn longest(self) -> u32 {
        self.width.max(self.height)
    }

    /// Divided by a scale factor and rounded up, as viewers do (implementation notes section 3).
    #[must_use]
    pub fn reduced(self, factor: u32) -> Self {
        let factor = factor.max(1);
        Self { width: self.width.div_ceil(factor), height: self.height.div_ceil(factor) }
    }

    /// The largest size of this shape inside a box and an area, never larger than this one: what
    /// `max` and `!w,h` ask for. Never below one pixel a side.
    #[must_use]
    pub fn shrunk_into(self, width: u32, height: u32, area: u64) -> Self {
        let boxed = self.scaled_into(width.min(self.width), height.min(self.height));
        boxed.within_area(self, area)
    }

    /// The largest size of this shape inside a box and an area, larger than this one if need be:
    /// what `^max` and `^!w,h` ask for.
    #[must_use]
    pub fn grown_into(self, width: u32, height: u32, area: u64) -> Self {
        self.scaled_into(width, height).within_area(self, area)
    }

    /// Fits exactly one side of the box.
    fn scaled_into(self, width: u32, height: u32) -> Self {
        let by_width = u64::from(width) * u64::from(self.height);
        let by_height = u64::from(height) * u64::from(self.width);
        if by_width <= by_height {
            Self {
                width: width.max(1),
                height: scaled(self.height, width, self.width).min(height).max(1),
            }
        } else {
            Self {
                width: scaled(self.width, height, self.height).min(width).max(1),
                height: height.max(1),
            }
        }
    }

    /// Shrinks to an area, keeping the shape of `shape`.
    fn within_area(self, shape: Self, area: u64) -> Self {
        if self.area() <= area {
            return self;
        }
        let square = u128::from(area) * u128::from(shape.width) / u128::from(shape.height.max(1));
        let ideal = u32::try_from(square.isqrt()).unwrap_or(u32::MAX);
        let most = u32::try_from(area).unwrap_or(u32::MAX);
        let width = ideal.min(self.width).min(most).max(1);
        let rows = u32::try_from(area / u64::from(width)).unwrap_or(u32::MAX);
        let height = scaled(shape.height, width, shape.width).min(self.height).min(rows).max(1);
        Self { width, height }
    }
}

/// `length * to / from`, rounded to the nearest; `u32::MAX` when it does not fit.
pub(super) fn scaled(length: u32, to: u32, from: u32) -> u32 {
    let from = u128::from(from.max(1));
    let product = u128::from(length) * u128::from(to);
    u32::try_from((product + from / 2) / from).unwrap_or(u32::MAX)
}

/// A rectangle of the image, in pixels of the full image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rect {
    /// From the left.
    pub x: u32,
    /// From the top.
    pub y: u32,
    /// Width, not 0.
    pub width: u32,
    /// Height, not 0.
    pub height: u32,
}

impl Rect {
    /// Its width and height.
    pub fn dimensions(self) -> Dimensions {
        Dimensions { width: self.width, height: self.height }
    }
}

/// Limits of renderings of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Limits {
    /// `maxWidth`, pixels.
    pub max_width: Option<u32>,
    /// `maxHeight`, pixels; absent, it is `max_width` (section 5.3).
    pub max_height: Option<u32>,
    /// `maxArea`, pixels.
    pub max_area: Option<u64>,
    /// Rights: the longest side in pixels at which the whole image is published. It bounds the
    /// resolution of every region too, so that tiles cannot be sewn together to more.
    pub max_side: Option<u32>,
}

impl Limits {
    /// Whether the rights leave less than the master of this size has.
    pub fn is_restricted(&self, image: Dimensions) -> bool {
        self.max_side.is_some_and(|side| side < image.longest())
    }

    /// Whether any limit is stated; without one, `^max` would have no end (section 5.7).
    pub fn is_bounded(&self) -> bool {
        self.max_width.is_some() || self.max_area.is_some()
    }

    /// Whether an image may be upscaled: its limits must be stated, and an image that is published
    /// below its resolution is not blown up again.
    pub fn upscale(&self, image: Dimensions) -> bool {
        self.is_bounded() && !self.is_restricted(image)
    }

    /// `maxWidth` and `maxHeight` as published, rights included.
    pub fn advertised(&self, image: Dimensions) -> (Option<u32>, Option<u32>) {
        let rights = self.max_side.filter(|_| self.is_restricted(image));
        let tighter = |limit: Option<u32>| match (limit, rights) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        (tighter(self.max_width), tighter(self.max_height.or(self.max_width)))
    }

    /// Largest width, height and area of a rendering.
    pub fn bounds(&self) -> (u32, u32, u64) {
        let width = self.max_width.unwrap_or(u32::MAX);
        let height = self.max_height.or(self.max_width).unwrap_or(u32::MAX);
        (width.max(1), height.max(1), self.max_area.unwrap_or(u64::MAX).max(1))
    }

    /// Whether a rendering of this size keeps the limits of the server (the rights aside).
    pub fn allow(&self, size: Dimensions) -> bool {
        let (width, height, area) = self.bounds();
        size.width <= width && size.height <= height && size.area() <= area
    }

    /// The resolution that the rights leave of a region, as the size that it would have; `None` when
    /// they leave everything.
    pub fn resolution(&self, image: Dimensions, crop: Rect) -> Option<Dimensions> {
        let side = self.max_side.filter(|_| self.is_restricted(image))?;
        let share = |length: u32| {
            let product = u64::from(length) * u64::from(side);
            // side < longest, so the quotient is below `length`.
            u32::try_from(product.div_ceil(u64::from(image.longest()))).unwrap_or(1).max(1)
        };
        Some(Dimensions { width: share(crop.width), height: share(crop.height) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fitting_keeps_the_box_and_the_area_and_never_vanishes(
            width in 1u32.., height in 1u32.., w in 1u32.., h in 1u32.., area in 1u64..,
        ) {
            let shape = Dimensions { width, height };
            for fitted in [shape.shrunk_into(w, h, area), shape.grown_into(w, h, area)] {
                prop_assert!(fitted.width >= 1 && fitted.height >= 1);
                prop_assert!(fitted.width <= w && fitted.height <= h && fitted.area() <= area);
            }
            let shrunk = shape.shrunk_into(w, h, area);
            prop_assert!(shrunk.width <= width && shrunk.height <= height);
        }

        #[test]
        fn fitting_twice_changes_nothing(width in 1u32..9000, height in 1u32..9000, w in 1u32..9000, h in 1u32..9000) {
            let once = Dimensions { width, height }.shrunk_into(w, h, u64::MAX);
            prop_assert_eq!(once.shrunk_into(w, h, u64::MAX), once);
        }
    }
}
