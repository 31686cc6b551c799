//! `export`: what is published, as files.

use super::gateway::Gateway;
use super::{output, serve};
use crate::clock::now;
use crate::crosswalk::Crosswalk;
use crate::publish::preview::preview;
use crate::publish::static_repository::{Selection, write};
use anyhow::Context as _;
use clap::Subcommand;
use protocols::formats::Format;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

/// Records beyond which the guidelines advise against a static repository.
const MANY: u64 = 5_000;

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// One file that an OAI-PMH static repository gateway serves: no sets, no deletions, days.
    StaticRepository {
        /// The file, replaced when it is complete.
        file: PathBuf,
        /// Where the gateway will serve it, e.g. https://gateway.example.org/oai/museum.example.org/records.xml
        #[arg(long, value_name = "URL")]
        base_url: String,
        /// Metadata format; may be repeated.
        #[arg(long, default_value = "oai_dc")]
        prefix: Vec<String>,
        /// Only the objects of this set.
        #[arg(long, value_name = "SETSPEC")]
        set: Option<String>,
    },
}

/// Exports.
///
/// # Errors
/// When the store cannot be read or the file not be written; an old file stays then.
pub async fn run(gateway: &Gateway, command: ExportCommand) -> anyhow::Result<()> {
    let ExportCommand::StaticRepository { file, base_url, prefix, set } = command;
    let mut formats = Vec::new();
    for prefix in &prefix {
        // `raw` is read from stored pages, record by record: nothing for a file.
        let format = Format::of_prefix(prefix).filter(|format| *format != Format::Raw);
        let format = format.with_context(|| {
            let known = [Format::OaiDc, Format::Edm, Format::Lido].map(Format::prefix);
            format!("metadata format `{prefix}` cannot be exported: there are {}", known.join(", "))
        })?;
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    let public_url = gateway.settings.public_url.as_deref().context(
        "the settings name no public_url, and an exported record must say where its object is",
    )?;
    let selection = Selection {
        formats: &formats,
        set: set.as_deref(),
        horizon: gateway.store.publication_horizon(now()).await?,
        public_url: public_url.trim_end_matches('/'),
        base_url: &base_url,
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let partial = tempfile::NamedTempFile::new_in(folder)
        .with_context(|| format!("folder {}", folder.display()))?;
    let records = {
        let mut out = BufWriter::new(partial.as_file());
        write(&gateway.store, &gateway.settings.repository, &selection, &mut out).await?
    };
    partial.as_file().sync_all()?;
    partial.persist(&file).with_context(|| format!("file {}", file.display()))?;
    output::line(format_args!("{}: {records} records", file.display()));
    if records > MANY {
        output::line(format_args!(
            "Static repositories are meant for at most {MANY} records: OAI-PMH or ResourceSync serves more."
        ));
    }
    Ok(())
}

/// `crosswalk --dry-run`: says what the mapping as it is now would change.
///
/// # Errors
/// When the mapping has a mistake or the store cannot be read.
pub async fn crosswalk(gateway: &Gateway, source: &str) -> anyhow::Result<()> {
    let config = gateway.source(source)?;
    let crosswalk = Crosswalk::for_source(config)?;
    let cancel = serve::cancel_on_signal();
    let found = preview(&gateway.store, &config.id, &crosswalk, now(), &cancel).await?;
    let objects = &found.objects;
    output::line(format_args!(
        "{source}: {} of {} records would change; {} objects would be re-dated: {} created + {} updated + {} deleted + {} merged",
        found.changed,
        found.records,
        objects.entries(),
        objects.created,
        objects.updated,
        objects.deleted,
        objects.merged,
    ));
    if found.rekeyed > 0 {
        output::line(format_args!(
            "  {} records would have other certain keys: they may join or leave others, which is not counted",
            found.rekeyed
        ));
    }
    if found.unreconciled > 0 {
        output::line(format_args!(
            "  {} records are not reconciled yet and were left out: run `passerelle reconcile` first",
            found.unreconciled
        ));
    }
    Ok(())
}
