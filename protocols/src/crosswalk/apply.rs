//! The engine: one source record through one table.

use super::Context;
use super::compile::{FieldIndex, FieldMap, ImageRule, PositionRule, Table};
use super::spec::ImageForm;
use super::template::{Slot, Template};
use super::transform::{is_cut, split};
use domain::fold::fold;
use domain::issue::{Issue, Parsed};
use domain::normalise::Hints;
use domain::normalise::place::{GivenCoordinates, LocationHint, Role};
use domain::record::{EdmType, ImageRef, Kind, Link, Position, Property, Record, Value};
use domain::rights::{
    Explanation, RightsDecision, RightsPolicy, RightsRule, RightsText, decide, explain,
};
use domain::source_record::{Field, SourceRecord};
use std::borrow::Cow;

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
        let mut issues = Vec::new();
        let repaired = self.repaired(source, &mut issues);
        let sorted = Sorted::of(self, repaired.as_ref().unwrap_or(source), context);
        let mut record = Record::new(sorted.kind());
        sorted.push_values(&mut record);
        for rule in &self.fallbacks {
            if !record.get(rule.property).is_empty() {
                continue;
            }
            let part = rule.fields.iter().find_map(|at| sorted.values(*at).first());
            let value = part.map(|part| part.value(rule.property)).or_else(|| {
                let template = rule.template.as_ref().filter(|_| !source.deleted)?;
                let text = sorted.expand(template).into_iter().next()?;
                let lang = tagged(rule.property, rule.lang.as_ref());
                Some(Value { lang, ..Value::plain(text) })
            });
            if let Some(value) = value {
                record.push(rule.property, value);
            }
        }
        if record.get(Property::Title).is_empty() && !source.deleted {
            issues.push(Issue::new("no_title", "", &source.local_id));
        }
        record.edm_type = self
            .edm_type_field
            .and_then(|at| sorted.values(at).iter().find_map(|part| EdmType::parse(&part.text)))
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
        let hints = Hints { location: sorted.location(record.position.is_some()) };
        (Parsed { value: record, issues }, hints)
    }

    /// The record with the texts of fields of this table repaired (see [`domain::text`]); nothing
    /// when there is nothing to repair, as in most.
    fn repaired(&self, source: &SourceRecord, issues: &mut Vec<Issue>) -> Option<SourceRecord> {
        let mut copy = None;
        for (at, field) in source.fields.iter().enumerate() {
            let Some(repaired) = domain::text::repair(&field.value) else { continue };
            if self.find(&field.name).is_none() {
                continue;
            }
            for (done, code) in [
                (repaired.html, domain::text::HTML_REMOVED),
                (repaired.encoding, domain::text::ENCODING_REPAIRED),
            ] {
                if done {
                    issues.push(Issue::new(code, field.name.clone(), &field.value));
                }
            }
            let record = copy.get_or_insert_with(|| source.clone());
            if let Some(field) = record.fields.get_mut(at) {
                field.value = repaired.text;
            }
        }
        copy
    }

    /// Why the rights of one source record are what [`Table::apply`] makes of them.
    pub fn explain_rights(&self, source: &SourceRecord, context: &Context<'_>) -> Explanation {
        let repaired = self.repaired(source, &mut Vec::new());
        let sorted = Sorted::of(self, repaired.as_ref().unwrap_or(source), context);
        let (policies, texts) = sorted.rights_material();
        explain(&policies, &texts)
    }
}

/// One value of a field, cut and cleaned.
struct Part<'a> {
    text: Cow<'a, str>,
    lang: Option<&'a String>,
    uri: Option<&'a str>,
    map: &'a FieldMap,
    field: &'a Field,
}

/// The fields of one record, sorted by the table, values cut and cleaned.
struct Sorted<'a> {
    table: &'a Table,
    source: &'a SourceRecord,
    context: &'a Context<'a>,
    /// The fields of the record that the table knows, in the order of the table, then of the source.
    found: Vec<&'a Field>,
    /// Their values, in the same order.
    values: Vec<Part<'a>>,
    /// Where the fields and the values of each field of the table end in the two lists.
    ends: Vec<(usize, usize)>,
}

impl<'a> Sorted<'a> {
    fn of(table: &'a Table, source: &'a SourceRecord, context: &'a Context<'a>) -> Self {
        let mut known: Vec<(FieldIndex, &Field)> = Vec::with_capacity(source.fields.len());
        known.extend(
            source.fields.iter().filter_map(|field| Some((table.find(&field.name)?, field))),
        );
        known.sort_by_key(|(at, _)| *at);
        let mut values = Vec::with_capacity(known.len() + known.len() / 2);
        let mut ends = Vec::with_capacity(table.fields.len());
        let mut rest = known.as_slice();
        for (at, map) in table.fields.iter().enumerate() {
            let (own, others) = rest.split_at(rest.iter().take_while(|(of, _)| *of == at).count());
            for (_, field) in own {
                values_of(table, map, field, &mut values);
            }
            rest = others;
            ends.push((known.len() - rest.len(), values.len()));
        }
        let found = known.into_iter().map(|(_, field)| field).collect();
        Self { table, source, context, found, values, ends }
    }

    /// Beginnings and ends of a field of the table in the lists.
    fn places(&self, at: FieldIndex) -> Option<((usize, usize), (usize, usize))> {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        Some((before.copied().unwrap_or_default(), *self.ends.get(at)?))
    }

    fn values(&self, at: FieldIndex) -> &[Part<'a>] {
        self.places(at).and_then(|(from, to)| self.values.get(from.1..to.1)).unwrap_or_default()
    }

    fn found(&self, at: FieldIndex) -> &[&'a Field] {
        self.places(at).and_then(|(from, to)| self.found.get(from.0..to.0)).unwrap_or_default()
    }

    /// First value of the first key field that has one, else the local identifier.
    fn reference(&self) -> &str {
        self.table
            .key
            .iter()
            .find_map(|at| self.values(*at).first())
            .map_or(self.source.local_id.as_str(), |value| &value.text)
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
        for part in &self.values {
            let map = part.map;
            if map.unless.iter().any(|other| !self.values(*other).is_empty()) {
                continue;
            }
            for property in &map.to {
                record.push(*property, part.value(*property));
            }
        }
    }

    fn expand(&self, template: &Template) -> Vec<String> {
        self.expand_with(template, None)
    }

    fn expand_with(&self, template: &Template, value: Option<&str>) -> Vec<String> {
        template.expand(|slot| {
            let (one, several): (Option<&str>, &[Part<'_>]) = match slot {
                Slot::Value => (value, &[]),
                Slot::Key => (Some(&self.source.local_id), &[]),
                Slot::Museum => (self.context.museum, &[]),
                Slot::Field(at) => (None, self.values(at)),
            };
            one.into_iter().chain(several.iter().map(|part| &*part.text))
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
            let mut look = |text: &str| {
                let Some(reference) = rule.matcher.find(text) else { return };
                for key in self.expand_with(&rule.key, Some(&reference)) {
                    push_new(&mut record.certain_keys, key);
                }
            };
            for field in &rule.fields {
                let Some(at) = field else {
                    look(&self.source.local_id);
                    continue;
                };
                for field in self.found(*at) {
                    look(&field.value);
                    field.uri.iter().for_each(|uri| look(uri));
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
                        value.field.name.clone(),
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
            let raised = self.found(rule.field).iter().any(|field| {
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
            at.and_then(|at| self.values(at).first()).map(|value| value.text.clone().into_owned())
        };
        let mut images: Vec<ImageRef> = Vec::new();
        for value in self.values(rule.field) {
            // An entity in EDM has its address in `uri`.
            let named = value.uri.unwrap_or(&value.text);
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
            self.found(at)
                .iter()
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
                PositionRule::AnyForm { .. } => continue,
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
            // What normalisation reads in any form is its to note.
            if self
                .table
                .positions
                .iter()
                .any(|rule| matches!(rule, PositionRule::AnyForm { field, .. } if *field == place))
            {
                continue;
            }
            // "0,0" is how these bases write "nowhere".
            if text.chars().any(|c| c.is_ascii_digit() && c != '0') {
                let name = self.table.fields.get(place).map_or("", |field| field.name.as_str());
                issues.push(Issue::new("position_not_understood", name, &text));
            }
        }
        None
    }

    /// What normalisation wants to know of the place beside the values.
    fn location(&self, has_position: bool) -> LocationHint {
        let mut hint = LocationHint { property: self.table.located, ..LocationHint::default() };
        for (at, role) in &self.table.place_fields {
            let list = match role {
                Role::Commune => Some(&mut hint.communes),
                Role::Department => Some(&mut hint.departments),
                Role::Region => Some(&mut hint.regions),
                Role::Country => Some(&mut hint.countries),
                Role::Insee => Some(&mut hint.insee),
                Role::PostalCode => Some(&mut hint.postal_codes),
                Role::Text | Role::Detail => None,
            };
            let values = self.values(*at);
            let unused =
                self.table.fields.get(*at).is_some_and(|map| {
                    map.unless.iter().any(|other| !self.values(*other).is_empty())
                });
            // Number and name of a department are two fields of one thing: the first speaks. Lists
            // go in parallel, so nothing is left out of them.
            if let Some(list) = list.filter(|list| !unused && list.is_empty()) {
                list.extend(values.iter().map(|value| value.text.clone().into_owned()));
            }
            let mapped = self.table.fields.get(*at).is_some_and(|map| !map.to.is_empty());
            if let (true, Some(value)) = (mapped && !unused, values.first()) {
                push_new(&mut hint.roles, (value.field.name.clone(), *role));
            }
        }
        if has_position {
            return hint;
        }
        for rule in &self.table.positions {
            let PositionRule::AnyForm { field, system, longitude_first } = rule else { continue };
            let raw = |at: FieldIndex| {
                self.found(at)
                    .iter()
                    .map(|field| field.value.trim())
                    .filter(|text| !text.is_empty())
            };
            let texts: Vec<&str> = raw(*field).collect();
            // Numbers one by one are the members of a JSON array.
            let text = match texts.as_slice() {
                [] => continue,
                [one] => (*one).to_owned(),
                many => format!("[{}]", many.join(",")),
            };
            hint.coordinates.push(GivenCoordinates {
                field: self.table.fields.get(*field).map_or("", |map| map.name.as_str()).to_owned(),
                text,
                system: system.and_then(|at| raw(at).next()).map(str::to_owned),
                longitude_first: *longitude_first,
            });
        }
        hint
    }

    fn rights(&self) -> RightsDecision {
        let (policies, texts) = self.rights_material();
        match self.context.decisions {
            Some(decisions) => decisions.of(texts, |texts| decide(&policies, texts)),
            None => decide(&policies, &texts),
        }
    }

    /// What decides on rights: the policies in their order, and the texts that they may look at.
    fn rights_material(&self) -> (Vec<&RightsPolicy>, Vec<RightsText>) {
        // The source's rules may name any field of the record by its own name.
        let named_by_source: Vec<String> = self
            .context
            .rights
            .iter()
            .flat_map(|policy| policy.rules.iter())
            .flat_map(RightsRule::named_fields)
            .map(domain::fold::fold_name)
            .collect();
        let mut texts: Vec<RightsText> = Vec::new();
        for (at, map) in self.table.fields.iter().enumerate() {
            let fields = self.found(at);
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
        (self.context.rights.into_iter().chain([&self.table.rights]).collect(), texts)
    }
}

impl Part<'_> {
    /// The value as a property shows it.
    fn value(&self, property: Property) -> Value {
        Value {
            text: [self.map.prefix.as_str(), &self.text, &self.map.suffix].concat(),
            lang: tagged(property, self.lang),
            uri: self.uri.map(str::to_owned),
            field: self.field.name.clone(),
            meanings: Vec::new(),
        }
    }
}

/// Adds the values of one field: cut, line marks resolved, transformed, trimmed.
fn values_of<'a>(table: &Table, map: &'a FieldMap, field: &'a Field, values: &mut Vec<Part<'a>>) {
    let before = values.len();
    let mut add = |part: &'a str, alone: bool| {
        let mut text = lines(part, &map.line_marks);
        for transform in &map.transforms {
            let Some(transformed) = transform.apply(&text) else { return };
            text = Cow::Owned(transformed);
        }
        if trimmed(&text).len() != text.len() {
            text = Cow::Owned(text.trim().to_owned());
        }
        if !text.is_empty() && !is_empty_word(table, &text) {
            // A URI belongs to the whole field, not to one of several values in it.
            let uri = field.uri.as_deref().filter(|_| alone);
            let lang = field.lang.as_ref().or(map.lang.as_ref());
            values.push(Part { text, lang, uri, map, field });
        }
    };
    if is_cut(&field.value, &map.split) {
        let parts = split(&field.value, &map.split);
        let alone = parts.len() <= 1;
        for part in parts {
            add(part, alone);
        }
    } else {
        let whole = trimmed(&field.value);
        if !whole.is_empty() {
            add(whole, true);
        }
    }
    // A resource without label: the address is all there is to show.
    if values.len() == before && field.value.trim().is_empty() {
        let uri = field.uri.as_deref().map(str::trim).filter(|uri| !uri.is_empty());
        let part = |uri| Part { text: Cow::Borrowed(uri), lang: None, uri: Some(uri), map, field };
        values.extend(uri.map(part));
    }
}

/// The text without white space at its ends, which nearly all have none of.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

fn is_empty_word(table: &Table, text: &str) -> bool {
    // To fold every value would cost more than all the rest.
    let first = text.bytes().next().unwrap_or_default().to_ascii_lowercase();
    let begins = |word: &String| word.bytes().next().is_none_or(|byte| byte == first);
    let folds_to_itself = first.is_ascii() && first != b'`';
    (!folds_to_itself || table.empty.iter().any(begins))
        && !table.empty.is_empty()
        && table.empty.contains(&fold(text))
}

/// Line marks become line breaks; blanks around them go, a doubled mark stays a paragraph.
fn lines<'t>(text: &'t str, marks: &str) -> Cow<'t, str> {
    if marks.is_empty() || !text.contains(|c| marks.contains(c)) {
        return Cow::Borrowed(text);
    }
    text.split(|c| marks.contains(c)).map(str::trim).collect::<Vec<_>>().join("\n").into()
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
            let path = text.split(['?', '#']).next()?.as_bytes();
            let is_image = IMAGE_ENDINGS.iter().any(|ending| {
                let from = path.len().checked_sub(ending.len());
                let end = from.and_then(|from| path.get(from..));
                end.is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
            });
            (is_image && is_url(text)).then(|| text.to_owned())
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

/// Whether it is an absolute http(s) address.
pub(super) fn is_url(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        let head = text.as_bytes().get(..scheme.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
    })
}
