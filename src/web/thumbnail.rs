//! Addresses and sizes of the pictures on pages, from the IIIF Image API.

use crate::search::CardImage;

/// A picture on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Address.
    pub src: String,
    /// Other sizes with their widths, for `srcset`.
    pub srcset: String,
    /// Pixels of `src`.
    pub width: u32,
    /// Pixels of `src`.
    pub height: u32,
}

/// The size of an image whose longer side is at most `side` pixels, never enlarged.
pub fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longest = width.max(height);
    if longest <= side || longest == 0 {
        return (width, height);
    }
    let scale = |n: u32| {
        let scaled = (u64::from(n) * u64::from(side) + u64::from(longest) / 2) / u64::from(longest);
        u32::try_from(scaled).unwrap_or(side).max(1)
    };
    (scale(width), scale(height))
}

/// Address of an image in a box of `side` pixels.
pub fn href(root: &str, image: &str, side: u32) -> String {
    format!("{root}/iiif/3/{image}/full/!{side},{side}/0/default.jpg")
}

impl Thumbnail {
    /// A picture of the sizes `sides` (ascending), the first one shown where `srcset` is not
    /// understood. `most` is the longest side that the rights allow.
    pub fn new(root: &str, image: &CardImage, sides: &[u32], most: Option<u32>) -> Self {
        let allowed = |side: u32| most.map_or(side, |most| side.min(most));
        let first = allowed(sides.first().copied().unwrap_or(400));
        let (width, height) = fit(image.width, image.height, first);
        let mut srcset: Vec<(u32, String)> = Vec::new();
        for side in sides.iter().map(|side| allowed(*side)) {
            let (w, _) = fit(image.width, image.height, side);
            // A size that repeats the one before, because the master is smaller, is left out.
            if srcset.last().is_none_or(|(last, _)| *last < w) {
                srcset.push((w, format!("{} {w}w", href(root, &image.id, side))));
            }
        }
        let srcset: Vec<String> = srcset.into_iter().map(|(_, text)| text).collect();
        Self { src: href(root, &image.id, first), srcset: srcset.join(", "), width, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32, height: u32) -> CardImage {
        CardImage { id: "a_1".to_owned(), width, height }
    }

    #[test]
    fn sizes_keep_the_proportions_and_never_grow() {
        assert_eq!(fit(4000, 3000, 400), (400, 300));
        assert_eq!(fit(3000, 4000, 400), (300, 400));
        assert_eq!(fit(200, 100, 400), (200, 100));
        assert_eq!(fit(10_000, 1, 400), (400, 1));
    }

    #[test]
    fn a_small_master_is_offered_once() {
        let thumbnail = Thumbnail::new("", &image(300, 200), &[400, 800], None);
        assert_eq!(thumbnail.srcset, "/iiif/3/a_1/full/!400,400/0/default.jpg 300w");
    }

    #[test]
    fn what_the_rights_forbid_is_not_offered() {
        let thumbnail = Thumbnail::new("/p", &image(4000, 3000), &[400, 800, 1600], Some(500));
        assert_eq!(
            thumbnail.srcset,
            "/p/iiif/3/a_1/full/!400,400/0/default.jpg 400w, \
             /p/iiif/3/a_1/full/!500,500/0/default.jpg 500w"
        );
    }
}
