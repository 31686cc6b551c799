//! `images`: the link report of a source.

use super::gateway::Gateway;
use super::{output, serve};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Subcommand;
use std::path::PathBuf;

/// Broken images read at once.
const PAGE: i64 = 1_000;

/// What to do with the images of a source.
#[derive(Debug, Subcommand)]
pub enum ImagesCommand {
    /// Count the images of a source by state, or list the broken ones.
    Report {
        /// Source id: the name of its schedule file.
        source: String,
        /// List the broken ones as CSV: record, location, state, reason, shown, checked.
        #[arg(long)]
        csv: bool,
    },
    /// Look again at the images of a source with which something is wrong.
    Retry {
        /// Source id.
        source: String,
        /// Look at every copy again, also at those with which nothing is wrong.
        #[arg(long)]
        all: bool,
    },
    /// Make the serving file of a master and say how: a pyramidal TIFF that other image servers
    /// open too.
    Make {
        /// The master.
        master: PathBuf,
        /// Where the serving file goes.
        to: PathBuf,
    },
}

/// Runs an images command.
///
/// # Errors
/// When there is no such source, or the store fails.
pub async fn run(gateway: &Gateway, command: ImagesCommand) -> anyhow::Result<()> {
    match command {
        ImagesCommand::Report { source, csv } => {
            gateway.source(&source)?;
            if csv { list(gateway, &source).await } else { count(gateway, &source).await }
        }
        ImagesCommand::Retry { source, all } => {
            gateway.source(&source)?;
            let mut retried = gateway.store.retry_failed_images(&source).await?;
            if all {
                retried += gateway.store.make_images_due(&source).await?;
            }
            gateway.settle(&serve::cancel_on_signal()).await?;
            output::line(format_args!("{source}: {retried} images looked at again"));
            count(gateway, &source).await
        }
        ImagesCommand::Make { master, to } => {
            let images = gateway.images.clone();
            let begin = std::time::Instant::now();
            let work = tokio::task::spawn_blocking(move || images.make(&master, &to));
            let made = work.await??;
            let (size, seconds) = (made.facts.size, begin.elapsed().as_secs_f64());
            let way = match (made.way, made.reason) {
                (way, Some(reason)) => format!("{way:?}: {reason}"),
                (way, None) => format!("{way:?}"),
            };
            output::line(format_args!(
                "{}x{} pixels, {} bytes, {way}, {seconds:.2} s",
                size.width, size.height, made.length
            ));
            Ok(())
        }
    }
}

async fn count(gateway: &Gateway, source: &str) -> anyhow::Result<()> {
    let report = gateway.store.link_report(source).await?;
    let all: i64 = report.states.values().sum();
    output::line(format_args!("{source}: {all} images"));
    for (state, images) in &report.states {
        output::line(format_args!("  {state}\t{images}"));
    }
    output::line(format_args!("  rights unknown\t{}", report.rights_unknown));
    output::line(format_args!("  bytes served\t{}", report.bytes));
    Ok(())
}

async fn list(gateway: &Gateway, source: &str) -> anyhow::Result<()> {
    output::line("record,location,state,reason,shown,checked");
    let mut after = String::new();
    loop {
        let broken = gateway.store.broken_images(source, &after, PAGE).await?;
        let Some(last) = broken.last() else { return Ok(()) };
        after.clone_from(&last.image_id);
        for image in &broken {
            let checked = image
                .checked_at
                .and_then(|at| DateTime::<Utc>::from_timestamp(at, 0))
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true))
                .unwrap_or_default();
            let fields = [
                image.local_id.as_str(),
                &image.location,
                &image.code,
                &image.reason,
                if image.shown { "yes" } else { "no" },
                &checked,
            ];
            let line: Vec<String> = fields.into_iter().map(cell).collect();
            output::line(line.join(","));
        }
    }
}

/// A cell of CSV (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_csv_needs_it_and_are_no_formulas() {
        assert_eq!(cell("a"), "a");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
