//! The EDM-shaped record: what a crosswalk makes of one source record.
//!
//! Every exit (oai_dc, EDM, manifest, JSON, HTML, search) is a projection of it. Values are kept
//! one by one, never concatenated; source fields stay verbatim beside it in the store.

use crate::meaning::Meaning;
use crate::rights::RightsDecision;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of thing the record describes. It decides the page, the facets and who may merge:
/// two records of different kinds are never the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A museum object (Joconde, MNR, most partners).
    MuseumObject,
    /// A building or garden (Mérimée).
    Monument,
    /// A movable object of a building (Palissy).
    MovableObject,
    /// A photograph (Mémoire).
    Photograph,
    /// An institution (Muséofile).
    Museum,
    /// A person or body (Autor, artists' lists).
    Agent,
    /// Anything else (a document, an archive unit).
    Other,
}

impl Kind {
    /// The name used in URLs, facets and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MuseumObject => "museum_object",
            Self::Monument => "monument",
            Self::MovableObject => "movable_object",
            Self::Photograph => "photograph",
            Self::Museum => "museum",
            Self::Agent => "agent",
            Self::Other => "other",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::MuseumObject,
            Self::Monument,
            Self::MovableObject,
            Self::Photograph,
            Self::Museum,
            Self::Agent,
            Self::Other,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }

    /// Whether two records of these kinds may describe one thing. A Palissy object may be a
    /// Joconde object (REFPAL/REFJOC); `Other` is compatible with everything but agents, museums
    /// and photographs, since partners seldom say what they send.
    pub fn may_be_same(self, other: Self) -> bool {
        use Kind::{MovableObject, MuseumObject, Other};
        self == other
            || matches!(
                (self, other),
                (MuseumObject | Other, MovableObject)
                    | (MovableObject, MuseumObject | Other)
                    | (MuseumObject | Self::Monument, Other)
                    | (Other, MuseumObject | Self::Monument)
            )
    }
}

/// A property of the record, in the order in which pages show it. Names follow Dublin Core terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Property {
    /// dc:title
    Title,
    /// dcterms:alternative
    Alternative,
    /// dc:identifier (reference, inventory numbers)
    Identifier,
    /// dc:type (denomination)
    Type,
    /// dc:creator
    Creator,
    /// dc:contributor
    Contributor,
    /// dc:publisher
    Publisher,
    /// dcterms:created (date or century of making, as given)
    Created,
    /// dcterms:issued
    Issued,
    /// dc:date of another kind
    Date,
    /// dcterms:temporal (epoch, date of what is shown)
    Temporal,
    /// dcterms:spatial (place of making, place shown, where the building stands)
    Spatial,
    /// edm:currentLocation (where it is kept)
    CurrentLocation,
    /// dcterms:medium
    Medium,
    /// dcterms:extent
    Extent,
    /// dc:subject
    Subject,
    /// dc:description
    Description,
    /// dcterms:provenance (history, acquisition, protection)
    Provenance,
    /// dc:language of the thing
    Language,
    /// dc:format
    Format,
    /// dc:source
    Source,
    /// dc:relation without a better place
    Relation,
    /// dcterms:isReferencedBy (bibliography, exhibitions)
    IsReferencedBy,
    /// dcterms:isPartOf as text (series, study)
    IsPartOf,
    /// dc:rights (the notice as text)
    Rights,
}

impl Property {
    /// Every property, in page order.
    pub const ALL: [Self; 25] = [
        Self::Title,
        Self::Alternative,
        Self::Identifier,
        Self::Type,
        Self::Creator,
        Self::Contributor,
        Self::Publisher,
        Self::Created,
        Self::Issued,
        Self::Date,
        Self::Temporal,
        Self::Spatial,
        Self::CurrentLocation,
        Self::Medium,
        Self::Extent,
        Self::Subject,
        Self::Description,
        Self::Provenance,
        Self::Language,
        Self::Format,
        Self::Source,
        Self::Relation,
        Self::IsReferencedBy,
        Self::IsPartOf,
        Self::Rights,
    ];

    /// The snake_case name (JSON key, table name in crosswalks).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Alternative => "alternative",
            Self::Identifier => "identifier",
            Self::Type => "type",
            Self::Creator => "creator",
            Self::Contributor => "contributor",
            Self::Publisher => "publisher",
            Self::Created => "created",
            Self::Issued => "issued",
            Self::Date => "date",
            Self::Temporal => "temporal",
            Self::Spatial => "spatial",
            Self::CurrentLocation => "current_location",
            Self::Medium => "medium",
            Self::Extent => "extent",
            Self::Subject => "subject",
            Self::Description => "description",
            Self::Provenance => "provenance",
            Self::Language => "language",
            Self::Format => "format",
            Self::Source => "source",
            Self::Relation => "relation",
            Self::IsReferencedBy => "is_referenced_by",
            Self::IsPartOf => "is_part_of",
            Self::Rights => "rights",
        }
    }

    /// The property of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|property| property.as_str() == name)
    }
}

/// One value of a property.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Value {
    /// The text, trimmed, never empty.
    pub text: String,
    /// BCP 47 language, when the text has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// URI of the concept, agent or place, when the source gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Field of the source that it came from (`TITR`, `dc:title`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub field: String,
    /// What machines understand of it, beside the text (see [`crate::normalise`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanings: Vec<Meaning>,
}

impl Value {
    /// A value without language or URI.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            lang: None,
            uri: None,
            field: String::new(),
            meanings: Vec::new(),
        }
    }
}

/// How this record is tied to another. Links never merge; they are shown and exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// This photograph shows that thing (LBASE; on an object REFMEM is the inverse).
    RepresentationOf,
    /// That photograph shows this thing (REFMEM).
    RepresentedBy,
    /// This is a part of that (REFE; REFA for an object in a building).
    PartOf,
    /// That is a part of this (REFP).
    HasPart,
    /// This object is kept in that building (REFA).
    KeptIn,
    /// That object is kept in this building (REFO).
    Keeps,
    /// The museum that holds this object (MUSEO).
    HeldBy,
    /// See also (RENV, REFMER, REFJOC…).
    RelatedTo,
}

impl LinkKind {
    /// The snake_case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RepresentationOf => "representation_of",
            Self::RepresentedBy => "represented_by",
            Self::PartOf => "part_of",
            Self::HasPart => "has_part",
            Self::KeptIn => "kept_in",
            Self::Keeps => "keeps",
            Self::HeldBy => "held_by",
            Self::RelatedTo => "related_to",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::RepresentationOf,
            Self::RepresentedBy,
            Self::PartOf,
            Self::HasPart,
            Self::KeptIn,
            Self::Keeps,
            Self::HeldBy,
            Self::RelatedTo,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == name)
    }

    /// The same tie seen from the other end.
    #[must_use]
    pub fn inverse(self) -> Self {
        match self {
            Self::RepresentationOf => Self::RepresentedBy,
            Self::RepresentedBy => Self::RepresentationOf,
            Self::PartOf => Self::HasPart,
            Self::HasPart => Self::PartOf,
            Self::KeptIn => Self::Keeps,
            Self::Keeps => Self::KeptIn,
            // A museum does not list its million objects; the search does.
            Self::HeldBy | Self::RelatedTo => Self::RelatedTo,
        }
    }
}

/// A link as the source states it: to a *name*, which may or may not be in the store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// How.
    pub kind: LinkKind,
    /// Name of the other record: `{scheme}:{value}`, e.g. `ref:PA00087203`. It is matched against
    /// the `names` of other records.
    pub target: String,
}

/// An image that the record names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageRef {
    /// As the source names it: a path relative to the source's image folder, or a URL.
    pub location: String,
    /// Credit line of this image, when it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Caption, when it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// WGS 84 position in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// −90 to 90.
    pub latitude: f64,
    /// −180 to 180.
    pub longitude: f64,
}

impl Position {
    /// Reads `lat, lon` (comma, semicolon or space between); `0,0` is no place, and so is anything
    /// outside the globe.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .trim_matches(|c: char| c == '[' || c == ']' || c == '"' || c.is_whitespace())
            .split([',', ';', ' '])
            .filter(|part| !part.is_empty());
        let latitude: f64 = parts.next()?.trim().parse().ok()?;
        let longitude: f64 = parts.next()?.trim().parse().ok()?;
        let on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let nowhere = latitude == 0.0 && longitude == 0.0;
        (parts.next().is_none() && on_globe && !nowhere).then_some(Self { latitude, longitude })
    }
}

/// The EDM type of the thing (`edm:type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EdmType {
    /// Texts, and records without an image.
    #[serde(rename = "TEXT")]
    Text,
    /// Still images and things shown by them.
    #[serde(rename = "IMAGE")]
    Image,
    /// Sound.
    #[serde(rename = "SOUND")]
    Sound,
    /// Moving image.
    #[serde(rename = "VIDEO")]
    Video,
    /// 3D model.
    #[serde(rename = "3D")]
    ThreeD,
}

impl EdmType {
    /// As EDM writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Image => "IMAGE",
            Self::Sound => "SOUND",
            Self::Video => "VIDEO",
            Self::ThreeD => "3D",
        }
    }

    /// Reads EDM's form, whatever the case.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        [Self::Text, Self::Image, Self::Sound, Self::Video, Self::ThreeD]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(text))
    }
}

/// What a crosswalk makes of one source record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What it describes.
    pub kind: Kind,
    /// `edm:type` as the source or table says; publication falls back on images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edm_type: Option<EdmType>,
    /// Values per property, in source order, without repeats.
    pub values: BTreeMap<Property, Vec<Value>>,
    /// Names of *this* record that other records and partners use: `ref:PA00087203`,
    /// `uri:https://…`. Links resolve against them.
    #[serde(default)]
    pub names: Vec<String>,
    /// Certain keys: two records of different sources that share one describe the same thing
    /// (`same:ref:000PE001028`, `same:inv:M0017:1234`, `same:jocpal:…:…` when both sides name each
    /// other). A key that two records of *one* source share is ambiguous and joins nothing.
    #[serde(default)]
    pub certain_keys: Vec<String>,
    /// Names of records that are strong candidates for being the same thing (RENV between a
    /// Monuments historiques and an Inventaire file): for a person to decide.
    #[serde(default)]
    pub candidate_targets: Vec<String>,
    /// Links to other records.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Images.
    #[serde(default)]
    pub images: Vec<ImageRef>,
    /// Where the thing (or the place shown) is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// `edm:dataProvider`: the holder, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_provider: Option<String>,
    /// `edm:isShownAt`: landing page of the holder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
    /// Sets that the record asks to be in beside source and base, e.g. `museum:M0017`.
    #[serde(default)]
    pub sets: Vec<String>,
    /// Status that pages show prominently: `missing`, `stolen`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// The rights decision (invariant 7), made once by [`crate::rights`].
    pub rights: RightsDecision,
}

impl Record {
    /// An empty record of a kind, rights undecided (the strictest decision).
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            edm_type: None,
            values: BTreeMap::new(),
            names: Vec::new(),
            certain_keys: Vec::new(),
            candidate_targets: Vec::new(),
            links: Vec::new(),
            images: Vec::new(),
            position: None,
            data_provider: None,
            landing_page: None,
            sets: Vec::new(),
            flags: Vec::new(),
            rights: RightsDecision::undecided(),
        }
    }

    /// Adds a value unless it is empty or there already.
    pub fn push(&mut self, property: Property, value: Value) {
        if value.text.is_empty() {
            return;
        }
        let values = self.values.entry(property).or_default();
        if !values
            .iter()
            .any(|v| v.text == value.text && v.lang == value.lang && v.uri == value.uri)
        {
            values.push(value);
        }
    }

    /// The values of a property.
    pub fn get(&self, property: Property) -> &[Value] {
        self.values.get(&property).map_or(&[], Vec::as_slice)
    }
}
