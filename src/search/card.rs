//! The card: what a result list shows of an object, kept in the index so that a page of results
//! asks nothing of the database.

use super::facet::rights_class;
use crate::store::object::ObjectRow;
use domain::merge::{MergedImage, MergedRecord};
use domain::record::{Kind, Property};
use serde::{Deserialize, Serialize};

/// One result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Object id.
    pub id: String,
    /// Base.
    pub base: String,
    /// Kind.
    pub kind: Kind,
    /// Display title.
    pub title: String,
    /// Authors, at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub creators: Vec<String>,
    /// Date as given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// Denominations, at most three.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// First place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Holder.
    pub provider: String,
    /// First image that may be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<CardImage>,
    /// `open`, `restricted`, `none`.
    pub rights: String,
    /// `missing`, `stolen`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<String>,
    /// Second of its last change in the publication log.
    pub datestamp: i64,
}

/// The image of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardImage {
    /// Identifier in IIIF URLs.
    pub id: String,
    /// Pixels of the whole image, as large as its rights allow.
    pub width: u32,
    /// Pixels of the whole image, as large as its rights allow.
    pub height: u32,
}

impl Card {
    /// The card of an object.
    pub fn of(row: &ObjectRow, record: &MergedRecord) -> Self {
        let some = |property, most| -> Vec<String> {
            record.get(property).iter().take(most).map(|v| cut(&v.value.text)).collect()
        };
        let first = |properties: &[Property]| {
            properties.iter().find_map(|property| record.first(*property)).map(cut)
        };
        let title = if row.title.is_empty() { record.display_title() } else { &row.title };
        Self {
            id: row.object_id.clone(),
            base: record.base.clone(),
            kind: record.kind,
            title: cut(title),
            creators: some(Property::Creator, 3),
            date: first(&[Property::Created, Property::Issued, Property::Date, Property::Temporal]),
            types: some(Property::Type, 3),
            place: first(&[Property::Spatial, Property::CurrentLocation]),
            provider: cut(&record.data_provider),
            image: record.images.first().map(|image| {
                let (width, height) = shown(image);
                CardImage { id: image.image.clone(), width, height }
            }),
            rights: rights_class(&record.rights).to_owned(),
            flags: record.flags.clone(),
            datestamp: row.datestamp,
        }
    }
}

/// Width and height of an image as large as its rights allow: a larger one would be a broken picture.
fn shown(image: &MergedImage) -> (u32, u32) {
    let longest = image.width.max(image.height);
    match image.rights.image.max_side() {
        Some(side) if side < longest => {
            let share = |length: u32| {
                let share = u64::from(length) * u64::from(side) / u64::from(longest.max(1));
                u32::try_from(share).unwrap_or(side).max(1)
            };
            (share(image.width), share(image.height))
        }
        _ => (image.width, image.height),
    }
}

/// At most 200 characters, so that a card stays small.
fn cut(text: &str) -> String {
    if text.chars().count() <= 200 {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(199).collect();
    short.push('…');
    short
}
