//! The configuration: bounds, thresholds, and what is believed before the data are seen.

use crate::index::Bounds;
use crate::kind::Profile;
use crate::level::{GROUPS, Group, LEVELS};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The configuration that is shipped.
pub const DEFAULT: &str = include_str!("default.toml");

/// How clusters are made. Weights are in bits.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clusters {
    /// Average weight over all pairs of two clusters that join.
    pub threshold: f64,
    /// Pairs from here up to the threshold, or refused in spite of it, are for people to look at.
    pub review_from: f64,
    /// A cluster that would be larger is not made.
    pub largest: usize,
    /// Part of the records that may change before a full run is due.
    pub heal_after: f64,
    /// The lowest weight that a pair counts for in an average.
    pub missing: f64,
}

/// How weights are learned.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learning {
    /// Rounds of expectation and maximisation.
    pub rounds: u32,
    /// So many pairs of each class the priors count for.
    pub prior_pairs: f64,
    /// So many pairs the weights of all sources count for when those of two sources are learned.
    pub source_pairs: f64,
    /// Part of the candidates that are matches, before the data are seen.
    pub matches: f64,
}

type Levels = BTreeMap<String, [f64; 2]>;

/// The configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Bounds of a search for candidates.
    pub bounds: Bounds,
    /// How clusters are made.
    pub clusters: Clusters,
    /// How weights are learned.
    pub learning: Learning,
    heritage: BTreeMap<String, Levels>,
    bibliographic: BTreeMap<String, Levels>,
    person: BTreeMap<String, Levels>,
    /// Sources by name that may hold one thing several times, or may not, whatever else is said.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceSettings>,
}

/// What is known of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Whether the source holds each thing once.
    pub clean: bool,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is no TOML of this form.
    #[error("the linkage configuration cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A group or level has no such name.
    #[error("the linkage configuration names {0}, which is no group or level")]
    Name(String),
}

/// For each group and level, how likely it is.
pub type Likelihoods = [[f64; LEVELS]; GROUPS];

impl Settings {
    /// Reads a configuration.
    ///
    /// # Errors
    /// When it has another form, or names a group or a level that does not exist.
    pub fn read(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        for profile in [&settings.heritage, &settings.bibliographic, &settings.person] {
            for (name, levels) in profile {
                let group = Group::ALL
                    .into_iter()
                    .find(|group| group.name() == name)
                    .ok_or_else(|| SettingsError::Name(name.clone()))?;
                for level in levels.keys() {
                    if !group.levels().contains(&level.as_str()) {
                        return Err(SettingsError::Name(format!("{name}.{level}")));
                    }
                }
            }
        }
        Ok(settings)
    }

    /// What is believed of a profile before data: likelihood of each level among pairs of one
    /// thing, and among candidates of two. The likelihoods of a group sum to 1 without the level
    /// that says nothing.
    pub fn priors(&self, profile: Profile) -> (Likelihoods, Likelihoods) {
        let table = match profile {
            Profile::Heritage => &self.heritage,
            Profile::Bibliographic => &self.bibliographic,
            Profile::Person => &self.person,
        };
        let mut both = [[[0.0; LEVELS]; GROUPS]; 2];
        for (index, group) in Group::ALL.into_iter().enumerate() {
            let empty = Levels::new();
            let levels = table.get(group.name()).unwrap_or(&empty);
            for (side, likelihoods) in both.iter_mut().enumerate() {
                let Some(row) = likelihoods.get_mut(index) else { continue };
                for (place, name) in row.iter_mut().zip(group.levels()).skip(1) {
                    *place = levels
                        .get(*name)
                        .and_then(|pair| pair.get(side))
                        .copied()
                        .unwrap_or(1.0)
                        .max(0.01);
                }
                let sum: f64 = row.iter().sum();
                for place in row.iter_mut() {
                    *place /= sum;
                }
            }
        }
        let [same, other] = both;
        (same, other)
    }
}
