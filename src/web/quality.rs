//! Quality: what is published, by source and by producer, and each object.

mod chart;
mod object;
mod texts;

use super::i18n::Lang;
use super::page::{Page, respond};
use super::visitor::Visitor;
use super::{App, WebError};
use crate::quality::report::{Bar, IssueLine, POP_HEAD, Report, csv, pop_row, report};
use crate::store::quality::{Counts, Scope, ScopeKind};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LINK};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chart::Chart;
use domain::quality::words::Language;
use texts::QualityTexts;
use url::form_urlencoded;

/// Producers on a page.
const PRODUCERS: i64 = 100;
/// Sources on a page.
const SOURCES: i64 = 500;
/// Records whose issues are in one answer.
const RECORDS: i64 = 2_000;

/// The routes of the pages.
pub fn router() -> Router<App> {
    Router::new()
        .route("/quality", get(overview))
        .route("/quality/source/{name}", get(source))
        .route("/quality/source/{name}/issues.csv", get(issues))
        .route("/quality/producer/{name}", get(producer))
}

/// The routes of the API.
pub fn api_router() -> Router<App> {
    Router::new().route("/api/v1/objects/{id}/quality", get(object::quality))
}

/// The language of reports for a visitor.
fn language(lang: Lang) -> Language {
    match lang {
        Lang::Fr => Language::Fr,
        Lang::En => Language::En,
    }
}

/// A row of a table of bars.
struct BarView {
    value: String,
    label: String,
    objects: String,
    share: String,
}

fn bar_views(bars: &[Bar], of: i64, lang: Lang) -> Vec<BarView> {
    bars.iter()
        .map(|bar| BarView {
            value: bar.value.clone(),
            label: bar.label.clone(),
            objects: number(bar.objects, lang),
            share: percent(bar.objects, of),
        })
        .collect()
}

fn number(n: i64, lang: Lang) -> String {
    lang.number(u64::try_from(n).unwrap_or_default())
}

/// A share as whole percents; what is there is never 0 %.
fn percent(part: i64, of: i64) -> String {
    match part.saturating_mul(100).checked_div(of) {
        Some(0) if part > 0 => "< 1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
        None => "—".to_owned(),
    }
}

/// A source or producer in the list.
struct ScopeView {
    href: String,
    label: String,
    objects: String,
    good: String,
    content: String,
}

fn scope_view(
    scope: &Scope,
    counts: Option<&Counts>,
    label: String,
    path: &str,
    lang: Lang,
) -> ScopeView {
    let of = |measure: &str, values: &[&str]| -> i64 {
        let found = counts.and_then(|counts| counts.get(measure));
        values.iter().filter_map(|value| found?.get(*value)).sum()
    };
    ScopeView {
        href: format!("{path}/{}", scope.name),
        label,
        objects: number(scope.objects, lang),
        good: percent(of("metadata", &["B", "C"]), scope.objects),
        content: percent(of("content", &["2", "3", "4"]), scope.objects),
    }
}

#[derive(Template)]
#[template(path = "quality.html")]
struct OverviewPage {
    page: Page,
    q: &'static QualityTexts,
    charts: Vec<Chart>,
    objects: String,
    sources: Vec<ScopeView>,
    producers: Vec<ScopeView>,
    more: Option<String>,
}

async fn overview(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let q = QualityTexts::of(visitor.lang);
    let store = &app.store;
    let whole = whole(&app, visitor.lang).await?;
    let sources = store.quality_scopes(ScopeKind::Source, None, SOURCES).await?;
    let after = parameter(query.as_deref(), "after").and_then(|after| {
        let (count, scope) = after.split_once('-')?;
        Some((count.parse().ok()?, scope.parse().ok()?))
    });
    let mut producers = store.quality_scopes(ScopeKind::Producer, after, PRODUCERS + 1).await?;
    let full = usize::try_from(PRODUCERS).is_ok_and(|most| producers.len() > most);
    producers.truncate(usize::try_from(PRODUCERS).unwrap_or(usize::MAX));
    let more = producers
        .last()
        .filter(|_| full)
        .map(|last| format!("{}/quality?after={}-{}", visitor.root(), last.objects, last.scope_id));
    let ids: Vec<i64> = sources.iter().chain(&producers).map(|scope| scope.scope_id).collect();
    let counts = store.quality_counts(&ids).await?;
    let labels = store.sources().await?;
    let view = |scope: &Scope, kind: &str| {
        let label = match labels.iter().find(|s| kind == "source" && s.source_id == scope.name) {
            Some(source) => source.label.clone(),
            None if scope.label.is_empty() => "—".to_owned(),
            None => scope.label.clone(),
        };
        let path = format!("{}/quality/{kind}", visitor.root());
        scope_view(scope, counts.get(&scope.scope_id), label, &path, visitor.lang)
    };
    let page = Page::new(&app, &visitor, q.title, "/quality");
    let page = OverviewPage {
        charts: charts(&whole, q, visitor.lang),
        objects: number(whole.objects, visitor.lang),
        sources: sources.iter().map(|scope| view(scope, "source")).collect(),
        producers: producers.iter().map(|scope| view(scope, "producer")).collect(),
        more,
        page,
        q,
    };
    Ok(respond(&visitor, StatusCode::OK, &page))
}

async fn whole(app: &App, lang: Lang) -> Result<Report, WebError> {
    let found = report(&app.store, ScopeKind::All, "", language(lang)).await?;
    found.ok_or_else(WebError::not_found)
}

fn charts(report: &Report, q: &QualityTexts, lang: Lang) -> Vec<Chart> {
    let count = |n| number(n, lang);
    vec![
        Chart::of_bars("content", q.content, &report.content, "content", count),
        Chart::of_bars("metadata", q.metadata, &report.metadata, "meta", count),
    ]
}

/// An issue of a table.
struct IssueView {
    severity: &'static str,
    word: &'static str,
    what: String,
    advice: String,
    code: String,
    issues: String,
    records: String,
}

fn issue_views(lines: &[IssueLine], q: &QualityTexts, lang: Lang) -> Vec<IssueView> {
    lines
        .iter()
        .map(|line| IssueView {
            severity: line.severity,
            word: q.severity_word(line.severity),
            what: line.what.clone(),
            advice: line.advice.clone(),
            code: line.code.clone(),
            issues: number(line.issues, lang),
            records: number(line.records, lang),
        })
        .collect()
}

/// One of the worst objects.
struct WorstView {
    href: String,
    title: String,
    tiers: String,
    barrier: String,
    patterns: String,
}

#[derive(Template)]
#[template(path = "quality_scope.html")]
struct ScopePage {
    page: Page,
    q: &'static QualityTexts,
    kind: &'static str,
    label: String,
    objects: String,
    base: String,
    is_source: bool,
    charts: Vec<(Chart, Vec<BarView>, &'static str)>,
    parts: Vec<(&'static str, Vec<BarView>)>,
    barriers: Vec<BarView>,
    patterns: Vec<BarView>,
    pattern_chart: Chart,
    issues: Vec<IssueView>,
    quarantined: Vec<IssueView>,
    worst: Vec<WorstView>,
    titles: Vec<(String, String)>,
    trend: Vec<(String, String, String, String, String, String, String)>,
    trend_chart: Option<Chart>,
}

impl ScopePage {
    fn new(page: Page, report: &Report) -> Self {
        let lang = page.lang;
        let q = QualityTexts::of(lang);
        let views = |bars: &[Bar]| bar_views(bars, report.objects, lang);
        let mut found = charts(report, q, lang).into_iter();
        let charts = [
            (found.next(), views(&report.content), q.content_help),
            (found.next(), views(&report.metadata), q.metadata_help),
        ]
        .into_iter()
        .filter_map(|(chart, rows, help)| Some((chart?, rows, help)))
        .collect();
        let source = report.kind == "source";
        Self {
            kind: if source { q.source } else { q.producer },
            label: if report.label.is_empty() { "—".to_owned() } else { report.label.clone() },
            objects: page.objects(u64::try_from(report.objects).unwrap_or_default()),
            base: format!("{}/quality/{}/{}", page.root, report.kind, report.name),
            is_source: source,
            charts,
            parts: vec![
                (q.language, views(&report.language)),
                (q.enabling, views(&report.enabling)),
                (q.contextual, views(&report.contextual)),
            ],
            barriers: views(&report.barriers),
            patterns: views(&report.patterns),
            pattern_chart: Chart::of_bars(
                "patterns",
                q.patterns,
                &report.patterns,
                "pattern",
                |n| number(n, lang),
            ),
            issues: issue_views(&report.issues, q, lang),
            quarantined: issue_views(&report.quarantined, q, lang),
            worst: report
                .worst
                .iter()
                .map(|worst| WorstView {
                    href: format!("{}/object/{}", page.root, worst.object_id),
                    title: worst.title.clone(),
                    tiers: format!("{}{}", worst.content, worst.metadata),
                    barrier: worst.barrier.clone(),
                    patterns: worst.patterns.join(" "),
                })
                .collect(),
            titles: report
                .titles
                .iter()
                .map(|(title, objects)| (title.clone(), number(*objects, lang)))
                .collect(),
            trend: report
                .trend
                .iter()
                .rev()
                .map(|run| {
                    let [_, _, b, c] = run.metadata;
                    (
                        run.run_id.to_string(),
                        run.at.clone(),
                        number(run.rows, lang),
                        number(run.quarantined, lang),
                        number(run.issues, lang),
                        number(run.objects, lang),
                        percent(b + c, run.objects),
                    )
                })
                .collect(),
            trend_chart: (!report.trend.is_empty())
                .then(|| Chart::of_trend("trend", q.metadata, &report.trend)),
            page,
            q,
        }
    }
}

async fn source(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    scope(&app, &visitor, ScopeKind::Source, &name).await
}

async fn producer(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    scope(&app, &visitor, ScopeKind::Producer, &name).await
}

/// The page of a source or producer, or its CSV or JSON.
async fn scope(
    app: &App,
    visitor: &Visitor,
    kind: ScopeKind,
    name: &str,
) -> Result<Response, WebError> {
    let (name, suffix) = name.split_once('.').map_or((name, ""), |(name, suffix)| (name, suffix));
    let found = report(&app.store, kind, name, language(visitor.lang)).await?;
    let found = found.ok_or_else(WebError::not_found)?;
    match suffix {
        "json" => Ok(Json(found).into_response()),
        "csv" => {
            let text = csv(&found).map_err(|error| WebError::internal(&error))?;
            Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response())
        }
        "" => {
            let q = QualityTexts::of(visitor.lang);
            let path = format!("/quality/{}/{name}", kind.as_str());
            let title = format!("{} — {}", q.title, found.label);
            let page = Page::new(app, visitor, title, &path);
            Ok(respond(visitor, StatusCode::OK, &ScopePage::new(page, &found)))
        }
        _ => Err(WebError::not_found()),
    }
}

/// Issues of a source, record by record, as POP's import report. An answer has those of some thousand
/// records; the header `Link` leads to the next. What may not be shown is not there: records whose
/// metadata are closed, values of private fields.
async fn issues(
    State(app): State<App>,
    visitor: Visitor,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    if !app.store.sources().await?.iter().any(|source| source.source_id == name) {
        return Err(WebError::not_found());
    }
    let after = parameter(query.as_deref(), "after").unwrap_or_default();
    let (lines, last) = app.store.issue_lines(&name, &after, RECORDS, true).await?;
    let text = issue_csv(&app, &name, lines, language(visitor.lang))
        .map_err(|error| WebError::internal(&error))?;
    let mut response = ([(CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response();
    if let Some(last) = last {
        let after: String = form_urlencoded::byte_serialize(last.as_bytes()).collect();
        let next = format!(
            "<{}>; rel=\"next\"",
            visitor.absolute(&format!("/quality/source/{name}/issues.csv?after={after}"))
        );
        if let Ok(next) = next.parse() {
            response.headers_mut().insert(LINK, next);
        }
    }
    Ok(response)
}

fn issue_csv(
    app: &App,
    source: &str,
    lines: Vec<crate::store::quality::IssueLine>,
    language: Language,
) -> Result<String, ::csv::Error> {
    let mut out = ::csv::Writer::from_writer(Vec::new());
    out.write_record(POP_HEAD)?;
    for mut line in lines {
        if app.private_fields.is_private(source, &line.issue.path) {
            line.issue.value.clear();
        }
        out.write_record(pop_row(&line, language))?;
    }
    let bytes = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    form_urlencoded::parse(query.unwrap_or("").as_bytes())
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.into_owned())
}
