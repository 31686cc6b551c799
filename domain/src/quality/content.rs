//! Content tier 0 to 4: what the pictures, texts, sounds are worth to a reader, and under which
//! licence (metis-framework, `metis-indexing/.../tiers/media`, `LicenseType`).

use crate::record::EdmType;

/// Pixels from which an image has tier 1, 2 and 4.
pub const IMAGE_PIXELS: [(u64, u8); 3] = [(950_000, 4), (420_000, 2), (100_000, 1)];
/// Lines of a film from which it has tier 4.
const FILM_HEIGHT: u32 = 480;

/// One file that `edm:isShownBy` or `edm:hasView` links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medium<'a> {
    /// MIME type, as whoever fetches it is told.
    pub mime: &'a str,
    /// Pixels, 0 when not known.
    pub width: u32,
    /// Pixels, 0 when not known.
    pub height: u32,
    /// Its own `edm:rights`, else that of the Aggregation.
    pub rights: &'a str,
    /// Whether it is a player that can be embedded ([`is_embeddable`]).
    pub embeddable: bool,
}

/// What the content tier depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts<'a> {
    /// `edm:type`
    pub edm_type: EdmType,
    /// The files.
    pub media: Vec<Medium<'a>>,
    /// Whether `edm:isShownAt` leads to a page.
    pub landing_page: bool,
    /// Whether a thumbnail can be made.
    pub thumbnail: bool,
}

/// How much a licence lets a file be worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LicenceCap {
    /// In copyright, not evaluated, or not in the exact form: 2.
    Closed,
    /// With conditions: 3.
    Restricted,
    /// Free: 4.
    Open,
}

impl LicenceCap {
    /// The cap of an `edm:rights` URI, to the letter: an `https` form is worth 2.
    pub fn of(rights: &str) -> Self {
        if let Some(rest) = rights.strip_prefix("http://creativecommons.org/") {
            let begins = |starts: &[&str]| starts.iter().any(|start| rest.starts_with(start));
            return if begins(&[
                "publicdomain/mark/",
                "publicdomain/zero/1.0/",
                "licenses/by/",
                "licenses/by-sa/",
            ]) {
                Self::Open
            } else if begins(&[
                "licenses/by-nc/",
                "licenses/by-nc-sa/",
                "licenses/by-nc-nd/",
                "licenses/by-nd/",
            ]) {
                Self::Restricted
            } else {
                Self::Closed
            };
        }
        let vocabulary = rights.strip_prefix("http://rightsstatements.org/vocab/");
        let restricted = ["InC-EDU/1.0/", "NoC-NC/1.0/", "NoC-OKLR/1.0/"];
        match vocabulary {
            Some(rest) if restricted.iter().any(|start| rest.starts_with(start)) => {
                Self::Restricted
            }
            _ => Self::Closed,
        }
    }

    /// The highest tier under it.
    pub fn highest(self) -> u8 {
        match self {
            Self::Closed => 2,
            Self::Restricted => 3,
            Self::Open => 4,
        }
    }
}

/// Why the content tier is not higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// Nothing to see or hear is linked.
    NoMedia,
    /// It cannot be looked at as its `edm:type` says (no image, no player).
    WrongMedia,
    /// No thumbnail can be made.
    NoThumbnail,
    /// The largest image has so many pixels, the next tier wants more.
    TooSmall {
        /// Pixels of the largest.
        pixels: u64,
        /// Pixels of the next tier.
        wanted: u64,
    },
    /// The licence does not allow more.
    Licence(LicenceCap),
}

/// The content tier, and what stands in the way of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessment {
    /// 0 to 4.
    pub tier: u8,
    /// What the best file would be worth under an open licence.
    pub before_licence: u8,
    /// What stands in the way of the next tier; none at 4.
    pub obstacle: Option<Obstacle>,
}

/// Computes the content tier.
pub fn assess(facts: &Facts<'_>) -> Assessment {
    if facts.media.is_empty() {
        // Pictures are not there without a file; other things have their page at least.
        let tier = u8::from(facts.edm_type != EdmType::Image && facts.landing_page);
        return Assessment { tier, before_licence: tier, obstacle: Some(Obstacle::NoMedia) };
    }
    let mut best = (0, 0, None);
    for medium in &facts.media {
        let (worth, obstacle) = worth(facts, medium);
        let cap = LicenceCap::of(medium.rights);
        let tier = worth.min(cap.highest());
        let obstacle = if worth > tier { Some(Obstacle::Licence(cap)) } else { obstacle };
        if best.2.is_none() || (tier, worth) > (best.0, best.1) {
            best = (tier, worth, Some(obstacle));
        }
    }
    let (tier, before_licence, obstacle) = best;
    Assessment { tier, before_licence, obstacle: obstacle.flatten() }
}

/// What a file is worth before its licence, and what keeps it from more.
fn worth(facts: &Facts<'_>, medium: &Medium<'_>) -> (u8, Option<Obstacle>) {
    let image = medium.mime.starts_with("image/");
    let page = u8::from(facts.landing_page);
    match facts.edm_type {
        EdmType::Image if !facts.thumbnail => (0, Some(Obstacle::NoThumbnail)),
        EdmType::Image if image => by_pixels(medium),
        EdmType::Text if medium.mime.starts_with("application/pdf") => (4, None),
        EdmType::Text if image => {
            let (tier, obstacle) = by_pixels(medium);
            (tier.max(page), obstacle)
        }
        EdmType::Sound if medium.mime.starts_with("audio/") || medium.embeddable => (4, None),
        EdmType::Video => {
            let film = medium.mime.starts_with("video/");
            let stream = medium.mime == "application/dash+xml";
            if medium.embeddable || ((film || stream) && medium.height >= FILM_HEIGHT) {
                (4, None)
            } else {
                (page.max(u8::from(film)), Some(Obstacle::WrongMedia))
            }
        }
        EdmType::ThreeD => {
            let model = !medium.mime.is_empty()
                && (!image || medium.mime == "image/vnd.dxf")
                && medium.mime != "application/pdf";
            if model { (4, None) } else { (0, Some(Obstacle::WrongMedia)) }
        }
        EdmType::Text | EdmType::Sound => (page, Some(Obstacle::WrongMedia)),
        EdmType::Image => (0, Some(Obstacle::WrongMedia)),
    }
}

fn by_pixels(medium: &Medium<'_>) -> (u8, Option<Obstacle>) {
    let pixels = u64::from(medium.width) * u64::from(medium.height);
    let mut wanted = None;
    for (least, tier) in IMAGE_PIXELS {
        if pixels >= least {
            return (tier, wanted.map(|wanted| Obstacle::TooSmall { pixels, wanted }));
        }
        wanted = Some(least);
    }
    (0, wanted.map(|wanted| Obstacle::TooSmall { pixels, wanted }))
}

/// Whether an address is that of a player which Europeana embeds.
///
/// The families that the reference names; Europeana's own list (`EmbeddableMedia.java`) has more.
pub fn is_embeddable(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    [
        "sketchfab.com/3d-models/",
        "sketchfab.com/models/",
        "sketchfab.com/show/",
        "vimeo.com/",
        "player.vimeo.com/video/",
        "youtube.com/watch",
        "youtube.com/embed/",
        "youtu.be/",
        "soundcloud.com/",
        "ina.fr/video/",
    ]
    .iter()
    .any(|start| rest.starts_with(start))
}

#[cfg(test)]
mod tests;
