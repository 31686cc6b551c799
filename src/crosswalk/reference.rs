//! The data that normalisation looks things up in: gazetteer and vocabularies of this installation,
//! read once, when the first crosswalk needs them.

pub mod gazetteer;

use crate::config::settings::ReferenceSettings;
use domain::normalise::Normaliser;
use domain::normalise::concept::Vocabulary;
use domain::normalise::place::Gazetteer;
use std::path::PathBuf;
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
    made: OnceLock<Result<Arc<Normaliser>, ReferenceError>>,
}

impl Reference {
    /// What `settings` name; nothing is read yet.
    pub fn of(settings: &ReferenceSettings) -> Self {
        Self(Arc::new(Inner { settings: settings.clone(), made: OnceLock::new() }))
    }

    /// The normaliser over this data; the first call reads the files.
    ///
    /// # Errors
    /// [`ReferenceError`], the same at every call: a wrong file is not skipped, since records read
    /// without it would all change when it is mended.
    pub fn normaliser(&self) -> Result<Arc<Normaliser>, ReferenceError> {
        self.0.made.get_or_init(|| load(&self.0.settings).map(Arc::new)).clone()
    }
}

fn load(settings: &ReferenceSettings) -> Result<Normaliser, ReferenceError> {
    let gazetteer: Option<Arc<Gazetteer>> = match settings.gazetteer.as_slice() {
        [] => None,
        files => Some(Arc::new(gazetteer::load(files)?)),
    };
    let vocabularies: Vec<Arc<Vocabulary>> = Vec::new();
    Ok(Normaliser::new(gazetteer, vocabularies))
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.0.settings == other.0.settings
    }
}

impl std::fmt::Debug for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reference").field(&self.0.settings).finish()
    }
}
