//! The object as schema.org JSON-LD, for search engines.

use crate::web::PublicUrl;
use crate::web::thumbnail::href;
use domain::merge::MergedRecord;
use domain::record::{Kind, Property};
use serde_json::{Map, Value, json};

/// The description as text that can stand inside a script element.
pub fn describe(public: &PublicUrl, id: &str, record: &MergedRecord) -> String {
    let mut thing = Map::new();
    let texts = |property| -> Vec<&str> {
        record.get(property).iter().map(|v| v.value.text.as_str()).collect()
    };
    let mut put = |name: &str, value: Value| {
        let empty = match &value {
            Value::Array(values) => values.is_empty(),
            Value::Null => true,
            _ => false,
        };
        if !empty {
            thing.insert(name.to_owned(), value);
        }
    };
    put("@context", json!("https://schema.org"));
    put("@type", json!(type_of(record.kind)));
    put("@id", json!(format!("{}/id/{id}", public.0)));
    put("url", json!(format!("{}/object/{id}", public.0)));
    put("name", json!(record.display_title()));
    put("alternateName", json!(texts(Property::Alternative)));
    put("identifier", json!(texts(Property::Identifier)));
    put("description", record.first(Property::Description).map_or(Value::Null, |text| json!(text)));
    let images: Vec<String> = record
        .images
        .iter()
        .map(|image| {
            let side = image.rights.image.max_side().map_or(1200, |most| most.min(1200));
            href(&public.0, &image.image, side)
        })
        .collect();
    put("image", json!(images));
    if let Some(at) = record.position {
        let position = json!({
            "@type": "GeoCoordinates", "latitude": at.latitude, "longitude": at.longitude
        });
        let name = if is_place(record.kind) { "geo" } else { "contentLocation" };
        let value = if is_place(record.kind) {
            position
        } else {
            json!({ "@type": "Place", "geo": position })
        };
        put(name, value);
    }
    if is_place(record.kind) {
        put("address", record.first(Property::Spatial).map_or(Value::Null, |text| json!(text)));
    } else if record.kind != Kind::Agent {
        let people: Vec<Value> = texts(Property::Creator)
            .into_iter()
            .map(|name| json!({ "@type": "Person", "name": name }))
            .collect();
        put("creator", json!(people));
        put("dateCreated", record.first(Property::Created).map_or(Value::Null, |text| json!(text)));
        put("genre", json!(texts(Property::Type)));
        put("material", json!(texts(Property::Medium)));
        put("keywords", json!(texts(Property::Subject)));
        put("license", json!(record.rights.statement));
        put("provider", json!({ "@type": "Organization", "name": record.data_provider }));
    }
    // `<` could end the script element.
    Value::Object(thing).to_string().replace('<', "\\u003c")
}

fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::MuseumObject | Kind::MovableObject => "VisualArtwork",
        Kind::Monument => "LandmarksOrHistoricalBuildings",
        Kind::Photograph => "Photograph",
        Kind::Museum => "Museum",
        Kind::Agent => "Person",
        Kind::Other => "CreativeWork",
    }
}

fn is_place(kind: Kind) -> bool {
    matches!(kind, Kind::Monument | Kind::Museum)
}
