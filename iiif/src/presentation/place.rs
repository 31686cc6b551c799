//! `navPlace`: where a thing is, for maps (registered extension, version 1.0).

use super::LanguageMap;
use serde_json::{Value, json};

/// Context of the extension.
pub(super) const CONTEXT: &str = "http://iiif.io/api/extension/navplace/context.json";

/// A point.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Degrees, WGS 84.
    pub latitude: f64,
    /// Degrees, WGS 84.
    pub longitude: f64,
    /// Name of the place.
    pub label: LanguageMap,
}

impl Place {
    /// A GeoJSON feature collection; longitude comes first. `base` begins the ids.
    pub(super) fn json(&self, base: &str) -> Value {
        let properties =
            if self.label.is_empty() { json!({}) } else { json!({ "label": self.label.plain() }) };
        json!({
            "id": format!("{base}/place"),
            "type": "FeatureCollection",
            "features": [{
                "id": format!("{base}/place/1"),
                "type": "Feature",
                "properties": properties,
                "geometry": { "type": "Point", "coordinates": [self.longitude, self.latitude] },
            }],
        })
    }
}
