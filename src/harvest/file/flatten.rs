//! From a JSON value to fields: nested keys are joined by `.`, arrays become repeated fields.

use super::limits::Limits;
use super::row::Rules;
use domain::issue::Issue;
use domain::source_record::Field;
use serde_json::Value;

/// Name of the field of a record that is no object but a single value (a list of terms).
pub const VALUE: &str = "value";

/// Takes masked keys out of a value, at any depth, and NUL characters out of its texts.
///
/// A key is masked by its own name or by its path from the record (`contact.email`); both count.
pub fn prune(value: &mut Value, path: &str, rules: &Rules, issues: &mut Vec<Issue>) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| {
                !(rules.masked)(key) && (path.is_empty() || !(rules.masked)(&join(path, key)))
            });
            for (key, member) in members.iter_mut() {
                prune(member, &join(path, key), rules, issues);
            }
        }
        Value::Array(items) => {
            for item in items {
                prune(item, path, rules, issues);
            }
        }
        Value::String(text) => {
            if text.contains('\0') {
                issues.push(Issue::new("nul_removed", path, &text.replace('\0', " ")));
                *text = text.replace('\0', "");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The fields of a record, in order. Empty texts and nulls give none; numbers and booleans are
/// written as JSON does.
///
/// A GeoJSON feature gives its properties under their own names, its `id`, and its geometry:
/// a point as field `geometry` in the form `latitude,longitude` (GeoJSON has it the other way
/// round), any other geometry as `geometry.type` and, as JSON text, `geometry.coordinates`.
pub fn flatten(value: &Value, limits: &Limits, issues: &mut Vec<Issue>) -> Vec<Field> {
    let mut fields = Vec::new();
    match feature(value) {
        Some(feature) => {
            if let Some(id) = feature.id {
                walk("id", id, limits, &mut fields);
            }
            walk("", feature.properties, limits, &mut fields);
            geometry(feature.geometry, &mut fields);
        }
        None => walk("", value, limits, &mut fields),
    }
    if fields.len() > limits.max_fields {
        fields.truncate(limits.max_fields);
        issues.push(Issue::new("too_many_fields", "", &format!("kept {}", limits.max_fields)));
    }
    fields
}

struct Feature<'a> {
    id: Option<&'a Value>,
    properties: &'a Value,
    geometry: &'a Value,
}

fn feature(value: &Value) -> Option<Feature<'_>> {
    let members = value.as_object()?;
    let is_feature = members.get("type").and_then(Value::as_str) == Some("Feature");
    let properties = members.get("properties").filter(|p| is_feature && p.is_object())?;
    let geometry = members.get("geometry").unwrap_or(&Value::Null);
    Some(Feature { id: members.get("id"), properties, geometry })
}

fn geometry(geometry: &Value, fields: &mut Vec<Field>) {
    let Some(kind) = geometry.get("type").and_then(Value::as_str) else {
        return;
    };
    let Some(coordinates) = geometry.get("coordinates") else {
        return;
    };
    if let (Some(longitude), Some(latitude), "Point") =
        (coordinates.get(0), coordinates.get(1), kind)
    {
        fields.push(Field::new("geometry", format!("{latitude},{longitude}")));
    } else {
        fields.push(Field::new("geometry.type", kind));
        fields.push(Field::new("geometry.coordinates", coordinates.to_string()));
    }
}

fn walk(path: &str, value: &Value, limits: &Limits, fields: &mut Vec<Field>) {
    // One more than allowed shows that there were too many.
    if fields.len() > limits.max_fields {
        return;
    }
    let name = if path.is_empty() { VALUE } else { path };
    match value {
        Value::Null => {}
        Value::Bool(truth) => fields.push(Field::new(name, truth.to_string())),
        Value::Number(number) => fields.push(Field::new(name, number.to_string())),
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => fields.push(Field::new(name, text.as_str())),
        Value::Array(items) => items.iter().for_each(|item| walk(path, item, limits, fields)),
        Value::Object(members) => {
            for (key, member) in members {
                walk(&join(path, key), member, limits, fields);
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
