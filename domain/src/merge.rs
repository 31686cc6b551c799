//! The merged record: what the public sees of a cluster, with provenance per value.

mod build;
mod input;
mod links;
mod sets;
mod stored;
mod values;

pub use build::{content_hash, merge, stored_form};
pub use input::{InverseLink, MasterImage, MemberInput, Neighbour, Surroundings};
pub use sets::sets_with_ancestors;

use crate::provenance::Origin;
use crate::record::{EdmType, Kind, LinkKind, Position, Property, Value};
use crate::rights::RightsDecision;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value and the members that gave it (`{source}/{local id}`), the most trusted first.
///
/// In JSON the fields of the value and the sources stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "stored::Flat")]
pub struct SourcedValue {
    /// The value, in the form of the most trusted member.
    pub value: Value,
    /// `{source}/{local}` of every member that says so.
    pub sources: Vec<String>,
}

/// A link whose target was found among the objects, or that stays a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResolvedLink {
    /// How.
    pub kind: LinkKind,
    /// The other object, when it is in the store and alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Title of the other object (or of the name).
    pub label: String,
    /// The name as the source gave it (`ref:PA00087203`).
    pub target: String,
}

/// An image as published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedImage {
    /// Identifier in IIIF URLs, `[A-Za-z0-9_]+`.
    pub image: String,
    /// Pixels, after orientation.
    pub width: u32,
    /// Pixels, after orientation.
    pub height: u32,
    /// MIME type of the master.
    pub format: String,
    /// Rights of this image (its own record's decision: a photograph keeps the rights of its
    /// photographer on the page of the monument).
    pub rights: RightsDecision,
    /// Credit line, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The photograph's own object, when the image comes through a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The image service of the partner, when the image stays there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<PartnerService>,
}

impl MergedImage {
    /// The partner's service, when it may be named: it knows nothing of our limits, so that of an
    /// image that is not shown in full only our own service is named.
    pub fn open_service(&self) -> Option<&PartnerService> {
        self.service.as_ref().filter(|_| self.rights.image == crate::rights::ImageRight::Full)
    }
}

/// An IIIF image service of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerService {
    /// Base URI, without final slash.
    pub base: String,
    /// Version of the Image API, 2 or 3.
    pub version: u8,
}

impl PartnerService {
    /// The whole image, as large as it is given: Image API 2 says `full`, 3 says `max`.
    pub fn whole_image(&self) -> String {
        let size = if self.version >= 3 { "max" } else { "full" };
        format!("{}/full/{size}/0/default.jpg", self.base)
    }
}

/// One member of the cluster, named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRef {
    /// Source id.
    pub source: String,
    /// Base of the source (`joconde`, …).
    pub base: String,
    /// Local identifier in the source.
    pub local_id: String,
    /// Landing page at the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
    /// Where it was harvested by OAI-PMH; none for files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<Origin>>,
    /// Fingerprint of what came from the source: the format `raw` shows all of it, so that its
    /// change is one of the object even where the crosswalk makes nothing of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub received: String,
}

/// What the public sees of a cluster.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MergedRecord {
    /// What it is.
    pub kind: Kind,
    /// Base of the leading member: `joconde`, `merimee`, …, or the source's own.
    pub base: String,
    /// `edm:type`, never undecided here.
    pub edm_type: EdmType,
    /// Values with their sources.
    pub values: BTreeMap<Property, Vec<SourcedValue>>,
    /// Links, both those stated and those found from the other end.
    pub links: Vec<ResolvedLink>,
    /// Images that may be shown (decision not `None`), in order.
    pub images: Vec<MergedImage>,
    /// Number of images that exist but may not be shown.
    #[serde(default)]
    pub hidden_images: u32,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// `edm:dataProvider`.
    pub data_provider: String,
    /// `edm:isShownAt` of the leading member, when the source has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landing_page: Option<String>,
    /// `missing`, `stolen`.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Rights of the record.
    pub rights: RightsDecision,
    /// Members, the leading one first.
    pub members: Vec<MemberRef>,
    /// OAI-PMH sets it is in (leaf specs), sorted.
    pub sets: Vec<String>,
}

impl MergedRecord {
    /// Reads the stored form. (Not generic, so that it is compiled, and optimised, here.)
    ///
    /// # Errors
    /// What the JSON reader says.
    pub fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The values of a property.
    pub fn get(&self, property: Property) -> &[SourcedValue] {
        self.values.get(&property).map_or(&[], Vec::as_slice)
    }

    /// The first text of a property.
    pub fn first(&self, property: Property) -> Option<&str> {
        self.get(property).first().map(|v| v.value.text.as_str())
    }

    /// What to call the object: title, else alternative, denomination, identifier.
    pub fn display_title(&self) -> &str {
        [Property::Title, Property::Alternative, Property::Type, Property::Identifier]
            .into_iter()
            .find_map(|property| self.first(property))
            .unwrap_or("—")
    }
}

#[cfg(test)]
mod tests;
