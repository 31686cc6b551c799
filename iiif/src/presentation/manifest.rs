//! Manifests (section 5.2), with their canvases (5.3) and painting annotations (5.5).

use super::{Agent, CONTEXT, LanguageMap, Link, Place, Reference, place};
use crate::image::format::Format;
use crate::image::info::is_rights_uri;
use crate::image::{Dimensions, ImageInfo, plan};
use serde_json::{Map, Value, json};

/// Longest side of thumbnails, in pixels: what lists of viewers show, twice for fine screens.
pub const THUMBNAIL: u32 = 400;

/// Everything that a manifest says.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestInput {
    /// URL of the object in the Presentation API, `…/{object}`: the manifest is `{base}/manifest`, and
    /// the ids of canvases, pages and annotations begin with it.
    pub base: String,
    /// What to call it.
    pub label: LanguageMap,
    /// A paragraph.
    pub summary: Option<LanguageMap>,
    /// Pairs of label and value, in order.
    pub metadata: Vec<(LanguageMap, LanguageMap)>,
    /// Label and text that clients must show: credit and licence.
    pub required_statement: Option<(LanguageMap, LanguageMap)>,
    /// Rights URI. Written only when the specification allows it in `rights`.
    pub rights: Option<String>,
    /// Institutions.
    pub provider: Vec<Agent>,
    /// Pages for people.
    pub homepage: Vec<Link>,
    /// Descriptions for machines.
    pub see_also: Vec<Link>,
    /// Collections that it is in; small ones.
    pub part_of: Vec<Reference>,
    /// `xsd:dateTime` with a time zone, for time lines.
    pub nav_date: Option<String>,
    /// Where it is.
    pub nav_place: Option<Place>,
    /// `individuals`, `paged`, …
    pub behavior: Option<&'static str>,
    /// At least one; a thing without images has no manifest.
    pub canvases: Vec<CanvasInput>,
}

/// One image on its canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct CanvasInput {
    /// Last part of the ids: unique in the manifest, stable when images are reordered, URL-safe.
    pub name: String,
    /// Always there, unlike between canvases: viewers write "NaN" or hide thumbnails without.
    pub label: LanguageMap,
    /// Base URI of the image service, without final slash.
    pub service: String,
    /// `None`: our own Image API 3 service of level 2; else the version of a service of somebody
    /// else, 2 or 3.
    pub foreign_version: Option<u8>,
    /// Size and limits of the image.
    pub image: ImageInfo,
    /// Label and text, when this image has a credit of its own.
    pub required_statement: Option<(LanguageMap, LanguageMap)>,
}

impl ManifestInput {
    /// URL of the manifest.
    pub fn id(&self) -> String {
        format!("{}/manifest", self.base)
    }
}

/// The manifest as JSON.
pub fn document(input: &ManifestInput) -> Value {
    let mut manifest = Map::new();
    let mut put = |key: &str, value: Value| {
        manifest.insert(key.to_owned(), value);
    };
    put(
        "@context",
        match &input.nav_place {
            Some(_) => json!([place::CONTEXT, CONTEXT]),
            None => CONTEXT.into(),
        },
    );
    put("id", input.id().into());
    put("type", "Manifest".into());
    put("label", input.label.plain());
    let pairs: Vec<Value> = input
        .metadata
        .iter()
        .filter(|(label, value)| !label.is_empty() && !value.is_empty())
        .map(pair)
        .collect();
    if !pairs.is_empty() {
        put("metadata", pairs.into());
    }
    if let Some(summary) = input.summary.as_ref().filter(|summary| !summary.is_empty()) {
        put("summary", summary.text());
    }
    if let Some(statement) = &input.required_statement {
        put("requiredStatement", pair(statement));
    }
    if let Some(rights) = input.rights.as_deref().filter(|uri| is_rights_uri(uri)) {
        put("rights", rights.into());
    }
    put_list(&mut put, "provider", input.provider.iter().map(Agent::json));
    put_list(&mut put, "homepage", input.homepage.iter().map(Link::json));
    put_list(&mut put, "seeAlso", input.see_also.iter().map(Link::json));
    put_list(&mut put, "thumbnail", input.canvases.first().map(thumbnail).into_iter());
    put_list(&mut put, "partOf", input.part_of.iter().map(Reference::json));
    if let Some(date) = &input.nav_date {
        put("navDate", date.as_str().into());
    }
    if let Some(place) = &input.nav_place {
        put("navPlace", place.json(&input.base));
    }
    put_list(&mut put, "behavior", input.behavior.map(Value::from).into_iter());
    put("items", input.canvases.iter().map(|image| canvas(&input.base, image)).collect());
    Value::Object(manifest)
}

/// One canvas as a document of its own, under its id; `None` for a name that is not in the manifest.
pub fn canvas_document(input: &ManifestInput, name: &str) -> Option<Value> {
    let image = input.canvases.iter().find(|canvas| canvas.name == name)?;
    let Value::Object(canvas) = canvas(&input.base, image) else { return None };
    let mut document = Map::new();
    document.insert("@context".to_owned(), CONTEXT.into());
    document.extend(canvas);
    document.insert(
        "partOf".to_owned(),
        json!([{ "id": input.id(), "type": "Manifest", "label": input.label.plain() }]),
    );
    Some(Value::Object(document))
}

fn put_list(put: &mut impl FnMut(&str, Value), key: &str, values: impl Iterator<Item = Value>) {
    let values: Vec<Value> = values.collect();
    if !values.is_empty() {
        put(key, values.into());
    }
}

fn pair((label, value): &(LanguageMap, LanguageMap)) -> Value {
    json!({ "label": label.plain(), "value": value.text() })
}

fn canvas(base: &str, input: &CanvasInput) -> Value {
    let name = &input.name;
    let id = format!("{base}/canvas/{name}");
    let mut canvas = Map::new();
    let mut put = |key: &str, value: Value| {
        canvas.insert(key.to_owned(), value);
    };
    put("id", id.as_str().into());
    put("type", "Canvas".into());
    put("label", input.label.plain());
    put("width", input.image.width.into());
    put("height", input.image.height.into());
    if let Some(statement) = &input.required_statement {
        put("requiredStatement", pair(statement));
    }
    if let Some(rights) = input.image.rights.as_deref().filter(|uri| is_rights_uri(uri)) {
        put("rights", rights.into());
    }
    put("thumbnail", json!([thumbnail(input)]));
    let (request, size) = plan::whole_image(&input.image, u32::MAX, Format::Jpg);
    put(
        "items",
        json!([{
            "id": format!("{base}/page/{name}"),
            "type": "AnnotationPage",
            "items": [{
                "id": format!("{base}/annotation/{name}"),
                "type": "Annotation",
                "motivation": "painting",
                "body": image_body(input, &request, size),
                "target": id,
            }],
        }]),
    );
    Value::Object(canvas)
}

/// A thumbnail with its service: without one, Mirador draws none in lists.
pub fn thumbnail(input: &CanvasInput) -> Value {
    let (request, size) = plan::whole_image(&input.image, THUMBNAIL, Format::Jpg);
    image_body(input, &request, size)
}

fn image_body(input: &CanvasInput, request: &str, size: Dimensions) -> Value {
    let service = input.service.as_str();
    // Image API 2 has another word for the whole (section 4.2), and services of version 2 keep
    // their own keys in a manifest of version 3 (Presentation 3.0, section 5.4).
    let (request, described) = match input.foreign_version {
        None => (
            request.to_owned(),
            json!({ "id": service, "type": "ImageService3", "profile": "level2" }),
        ),
        Some(3..) => (
            request.to_owned(),
            json!({ "id": service, "type": "ImageService3", "profile": "level1" }),
        ),
        Some(_) => (
            request.replacen("full/max/", "full/full/", 1),
            json!({
                "@id": service,
                "@type": "ImageService2",
                "profile": "http://iiif.io/api/image/2/level1.json",
            }),
        ),
    };
    json!({
        "id": format!("{service}/{request}"),
        "type": "Image",
        "format": "image/jpeg",
        "width": size.width,
        "height": size.height,
        "service": [described],
    })
}
