//! Reader of IIIF manifests, Presentation 2.1 and 3.0, to fields.
//!
//! What the specification names is `iiif:…` (`iiif:label`, `iiif:rights`, `iiif:image`); the pairs
//! of `metadata` bear their own labels, in French where there is French, else in English, else as
//! they come: these labels are what a mapping and a mask name.

use crate::walk::iiif::{id_of, kind};
use domain::fold::fold_name;
use domain::issue::{Issue, Parsed};
use domain::source_record::Field;
use serde_json::Value;

/// Images of one manifest that are taken.
const MAX_IMAGES: usize = 2_000;
/// Values of one property that are taken.
const MAX_VALUES: usize = 200;

/// Takes what is masked out of a manifest: pairs by any of their labels, properties by their name
/// or by the name of the field that is read from them.
pub fn mask(manifest: &mut Value, is_masked: &dyn Fn(&str) -> bool) -> usize {
    let mut taken = 0;
    let Some(members) = manifest.as_object_mut() else { return 0 };
    members.retain(|key, _| {
        let field = match key.as_str() {
            "license" => "iiif:rights",
            "attribution" => "iiif:requiredStatement",
            "description" => "iiif:summary",
            "sequences" | "items" => "iiif:image",
            _ => "",
        };
        let own = format!("iiif:{key}");
        let kept = !(is_masked(key) || is_masked(&own) || (!field.is_empty() && is_masked(field)));
        taken += usize::from(!kept);
        kept
    });
    for value in members.values_mut() {
        taken += mask_pairs(value, is_masked);
    }
    if let Some(Value::Array(pairs)) = members.get_mut("metadata") {
        taken += retain_pairs(pairs, is_masked);
    }
    taken
}

/// Pairs of what lies inside: canvases and ranges have metadata of their own.
fn mask_pairs(value: &mut Value, is_masked: &dyn Fn(&str) -> bool) -> usize {
    match value {
        Value::Array(items) => items.iter_mut().map(|item| mask_pairs(item, is_masked)).sum(),
        Value::Object(members) => {
            let mut taken = 0;
            if let Some(Value::Array(pairs)) = members.get_mut("metadata") {
                taken += retain_pairs(pairs, is_masked);
            }
            taken + members.values_mut().map(|inner| mask_pairs(inner, is_masked)).sum::<usize>()
        }
        _ => 0,
    }
}

fn retain_pairs(pairs: &mut Vec<Value>, is_masked: &dyn Fn(&str) -> bool) -> usize {
    let before = pairs.len();
    pairs.retain(|pair| {
        let labels = pair.get("label").map(texts).unwrap_or_default();
        !labels.iter().any(|label| is_masked(&label.text))
    });
    before - pairs.len()
}

/// The fields of a manifest. Content never fails: what is odd is an issue.
pub fn read(manifest: &Value) -> Parsed<Vec<Field>> {
    let mut sink = Sink::default();
    if let Some(id) = id_of(manifest) {
        sink.plain("iiif:id", id);
    }
    sink.texts("iiif:label", manifest.get("label"));
    sink.texts("iiif:summary", manifest.get("summary").or_else(|| manifest.get("description")));
    for pair in manifest.get("metadata").and_then(Value::as_array).into_iter().flatten() {
        let labels = pair.get("label").map(texts).unwrap_or_default();
        match best(&labels) {
            Some(label) => {
                let name = clean(&label.text);
                sink.texts(name.trim_end_matches([':', ' ', '\u{a0}']), pair.get("value"));
            }
            None => sink.issue("metadata_without_label", "metadata", &pair.to_string()),
        }
    }
    for address in several(manifest.get("rights").or_else(|| manifest.get("license"))) {
        match id_of(address) {
            Some(address) => sink.linked("iiif:rights", address),
            None => sink.texts("iiif:rights", Some(address)),
        }
    }
    let statement = manifest.get("requiredStatement");
    let statement = statement.and_then(|statement| statement.get("value"));
    sink.texts("iiif:requiredStatement", statement.or_else(|| manifest.get("attribution")));
    for provider in several(manifest.get("provider")) {
        sink.texts("iiif:provider", provider.get("label"));
    }
    for (name, value) in [
        ("iiif:homepage", manifest.get("homepage")),
        ("iiif:related", manifest.get("related")),
        ("iiif:seeAlso", manifest.get("seeAlso")),
        ("iiif:within", manifest.get("partOf").or_else(|| manifest.get("within"))),
    ] {
        for one in several(value) {
            if let Some(address) = id_of(one) {
                sink.linked(name, address);
            }
        }
    }
    if let Some(date) = manifest.get("navDate").and_then(Value::as_str) {
        sink.plain("iiif:navDate", date);
    }
    place(manifest.get("navPlace"), &mut sink);
    if let Some(address) = several(manifest.get("thumbnail")).find_map(id_of) {
        sink.linked("iiif:thumbnail", address);
    }
    images(manifest, &mut sink);
    Parsed { value: sink.fields, issues: sink.issues }
}

/// `navPlace`: the first point of it, as `latitude,longitude`.
fn place(place: Option<&Value>, sink: &mut Sink) {
    let features = place.and_then(|place| place.get("features")).and_then(Value::as_array);
    let point = features.into_iter().flatten().find_map(|feature| {
        let geometry = feature.get("geometry")?;
        let coordinates = geometry.get("coordinates")?;
        (kind(geometry) == "Point").then(|| Some((coordinates.get(1)?, coordinates.get(0)?)))?
    });
    if let Some((latitude, longitude)) = point {
        sink.plain("iiif:navPlace", &format!("{latitude},{longitude}"));
    }
}

/// The image of each canvas: its service where it has one, else its file.
fn images(manifest: &Value, sink: &mut Sink) {
    let mut count = 0;
    let third = several(manifest.get("items")).filter(|canvas| kind(canvas) == "Canvas");
    // 2.1: the canvases of the first sequence; the others are other orders of the same.
    let second = several(manifest.get("sequences"))
        .next()
        .into_iter()
        .flat_map(|sequence| several(sequence.get("canvases")));
    for canvas in third.chain(second) {
        let of_third = several(canvas.get("items"))
            .flat_map(|page| several(page.get("items")))
            .filter(|annotation| motivation(annotation) == "painting")
            .flat_map(|annotation| several(annotation.get("body")));
        let of_second = several(canvas.get("images"))
            .flat_map(|annotation| several(annotation.get("resource")));
        let mut bodies = of_third.chain(of_second).filter_map(|body| {
            // A choice: the first is what is shown when nobody chooses.
            let choice = several(body.get("items")).next().or_else(|| body.get("default"));
            choice.filter(|_| matches!(kind(body), "Choice" | "oa:Choice")).or(Some(body))
        });
        let Some(address) = bodies.find_map(image) else { continue };
        count += 1;
        if count <= MAX_IMAGES {
            sink.linked("iiif:image", &address);
        }
    }
    if count > MAX_IMAGES {
        sink.issue("too_many_images", "items", &format!("{count}, {MAX_IMAGES} taken"));
    }
    if count == 0 {
        sink.issue("manifest_without_image", "items", "");
    }
}

/// `painting`, whatever its prefix.
fn motivation(annotation: &Value) -> &str {
    let motivation = several(annotation.get("motivation")).find_map(Value::as_str);
    let motivation = motivation.unwrap_or("painting");
    motivation.rsplit(':').next().unwrap_or(motivation)
}

/// The address of the description of the image's service, or of the file.
fn image(body: &Value) -> Option<String> {
    let resource = kind(body);
    if !matches!(resource, "Image" | "dctypes:Image" | "dcterms:Image" | "") {
        return None;
    }
    let service = several(body.get("service")).find(|service| {
        let kind = kind(service);
        let says = |key: &str| {
            service.get(key).is_some_and(|value| value.to_string().contains("iiif.io/api/image"))
        };
        kind.starts_with("ImageService") || says("profile") || says("@context")
    });
    match service.and_then(id_of) {
        Some(service) => {
            let service = service.trim_end_matches('/');
            Some(format!("{}/info.json", service.trim_end_matches("/info.json")))
        }
        None => id_of(body).map(str::to_owned),
    }
}

/// A text with its language.
struct Text {
    text: String,
    lang: Option<String>,
}

/// The texts of a value: a text, `{fr: […]}` of 3.0, `{@value, @language}` of 2.1, or many of them.
fn texts(value: &Value) -> Vec<Text> {
    match value {
        Value::String(text) => vec![Text { text: text.clone(), lang: None }],
        Value::Number(number) => vec![Text { text: number.to_string(), lang: None }],
        Value::Array(items) => items.iter().take(MAX_VALUES).flat_map(texts).collect(),
        Value::Object(members) => match members.get("@value") {
            Some(text) => {
                let lang = members.get("@language").and_then(Value::as_str);
                let lang = lang.map(str::to_owned);
                texts(text).into_iter().map(|one| Text { lang: lang.clone(), ..one }).collect()
            }
            None => members
                .iter()
                .flat_map(|(lang, values)| {
                    let lang = (lang != "none" && lang != "@none").then(|| lang.clone());
                    texts(values).into_iter().map(move |one| Text { lang: lang.clone(), ..one })
                })
                .collect(),
        },
        Value::Null | Value::Bool(_) => Vec::new(),
    }
}

/// In French, else in English, else the first.
fn best(of: &[Text]) -> Option<&Text> {
    let said = |text: &&Text| !fold_name(&text.text).is_empty();
    let of_language = |language: &str| {
        of.iter().filter(said).find(|text| {
            text.lang.as_deref().is_some_and(|lang| lang.split('-').next() == Some(language))
        })
    };
    of_language("fr").or_else(|| of_language("en")).or_else(|| of.iter().find(said))
}

/// One, many or none.
fn several(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (one, many) = match value {
        Some(Value::Array(items)) => (None, Some(items)),
        other => (other.filter(|value| !value.is_null()), None),
    };
    one.into_iter().chain(many.into_iter().flatten())
}

/// A text without the markup that the specification allows in it.
fn clean(text: &str) -> String {
    if !text.trim_start().starts_with('<') {
        return text.trim().to_owned();
    }
    let mut made = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                made.push(' ');
            }
            _ if !inside => made.push(character),
            _ => {}
        }
    }
    made.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Sink {
    fields: Vec<Field>,
    issues: Vec<Issue>,
}

impl Sink {
    fn plain(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.fields.push(Field::new(name, value.trim()));
        }
    }

    fn linked(&mut self, name: &str, address: &str) {
        let uri = Some(address.trim().to_owned());
        self.fields.push(Field { uri, ..Field::new(name, address.trim()) });
    }

    fn texts(&mut self, name: &str, value: Option<&Value>) {
        for text in value.map(texts).unwrap_or_default() {
            let value = clean(&text.text);
            if !value.is_empty() {
                self.fields.push(Field { lang: text.lang, ..Field::new(name, value) });
            }
        }
    }

    fn issue(&mut self, code: &'static str, field: &str, detail: &str) {
        self.issues.push(Issue::new(code, field, detail));
    }
}
