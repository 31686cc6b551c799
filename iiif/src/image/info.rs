//! `info.json` (3.0 section 5, 2.1 section 5).

use super::serving::STORED_BOXES;
use super::{Dimensions, Limits, Version};
use serde_json::{Map, Value, json};

/// Usual side of a tile, in pixels: a quarter of the requests of 256 and 2.6 times less work a pixel.
pub const TILE: u32 = 512;

/// What the service knows of an image without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageInfo {
    /// Pixels, after orientation.
    pub width: u32,
    /// Pixels, after orientation.
    pub height: u32,
    /// Limits of renderings.
    pub limits: Limits,
    /// URI of the rights statement: Creative Commons or rightsstatements.org only, others are left
    /// out, since 3.0 section 5.6 allows no other.
    pub rights: Option<String>,
    /// Side of the tiles in pixels, before the limits.
    pub tile: u32,
}

impl ImageInfo {
    /// Width and height.
    pub fn dimensions(&self) -> Dimensions {
        Dimensions { width: self.width, height: self.height }
    }

    /// Scale factors 1, 2, 4, … up to the first at which the image fits into one tile; those whose
    /// whole image would pass the rights are left out.
    pub fn scale_factors(&self) -> Vec<u32> {
        let image = self.dimensions();
        let mut factors = Vec::new();
        for factor in (0..31).map(|k| 1u32 << k) {
            let level = image.reduced(factor);
            let within = self.limits.max_side.is_none_or(|side| level.longest() <= side);
            if within {
                factors.push(factor);
            }
            if level.longest() <= self.tile && within {
                break;
            }
            if level.longest() == 1 {
                break;
            }
        }
        factors
    }

    /// Whole-image sizes that are quick to give, the smallest first: those that are stored, those of
    /// the scale factors within the limits, and what `max` gives.
    pub fn sizes(&self) -> Vec<Dimensions> {
        let image = self.dimensions();
        let (width, height, area) = self.limits.bounds();
        let (max_width, max_height) = self.limits.advertised(image);
        let max = image.shrunk_into(
            max_width.unwrap_or(width).min(width),
            max_height.unwrap_or(height).min(height),
            area,
        );
        let mut sizes: Vec<Dimensions> = self
            .scale_factors()
            .into_iter()
            .map(|factor| image.reduced(factor))
            .filter(|size| self.limits.allow(*size))
            .collect();
        for side in STORED_BOXES.into_iter().filter(|side| *side < max.longest()) {
            let stored = image.shrunk_into(side, side, u64::MAX);
            if self.limits.allow(stored) && !sizes.contains(&stored) {
                sizes.push(stored);
            }
        }
        if !sizes.contains(&max) {
            sizes.insert(0, max);
        }
        sizes.sort_by_key(|size| size.area());
        sizes
    }

    /// Side of tiles: as they are stored, or what the limits leave.
    fn tile(&self) -> u32 {
        let (width, height, area) = self.limits.bounds();
        let side = u32::try_from(area.isqrt()).unwrap_or(u32::MAX);
        let (max_width, max_height) = self.limits.advertised(self.dimensions());
        let tile = self.tile;
        tile.min(width)
            .min(height)
            .min(side)
            .min(max_width.unwrap_or(tile))
            .min(max_height.unwrap_or(tile))
    }
}

/// The document, keys in the order of the specification's examples. `id` is the base URI of the image
/// as the client sees it, without final slash.
pub fn document(version: Version, id: &str, info: &ImageInfo) -> Value {
    let sizes: Vec<Value> = info
        .sizes()
        .into_iter()
        .map(|Dimensions { width, height }| json!({ "width": width, "height": height }))
        .collect();
    let factors = info.scale_factors();
    let tiles = if factors.is_empty() {
        Vec::new()
    } else {
        vec![json!({ "width": info.tile(), "scaleFactors": factors })]
    };
    let mut limits = Map::new();
    let (max_width, max_height) = info.limits.advertised(info.dimensions());
    if let Some(width) = max_width {
        limits.insert("maxWidth".to_owned(), width.into());
    }
    if let Some(height) = max_height.filter(|_| max_width.is_some()) {
        limits.insert("maxHeight".to_owned(), height.into());
    }
    if let Some(area) = info.limits.max_area {
        limits.insert("maxArea".to_owned(), area.into());
    }
    let upscales = info.limits.upscale(info.dimensions());
    match version {
        Version::V3 => version_3(id, info, sizes, tiles, limits, upscales),
        Version::V2 => version_2(id, info, sizes, tiles, limits, upscales),
    }
}

fn version_3(
    id: &str,
    info: &ImageInfo,
    sizes: Vec<Value>,
    tiles: Vec<Value>,
    limits: Map<String, Value>,
    upscales: bool,
) -> Value {
    let mut document = Map::new();
    let mut put = |key: &str, value: Value| {
        document.insert(key.to_owned(), value);
    };
    put("@context", Version::V3.context().into());
    put("id", id.into());
    put("type", "ImageService3".into());
    put("protocol", "http://iiif.io/api/image".into());
    put("profile", "level2".into());
    put("width", info.width.into());
    put("height", info.height.into());
    for (key, value) in limits {
        put(&key, value);
    }
    put("sizes", sizes.into());
    if !tiles.is_empty() {
        put("tiles", tiles.into());
    }
    if let Some(rights) = info.rights.as_deref().filter(|uri| is_rights_uri(uri)) {
        put("rights", rights.into());
    }
    put("preferredFormats", json!(["jpg"]));
    put("extraFormats", json!(["gif", "tif", "webp"]));
    put("extraQualities", json!(["bitonal", "color", "gray"]));
    let mut features =
        vec!["canonicalLinkHeader", "mirroring", "profileLinkHeader", "rotationArbitrary"];
    if upscales {
        features.push("sizeUpscaling");
    }
    put("extraFeatures", json!(features));
    Value::Object(document)
}

fn version_2(
    id: &str,
    info: &ImageInfo,
    sizes: Vec<Value>,
    tiles: Vec<Value>,
    limits: Map<String, Value>,
    upscales: bool,
) -> Value {
    let mut profile = Map::new();
    profile.insert("formats".to_owned(), json!(["jpg", "png", "gif", "tif", "webp"]));
    profile.insert("qualities".to_owned(), json!(["default", "color", "gray", "bitonal"]));
    let mut supports = vec![
        "baseUriRedirect",
        "canonicalLinkHeader",
        "cors",
        "jsonldMediaType",
        "mirroring",
        "profileLinkHeader",
        "regionByPct",
        "regionByPx",
        "regionSquare",
        "rotationArbitrary",
        "rotationBy90s",
    ];
    if upscales {
        supports.push("sizeAboveFull");
    }
    supports.extend([
        "sizeByConfinedWh",
        "sizeByDistortedWh",
        "sizeByH",
        "sizeByPct",
        "sizeByW",
        "sizeByWh",
    ]);
    profile.insert("supports".to_owned(), json!(supports));
    profile.extend(limits);
    let mut document = Map::new();
    let mut put = |key: &str, value: Value| {
        document.insert(key.to_owned(), value);
    };
    put("@context", Version::V2.context().into());
    put("@id", id.into());
    put("protocol", "http://iiif.io/api/image".into());
    put("width", info.width.into());
    put("height", info.height.into());
    put("sizes", sizes.into());
    if !tiles.is_empty() {
        put("tiles", tiles.into());
    }
    put("profile", json!([Version::V2.profile(), profile]));
    if let Some(rights) = info.rights.as_deref() {
        put("license", rights.into());
    }
    Value::Object(document)
}

/// Whether a URI may stand in `rights`: Creative Commons or rightsstatements.org, in their `http:`
/// form (Image API 3.0 section 5.6, Presentation 3.0 section 3.1).
pub fn is_rights_uri(uri: &str) -> bool {
    uri.starts_with("http://creativecommons.org/licenses/")
        || uri.starts_with("http://creativecommons.org/publicdomain/")
        || uri.starts_with("http://rightsstatements.org/vocab/")
}
