//! What a merge is made of.

use super::PartnerService;
use crate::provenance::Origin;
use crate::record::{LinkKind, Property, Record};
use crate::rights::RightsDecision;
use std::collections::BTreeMap;

/// One live member of a cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct MemberInput {
    /// Trust rank of its source, 1 is the most trusted.
    pub trust: i64,
    /// Key of the record: among equals of trust the one seen first leads.
    pub record_id: i64,
    /// Source.
    pub source: String,
    /// Base of the source.
    pub base: String,
    /// Local identifier in the source.
    pub local_id: String,
    /// Holder when the record names none: the source's `data_provider`, else its label.
    pub data_provider: String,
    /// Where it was harvested by OAI-PMH; none for files.
    pub origin: Option<Box<Origin>>,
    /// Fingerprint of what came from the source.
    pub received: String,
    /// What the crosswalk made of it.
    pub record: Record,
    /// Its images, by rank.
    pub images: Vec<MasterImage>,
}

impl MemberInput {
    /// Name among the sources of a value.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.source, self.local_id)
    }
}

/// An image of a record, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterImage {
    /// Identifier in IIIF URLs.
    pub image: String,
    /// Width and height in pixels and MIME type; `None` while it is not ready to be shown.
    pub probe: Option<(u32, u32, String)>,
    /// SHA-256 of the master: two members may hold the same file.
    pub sha256: Option<String>,
    /// Credit line.
    pub credit: Option<String>,
    /// Caption.
    pub label: Option<String>,
    /// The image service of the partner, when the image stays there.
    pub service: Option<PartnerService>,
}

/// Another object, as this one shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Neighbour {
    /// What to call it.
    pub title: String,
    /// Its images with the decision of their own record, by trust and rank.
    pub images: Vec<(MasterImage, RightsDecision)>,
}

impl Neighbour {
    /// The public side of a cluster, from its live members; `None` when it may not be published.
    pub fn of(members: &[MemberInput]) -> Option<Self> {
        if members.is_empty() || members.iter().any(|m| !m.record.rights.metadata_open) {
            return None;
        }
        let mut members: Vec<&MemberInput> = members.iter().collect();
        members.sort_by_key(|m| (m.trust, m.record_id));
        let title = [Property::Title, Property::Alternative, Property::Type, Property::Identifier]
            .into_iter()
            .find_map(|property| {
                members.iter().find_map(|m| m.record.get(property).first().map(|v| v.text.clone()))
            })
            .unwrap_or_else(|| "—".to_owned());
        let images = members
            .iter()
            .flat_map(|m| m.images.iter().map(|i| (i.clone(), m.record.rights.clone())))
            .collect();
        Some(Self { title, images })
    }
}

/// A link that another object states towards this one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InverseLink {
    /// As the other states it.
    pub kind: LinkKind,
    /// The other object.
    pub object: String,
    /// A name of the other record.
    pub name: String,
}

/// What is around the objects of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Object that a name leads to. Names that lead nowhere are absent.
    pub names: BTreeMap<String, String>,
    /// Objects that may be published, by id.
    pub neighbours: BTreeMap<String, Neighbour>,
}
