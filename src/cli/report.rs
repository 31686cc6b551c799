//! `report`: the quality of a source, a producer, or everything, for a person or a program.

use super::gateway::Gateway;
use super::output;
use crate::quality::report::{Bar, POP_HEAD, Report, csv, pop_row, report};
use crate::quality::{follow, producer_name};
use crate::store::quality::{IssueLine, ScopeKind};
use anyhow::Context as _;
use domain::issue::Issue;
use domain::quality::words::Language;
use tokio_util::sync::CancellationToken;

/// Records read at a time for the list of issues.
const RECORDS: i64 = 1_000;

/// Arguments of `passerelle report`.
#[derive(Debug, clap::Args)]
pub struct ReportArguments {
    /// Source id; without it, everything that is published.
    source: Option<String>,
    /// An institution (edm:dataProvider) in the place of a source: its name or its name in addresses.
    #[arg(long, value_name = "NAME", conflicts_with = "source")]
    producer: Option<String>,
    /// How to write it. `pop` is one line an issue: Identifiant, Etat, Details (sources only).
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Language of the sentences.
    #[arg(long, value_enum, default_value_t = ReportLanguage::Fr)]
    lang: ReportLanguage,
}

/// Form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// Counts as CSV.
    Csv,
    /// Counts as JSON.
    Json,
    /// POP's import report.
    Pop,
}

/// Language of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ReportLanguage {
    /// French.
    Fr,
    /// English.
    En,
}

/// Prints the report. What was published and not counted yet is counted first.
///
/// # Errors
/// When there is no such source or producer, or the store cannot be read.
pub async fn run(gateway: &Gateway, arguments: ReportArguments) -> anyhow::Result<()> {
    let language = match arguments.lang {
        ReportLanguage::Fr => Language::Fr,
        ReportLanguage::En => Language::En,
    };
    let store = &gateway.store;
    follow(store, &CancellationToken::new()).await?;
    if arguments.format == Format::Pop {
        let source =
            arguments.source.context("the list of issues is that of one source: name it")?;
        return issues(gateway, &source, language).await;
    }
    let (kind, name) = match (arguments.source, arguments.producer) {
        (Some(source), _) => (ScopeKind::Source, source),
        (None, Some(producer)) => (ScopeKind::Producer, producer_name(&producer)),
        (None, None) => (ScopeKind::All, String::new()),
    };
    let report = report(store, kind, &name, language)
        .await?
        .with_context(|| format!("nothing is known of the {} `{name}`", kind.as_str()))?;
    match arguments.format {
        Format::Csv => output::line(csv(&report)?.trim_end()),
        Format::Json => output::line(serde_json::to_string_pretty(&report)?),
        Format::Text | Format::Pop => text(&report),
    }
    Ok(())
}

fn text(report: &Report) {
    output::line(format_args!("{} {} — {}", report.kind, report.name, report.label));
    output::line(format_args!("objects {:>38}", report.objects));
    for (title, bars) in [
        ("content tier", &report.content),
        ("metadata tier", &report.metadata),
        ("language", &report.language),
        ("enabling elements", &report.enabling),
        ("contextual classes", &report.contextual),
        ("content is kept low by", &report.barriers),
        ("problem patterns", &report.patterns),
    ] {
        output::line(format_args!("\n{title}"));
        let most = bars.iter().map(|bar| bar.objects).max().unwrap_or_default().max(1);
        for Bar { value, label, objects } in bars {
            let length = usize::try_from(objects * 30 / most).unwrap_or_default();
            output::line(format_args!(
                "  {value:<18} {objects:>10} {:<30} {label}",
                "#".repeat(length)
            ));
        }
    }
    for (title, lines) in [("issues", &report.issues), ("quarantined", &report.quarantined)] {
        if !lines.is_empty() {
            output::line(format_args!("\n{title}"));
        }
        for line in lines {
            output::line(format_args!(
                "  {:<8} {:>8} {} — {} ({})",
                line.severity, line.issues, line.what, line.advice, line.code
            ));
        }
    }
    if !report.worst.is_empty() {
        output::line("\nworst objects");
    }
    for worst in &report.worst {
        output::line(format_args!(
            "  {}{} {} — {} {}",
            worst.content,
            worst.metadata,
            worst.object_id,
            worst.title,
            worst.patterns.join(" ")
        ));
    }
    for (title, objects) in &report.titles {
        output::line(format_args!("  P1 {objects:>8} × {title}"));
    }
    if !report.trend.is_empty() {
        output::line("\nruns (objects at metadata tier 0, A, B, C)");
    }
    for run in &report.trend {
        let [zero, a, b, c] = run.metadata;
        output::line(format_args!(
            "  {:>6} {} {:<8} rows {:>8} quarantined {:>6} issues {:>8} tiers {zero}, {a}, {b}, {c}",
            run.run_id, run.at, run.status, run.rows, run.quarantined, run.issues
        ));
    }
}

/// POP's import report: what the latest run could not take, then the issues of every record.
async fn issues(gateway: &Gateway, source: &str, language: Language) -> anyhow::Result<()> {
    let store = &gateway.store;
    if !store.sources().await?.iter().any(|known| known.source_id == source) {
        anyhow::bail!("nothing is known of the source `{source}`");
    }
    let mut out = csv_writer();
    out.write_record(POP_HEAD)?;
    if let Some(run) = store.runs(Some(source), 1).await?.first() {
        let mut after = 0;
        loop {
            let page = store.quarantined(run.run_id, after, RECORDS).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, row) in page {
                let line = IssueLine {
                    local_id: row.local_id.unwrap_or_default(),
                    issue: Issue::new(row.code, "", &row.detail),
                };
                let [id, _, details] = pop_row(&line, language);
                out.write_record([id.as_str(), "error", details.as_str()])?;
            }
        }
    }
    let mut after = String::new();
    loop {
        let (lines, last) = store.issue_lines(source, &after, RECORDS, false).await?;
        for line in &lines {
            out.write_record(pop_row(line, language))?;
        }
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    out.flush()?;
    Ok(())
}

fn csv_writer() -> ::csv::Writer<std::io::Stdout> {
    ::csv::Writer::from_writer(std::io::stdout())
}
