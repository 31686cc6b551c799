//! The engine: one source record through one table.

use super::Context;
use super::compile::{FieldIndex, FieldMap, ImageRule, PositionRule, Table};
use super::spec::ImageForm;
use super::template::Template;
use super::transform::split;
use domain::fold::fold;
use domain::issue::{Issue, Parsed};
use domain::normalise::Hints;
use domain::record::{EdmType, ImageRef, Kind, Link, Position, Property, Record, Value};
use domain::rights::{RightsText, decide};
use domain::source_record::{Field, SourceRecord};

impl Table {
    /// Makes the EDM-shaped record of one source record, rights decision included. Never fails
    /// (invariant 3): what is not understood is an issue beside it. Unknown fields are left alone.
    pub fn apply(&self, source: &SourceRecord, context: &Context<'_>) -> Parsed<Record> {
        self.apply_with_hints(source, context).0
    }

    /// As [`Table::apply`], with what [`domain::normalise`] wants to know beside the record.
    pub fn apply_with_hints(
        &self,
        source: &SourceRecord,
        context: &Context<'_>,
    ) -> (Parsed<Record>, Hints) {
        let sorted = Sorted::of(self, source, context);
        let mut issues = Vec::new();
        let mut record = Record::new(sorted.kind());
        sorted.push_values(&mut record);
        for (property, fields) in &self.fallbacks {
            if record.get(*property).is_empty()
                && let Some((field, value)) = fields.iter().find_map(|at| sorted.first(*at))
            {
                record.push(*property, value_for(*property, field, value));
            }
        }
        if record.get(Property::Title).is_empty() && !source.deleted {
            issues.push(Issue::new("no_title", "", &source.local_id));
        }
        record.edm_type = self
            .edm_type_field
            .and_then(|at| sorted.texts(at).into_iter().find_map(EdmType::parse))
            .or(self.edm_type);
        record.names = sorted.expand_all(&self.names);
        record.certain_keys = sorted.expand_all(&self.certain_keys);
        record.sets = sorted.expand_all(&self.sets);
        record.landing_page =
            self.landing_page.iter().find_map(|t| sorted.expand(t).into_iter().next());
        record.data_provider = self
            .data_provider
            .iter()
            .filter(|(_, prefixes)| {
                prefixes.is_empty() || starts_with_any(sorted.reference(), prefixes)
            })
            .find_map(|(template, _)| sorted.expand(template).into_iter().next())
            .or_else(|| context.data_provider.map(str::to_owned));
        sorted.push_url_keys(&mut record);
        sorted.push_links(&mut record, &mut issues);
        sorted.push_flags(&mut record);
        record.images = sorted.images();
        record.position = sorted.position(&mut issues);
        record.rights = sorted.rights();
        (Parsed { value: record, issues }, Hints::default())
    }
}

/// The fields of one record, sorted by the table, values cut and cleaned.
struct Sorted<'a> {
    table: &'a Table,
    source: &'a SourceRecord,
    context: &'a Context<'a>,
    /// Per field of the table: the fields of the record, in source order.
    found: Vec<Vec<&'a Field>>,
    /// Per field of the table: its values.
    values: Vec<Vec<Value>>,
}

impl<'a> Sorted<'a> {
    fn of(table: &'a Table, source: &'a SourceRecord, context: &'a Context<'a>) -> Self {
        let mut found: Vec<Vec<&Field>> = vec![Vec::new(); table.fields.len()];
        for field in &source.fields {
            if let Some(list) = table.find(&field.name).and_then(|at| found.get_mut(at)) {
                list.push(field);
            }
        }
        let values = table
            .fields
            .iter()
            .zip(&found)
            .map(|(map, fields)| {
                fields.iter().flat_map(|field| values_of(table, map, field)).collect()
            })
            .collect();
        Self { table, source, context, found, values }
    }

    fn values(&self, at: FieldIndex) -> &[Value] {
        self.values.get(at).map_or(&[], Vec::as_slice)
    }

    fn texts(&self, at: FieldIndex) -> Vec<&str> {
        self.values(at).iter().map(|value| value.text.as_str()).collect()
    }

    fn first(&self, at: FieldIndex) -> Option<(&'a FieldMap, &Value)> {
        Some((self.table.fields.get(at)?, self.values(at).first()?))
    }

    /// First value of the first key field that has one, else the local identifier.
    fn reference(&self) -> &str {
        self.table
            .key
            .iter()
            .find_map(|at| self.values(*at).first())
            .map_or(self.source.local_id.as_str(), |value| value.text.as_str())
    }

    fn kind(&self) -> Kind {
        let by_rule = self.table.kind_when.iter().find(|rule| {
            self.values(rule.field).iter().any(|value| {
                starts_with_any(&value.text, &rule.prefix)
                    || (!rule.equals.is_empty() && rule.equals.contains(&fold(&value.text)))
            })
        });
        self.context.kind.or(by_rule.map(|rule| rule.kind)).unwrap_or(self.table.kind)
    }

    fn push_values(&self, record: &mut Record) {
        for (map, values) in self.table.fields.iter().zip(&self.values) {
            if map.unless.iter().any(|other| !self.values(*other).is_empty()) {
                continue;
            }
            for value in values {
                let elsewhere =
                    map.roles.as_ref().filter(|(_, roles)| has_role(&value.text, roles));
                let properties: &[Property] = match elsewhere {
                    Some((property, _)) => std::slice::from_ref(property),
                    None => &map.to,
                };
                for property in properties {
                    record.push(*property, value_for(*property, map, value));
                }
            }
        }
    }

    fn expand(&self, template: &Template) -> Vec<String> {
        self.expand_with(template, None)
    }

    fn expand_with(&self, template: &Template, value: Option<&str>) -> Vec<String> {
        template.expand(|name| match name {
            "value" => value.into_iter().collect(),
            "key" => vec![self.source.local_id.as_str()],
            "museum" => self.context.museum.into_iter().collect(),
            field => self.table.find(field).map(|at| self.texts(at)).unwrap_or_default(),
        })
    }

    fn expand_all(&self, templates: &[Template]) -> Vec<String> {
        let mut out = Vec::new();
        for text in templates.iter().flat_map(|template| self.expand(template)) {
            push_new(&mut out, text);
        }
        out
    }

    fn push_url_keys(&self, record: &mut Record) {
        for rule in &self.table.url_keys {
            let texts = rule.fields.iter().flat_map(|field| match field {
                None => vec![self.source.local_id.as_str()],
                Some(at) => self
                    .found
                    .get(*at)
                    .into_iter()
                    .flatten()
                    .flat_map(|field| {
                        std::iter::once(field.value.as_str()).chain(field.uri.as_deref())
                    })
                    .collect(),
            });
            for reference in texts.filter_map(|text| rule.matcher.find(text)) {
                for key in self.expand_with(&rule.key, Some(&reference)) {
                    push_new(&mut record.certain_keys, key);
                }
            }
        }
    }

    fn push_links(&self, record: &mut Record, issues: &mut Vec<Issue>) {
        for rule in &self.table.links {
            for value in self.values(rule.field) {
                if !rule.prefix.is_empty() && !starts_with_any(&value.text, &rule.prefix) {
                    continue;
                }
                // A reference is one word; a sentence in its place would never resolve.
                if value.text.len() > 200 || value.text.contains(char::is_whitespace) {
                    issues.push(Issue::new(
                        "link_not_understood",
                        value.field.clone(),
                        &value.text,
                    ));
                    continue;
                }
                for target in self.expand_with(&rule.target, Some(&value.text)) {
                    // A record that names itself says nothing.
                    if !record.names.contains(&target) {
                        push_new(&mut record.links, Link { kind: rule.kind, target });
                    }
                }
            }
        }
        let own = self.reference();
        for rule in &self.table.candidates {
            for value in self.values(rule.field) {
                let pair = rule.pairs.iter().any(|(one, two)| {
                    (own.starts_with(one.as_str()) && value.text.starts_with(two.as_str()))
                        || (own.starts_with(two.as_str()) && value.text.starts_with(one.as_str()))
                });
                if pair && !value.text.contains(char::is_whitespace) {
                    for target in self.expand_with(&rule.target, Some(&value.text)) {
                        push_new(&mut record.candidate_targets, target);
                    }
                }
            }
        }
    }

    fn push_flags(&self, record: &mut Record) {
        for rule in &self.table.flags {
            let raised = self.found.get(rule.field).into_iter().flatten().any(|field| {
                let folded = fold(&field.value);
                let last = folded.rsplit(';').next().unwrap_or_default().trim();
                let anything = rule.contains.is_empty() && rule.last_part.is_empty();
                !folded.is_empty()
                    && (anything
                        || rule.contains.iter().any(|word| folded.contains(word.as_str()))
                        || (folded.contains(';') && starts_with_any(last, &rule.last_part)))
            });
            if raised {
                push_new(&mut record.flags, rule.name.clone());
            }
        }
    }

    fn images(&self) -> Vec<ImageRef> {
        self.table
            .images
            .iter()
            .map(|rule| self.images_of(rule))
            .find(|images| !images.is_empty())
            .unwrap_or_default()
    }

    fn images_of(&self, rule: &ImageRule) -> Vec<ImageRef> {
        let text_of = |at: Option<FieldIndex>| {
            at.and_then(|at| self.values(at).first()).map(|value| value.text.clone())
        };
        let mut images: Vec<ImageRef> = Vec::new();
        for value in self.values(rule.field) {
            // An entity in EDM has its address in `uri`.
            let named = value.uri.as_deref().unwrap_or(&value.text);
            let Some(named) = image_name(named, rule.form) else { continue };
            let location = match &rule.location {
                Some(template) => self.expand_with(template, Some(&named)).into_iter().next(),
                None => Some(named),
            };
            let Some(location) = location else { continue };
            if !images.iter().any(|image| image.location == location) {
                images.push(ImageRef {
                    location,
                    credit: text_of(rule.credit),
                    label: text_of(rule.label),
                });
            }
        }
        images
    }

    fn position(&self, issues: &mut Vec<Issue>) -> Option<Position> {
        let raw = |at: FieldIndex| {
            let fields = self.found.get(at).into_iter().flatten();
            fields
                .map(|field| field.value.trim())
                .filter(|text| !text.is_empty())
                .collect::<Vec<_>>()
        };
        for rule in &self.table.positions {
            let (text, place) = match rule {
                PositionRule::One { field, .. } => (raw(*field).join(","), *field),
                PositionRule::Two { latitude, longitude } => {
                    let (north, east) = (raw(*latitude), raw(*longitude));
                    let (Some(north), Some(east)) = (north.first(), east.first()) else { continue };
                    (format!("{north},{east}"), *latitude)
                }
            };
            if text.is_empty() {
                continue;
            }
            let text = match rule {
                PositionRule::One { longitude_first: true, .. } => turned(&text),
                _ => text,
            };
            if let Some(position) = Position::parse(&text) {
                return Some(position);
            }
            // "0,0" is how these bases write "nowhere".
            if text.chars().any(|c| c.is_ascii_digit() && c != '0') {
                let name = self.table.fields.get(place).map_or("", |field| field.name.as_str());
                issues.push(Issue::new("position_not_understood", name, &text));
            }
        }
        None
    }

    fn rights(&self) -> domain::rights::RightsDecision {
        // The source's rules may name any field of the record by its own name.
        let named_by_source: Vec<String> = self
            .context
            .rights
            .iter()
            .flat_map(|policy| policy.rules.iter())
            .flat_map(|rule| rule.fields.iter())
            .filter(|field| *field != "*")
            .map(|field| domain::fold::fold_name(field))
            .collect();
        let mut texts: Vec<RightsText> = Vec::new();
        for (map, fields) in self.table.fields.iter().zip(&self.found) {
            // Most sources have no rules of their own, and folding is not for nothing.
            let by_source = |name: &str| {
                !named_by_source.is_empty()
                    && named_by_source.contains(&domain::fold::fold_name(name))
            };
            let named = map.in_rights_rules || by_source(&map.name);
            for field in fields.iter().filter(|field| named || by_source(&field.name)) {
                for text in std::iter::once(field.value.as_str()).chain(field.uri.as_deref()) {
                    texts.push(RightsText {
                        name: map.name.clone(),
                        source_name: field.name.clone(),
                        text: text.to_owned(),
                        bears_rights: map.bears_rights,
                    });
                }
            }
        }
        if !named_by_source.is_empty() {
            for field in &self.source.fields {
                if self.table.find(&field.name).is_none()
                    && named_by_source.contains(&domain::fold::fold_name(&field.name))
                {
                    texts.push(RightsText {
                        name: field.name.clone(),
                        source_name: field.name.clone(),
                        text: field.value.clone(),
                        bears_rights: false,
                    });
                }
            }
        }
        let policies: Vec<_> =
            self.context.rights.into_iter().chain([&self.table.rights]).collect();
        decide(&policies, &texts)
    }
}

/// A value as a property shows it.
fn value_for(property: Property, map: &FieldMap, value: &Value) -> Value {
    Value {
        text: [map.prefix.as_str(), &value.text, &map.suffix].concat(),
        lang: tagged(property, value.lang.as_ref()),
        uri: value.uri.clone(),
        field: value.field.clone(),
        meanings: Vec::new(),
    }
}

/// The values of one field: cut, line marks resolved, transformed, trimmed.
fn values_of(table: &Table, map: &FieldMap, field: &Field) -> Vec<Value> {
    let parts = split(&field.value, &map.split);
    let alone = parts.len() <= 1;
    let mut values: Vec<Value> = parts
        .into_iter()
        .filter_map(|part| {
            let marked = if map.line_marks.is_empty() {
                part.to_owned()
            } else {
                lines(part, &map.line_marks)
            };
            map.transforms.iter().try_fold(marked, |text, transform| transform.apply(&text))
        })
        .map(|text| if text.trim().len() == text.len() { text } else { text.trim().to_owned() })
        .filter(|text| !text.is_empty() && !is_empty_word(table, text))
        .map(|text| Value {
            text,
            lang: field.lang.clone().or_else(|| map.lang.clone()),
            // A URI belongs to the whole field, not to one of several values in it.
            uri: field.uri.clone().filter(|_| alone),
            field: field.name.clone(),
            meanings: Vec::new(),
        })
        .collect();
    // A resource without label: the address is all there is to show.
    if values.is_empty() && field.value.trim().is_empty() {
        values.extend(field.uri.iter().filter(|uri| !uri.trim().is_empty()).map(|uri| Value {
            text: uri.trim().to_owned(),
            lang: None,
            uri: Some(uri.trim().to_owned()),
            field: field.name.clone(),
            meanings: Vec::new(),
        }));
    }
    values
}

fn is_empty_word(table: &Table, text: &str) -> bool {
    !table.empty.is_empty() && table.empty.contains(&fold(text))
}

/// Line marks become line breaks; blanks around them go, a doubled mark stays a paragraph.
fn lines(text: &str, marks: &str) -> String {
    if !text.contains(|c| marks.contains(c)) {
        return text.to_owned();
    }
    text.split(|c| marks.contains(c)).map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Language tags go on texts; names, numbers, dates and codes have none of their own.
fn tagged(property: Property, lang: Option<&String>) -> Option<String> {
    let is_text = !matches!(
        property,
        Property::Identifier
            | Property::Creator
            | Property::Contributor
            | Property::Publisher
            | Property::Created
            | Property::Issued
            | Property::Date
            | Property::Extent
            | Property::Language
    );
    lang.filter(|_| is_text).cloned()
}

/// Whether one of the roles stands in the parentheses of an author: `DUPONT Jean (éditeur, 1850)`.
fn has_role(text: &str, roles: &[String]) -> bool {
    text.split('(').skip(1).filter_map(|rest| rest.split(')').next()).any(|inside| {
        fold(inside).split([',', ';']).map(str::trim).any(|said| {
            roles.iter().any(|role| {
                said.strip_prefix(role.as_str())
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
        })
    })
}

fn starts_with_any(text: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|prefix| text.starts_with(prefix.as_str()))
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// `a,b` as `b,a`.
fn turned(text: &str) -> String {
    let inner = text.trim_matches(|c: char| c == '[' || c == ']' || c.is_whitespace());
    let mut parts: Vec<&str> =
        inner.split([',', ';', ' ']).filter(|part| !part.is_empty()).take(2).collect();
    parts.reverse();
    parts.join(",")
}

fn image_name(text: &str, form: ImageForm) -> Option<String> {
    let text = text.trim();
    match form {
        ImageForm::Path => (!text.is_empty()).then(|| text.to_owned()),
        ImageForm::Url => is_url(text).then(|| text.to_owned()),
        ImageForm::ImageUrl => {
            let path = text.split(['?', '#']).next()?.to_ascii_lowercase();
            let is_image = IMAGE_ENDINGS.iter().any(|ending| path.ends_with(ending));
            (is_url(text) && is_image).then(|| text.to_owned())
        }
        ImageForm::Refim => {
            // "M016183_0016630_P.JPG,DS1,,0016630.JPG": the file came without code and size.
            let first = text.split(',').next()?.trim();
            let file = first.rsplit(['/', '\\']).next()?;
            let last = text.split(',').next_back().map(str::trim).filter(|part| part.contains('.'));
            let name = last.unwrap_or(file);
            (name.contains('.')).then(|| name.to_ascii_lowercase())
        }
    }
}

const IMAGE_ENDINGS: [&str; 8] =
    [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".jp2"];

fn is_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}
