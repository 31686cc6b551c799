//! `passerelle vocabularies`.

use super::output;
use crate::config::settings::Settings;
use crate::crosswalk::reference::vocabularies::{LARGEST, name, one, parse, place};
use crate::fetch::{FetchOptions, Fetcher};
use anyhow::Context as _;
use clap::Subcommand;
use domain::normalise::concept::Vocabulary;
use protocols::vocabulary::builtin;
use std::process::ExitCode;

/// What `vocabularies` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum VocabulariesCommand {
    /// Print each vocabulary with its concepts, its size in memory and what it explains.
    List,
    /// Fetch those that have a URL; a copy that cannot be read does not replace the last good one.
    Refresh,
}

/// Runs `vocabularies`; exit status 1 when a vocabulary cannot be used.
///
/// # Errors
/// When the folder of copies cannot be made or the client cannot be set up.
pub async fn run(settings: &Settings, command: VocabulariesCommand) -> anyhow::Result<ExitCode> {
    let well = match command {
        VocabulariesCommand::List => list(settings),
        VocabulariesCommand::Refresh => refresh(settings).await?,
    };
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn list(settings: &Settings) -> bool {
    let cache = settings.vocabulary_folder();
    let mut well = true;
    for vocabulary in &settings.reference.vocabularies {
        match one(vocabulary, &cache) {
            Ok(vocabulary) => show(&vocabulary),
            Err(error) => {
                well = false;
                output::line(format_args!("FAULT {error}"));
            }
        }
    }
    if !settings.reference.without_builtin {
        builtin().iter().for_each(show);
    }
    well
}

fn show(vocabulary: &Vocabulary) {
    let properties: Vec<&str> =
        vocabulary.properties().iter().map(|property| property.as_str()).collect();
    output::line(format_args!(
        "ok    {}: {} concepts, {} kB, for {}",
        vocabulary.name(),
        vocabulary.len(),
        vocabulary.size().div_ceil(1000),
        properties.join(", ")
    ));
}

async fn refresh(settings: &Settings) -> anyhow::Result<bool> {
    let cache = settings.vocabulary_folder();
    std::fs::create_dir_all(&cache).with_context(|| format!("folder {}", cache.display()))?;
    let fetcher = Fetcher::of(settings.contact())?;
    let mut well = true;
    for vocabulary in &settings.reference.vocabularies {
        let Some(url) = &vocabulary.url else { continue };
        let kept = place(vocabulary, &cache)?;
        // The ending says how it is compressed, so it stays.
        let file = kept.file_name().map(|name| name.to_string_lossy().into_owned());
        let fresh = cache.join(format!("new-{}", file.unwrap_or_default()));
        let options = FetchOptions {
            max_bytes: LARGEST,
            allow_private: vocabulary.allow_private_addresses,
            ..FetchOptions::default()
        };
        let outcome = match fetcher.download(url, &options, &fresh).await {
            Ok(_) => parse(vocabulary, &fresh).map_err(anyhow::Error::from).and_then(|read| {
                std::fs::rename(&fresh, &kept)?;
                Ok(read)
            }),
            Err(error) => Err(error.into()),
        };
        match outcome {
            Ok(read) => show(&read),
            Err(error) => {
                well = false;
                // What came stays beside the copy only when somebody may want to look at it.
                let _nothing_there = std::fs::remove_file(&fresh);
                output::line(format_args!("FAULT {}: {error}", name(vocabulary)));
            }
        }
    }
    Ok(well)
}
