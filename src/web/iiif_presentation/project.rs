//! The manifest as a projection of the merged record.

use super::labels;
use super::nav_date::nav_date;
use crate::config::settings::Settings;
use crate::images::served::limits;
use crate::store::object::ObjectRow;
use domain::merge::{MergedImage, MergedRecord};
use domain::record::Property;
use domain::rights::ImageRight;
use iiif::image::ImageInfo;
use iiif::image::info::is_rights_uri;
use iiif::presentation::{
    Agent, CanvasInput, CollectionItem, ItemKind, LanguageMap, Link, ManifestInput, Place,
    Reference,
};
use std::collections::BTreeSet;

/// Canvases a manifest has at most: a building may have thousands of photographs, and viewers hang.
const MAX_CANVASES: usize = 500;

/// URL of the collection of a base.
pub fn collection_url(public: &str, base: &str) -> String {
    format!("{public}/iiif/presentation/3/collection/{base}")
}

/// Base URI of the Image API 3 service of an image.
pub fn service_url(public: &str, image: &str) -> String {
    format!("{public}/iiif/3/{image}")
}

/// What a projection needs to know besides the record.
#[derive(Debug, Clone, Copy)]
pub struct Projection<'a> {
    /// Of the installation.
    pub settings: &'a Settings,
    /// Base URL under which the client sees us, without final slash.
    pub public: &'a str,
}

impl Projection<'_> {
    /// The manifest of a live object; `None` when it has no image that may be shown.
    pub fn manifest(&self, object_id: &str, record: &MergedRecord) -> Option<ManifestInput> {
        let canvases = self.canvases(record);
        if canvases.is_empty() {
            return None;
        }
        let public = self.public;
        let page = format!("{public}/object/{object_id}");
        let base_url = collection_url(public, &record.base);
        let mut homepage = vec![Link::page(
            page.as_str(),
            LanguageMap::both("Notice complète", "Full record"),
            &["fr", "en"],
        )];
        if let Some(landing) = record.landing_page.as_deref().filter(|url| url.starts_with("http"))
        {
            let holder = Some(record.data_provider.as_str()).filter(|holder| !holder.is_empty());
            let label = LanguageMap::of("none", holder.unwrap_or(landing));
            homepage.push(Link::page(landing, label, &[]));
        }
        Some(ManifestInput {
            base: format!("{public}/iiif/presentation/3/{object_id}"),
            label: label(record),
            summary: Some(values(record, Property::Description)).filter(|text| !text.is_empty()),
            metadata: metadata(record),
            required_statement: statement(record),
            rights: Some(record.rights.statement.clone()),
            provider: vec![Agent {
                id: format!("{public}/"),
                label: LanguageMap::of("none", self.settings.repository.provider.as_str()),
                homepage: vec![Link::page(
                    format!("{public}/"),
                    LanguageMap::of("none", self.settings.repository.name.as_str()),
                    &["fr", "en"],
                )],
            }],
            homepage,
            see_also: vec![
                Link::data(
                    format!("{page}.edm.xml"),
                    LanguageMap::both("Notice en EDM", "Record in EDM"),
                    "application/rdf+xml",
                    Some("http://www.europeana.eu/schemas/edm/"),
                ),
                Link::data(
                    format!("{page}.json"),
                    LanguageMap::both("Notice en JSON", "Record in JSON"),
                    "application/json",
                    None,
                ),
            ],
            part_of: vec![Reference::collection(base_url, labels::base(&record.base))],
            nav_date: record.get(Property::Created).iter().find_map(|v| nav_date(&v.value.text)),
            nav_place: record.position.map(|position| Place {
                latitude: position.latitude,
                longitude: position.longitude,
                label: values(record, Property::Spatial),
            }),
            behavior: (canvases.len() > 1).then_some("individuals"),
            canvases,
        })
    }

    /// The reference to a manifest in a collection.
    pub fn item(&self, row: &ObjectRow) -> CollectionItem {
        let record = row.record.as_ref();
        let shown =
            record.and_then(|record| record.images.iter().find(|image| may_be_shown(image)));
        CollectionItem {
            id: format!("{}/iiif/presentation/3/{}/manifest", self.public, row.object_id),
            kind: ItemKind::Manifest,
            label: record.map_or_else(|| LanguageMap::of("none", row.title.as_str()), label),
            thumbnail: shown.map(|image| self.canvas(image, LanguageMap::new())),
        }
    }

    fn canvases(&self, record: &MergedRecord) -> Vec<CanvasInput> {
        let mut names = BTreeSet::new();
        let mut used = BTreeSet::new();
        record
            .images
            .iter()
            // The same photograph may come from two members; canvas ids must not repeat.
            .filter(|image| may_be_shown(image) && names.insert(image.image.as_str()))
            .take(MAX_CANVASES)
            .enumerate()
            .map(|(position, image)| {
                let number = position + 1;
                let language = labels::default_language(&record.base, Property::Title);
                let own = image.label.as_deref().map(str::trim).filter(|text| !text.is_empty());
                let label = match own {
                    // Viewers that list canvases by label need them to differ.
                    Some(text) if used.insert(text.to_owned()) => LanguageMap::of(language, text),
                    Some(text) => LanguageMap::of(language, format!("{text} ({number})")),
                    None => LanguageMap::both(&format!("Vue {number}"), &format!("View {number}")),
                };
                self.canvas(image, label)
            })
            .collect()
    }

    fn canvas(&self, image: &MergedImage, label: LanguageMap) -> CanvasInput {
        let credit = image.credit.as_deref().map(str::trim).filter(|text| !text.is_empty());
        CanvasInput {
            name: image.image.clone(),
            label,
            service: image.open_service().map_or_else(
                || service_url(self.public, &image.image),
                |partner| partner.base.clone(),
            ),
            foreign_version: image.open_service().map(|partner| partner.version),
            image: ImageInfo {
                width: image.width,
                height: image.height,
                limits: limits(
                    &self.settings.images,
                    image.rights.image,
                    &image.format,
                    (image.width, image.height),
                ),
                rights: Some(image.rights.statement.clone()),
                tile: self.settings.images.tile,
            },
            required_statement: credit.map(|credit| {
                let label = LanguageMap::both("Crédit photographique", "Photo credit");
                (label, LanguageMap::of("none", credit))
            }),
        }
    }
}

fn may_be_shown(image: &MergedImage) -> bool {
    let some = !matches!(image.rights.image, ImageRight::None | ImageRight::Reduced(0));
    some && image.width > 0 && image.height > 0
}

fn label(record: &MergedRecord) -> LanguageMap {
    let title = record.display_title();
    let titles = record.get(Property::Title);
    if titles.is_empty() {
        return LanguageMap::of(labels::default_language(&record.base, Property::Type), title);
    }
    // One title a language: further ones are alternatives, and stand in the metadata.
    let mut label = LanguageMap::new();
    let mut languages = BTreeSet::new();
    for value in titles {
        let language = language(record, Property::Title, value.value.lang.as_deref());
        if languages.insert(language.to_owned()) {
            label.push(language, value.value.text.as_str());
        }
    }
    label
}

fn language<'a>(record: &MergedRecord, property: Property, stated: Option<&'a str>) -> &'a str {
    stated.unwrap_or_else(|| labels::default_language(&record.base, property))
}

fn values(record: &MergedRecord, property: Property) -> LanguageMap {
    let mut map = LanguageMap::new();
    for value in record.get(property) {
        let language = language(record, property, value.value.lang.as_deref());
        map.push(language, value.value.text.as_str());
    }
    map
}

fn metadata(record: &MergedRecord) -> Vec<(LanguageMap, LanguageMap)> {
    let mut pairs: Vec<(LanguageMap, LanguageMap)> = Property::ALL
        .into_iter()
        // The description is the summary, the rights are the required statement.
        .filter(|property| !matches!(property, Property::Description | Property::Rights))
        .map(|property| (labels::property(property), values(record, property)))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if !record.data_provider.is_empty() {
        pairs.push((
            LanguageMap::both("Établissement", "Institution"),
            LanguageMap::of("none", record.data_provider.as_str()),
        ));
    }
    pairs
}

/// Holder and rights notice, and the licence when it is one that `rights` may not hold (Licence
/// Ouverte): clients must show this.
fn statement(record: &MergedRecord) -> Option<(LanguageMap, LanguageMap)> {
    let mut parts: Vec<&str> = Vec::new();
    let notices = record.get(Property::Rights).iter().map(|value| value.value.text.as_str());
    let licence = Some(record.rights.statement.as_str()).filter(|uri| !is_rights_uri(uri));
    for part in std::iter::once(record.data_provider.as_str()).chain(notices).chain(licence) {
        let part = part.trim();
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    let label = LanguageMap::both("Attribution", "Attribution");
    (!parts.is_empty()).then(|| (label, LanguageMap::of("none", parts.join(" – "))))
}
