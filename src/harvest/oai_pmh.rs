//! Harvest of an OAI-PMH repository: fetches what the state machine of
//! [`protocols::oai_pmh::client`] asks for and commits what it reads, page by page.

use super::{HarvestError, RawPage, Session};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::crosswalk::Crosswalk;
use crate::fetch::{FetchOptions, Fetcher};
use crate::store::run::{Quarantined, Run, RunEnd};
use domain::source_record::SourceRecord;
use protocols::formats;
use protocols::oai_pmh::client::{Completion, Harvest, HarvestPlan, Page, Received, Step};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Reads all records (or, in an incremental run, what changed since the last complete one), page by
/// page. What the source does wrong ends the run as partial or failed, with the reason.
///
/// # Errors
/// [`HarvestError`] when the store or the crosswalk fail; the run stays open then.
pub async fn run(
    mut session: Session,
    fetcher: &Fetcher,
    config: &SourceConfig,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let options = FetchOptions::of(config);
    let delay = Duration::from_millis(config.politeness.delay_ms);
    let plan = plan(config, &session);
    let mut harvest =
        match session.checkpoint().map(|checkpoint| Harvest::resume(plan.clone(), checkpoint)) {
            None => Harvest::new(plan),
            Some(Ok(harvest)) => harvest,
            Some(Err(error)) => {
                session = session.restart(&error.to_string()).await?;
                Harvest::new(plan)
            }
        };
    let completion = loop {
        let url = match harvest.next() {
            Step::Get(url) => url,
            Step::Finished(completion) => break completion,
        };
        let body = match session.received_before(&url).await? {
            Some(body) => body.into(),
            None => {
                let fetched = tokio::select! {
                    () = cancel.cancelled() => return session.leave().await,
                    fetched = fetcher.get(&url, &options) => fetched,
                };
                match fetched {
                    Ok(fetched) => fetched.body,
                    Err(error) => {
                        harvest.unreachable(error.to_string());
                        continue;
                    }
                }
            }
        };
        // Parsing a page of some megabytes is no work for an async thread.
        let (state, received, body) = tokio::task::spawn_blocking(move || {
            let received = harvest.receive(&body);
            (harvest, received, body)
        })
        .await
        .map_err(|error| HarvestError::Internal(format!("reading {url}: {error}")))?;
        harvest = state;
        match received {
            Received::Page(page) => {
                let checkpoint = harvest.checkpoint();
                let crosswalk = std::sync::Arc::clone(session.crosswalk());
                let format = config.format.clone();
                let raw = tokio::task::spawn_blocking(move || {
                    raw_page(*page, body.into(), url, format.as_deref(), checkpoint, &crosswalk)
                })
                .await
                .map_err(|error| HarvestError::Internal(format!("reading a page: {error}")))?;
                session.commit_fetched(raw).await?;
            }
            Received::Repository(repository) => tracing::info!(
                source = %config.id,
                name = repository.name.as_deref().unwrap_or(""),
                granularity = ?repository.granularity,
                deleted_record = repository.deleted_record.as_deref().unwrap_or("not said"),
                "repository identified"
            ),
            Received::Again(reason) => {
                tracing::warn!(source = %config.id, %url, reason, "request repeated");
            }
            Received::Ended => {}
        }
        if !delay.is_zero() {
            tokio::select! {
                () = cancel.cancelled() => return session.leave().await,
                () = tokio::time::sleep(delay) => {}
            }
        }
    };
    finish(session, &harvest, completion).await
}

/// Ends the run, and remembers where the next incremental one begins when this one is complete.
async fn finish(
    session: Session,
    harvest: &Harvest,
    completion: Completion,
) -> Result<Run, HarvestError> {
    let known = session.state().is_some_and(|state| state.harvested_until.is_some());
    let full = session.run().mode == HarvestMode::Full.as_str();
    let end = match completion {
        // A source that suddenly has nothing at all crashed or changed its sets, and would take
        // everything with it (geonetwork#419).
        Completion::Complete if full && known && harvest.records() == 0 => RunEnd::Partial(
            "the source says that it has no record, and it had some; nothing was deleted"
                .to_owned(),
        ),
        Completion::Complete => RunEnd::Complete,
        Completion::Partial(reason) => RunEnd::Partial(reason),
        Completion::Failed(reason) => RunEnd::Failed(reason),
    };
    let store = session.store().clone();
    let complete = end == RunEnd::Complete;
    let run = session.finish(end).await?;
    if complete {
        store.set_source_state(&run.source_id, None, None, harvest.first_response_date()).await?;
    }
    Ok(run)
}

fn plan(config: &SourceConfig, session: &Session) -> HarvestPlan {
    let incremental = session.run().mode == HarvestMode::Incremental.as_str();
    HarvestPlan {
        base_url: config.location.clone(),
        metadata_prefix: config
            .metadata_prefix
            .clone()
            .or_else(|| config.format.clone())
            .unwrap_or_else(|| "oai_dc".to_owned()),
        set: config.set.clone(),
        harvested_until: session
            .state()
            .filter(|_| incremental)
            .and_then(|state| state.harvested_until.clone()),
    }
}

/// What the session wants of a page. The body stays as it came unless a masked field was in it.
fn raw_page(
    mut page: Page,
    body: Vec<u8>,
    location: String,
    format: Option<&str>,
    checkpoint: String,
    crosswalk: &Crosswalk,
) -> RawPage {
    let touched = page.mask(&|name| crosswalk.is_masked(name));
    let body = if touched > 0 { std::mem::take(&mut page.text).into_bytes() } else { body };
    let records = page
        .records
        .into_iter()
        .map(|record| {
            let mut issues = record.issues;
            let fields = record.metadata.as_ref().map_or_else(Vec::new, |metadata| {
                let read = formats::read_element(format.unwrap_or("oai_dc"), metadata);
                issues.extend(read.issues);
                read.value
            });
            let source_record = SourceRecord {
                local_id: record.identifier,
                deleted: record.deleted,
                datestamp: record.datestamp,
                sets: record.sets,
                fields,
            };
            (source_record, issues)
        })
        .collect();
    let quarantined = page
        .broken
        .into_iter()
        .map(|broken| Quarantined {
            position: broken.position as i64,
            code: broken.code.to_owned(),
            detail: broken.detail,
            local_id: identifier_in(&broken.body),
            body: broken.body.into_bytes(),
        })
        .collect();
    RawPage { location, body, records, quarantined, checkpoint: Some(checkpoint) }
}

/// The text of the first element named `identifier`, whatever its prefix, in a record that cannot
/// be read as XML.
fn identifier_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("identifier>")?;
    let (value, _) = after.split_once('<')?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
