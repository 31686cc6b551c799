//! The merge itself.

use super::links::resolve_links;
use super::sets::sets;
use super::values::{merge_values, values_of_one};
use super::{
    InverseLink, MasterImage, MemberInput, MemberRef, MergedImage, MergedRecord, ResolvedLink,
    Surroundings,
};
use crate::record::{EdmType, Kind, LinkKind};
use crate::rights::{ImageRight, RightsDecision};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Most images that an object takes from the photographs that represent it.
const MOST_IMAGES_OF_OTHERS: usize = 50;

/// Makes what the public sees of the object `object_id` from its live `members`.
///
/// `None` when it may not be published: there is no live member, or one of them says that not even
/// its metadata is open (the strictest word counts, since merged values cannot be told apart by
/// every reader).
///
/// Members are taken by trust, then by age. The decision of the object is the strictest of its
/// members'; each image keeps the decision of its own record, and where two members hold the same
/// file, the stricter of theirs.
pub fn merge(
    object_id: &str,
    members: Vec<MemberInput>,
    inverse: &[InverseLink],
    around: &Surroundings,
) -> Option<MergedRecord> {
    let mut owned = members;
    // Most objects have one member, whose values need no copy.
    let alone = match owned.as_mut_slice() {
        [only] => Some(std::mem::take(&mut only.record.values)),
        _ => None,
    };
    let mut members: Vec<&MemberInput> = owned.iter().collect();
    members.sort_by_key(|m| (m.trust, m.record_id));
    let leader = *members.first()?;
    if members.iter().any(|m| !m.record.rights.metadata_open) {
        return None;
    }
    let links = resolve_links(object_id, &members, inverse, around);
    let (images, hidden_images) = images(&members, &links, around);
    let kind = members
        .iter()
        .map(|m| m.record.kind)
        .find(|kind| *kind != Kind::Other)
        .unwrap_or(leader.record.kind);
    let has_images = !images.is_empty() || hidden_images > 0;
    let edm_type = members.iter().find_map(|m| m.record.edm_type).unwrap_or(
        if has_images || kind == Kind::Photograph { EdmType::Image } else { EdmType::Text },
    );
    let flags: BTreeSet<String> =
        members.iter().flat_map(|m| m.record.flags.iter().cloned()).collect();
    let rights = strictest(members.iter().map(|m| &m.record.rights));
    let sets = sets(&members, edm_type, &images, &rights);
    let values = match alone {
        Some(values) => values_of_one(&leader.name(), values),
        None => merge_values(&members),
    };
    Some(MergedRecord {
        kind,
        base: leader.base.clone(),
        edm_type,
        values,
        links,
        images,
        hidden_images,
        position: members.iter().find_map(|m| m.record.position),
        data_provider: members
            .iter()
            .find_map(|m| m.record.data_provider.clone())
            .unwrap_or_else(|| leader.data_provider.clone()),
        landing_page: members.iter().find_map(|m| m.record.landing_page.clone()),
        flags: flags.into_iter().collect(),
        rights,
        members: members
            .iter()
            .map(|m| MemberRef {
                source: m.source.clone(),
                base: m.base.clone(),
                local_id: m.local_id.clone(),
                landing_page: m.record.landing_page.clone(),
                origin: m.origin.clone(),
                received: m.received.clone(),
            })
            .collect(),
        sets,
    })
}

/// The strictest decision; among equals the first, which is that of the most trusted.
fn strictest<'a>(decisions: impl Iterator<Item = &'a RightsDecision>) -> RightsDecision {
    // min_by_key keeps the first of equals.
    decisions
        .min_by_key(|d| (d.metadata_open, d.image))
        .map_or_else(RightsDecision::undecided, public)
}

/// A decision as the public sees it: where a rule is written is not their concern, and a rule that
/// moves in its file must not date anything anew.
fn public(decision: &RightsDecision) -> RightsDecision {
    RightsDecision { written: None, ..decision.clone() }
}

/// The images that may be shown, own ones first, and the number of own ones that may not.
fn images(
    members: &[&MemberInput],
    links: &[ResolvedLink],
    around: &Surroundings,
) -> (Vec<MergedImage>, u32) {
    let own = members
        .iter()
        .flat_map(|m| m.images.iter().map(|image| (image, &m.record.rights, None::<&str>)));
    let others = links
        .iter()
        .filter(|link| link.kind == LinkKind::RepresentedBy)
        .filter_map(|link| {
            let id = link.object.as_deref()?;
            Some((id, around.neighbours.get(id)?))
        })
        .flat_map(|(id, photo)| photo.images.iter().map(move |(i, rights)| (i, rights, Some(id))));

    let mut shown: Vec<Shown<'_>> = Vec::new();
    let mut place: BTreeMap<&str, usize> = BTreeMap::new();
    for (image, rights, via) in own.chain(others) {
        // The same file counts once; an image without a hash is only equal to itself.
        let file = image.sha256.as_deref().unwrap_or(&image.image);
        if let Some(known) = place.get(file).and_then(|at| shown.get_mut(*at)) {
            if rights.image < known.rights.image {
                known.rights = rights;
            }
            continue;
        }
        place.insert(file, shown.len());
        shown.push(Shown { image, rights, via });
    }
    let hidden =
        shown.iter().filter(|s| s.via.is_none() && s.rights.image == ImageRight::None).count();
    let mut from_others = 0;
    let images = shown
        .iter()
        .filter(|s| s.rights.image != ImageRight::None)
        .filter_map(Shown::published)
        .filter(|image| {
            from_others += usize::from(image.via.is_some());
            image.via.is_none() || from_others <= MOST_IMAGES_OF_OTHERS
        })
        .collect();
    (images, u32::try_from(hidden).unwrap_or(u32::MAX))
}

/// A file and the decision that it is shown under.
struct Shown<'a> {
    image: &'a MasterImage,
    rights: &'a RightsDecision,
    via: Option<&'a str>,
}

impl Shown<'_> {
    fn published(&self) -> Option<MergedImage> {
        let (width, height, format) = self.image.probe.clone()?;
        Some(MergedImage {
            image: self.image.image.clone(),
            width,
            height,
            format,
            rights: public(self.rights),
            credit: self.image.credit.clone(),
            label: self.image.label.clone(),
            via: self.via.map(str::to_owned),
            service: self.image.service.clone(),
        })
    }
}

/// SHA-256 (hex) of everything that a reader of the object could notice. No time goes in, the
/// dates of its origins included.
///
/// # Errors
/// When the record has a number that JSON cannot say, which no parser lets in.
pub fn content_hash(record: &MergedRecord) -> Result<String, serde_json::Error> {
    Ok(hash_of(&undated(record.clone())?))
}

/// The stored form of a record, and its [`content_hash`].
///
/// # Errors
/// As [`content_hash`].
pub fn stored_form(record: MergedRecord) -> Result<(String, String), serde_json::Error> {
    let json = serde_json::to_string(&record)?;
    let hash = if record.members.iter().any(|member| member.origin.is_some()) {
        hash_of(&undated(record)?)
    } else {
        hash_of(&json)
    };
    Ok((json, hash))
}

/// SHA-256 (hex) of a canonical form: struct fields in their order, maps sorted, sets within.
fn hash_of(json: &str) -> String {
    let digest = Sha256::digest(json);
    let mut hex = String::with_capacity(64);
    for byte in digest {
        // Writing to a String cannot fail.
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

/// The record as JSON, without the dates of its origins.
fn undated(mut record: MergedRecord) -> Result<String, serde_json::Error> {
    for member in &mut record.members {
        if let Some(origin) = &mut member.origin {
            **origin = origin.undated();
        }
    }
    serde_json::to_string(&record)
}
