//! A record as the engine takes it: plain texts under their roles.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One record. The texts are as the source gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Opaque, never read for meaning.
    pub id: String,
    /// Who gave it.
    pub source: String,
    /// What it describes: chooses the profile, and things of two kinds are never one.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Title; of a person, the name.
    #[serde(default)]
    pub title: String,
    /// Who made it.
    #[serde(default)]
    pub creator: Vec<String>,
    /// When, as written.
    #[serde(default)]
    pub date: String,
    /// Where: a commune for what stands there, the holder for what is kept there.
    #[serde(default)]
    pub place: String,
    /// Inventory numbers, references, DOIs.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// Other fields by name; see [`crate::record`] for those that are read.
    #[serde(default)]
    pub extra: BTreeMap<String, String>,
}
