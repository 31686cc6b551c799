//! The report on a source, a producer, or everything: counts, issues, worst objects, trend. The same
//! for the page, for CSV, for JSON and for the terminal.

use crate::store::quality::{Counts, Offender, Scope, ScopeKind};
use crate::store::{Store, StoreError};
use domain::issue::catalogue;
use domain::quality::metadata::MetadataTier;
use domain::quality::packed::{Barrier, Quality};
use domain::quality::pattern::Pattern;
use domain::quality::words::{self, Language};
use serde::Serialize;

/// Worst objects, shared titles and runs that a report shows.
const SHOWN: i64 = 20;

/// A value and the number of objects that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// `A`, `too_small`, `P7`.
    pub value: String,
    /// In words.
    pub label: String,
    /// Objects.
    pub objects: i64,
}

/// Issues of one code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssueLine {
    /// Code.
    pub code: String,
    /// `error`, `warning`, `notice`: POP's words.
    pub severity: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// How many.
    pub issues: i64,
    /// Of how many records.
    pub records: i64,
}

/// One of the worst objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Worst {
    /// Object.
    pub object_id: String,
    /// Title.
    pub title: String,
    /// Content tier.
    pub content: u8,
    /// Metadata tier.
    pub metadata: &'static str,
    /// What keeps the content tier low.
    pub barrier: String,
    /// Names of patterns.
    pub patterns: Vec<&'static str>,
    /// Place in the order, to go on after it.
    #[serde(skip)]
    pub rank: i64,
}

/// A source after one of its runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trend {
    /// Run.
    pub run_id: i64,
    /// When it ended.
    pub at: String,
    /// How.
    pub status: String,
    /// Rows received.
    pub rows: i64,
    /// Rows that could not be taken.
    pub quarantined: i64,
    /// Issues of all records of the source then.
    pub issues: i64,
    /// Published objects then.
    pub objects: i64,
    /// Objects by metadata tier then: 0, A, B, C.
    pub metadata: [i64; 4],
    /// Objects by content tier then: 0 to 4.
    pub content: [i64; 5],
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// `all`, `source`, `producer`.
    pub kind: &'static str,
    /// Source id, or name of the producer in addresses.
    pub name: String,
    /// As it calls itself.
    pub label: String,
    /// Published objects.
    pub objects: i64,
    /// By content tier.
    pub content: Vec<Bar>,
    /// By metadata tier.
    pub metadata: Vec<Bar>,
    /// By the language part of the metadata tier.
    pub language: Vec<Bar>,
    /// By its enabling elements.
    pub enabling: Vec<Bar>,
    /// By its contextual classes.
    pub contextual: Vec<Bar>,
    /// By what keeps the content tier from the next.
    pub barriers: Vec<Bar>,
    /// By problem pattern; an object may have several.
    pub patterns: Vec<Bar>,
    /// By code, the most severe first.
    pub issues: Vec<IssueLine>,
    /// Rows of the latest run that could not be taken, by code.
    pub quarantined: Vec<IssueLine>,
    /// Worst objects.
    pub worst: Vec<Worst>,
    /// Titles that many objects share.
    pub titles: Vec<(String, i64)>,
    /// Latest runs, the oldest first; sources only.
    pub trend: Vec<Trend>,
}

/// Makes the report; none when there is no such source or producer.
///
/// # Errors
/// [`StoreError`].
pub async fn report(
    store: &Store,
    kind: ScopeKind,
    name: &str,
    language: Language,
) -> Result<Option<Report>, StoreError> {
    let scope = store.quality_scope(kind, name).await?;
    let source = match kind {
        ScopeKind::Source => {
            store.sources().await?.into_iter().find(|source| source.source_id == name)
        }
        ScopeKind::Producer | ScopeKind::All => None,
    };
    if scope.is_none() && source.is_none() && kind != ScopeKind::All {
        return Ok(None);
    }
    let scope = scope.unwrap_or(Scope {
        scope_id: 0,
        name: name.to_owned(),
        label: name.to_owned(),
        objects: 0,
    });
    let counts = store.quality_counts(&[scope.scope_id]).await?.into_values().next();
    let counts = counts.unwrap_or_default();
    let issues = store.quality_issues(kind, scope.scope_id, name).await?;
    let mut issues: Vec<IssueLine> = issues
        .into_iter()
        .map(|found| issue_line(found.code, found.issues, found.records, language))
        .collect();
    sort(&mut issues);
    let titles = match kind {
        ScopeKind::Source => store.quality_titles(scope.scope_id, SHOWN).await?,
        ScopeKind::Producer | ScopeKind::All => Vec::new(),
    };
    let (trend, quarantined) = match kind {
        ScopeKind::Source => of_runs(store, name, language).await?,
        ScopeKind::Producer | ScopeKind::All => (Vec::new(), Vec::new()),
    };
    let worst = store.quality_worst(scope.scope_id, None, SHOWN).await?;
    let metadata =
        |measure: &str| bars(&counts, measure, &METADATA, |value| metadata_label(value, language));
    Ok(Some(Report {
        kind: kind.as_str(),
        name: name.to_owned(),
        label: source.map_or(scope.label, |source| source.label),
        objects: scope.objects,
        content: bars(&counts, "content", &CONTENT, |value| {
            format!("{} {value}", language.choose("Contenu", "Content"))
        }),
        metadata: metadata("metadata"),
        language: metadata("language"),
        enabling: metadata("enabling"),
        contextual: metadata("contextual"),
        barriers: bars(&counts, "barrier", &BARRIERS, |value| {
            Barrier::parse(value).map_or("", |found| words::barrier(found, language)).to_owned()
        })
        .into_iter()
        .filter(|bar| bar.objects > 0)
        .collect(),
        patterns: bars(&counts, "pattern", &PATTERNS, |value| {
            Pattern::parse(value).map_or_else(String::new, |p| catalogue::what(p.code(), language))
        }),
        issues,
        quarantined,
        worst: worst.into_iter().map(|found| worst_of(found, language)).collect(),
        titles: titles.into_iter().map(|title| (title.title, title.objects)).collect(),
        trend,
    }))
}

const CONTENT: [&str; 5] = ["0", "1", "2", "3", "4"];
const METADATA: [&str; 4] = ["0", "A", "B", "C"];
const PATTERNS: [&str; 8] = ["P1", "P2", "P3", "P5", "P6", "P7", "P9", "P12"];
const BARRIERS: [&str; 7] = [
    "no_media",
    "wrong_media",
    "no_thumbnail",
    "too_small",
    "closed_licence",
    "restricted_licence",
    "none",
];

fn bars(
    counts: &Counts,
    measure: &str,
    values: &[&str],
    label: impl Fn(&str) -> String,
) -> Vec<Bar> {
    let found = counts.get(measure);
    values
        .iter()
        .map(|value| Bar {
            value: (*value).to_owned(),
            label: label(value),
            objects: found.and_then(|found| found.get(*value)).copied().unwrap_or_default(),
        })
        .collect()
}

fn metadata_label(value: &str, language: Language) -> String {
    format!("{} {value}", language.choose("Métadonnées", "Metadata"))
}

/// One of the worst objects, in words.
pub fn worst_of(found: Offender, language: Language) -> Worst {
    let quality = Quality::unpack(found.quality);
    Worst {
        content: quality.map_or(0, |quality| quality.content),
        metadata: quality.map_or(MetadataTier::Zero, |quality| quality.metadata()).name(),
        barrier: quality
            .filter(|quality| quality.content < 4)
            .map_or("", |quality| words::barrier(quality.obstacle, language))
            .to_owned(),
        patterns: quality.iter().flat_map(Quality::patterns).map(Pattern::name).collect(),
        object_id: found.object_id,
        title: found.title,
        rank: found.rank,
    }
}

fn issue_line(code: String, issues: i64, records: i64, language: Language) -> IssueLine {
    IssueLine {
        severity: catalogue::severity(&code).name(),
        what: catalogue::what(&code, language),
        advice: catalogue::entry(&code).map_or("", |entry| entry.advice(language)).to_owned(),
        code,
        issues,
        records,
    }
}

fn sort(lines: &mut [IssueLine]) {
    lines.sort_by(|a, b| {
        let severity = |line: &IssueLine| catalogue::severity(&line.code);
        severity(b).cmp(&severity(a)).then(b.issues.cmp(&a.issues)).then(a.code.cmp(&b.code))
    });
}

/// The trend of a source, and what its latest run could not take.
async fn of_runs(
    store: &Store,
    source: &str,
    language: Language,
) -> Result<(Vec<Trend>, Vec<IssueLine>), StoreError> {
    let mut trend: Vec<Trend> = store
        .quality_runs(source, SHOWN)
        .await?
        .into_iter()
        .map(|run| {
            let counts: Counts = serde_json::from_str(&run.counts).unwrap_or_default();
            let of = |measure: &str, value: &str| {
                counts.get(measure).and_then(|m| m.get(value)).copied().unwrap_or_default()
            };
            Trend {
                run_id: run.run_id,
                at: chrono::DateTime::from_timestamp(run.finished_at, 0)
                    .map(|at| at.format("%Y-%m-%d %H:%M").to_string())
                    .unwrap_or_default(),
                status: run.status,
                rows: run.rows,
                quarantined: run.quarantined,
                issues: run.issues,
                objects: of("objects", ""),
                metadata: METADATA.map(|value| of("metadata", value)),
                content: CONTENT.map(|value| of("content", value)),
            }
        })
        .collect();
    trend.reverse();
    let mut quarantined = Vec::new();
    if let Some(run) = store.runs(Some(source), 1).await?.first() {
        for (code, rows) in store.quarantine_by_code(run.run_id).await? {
            let mut line = issue_line(code, rows, rows, language);
            // Whatever the code says of what is kept: this was not.
            line.severity = "error";
            quarantined.push(line);
        }
    }
    Ok((trend, quarantined))
}

/// The report as rows `section, value, label, objects`.
///
/// # Errors
/// Never in fact: what is written is a text in memory.
pub fn csv(report: &Report) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["section", "value", "label", "severity", "objects", "records"])?;
    let mut row = |section: &str, value: &str, label: &str, severity: &str, n: i64, of: &str| {
        out.write_record([section, value, label, severity, &n.to_string(), of])
    };
    row("objects", "", &report.label, "", report.objects, "")?;
    for (section, bars) in [
        ("content_tier", &report.content),
        ("metadata_tier", &report.metadata),
        ("language", &report.language),
        ("enabling_elements", &report.enabling),
        ("contextual_classes", &report.contextual),
        ("barrier", &report.barriers),
        ("pattern", &report.patterns),
    ] {
        for bar in bars {
            row(section, &bar.value, &bar.label, "", bar.objects, "")?;
        }
    }
    for (section, lines) in [("issue", &report.issues), ("quarantined", &report.quarantined)] {
        for line in lines {
            let records = line.records.to_string();
            row(section, &line.code, &line.what, line.severity, line.issues, &records)?;
        }
    }
    for worst in &report.worst {
        let value = format!("{}{}", worst.content, worst.metadata);
        row("worst", &value, &worst.title, "", 1, &worst.object_id)?;
    }
    for (title, objects) in &report.titles {
        row("shared_title", "P1", title, "warning", *objects, "")?;
    }
    for run in &report.trend {
        let [zero, a, b, c] = run.metadata;
        let label = format!("{}; 0: {zero}, A: {a}, B: {b}, C: {c}; {} issues", run.at, run.issues);
        row("run", &run.run_id.to_string(), &label, "", run.objects, &run.rows.to_string())?;
    }
    let bytes = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Head of POP's import report.
pub const POP_HEAD: [&str; 3] = ["Identifiant", "Etat", "Details"];

/// One issue as a row of POP's import report.
pub fn pop_row(line: &crate::store::quality::IssueLine, language: Language) -> [String; 3] {
    [
        line.local_id.clone(),
        catalogue::severity(&line.issue.code).name().to_owned(),
        catalogue::sentence(&line.issue, language),
    ]
}
