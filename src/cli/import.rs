//! `import`: one file into a source, at once or after somebody looked at what it would do.

use super::gateway::Gateway;
use super::{output, serve};
use crate::harvest::Progress;
use crate::harvest::import::receive::{Wish, keep, register};
use crate::harvest::import::{self, report};
use crate::store::import::Import;
use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

/// Rows that are read of the store at once.
const ROWS: i64 = 1000;
/// Rows that the short report shows.
const SHOWN: usize = 20;

/// `passerelle import …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ImportArguments {
    /// What to do with an import that came before.
    #[command(subcommand)]
    command: Option<ImportCommand>,
    /// The file: anything that the source's schedule can read, zip and gz too.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Source whose schedule says how to read it.
    #[arg(long, required = true)]
    source: Option<String>,
    /// Only say what it would do, and keep it for `passerelle import approve`.
    #[arg(long)]
    dry_run: bool,
    /// The file is everything that the source has: what is not in it is deleted, brake permitting.
    #[arg(long)]
    complete: bool,
    /// How to report.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// What can be done with an import.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Apply exactly the file that was looked at; refused when its records changed since.
    Approve {
        /// Its number.
        import: i64,
        /// Who decides it.
        #[arg(long)]
        author: String,
        /// How to report.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// Forget a file that waits for approval.
    Drop {
        /// Its number.
        import: i64,
    },
    /// Show what an import did, or would do.
    Show {
        /// Its number.
        import: i64,
        /// How to report.
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
    },
    /// The latest imports.
    List {
        /// Only of this source.
        #[arg(long)]
        source: Option<String>,
    },
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Counts, and the first rows that do something.
    Text,
    /// Everything, as one JSON document.
    Json,
    /// A line a field that differs.
    Csv,
}

/// Does what the command says. Exit status 2 when a file was not applied, or could not be read.
///
/// # Errors
/// When the file cannot be kept, a run of the source is open, or a later stage fails.
pub async fn run(gateway: &Gateway, arguments: ImportArguments) -> anyhow::Result<ExitCode> {
    match (arguments.command, arguments.file, arguments.source) {
        (Some(ImportCommand::Approve { import, author, format }), ..) => {
            let import = import::approve(&gateway.store, import, &author).await?;
            work(gateway, &import, format).await
        }
        (Some(ImportCommand::Drop { import }), ..) => {
            import::drop(&gateway.store, import).await?;
            output::line(format_args!("import {import} is dropped"));
            Ok(ExitCode::SUCCESS)
        }
        (Some(ImportCommand::Show { import, format }), ..) => {
            let import = import::get(&gateway.store, import).await?;
            print(gateway, &import, format).await?;
            Ok(ExitCode::SUCCESS)
        }
        (Some(ImportCommand::List { source }), ..) => {
            for import in gateway.store.imports(source.as_deref(), 50).await? {
                output::line(headline(gateway, &import).await?);
            }
            Ok(ExitCode::SUCCESS)
        }
        (None, Some(file), Some(source)) => {
            let config = gateway.source(&source)?;
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned());
            let name = name.with_context(|| format!("{} is no file", file.display()))?;
            let data = gateway.settings.data.clone();
            let kept = tokio::task::spawn_blocking(move || keep(&data, &file)).await??;
            let wish = Wish { dry_run: arguments.dry_run, complete: arguments.complete };
            let now = crate::clock::now();
            let id = config.id.as_str();
            let import = register(&gateway.store, id, &name, &kept, wish, now).await?;
            work(gateway, &import, arguments.format).await
        }
        (None, ..) => anyhow::bail!("expected FILE --source SOURCE, or a subcommand (--help)"),
    }
}

async fn work(gateway: &Gateway, import: &Import, format: Format) -> anyhow::Result<ExitCode> {
    let cancel = serve::cancel_on_signal();
    let config = gateway.source(&import.source_id)?;
    let progress = Progress::auto();
    let done = import::run(&gateway.store, config, import.import_id, progress, &cancel)
        .await
        .with_context(|| format!("import {} of {}", import.import_id, import.source_id))?;
    print(gateway, &done, format).await?;
    if matches!(done.status.as_str(), "done" | "partial") && !cancel.is_cancelled() {
        gateway.settle(&cancel).await?;
    }
    let good = matches!(done.status.as_str(), "done" | "checked");
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn headline(gateway: &Gateway, import: &Import) -> anyhow::Result<String> {
    let counts = gateway.store.import_counts(import.import_id).await?;
    let reason = import.reason.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
    let absent = if import.complete {
        format!(", {} not in the file", import.absent_count)
    } else {
        String::new()
    };
    Ok(format!(
        "import {} of {} into {}: {}{reason}: {} created, {} updated, {} unchanged, {} rejected{absent}",
        import.import_id,
        import.file_name,
        import.source_id,
        import.status,
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.rejected,
    ))
}

async fn print(gateway: &Gateway, import: &Import, format: Format) -> anyhow::Result<()> {
    let store = &gateway.store;
    match format {
        Format::Text => {
            output::line(headline(gateway, import).await?);
            let rows = store.import_rows(import.import_id, true, 0, SHOWN as i64 + 1).await?;
            for row in rows.iter().take(SHOWN) {
                for [number, id, outcome, field, before, after, detail] in report::lines(row) {
                    let what = if field.is_empty() {
                        detail
                    } else {
                        format!("{field}: {before} → {after}")
                    };
                    output::line(format_args!("  row {number} {id} {outcome} {what}"));
                }
            }
            if rows.len() > SHOWN {
                output::line(format_args!(
                    "  … all: passerelle import show {} --format csv",
                    import.import_id
                ));
            }
            if import.status == "checked" {
                output::line(format_args!(
                    "nothing was written; passerelle import approve {} --author NAME applies it",
                    import.import_id
                ));
            }
        }
        Format::Json => {
            let counts = store.import_counts(import.import_id).await?;
            let mut summary = report::summary(import, counts).to_string();
            summary.pop();
            output::line(format_args!("{summary},\"rows\":["));
            let mut first = true;
            each(gateway, import, |row| {
                let comma = if std::mem::take(&mut first) { "" } else { "," };
                output::line(format_args!("{comma}{}", report::row(row)));
            })
            .await?;
            output::line("]}");
        }
        Format::Csv => {
            let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim_end().to_owned();
            let header = report::HEADER.map(str::to_owned);
            output::line(text(report::csv(std::iter::once(&header))));
            each(gateway, import, |row| {
                output::line(text(report::csv(report::lines(row).iter())));
            })
            .await?;
        }
    }
    Ok(())
}

/// Every row of an import that does something or cannot be taken.
async fn each(
    gateway: &Gateway,
    import: &Import,
    mut show: impl FnMut(&crate::store::import::ImportRow),
) -> anyhow::Result<()> {
    let mut after = 0;
    loop {
        let rows = gateway.store.import_rows(import.import_id, true, after, ROWS).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.row;
        rows.iter().for_each(&mut show);
    }
}
