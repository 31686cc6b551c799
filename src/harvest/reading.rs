//! What decides, beside a record itself, what comes of it.

use crate::config::source::{Politeness, SourceConfig};
use crate::crosswalk::family::Family;
use sha2::{Digest, Sha256};

/// A hash over the schedule, the crosswalk table, the rules and data of normalisation, and the
/// version of the program. When and how politely a source is read changes nothing in it.
pub fn reading(config: &SourceConfig) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    let mut what = config.clone();
    (what.cron, what.label) = (None, String::new());
    what.politeness = Politeness::default();
    hash.update(serde_json::to_vec(&what).unwrap_or_default());
    let builtin = Family::builtin_text(&config.mapping);
    match builtin.as_deref().or(protocols::crosswalk::builtin_text(&config.mapping)) {
        Some(table) => hash.update(table),
        // A table that cannot be read was an error already when the session was opened.
        None => hash.update(std::fs::read(config.folder.join(&config.mapping)).unwrap_or_default()),
    }
    // As above: data that cannot be read was an error already.
    if let Ok(normaliser) = config.reference.normaliser() {
        hash.update(normaliser.fingerprint());
    }
    hash.finalize().into()
}
