//! Harvest of an OAI-PMH repository: fetches what the state machine of
//! [`protocols::oai_pmh::client`] asks for and commits what it reads, page by page.

pub mod ask;
mod ending;

use super::pipeline::Kept;
use super::{HarvestError, RawPage, Session};
use crate::config::source::{HarvestMode, SourceConfig};
use crate::crosswalk::Crosswalk;
use crate::fetch::{Fetcher, retry};
use crate::store::StoreError;
use crate::store::run::{Quarantined, Run};
use ask::{Answer, Asker};
use domain::provenance::{Origin, is_date};
use domain::source_record::SourceRecord;
use protocols::formats;
use protocols::oai_pmh::client::{Harvest, HarvestPlan, Page, Received, Step};
use protocols::oai_pmh::{Granularity, datestamp};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Reads all records (or, in an incremental run, what changed since the last complete one), page by
/// page. What the source does wrong ends the run as partial or failed, with the reason.
///
/// # Errors
/// [`HarvestError`] when the store or the crosswalk fail; the run stays open then.
pub async fn run(
    session: Session,
    fetcher: &Fetcher,
    config: &SourceConfig,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let store = session.store().clone();
    let asker = Arc::new(Asker::new(fetcher, &store, config, cancel));
    let base_url = public_address(&config.location);
    let (mut session, mut harvest) = begin(session, config).await?;
    // Answers in a row that gave nothing.
    let mut again = 0;
    let mut likely: Option<Likely> = None;
    let completion = loop {
        let url = match harvest.next() {
            Step::Get(url) => url,
            Step::Count => {
                session.settle().await?;
                let distinct = store.distinct_seen(session.run()).await?;
                harvest.counted(u64::try_from(distinct).unwrap_or(0));
                continue;
            }
            Step::Finished(completion) => break completion,
        };
        let before = session.received_before(&url).await?;
        let fetched = before.is_none();
        let answer = match before {
            Some(body) => Answer::Body(body.into()),
            None => match Likely::answer(likely.take(), &url).await? {
                Some(answer) => answer,
                None => asker.ask(&url).await?,
            },
        };
        let body = match answer {
            Answer::Body(body) => body,
            Answer::Cancelled => return session.leave().await,
            Answer::Nothing(why, reason) => {
                tracing::warn!(source = %config.id, reason, "no answer");
                harvest.unanswered(why, reason);
                continue;
            }
        };
        let mut kept = session.keep(&url, &body);
        if let Some(stored) = kept.as_mut().filter(|_| fetched).and_then(Kept::stored)
            && let Some(next) = harvest.likely_next(&body)
        {
            likely = Some(Likely::new(next, stored, &asker));
        }
        // Parsing a page of some megabytes is no work for an async thread.
        let (state, received, body) = tokio::task::spawn_blocking(move || {
            let received = harvest.receive(&body);
            (harvest, received, body)
        })
        .await
        .map_err(|error| HarvestError::Internal(format!("reading {url}: {error}")))?;
        harvest = state;
        if !matches!(received, Received::Again(_)) {
            again = 0;
        }
        match received {
            Received::Page(page) => {
                let checkpoint = harvest.checkpoint();
                let crosswalk = Arc::clone(session.crosswalk());
                let format = config.format.clone();
                let base_url = base_url.clone();
                let raw = tokio::task::spawn_blocking(move || {
                    let (body, format) = (body.into(), format.as_deref());
                    raw_page(*page, body, url, format, checkpoint, &crosswalk, &base_url)
                })
                .await
                .map_err(|error| HarvestError::Internal(format!("reading a page: {error}")))?;
                session.commit_fetched(raw, kept).await?;
                continue;
            }
            Received::Headers(page) => {
                session.settle().await?;
                let raw = headers(&session, &mut harvest, *page, body.into(), url).await?;
                session.commit_fetched(raw, kept).await?;
                continue;
            }
            Received::Repository(repository) => tracing::info!(
                source = %config.id,
                name = repository.name.as_deref().unwrap_or(""),
                granularity = ?repository.granularity,
                deleted_record = repository.deleted_record.as_deref().unwrap_or("not said"),
                "repository identified"
            ),
            Received::Noted(text) => tracing::info!(source = %config.id, %url, text, "noted"),
            Received::Again(reason) => {
                again += 1;
                tracing::warn!(source = %config.id, %url, reason, "asked again");
                if !asker.pause(retry::pause(again, retry::random())).await {
                    return session.leave().await;
                }
            }
            Received::Ended => {}
        }
        // It was no page: what was set aside must not overtake the answer to the next request.
        if let Some(kept) = kept {
            kept.done().await?;
        }
    };
    session.settle().await?;
    ending::finish(session, &harvest, completion).await
}

/// The request that will probably be next, under way while the page before it is read. It begins
/// when that page is set aside, so that a kill still costs one page at most.
struct Likely {
    url: String,
    task: AbortOnDropHandle<Result<Option<Answer>, StoreError>>,
}

impl Likely {
    fn new(url: String, stored: oneshot::Receiver<()>, asker: &Arc<Asker>) -> Self {
        let (asker, of) = (Arc::clone(asker), url.clone());
        let task = tokio::spawn(async move {
            match stored.await {
                Ok(()) => asker.ask(&of).await.map(Some),
                // What went wrong is said where the page is handed over.
                Err(_) => Ok(None),
            }
        });
        Self { url, task: AbortOnDropHandle::new(task) }
    }

    /// The answer, when it was this URL that is wanted; another request is broken off.
    async fn answer(likely: Option<Self>, url: &str) -> Result<Option<Answer>, HarvestError> {
        match likely {
            Some(likely) if likely.url == url => {
                let done = likely.task.await;
                Ok(done.map_err(|error| HarvestError::Internal(error.to_string()))??)
            }
            _ => Ok(None),
        }
    }
}

/// The harvest of a session: the one that its open run is in the middle of, the one that the run
/// before it did not bring to its end, or a new one.
async fn begin(
    mut session: Session,
    config: &SourceConfig,
) -> Result<(Session, Harvest), HarvestError> {
    let plan = plan(config, &session).await?;
    if let Some(checkpoint) = session.checkpoint() {
        return match Harvest::resume(plan.clone(), checkpoint) {
            Ok(harvest) => Ok((session, harvest)),
            Err(error) => Ok((session.restart(&error.to_string()).await?, Harvest::new(plan))),
        };
    }
    if let Some(earlier) = session.stopped_before().await?
        && let Some(checkpoint) = &earlier.checkpoint
    {
        match Harvest::go_on(plan.clone(), checkpoint) {
            Ok(harvest) => {
                tracing::info!(source = %config.id, run = earlier.run_id, "goes on where it stopped");
                session.go_on(&earlier, &harvest.checkpoint()).await?;
                return Ok((session, harvest));
            }
            Err(error) => tracing::info!(source = %config.id, %error, "harvest begun anew"),
        }
    }
    Ok((session, Harvest::new(plan)))
}

async fn plan(config: &SourceConfig, session: &Session) -> Result<HarvestPlan, HarvestError> {
    let incremental = session.run().mode == HarvestMode::Incremental.as_str();
    let state = session.store().harvest_state(config.id.as_str()).await?;
    let now = super::session::now();
    Ok(HarvestPlan {
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
        overlap_s: config.harvest.overlap_s(),
        now,
        window: config.harvest.unit(),
        absence: config.harvest.absence(),
        since_absence_check_s: state.absence_checked_at.map(|at| now.saturating_sub(at)),
        attempts: config.politeness.attempts.clamp(1, 5),
        limits: config.harvest.limits(),
    })
}

/// Reads a page that is stored already.
pub(super) async fn read_page(
    config: &SourceConfig,
    crosswalk: &Arc<Crosswalk>,
    body: Vec<u8>,
    location: String,
    checkpoint: String,
) -> Result<RawPage, HarvestError> {
    if location.contains("verb=ListIdentifiers") {
        return Ok(RawPage { location, checkpoint: Some(checkpoint), ..RawPage::default() });
    }
    let (crosswalk, format) = (Arc::clone(crosswalk), config.format.clone());
    let base_url = public_address(&config.location);
    tokio::task::spawn_blocking(move || {
        let page = Page::parse(&body);
        let format = format.as_deref();
        raw_page(page, body, location, format, checkpoint, &crosswalk, &base_url)
    })
    .await
    .map_err(|error| HarvestError::Internal(format!("reading a page again: {error}")))
}

/// What the session wants of a page of headers, once it is known which of them are missing.
async fn headers(
    session: &Session,
    harvest: &mut Harvest,
    page: Page,
    body: Vec<u8>,
    location: String,
) -> Result<RawPage, HarvestError> {
    let absent = harvest.looks_for_absent();
    let (deleted, live): (Vec<_>, Vec<_>) =
        page.records.into_iter().partition(|record| record.deleted);
    let identifiers: Vec<&str> = live.iter().map(|record| record.identifier.as_str()).collect();
    let known = session.store().known_identifiers(session.run(), &identifiers, absent).await?;
    let (known, missing): (Vec<String>, Vec<String>) = live
        .into_iter()
        .map(|record| record.identifier)
        .partition(|identifier| known.contains(identifier));
    harvest.missing(missing);
    let records = deleted
        .into_iter()
        .map(|record| {
            let source_record = SourceRecord {
                local_id: record.identifier,
                deleted: true,
                datestamp: record.datestamp,
                sets: record.sets,
                origin: None,
                fields: Vec::new(),
            };
            (source_record, record.issues)
        })
        .collect();
    Ok(RawPage {
        location,
        body,
        records,
        checkpoint: Some(harvest.checkpoint()),
        seen: if absent { known } else { Vec::new() },
        ..RawPage::default()
    })
}

/// What the session wants of a page. The body stays as it came unless a masked field was in it.
fn raw_page(
    mut page: Page,
    body: Vec<u8>,
    location: String,
    format: Option<&str>,
    checkpoint: String,
    crosswalk: &Crosswalk,
    base_url: &str,
) -> RawPage {
    // The names of a page repeat, and to fold one costs more than to look it up.
    let known: RefCell<HashMap<String, bool>> = RefCell::default();
    let is_masked = |name: &str| {
        let mut known = known.borrow_mut();
        if let Some(masked) = known.get(name) {
            return *masked;
        }
        let masked = crosswalk.is_masked(name);
        known.insert(name.to_owned(), masked);
        masked
    };
    let touched = if crosswalk.masks_anything() {
        page.mask(format.unwrap_or("oai_dc"), &is_masked)
    } else {
        0
    };
    let body = if touched > 0 { std::mem::take(&mut page.text).into_bytes() } else { body };
    let harvest_date = harvest_date(page.response_date.as_deref());
    let records = page
        .records
        .into_iter()
        .map(|record| {
            let origin = Origin {
                base_url: base_url.to_owned(),
                identifier: record.identifier.clone(),
                datestamp: record.datestamp.clone().unwrap_or_default(),
                metadata_namespace: record
                    .metadata
                    .as_ref()
                    .map(|root| formats::namespace_of(format.unwrap_or("oai_dc"), root).to_owned())
                    .unwrap_or_default(),
                harvest_date: harvest_date.clone(),
                masked: record.masked,
                metadata_rights: record.about.rights,
                chains: record.about.chains,
            };
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
                origin: Some(Box::new(origin)),
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
    RawPage {
        location,
        body,
        records,
        quarantined,
        checkpoint: Some(checkpoint),
        ..RawPage::default()
    }
}

/// The base URL as the public may see it: without user name and password.
fn public_address(location: &str) -> String {
    match url::Url::parse(location) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Refused only by addresses that cannot have either.
            let _infallible = (url.set_username(""), url.set_password(None));
            url.into()
        }
        _ => location.to_owned(),
    }
}

/// `responseDate` as the server wrote it; where it wrote no date, the second of our clock.
fn harvest_date(response_date: Option<&str>) -> String {
    match response_date.filter(|date| is_date(date)) {
        Some(date) => date.to_owned(),
        None => datestamp::format(crate::clock::now(), Granularity::Second),
    }
}

/// The text of the first element named `identifier`, whatever its prefix, in a record that cannot
/// be read as XML.
fn identifier_in(text: &str) -> Option<String> {
    let (_, after) = text.split_once("identifier>")?;
    let (value, _) = after.split_once('<')?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}
