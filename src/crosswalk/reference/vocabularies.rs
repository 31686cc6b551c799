//! Vocabularies and authorities from the files that the settings name.

use super::ReferenceError;
use crate::config::settings::{ReferenceSettings, VocabularySettings};
use domain::fold::fold;
use domain::normalise::agent::Authorities;
use domain::normalise::concept::Vocabulary;
use domain::record::Property;
use protocols::vocabulary::{Format, Options, builtin, read};
use protocols::{authorities, vocabulary};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file of a vocabulary, decompressed: 1 GiB.
pub const LARGEST: u64 = 1 << 30;

/// The vocabularies of the settings in their order, the built-in ones last.
///
/// # Errors
/// The first that cannot be used, and why.
pub fn load(
    settings: &ReferenceSettings,
    cache: &Path,
) -> Result<Vec<Arc<Vocabulary>>, ReferenceError> {
    let mut out = Vec::new();
    for vocabulary in &settings.vocabularies {
        out.push(Arc::new(one(vocabulary, cache)?));
    }
    if !settings.without_builtin {
        out.extend(builtin().map(Arc::new));
    }
    Ok(out)
}

/// One vocabulary of the settings.
///
/// # Errors
/// Why it cannot be used.
pub fn one(settings: &VocabularySettings, cache: &Path) -> Result<Vocabulary, ReferenceError> {
    let path = place(settings, cache)?;
    if settings.url.is_some() && !path.exists() {
        return Err(wrong(
            settings,
            "not fetched yet: `passerelle vocabularies refresh` fetches it",
        ));
    }
    parse(settings, &path)
}

/// Reads the vocabulary of `settings` out of that file.
///
/// # Errors
/// Why it cannot be used.
pub fn parse(settings: &VocabularySettings, path: &Path) -> Result<Vocabulary, ReferenceError> {
    let properties = properties(settings)?;
    let format = format(settings)?;
    let bytes = bytes_of(path).map_err(|error| wrong(settings, error.to_string()))?;
    let options = Options {
        name: name(settings),
        properties,
        lang: settings.lang.clone().unwrap_or_else(|| "fr".to_owned()),
        base: settings.base.clone(),
    };
    read(&bytes, format, &options).map_err(|error| wrong(settings, error.to_string()))
}

/// Where the file is, or where the copy of what is fetched is kept.
///
/// # Errors
/// When the settings name neither a file nor a URL, or both.
pub fn place(settings: &VocabularySettings, cache: &Path) -> Result<PathBuf, ReferenceError> {
    match (&settings.file, &settings.url) {
        (Some(file), None) => Ok(file.clone()),
        (None, Some(url)) => {
            let digest = Sha256::digest(url.as_bytes());
            let digest: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let end: String = url
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' })
                .collect();
            let from = end.len().saturating_sub(60);
            Ok(cache.join(format!("{digest}-{}", end.get(from..).unwrap_or_default())))
        }
        _ => Err(wrong(settings, "a vocabulary has either `file` or `url`")),
    }
}

/// Names of agents, when the settings name files of them.
///
/// # Errors
/// The first file that cannot be used, and why.
pub fn authorities(
    settings: &ReferenceSettings,
) -> Result<Option<Arc<Authorities>>, ReferenceError> {
    if settings.authorities.is_empty() {
        return Ok(None);
    }
    let mut known = Authorities::new();
    for path in &settings.authorities {
        let fault = |message: String| ReferenceError::File { path: path.clone(), message };
        let bytes = bytes_of(path).map_err(|error| fault(error.to_string()))?;
        let name = path.to_string_lossy().to_ascii_lowercase();
        let taken = if name.contains(".csv") || name.contains(".tsv") {
            authorities::read_table(&bytes, &mut known)
        } else {
            authorities::read_list(&bytes, &mut known)
        }
        .map_err(|error: vocabulary::VocabularyError| fault(error.to_string()))?;
        if taken == 0 {
            return Err(fault("it names nobody".to_owned()));
        }
    }
    Ok(Some(Arc::new(known)))
}

/// File or URL, for messages.
pub fn name(settings: &VocabularySettings) -> String {
    match (&settings.file, &settings.url) {
        (Some(file), _) => file.display().to_string(),
        (None, Some(url)) => url.clone(),
        (None, None) => "vocabularies".to_owned(),
    }
}

fn properties(settings: &VocabularySettings) -> Result<Vec<Property>, ReferenceError> {
    let allowed = [Property::Type, Property::Subject, Property::Medium, Property::Format];
    let mut out = Vec::new();
    for name in &settings.properties {
        let found = allowed.into_iter().find(|property| property.as_str() == fold(name));
        out.push(found.ok_or_else(|| {
            wrong(settings, format!("for = `{name}`: type, subject, medium and format are allowed"))
        })?);
    }
    if out.is_empty() {
        return Err(wrong(settings, "`for` must name type, subject, medium or format"));
    }
    Ok(out)
}

fn format(settings: &VocabularySettings) -> Result<Format, ReferenceError> {
    if let Some(named) = &settings.format {
        Format::parse(named)
            .ok_or_else(|| wrong(settings, format!("format = `{named}`: one of {}", Format::NAMES)))
    } else {
        let name = name(settings);
        let plain = name.split(['?', '#']).next().unwrap_or_default();
        Format::of_file(plain).ok_or_else(|| {
            wrong(
                settings,
                format!("its ending does not say what it is: `format` is one of {}", Format::NAMES),
            )
        })
    }
}

/// The bytes of a file, decompressed by its ending.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::File::open(path)?;
    let ending = path.extension().map(std::ffi::OsStr::to_ascii_lowercase).unwrap_or_default();
    let mut bytes = Vec::new();
    let mut limited: Box<dyn std::io::Read> = if ending == "gz" {
        Box::new(flate2::read::MultiGzDecoder::new(file).take(LARGEST + 1))
    } else if ending == "zst" {
        Box::new(zstd::Decoder::new(file)?.take(LARGEST + 1))
    } else {
        Box::new(file.take(LARGEST + 1))
    };
    limited.read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(std::io::Error::other("larger than 1 GiB"));
    }
    Ok(bytes)
}

fn wrong(settings: &VocabularySettings, message: impl Into<String>) -> ReferenceError {
    ReferenceError::File { path: PathBuf::from(name(settings)), message: message.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(file: &Path, format: Option<&str>, properties: &[&str]) -> VocabularySettings {
        VocabularySettings {
            file: Some(file.to_owned()),
            format: format.map(str::to_owned),
            properties: properties.iter().map(|name| (*name).to_owned()).collect(),
            base: "https://musee.example/".to_owned(),
            ..VocabularySettings::default()
        }
    }

    #[test]
    fn a_vocabulary_is_read_and_mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("termes.txt");
        std::fs::write(&file, "chaise\n\tfauteuil\n").unwrap();
        let words = one(&settings(&file, None, &["type"]), folder.path()).unwrap();
        assert_eq!(words.len(), 2);
        for (broken, message) in [
            (settings(&file, Some("owl"), &["type"]), "format = `owl`"),
            (settings(&file, None, &["title"]), "for = `title`"),
            (settings(&file, None, &[]), "`for` must name"),
            (settings(&folder.path().join("no.rdf"), None, &["type"]), "No such file"),
            (VocabularySettings::default(), "either `file` or `url`"),
            (
                VocabularySettings {
                    file: None,
                    url: Some("https://voc.example/a.rdf".to_owned()),
                    ..settings(&file, None, &["type"])
                },
                "vocabularies refresh",
            ),
        ] {
            let error = one(&broken, folder.path()).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn the_built_in_words_are_there_unless_they_are_left_out() {
        let mut settings = ReferenceSettings::default();
        assert_eq!(load(&settings, Path::new("")).unwrap().len(), 2);
        settings.without_builtin = true;
        assert!(load(&settings, Path::new("")).unwrap().is_empty());
    }
}
