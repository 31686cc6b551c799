//! The object as its page shows it: labelled sections, images, links, sources.

use super::schema_org;
use crate::search::{CardImage, Facet, rights_class};
use crate::store::object::ObjectRow;
use crate::store::run::SourceRecordRow;
use crate::web::PublicUrl;
use crate::web::i18n::{
    Lang, base_label, flag_label, kind_label, link_label, property_label, rights_class_label,
    statement_label,
};
use crate::web::page::Page;
use crate::web::params::Params;
use crate::web::thumbnail::{Thumbnail, href};
use domain::merge::{MergedRecord, SourcedValue};
use domain::record::{Kind, LinkKind, Property};
use domain::rights::RightsDecision;

/// A prominent status.
#[derive(Debug)]
pub struct FlagView {
    /// `missing`, `stolen`, …
    pub name: String,
    /// In words.
    pub label: &'static str,
    /// What a reader can do.
    pub help: &'static str,
}

/// One image.
#[derive(Debug)]
pub struct ImageView {
    /// From 1.
    pub number: usize,
    /// The page with this image first, for browsers without JavaScript.
    pub href: String,
    /// What it shows.
    pub alt: String,
    /// Large.
    pub picture: Thumbnail,
    /// Small.
    pub thumbnail: Thumbnail,
    /// The largest size that makes sense in a browser.
    pub larger: String,
    /// Address of a picture for previews, below the origin.
    pub preview: String,
    /// Image information, for deep zoom.
    pub info: String,
    /// Caption.
    pub label: Option<String>,
    /// Credit line.
    pub credit: Option<String>,
    /// Rights, in words.
    pub rights: RightsView,
    /// The photograph's own page.
    pub via: Option<String>,
    /// Shown now.
    pub current: bool,
}

/// Rights in words.
#[derive(Debug)]
pub struct RightsView {
    /// The statement.
    pub label: String,
    /// Its URI.
    pub uri: String,
    /// `open`, `restricted`, `none`.
    pub class: &'static str,
    /// The class in words.
    pub class_label: &'static str,
}

impl RightsView {
    fn new(rights: &RightsDecision, lang: Lang) -> Self {
        let class = rights_class(rights);
        Self {
            label: statement_label(&rights.statement, lang),
            uri: if is_web(&rights.statement) { rights.statement.clone() } else { String::new() },
            class,
            class_label: rights_class_label(class, lang),
        }
    }
}

/// A labelled part of the page.
#[derive(Debug)]
pub struct Section {
    /// Heading.
    pub title: &'static str,
    /// Properties.
    pub rows: Vec<PropertyView>,
}

/// One property with its values.
#[derive(Debug)]
pub struct PropertyView {
    /// In words.
    pub label: &'static str,
    /// Values.
    pub values: Vec<ValueView>,
}

/// One value.
#[derive(Debug)]
pub struct ValueView {
    /// Text.
    pub text: String,
    /// Language of the text, when it is known.
    pub lang: Option<String>,
    /// The search for this value.
    pub search: Option<String>,
    /// The concept, agent or place on the web.
    pub uri: Option<String>,
    /// Numbers of the sources that say so; empty when there is only one source.
    pub sources: Vec<usize>,
}

/// Related objects of one sort.
#[derive(Debug)]
pub struct RelatedGroup {
    /// In words.
    pub label: &'static str,
    /// Objects.
    pub items: Vec<RelatedItem>,
}

/// A related object.
#[derive(Debug)]
pub struct RelatedItem {
    /// Its title, or its name when it is not here.
    pub label: String,
    /// Its page.
    pub href: Option<String>,
}

/// One source record.
#[derive(Debug)]
pub struct MemberView {
    /// From 1, as in the marks beside values.
    pub number: usize,
    /// Base, in words.
    pub base: String,
    /// Identifier at the source.
    pub local_id: String,
    /// Page at the source.
    pub landing_page: Option<String>,
    /// Every field, verbatim: name and value.
    pub fields: Vec<(String, String)>,
}

/// An object as its page shows it.
#[derive(Debug)]
pub struct ObjectView {
    /// Id.
    pub id: String,
    /// Display title.
    pub title: String,
    /// Kind, in words.
    pub kind: &'static str,
    /// Base, in words.
    pub base: String,
    /// The search for the base.
    pub base_href: String,
    /// Authors and date.
    pub byline: String,
    /// Missing, stolen.
    pub flags: Vec<FlagView>,
    /// Images that may be shown.
    pub images: Vec<ImageView>,
    /// Note on images that may not.
    pub hidden_images: Option<String>,
    /// Sections with something in them.
    pub sections: Vec<Section>,
    /// Holder.
    pub provider: String,
    /// The search for the holder.
    pub provider_href: String,
    /// Text and link of the position.
    pub position: Option<(String, String)>,
    /// Rights of the record.
    pub rights: RightsView,
    /// Links to other objects.
    pub related: Vec<RelatedGroup>,
    /// Source records.
    pub members: Vec<MemberView>,
    /// Whether values carry marks of their sources.
    pub marked: bool,
    /// Manifest, when there is an image.
    pub manifest: Option<String>,
    /// EDM.
    pub edm: String,
    /// JSON.
    pub json: String,
    /// OAI-PMH record.
    pub oai: String,
    /// Permanent address.
    pub permalink: String,
    /// Day of the last change.
    pub updated: String,
    /// schema.org description, safe inside a script element.
    pub json_ld: String,
    /// Address of the vendored viewer.
    pub viewer: String,
}

impl ObjectView {
    /// The view of a record.
    pub fn new(
        page: &Page,
        public: &PublicUrl,
        identifier_domain: &str,
        row: &ObjectRow,
        record: &MergedRecord,
        members: &[SourceRecordRow],
        shown: usize,
    ) -> Self {
        let (root, lang, id) = (page.root.as_str(), page.lang, row.object_id.as_str());
        let title = record.display_title().to_owned();
        let marks = Marks::new(record);
        let shown = if (1..=record.images.len()).contains(&shown) { shown } else { 1 };
        let date = [Property::Created, Property::Issued, Property::Date]
            .into_iter()
            .find_map(|property| record.first(property));
        let creators = record.get(Property::Creator).iter().take(3).map(|v| v.value.text.as_str());
        let byline: Vec<&str> = creators.chain(date).collect();
        Self {
            kind: kind_label(record.kind, lang),
            base: base_label(&record.base, lang),
            base_href: Params::of(Facet::Base, &record.base).href(root, "/search"),
            byline: byline.join(" · "),
            flags: flags(record, page),
            images: images(record, &title, root, id, lang, shown),
            hidden_images: match record.hidden_images {
                0 => None,
                1 => Some(page.t.hidden_image_one.to_owned()),
                n => Some(format!("{n} {}", page.t.hidden_images)),
            },
            sections: sections(record, page, &marks),
            provider: record.data_provider.clone(),
            provider_href: Params::of(Facet::Provider, &record.data_provider).href(root, "/search"),
            position: record.position.map(|at| {
                let (lat, lon) = (at.latitude, at.longitude);
                let href = format!(
                    "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"
                );
                (format!("{lat:.5}, {lon:.5}"), href)
            }),
            rights: RightsView::new(&record.rights, lang),
            related: related(record, root, lang),
            members: self::members(record, members, lang),
            marked: marks.several(),
            manifest: (!record.images.is_empty())
                .then(|| format!("{}/iiif/presentation/3/{id}/manifest", public.0)),
            edm: format!("{root}/object/{id}.edm.xml"),
            json: format!("{root}/object/{id}.json"),
            oai: format!(
                "{root}/oai?verb=GetRecord&metadataPrefix=edm&identifier=oai:{identifier_domain}:{id}"
            ),
            permalink: format!("{}/object/{id}", public.0),
            updated: chrono::DateTime::from_timestamp(row.datestamp, 0)
                .map(|at| at.format("%Y-%m-%d").to_string())
                .unwrap_or_default(),
            json_ld: schema_org::describe(public, id, record),
            viewer: crate::web::static_files::href(
                root,
                "vendor/openseadragon/openseadragon.min.js",
            ),
            id: id.to_owned(),
            title,
        }
    }

    /// One line about the object, for search engines and previews.
    pub fn summary(&self) -> String {
        [self.kind, &self.byline, &self.provider]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" — ")
    }
}

/// Whether a URI may stand in a link: anything but http(s) could be a script.
fn is_web(uri: &str) -> bool {
    uri.starts_with("https://") || uri.starts_with("http://")
}

/// Numbers of the members, for the marks beside values.
struct Marks {
    names: Vec<String>,
}

impl Marks {
    fn new(record: &MergedRecord) -> Self {
        let names = record.members.iter().map(|m| format!("{}/{}", m.source, m.local_id)).collect();
        Self { names }
    }

    fn several(&self) -> bool {
        self.names.len() > 1
    }

    fn of(&self, value: &SourcedValue) -> Vec<usize> {
        if !self.several() {
            return Vec::new();
        }
        let number = |source: &String| Some(self.names.iter().position(|n| n == source)? + 1);
        let mut numbers: Vec<usize> = value.sources.iter().filter_map(number).collect();
        numbers.sort_unstable();
        numbers
    }
}

/// The source records, in the order of the marks. A member whose own metadata is closed is named,
/// its fields stay closed (invariant 7).
fn members(record: &MergedRecord, rows: &[SourceRecordRow], lang: Lang) -> Vec<MemberView> {
    record
        .members
        .iter()
        .enumerate()
        .map(|(at, member)| {
            let row = rows.iter().find(|row| {
                row.source_id == member.source
                    && row.source_record.local_id == member.local_id
                    && row.record.rights.metadata_open
            });
            let fields = row.map_or_else(Vec::new, |row| {
                let fields = row.source_record.fields.iter();
                fields.map(|field| (field.name.clone(), field.value.clone())).collect()
            });
            MemberView {
                number: at + 1,
                base: base_label(&member.base, lang),
                local_id: member.local_id.clone(),
                landing_page: member.landing_page.clone().filter(|url| is_web(url)),
                fields,
            }
        })
        .collect()
}

fn flags(record: &MergedRecord, page: &Page) -> Vec<FlagView> {
    record
        .flags
        .iter()
        .map(|flag| {
            let (label, help) = match flag.as_str() {
                "stolen" => (page.t.stolen, page.t.stolen_help),
                "missing" => (page.t.missing, page.t.missing_help),
                other => (flag_label(other, page.lang), ""),
            };
            FlagView { name: flag.clone(), label, help }
        })
        .collect()
}

fn images(
    record: &MergedRecord,
    title: &str,
    root: &str,
    id: &str,
    lang: Lang,
    shown: usize,
) -> Vec<ImageView> {
    record
        .images
        .iter()
        .enumerate()
        .map(|(at, image)| {
            let number = at + 1;
            let most = image.rights.image.max_side();
            let card =
                CardImage { id: image.image.clone(), width: image.width, height: image.height };
            let allowed = |side: u32| most.map_or(side, |most| side.min(most));
            ImageView {
                number,
                href: format!("{root}/object/{id}?image={number}#images"),
                alt: image.label.clone().unwrap_or_else(|| title.to_owned()),
                picture: Thumbnail::new(root, &card, &[800, 1200, 1600], most),
                thumbnail: Thumbnail::new(root, &card, &[200], most),
                larger: href(root, &image.image, allowed(2400)),
                preview: href(root, &image.image, allowed(1200)),
                info: format!("{root}/iiif/3/{}/info.json", image.image),
                label: image.label.clone(),
                credit: image.credit.clone(),
                rights: RightsView::new(&image.rights, lang),
                via: image.via.as_ref().map(|via| format!("{root}/object/{via}")),
                current: number == shown,
            }
        })
        .collect()
}

/// Which properties stand in which section.
fn sections(record: &MergedRecord, page: &Page, marks: &Marks) -> Vec<Section> {
    use Property as P;
    let t = page.t;
    let identification =
        (t.identification, &[P::Title, P::Alternative, P::Type, P::Identifier][..]);
    let creation = (
        t.creation,
        &[P::Creator, P::Contributor, P::Publisher, P::Created, P::Issued, P::Date, P::Temporal][..],
    );
    let places = (t.places, &[P::Spatial, P::CurrentLocation][..]);
    let description = (
        t.description,
        &[P::Subject, P::Description, P::Medium, P::Extent, P::Format, P::Language][..],
    );
    let history = (t.history, &[P::Provenance][..]);
    let references = (t.references, &[P::IsReferencedBy, P::IsPartOf, P::Relation, P::Source][..]);
    let rights = (t.rights, &[P::Rights][..]);
    // A building is first of all somewhere; a work is first of all someone's.
    let order = match record.kind {
        Kind::Monument | Kind::Museum | Kind::MovableObject => {
            [identification, places, creation, description, history, references, rights]
        }
        Kind::Photograph => {
            [identification, description, places, creation, history, references, rights]
        }
        _ => [identification, creation, description, places, history, references, rights],
    };
    order
        .into_iter()
        .map(|(title, properties)| Section {
            title,
            rows: properties
                .iter()
                .filter_map(|property| row(record, *property, page, marks))
                .collect(),
        })
        .filter(|section| !section.rows.is_empty())
        .collect()
}

fn row(
    record: &MergedRecord,
    property: Property,
    page: &Page,
    marks: &Marks,
) -> Option<PropertyView> {
    let values = record.get(property);
    // The heading says it already, unless the sources differ.
    if values.is_empty() || (property == Property::Title && values.len() == 1 && !marks.several()) {
        return None;
    }
    let facet = match property {
        Property::Type => Some(Facet::Type),
        Property::Spatial | Property::CurrentLocation => Some(Facet::Place),
        _ => None,
    };
    let values = values
        .iter()
        .map(|value| {
            let text = &value.value.text;
            let params = match (property, facet) {
                (Property::Creator | Property::Contributor | Property::Subject, _) => {
                    let mut params = Params::default();
                    params.query.text = text.chars().take(120).collect();
                    Some(params)
                }
                (_, Some(facet)) if text.chars().count() <= 120 => Some(Params::of(facet, text)),
                _ => None,
            };
            ValueView {
                text: text.clone(),
                lang: value.value.lang.clone(),
                search: params.map(|params| params.href(&page.root, "/search")),
                uri: value.value.uri.clone().filter(|uri| is_web(uri)),
                sources: marks.of(value),
            }
        })
        .collect();
    Some(PropertyView { label: property_label(record.kind, property, page.lang), values })
}

fn related(record: &MergedRecord, root: &str, lang: Lang) -> Vec<RelatedGroup> {
    let order = [
        LinkKind::PartOf,
        LinkKind::HasPart,
        LinkKind::KeptIn,
        LinkKind::Keeps,
        LinkKind::RepresentationOf,
        LinkKind::RepresentedBy,
        LinkKind::HeldBy,
        LinkKind::RelatedTo,
    ];
    order
        .into_iter()
        .map(|kind| RelatedGroup {
            label: link_label(kind, lang),
            items: record
                .links
                .iter()
                .filter(|link| link.kind == kind)
                .map(|link| RelatedItem {
                    label: if link.label.is_empty() {
                        link.target.clone()
                    } else {
                        link.label.clone()
                    },
                    href: link.object.as_ref().map(|object| format!("{root}/object/{object}")),
                })
                .collect(),
        })
        .filter(|group| !group.items.is_empty())
        .collect()
}
