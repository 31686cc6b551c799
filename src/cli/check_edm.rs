//! `check edm`: would Europeana take these records; `check europeana`: the ids that it will give.

use super::gateway::Gateway;
use super::output;
use crate::store::object::ObjectQuery;
use anyhow::Context as _;
use domain::issue::catalogue;
use domain::quality::words::Language;
use domain::quality::{europeana, words};
use protocols::formats::ObjectContext;
use protocols::formats::edm::facts;
use protocols::formats::edm::validate::{is_valid, validate, validate_document};
use std::path::PathBuf;
use std::process::ExitCode;

/// Objects read at a time.
const OBJECTS: i64 = 250;
/// Broken objects that are shown.
const SHOWN: u64 = 100;

/// Arguments of `passerelle check edm`.
#[derive(Debug, clap::Args)]
pub struct CheckEdmArguments {
    /// Files that hold rdf:RDF, alone or in answers of an OAI-PMH server.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Arguments of `passerelle check europeana`.
#[derive(Debug, clap::Args)]
pub struct CheckEuropeanaArguments {
    /// Number of the dataset at Europeana.
    #[arg(long, default_value = "DATASET")]
    dataset: String,
    /// Print the predicted id of each object.
    #[arg(long)]
    list: bool,
}

/// Validates files. Status 1 when a record is not valid, 2 when a file cannot be read.
pub fn files(arguments: &CheckEdmArguments) -> ExitCode {
    let (mut records, mut broken, mut unread) = (0, 0, 0);
    for file in &arguments.files {
        let name = file.display();
        let found = std::fs::read(file)
            .map_err(|error| error.to_string())
            .map(|bytes| protocols::xml::decode(&bytes).text)
            .and_then(|text| validate_document(&text).map_err(|error| error.to_string()));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                unread += 1;
                output::line(format_args!("{name}\t-\terror\t{error}"));
                continue;
            }
        };
        for (record, findings) in found {
            records += 1;
            broken += u64::from(!is_valid(&findings));
            for finding in &findings {
                output::line(format_args!(
                    "{name}:{}\t{}\t{}\t{}",
                    finding.line,
                    finding.law.name(),
                    catalogue::severity(&finding.issue.code).name(),
                    catalogue::sentence(&finding.issue, Language::En)
                ));
            }
            let metadata = domain::quality::metadata::assess(&facts::metadata(&record));
            let content = domain::quality::content::assess(&facts::content(&record));
            output::line(format_args!(
                "{name}\ttier\t{}{}\t{}",
                content.tier,
                metadata.tier().name(),
                words::content_missing(&content, Language::En)
                    .into_iter()
                    .chain(words::metadata_missing(&metadata, Language::En))
                    .collect::<Vec<_>>()
                    .join("; ")
            ));
        }
    }
    output::line(format_args!("{records} records, {broken} not valid, {unread} files not read"));
    ExitCode::from(if unread > 0 { 2 } else { u8::from(broken > 0) })
}

/// Looks at everything that is published as Europeana will: ids that it could not tell apart, EDM
/// that it would refuse. Status 1 when there is any.
///
/// # Errors
/// When the store cannot be read.
pub async fn published(
    gateway: &Gateway,
    arguments: &CheckEuropeanaArguments,
) -> anyhow::Result<ExitCode> {
    let mut query = ObjectQuery {
        until: i64::MAX,
        limit: OBJECTS,
        with_record: true,
        ..ObjectQuery::default()
    };
    let settings = &gateway.settings;
    let public_url = settings.public_url.as_deref().context(
        "the settings name no public_url: Europeana's ids are made of the addresses of the objects",
    )?;
    let public_url = public_url.trim_end_matches('/');
    let (mut objects, mut refused, mut unsafe_ids) = (0u64, 0u64, 0u64);
    loop {
        let page = gateway.store.list_objects(&query).await?;
        let Some(last) = page.last() else { break };
        query.after = Some((last.datestamp, last.object_id.clone()));
        for row in page {
            let Some(record) = row.record else { continue };
            objects += 1;
            let context = ObjectContext {
                object_id: &row.object_id,
                public_url,
                provider: &settings.repository.provider,
            };
            if !europeana::is_safe(&row.object_id) {
                unsafe_ids += 1;
                output::line(format_args!("{}\tits id could collide at Europeana", row.object_id));
            }
            if arguments.list {
                let id = europeana::id(&arguments.dataset, &context.uri());
                output::line(format_args!("{}\t{id}", row.object_id));
            }
            let findings = validate(&facts::tree(&record, &context));
            if !is_valid(&findings) {
                refused += 1;
                for finding in findings.iter().take(if refused > SHOWN { 0 } else { 5 }) {
                    output::line(format_args!(
                        "{}\t{}\t{}",
                        row.object_id,
                        finding.law.name(),
                        catalogue::sentence(&finding.issue, Language::En)
                    ));
                }
            }
        }
    }
    output::line(format_args!(
        "{objects} objects: {refused} that Europeana would refuse, {unsafe_ids} whose id could collide; ids are {}",
        europeana::id(&arguments.dataset, &format!("{public_url}/id/…"))
    ));
    Ok(ExitCode::from(u8::from(refused + unsafe_ids > 0)))
}
