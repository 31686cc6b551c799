//! The data that normalisation looks things up in: gazetteer and vocabularies of this installation,
//! read once, when the first crosswalk needs them.

pub mod gazetteer;
pub mod vocabularies;

use crate::config::settings::ReferenceSettings;
use domain::normalise::Normaliser;
use domain::normalise::place::Gazetteer;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Why reference data cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// A file of `[reference]` cannot be read or understood.
    #[error("[reference] {path}: {message}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what is expected.
        message: String,
    },
}

/// Reference data of the installation, shared by all its sources. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Reference(Arc<Inner>);

#[derive(Default)]
struct Inner {
    settings: ReferenceSettings,
    /// Copies of what was fetched.
    cache: PathBuf,
    made: OnceLock<Result<Arc<Normaliser>, ReferenceError>>,
}

impl Reference {
    /// What `settings` name; nothing is read yet.
    pub fn of(settings: &ReferenceSettings) -> Self {
        Self(Arc::new(Inner { settings: settings.clone(), ..Inner::default() }))
    }

    /// The same, with the folder in which copies of what was fetched are.
    #[must_use]
    pub fn with_cache(self, cache: PathBuf) -> Self {
        Self(Arc::new(Inner { settings: self.0.settings.clone(), cache, ..Inner::default() }))
    }

    /// The normaliser over this data; the first call reads the files.
    ///
    /// # Errors
    /// [`ReferenceError`], the same at every call: a wrong file is not skipped, since records read
    /// without it would all change when it is mended.
    pub fn normaliser(&self) -> Result<Arc<Normaliser>, ReferenceError> {
        self.0.made.get_or_init(|| load(&self.0.settings, &self.0.cache).map(Arc::new)).clone()
    }
}

fn load(settings: &ReferenceSettings, cache: &Path) -> Result<Normaliser, ReferenceError> {
    let gazetteer: Option<Arc<Gazetteer>> = match settings.gazetteer.as_slice() {
        [] => None,
        files => Some(Arc::new(gazetteer::load(files)?)),
    };
    let vocabularies = vocabularies::load(settings, cache)?;
    let authorities = vocabularies::authorities(settings)?;
    Ok(Normaliser::new(gazetteer, vocabularies).with_authorities(authorities))
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.0.settings == other.0.settings && self.0.cache == other.0.cache
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reference").field(&self.0.settings).finish()
    }
}
