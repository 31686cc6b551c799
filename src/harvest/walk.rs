//! Harvest of what is walked: JSON interfaces, IIIF, ResourceSync, SRU. Fetches what the walk of
//! [`protocols::walk`] asks for and commits what it reads.

mod rows;

use super::oai_pmh::ask::{Answer, Asker};
use super::session::now;
use super::{HarvestError, RawPage, Session};
use crate::config::source::{HarvestMode, SourceConfig, SourceKind};
use crate::fetch::{Fetcher, retry};
use crate::store::run::{Ending, Run, RunEnd};
use protocols::oai_pmh::client::{Completion, Reason, ReasonCode};
use protocols::walk::iiif::IiifWalk;
use protocols::walk::json_api::JsonApiWalk;
use protocols::walk::resourcesync::ResourceSyncWalk;
use protocols::walk::sru::SruWalk;
use protocols::walk::{Plan, Protocol, Received, Step, Walk};
use rows::Reader;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Walks a source to its end, from where its open run stands or the run before it stopped. What the
/// source does wrong ends the run as partial or failed, with the reason.
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
    let reader = Arc::new(Reader::of(&session, config));
    if config.kind == SourceKind::JsonApi && !reader.has_key() {
        let text = "no field identifies the records; set file.key in the schedule";
        return session.finish(RunEnd::Failed(text.to_owned())).await;
    }
    let asker = Asker::new(fetcher, &store, config, cancel);
    let (mut session, mut walk) = begin(session, config).await?;
    let mut again = 0;
    let completion = loop {
        let url = match walk.next() {
            Step::Get(url) => url,
            Step::Known(ids) => {
                session.settle().await?;
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                let known = store.known_identifiers(session.run(), &ids, false).await?;
                let rows = walk.known(&known);
                if !rows.is_empty() {
                    let (reader, checkpoint) = (Arc::clone(&reader), walk.checkpoint());
                    let location = format!("{}#deleted", config.location);
                    let page = blocking(move || reader.page(rows, location, checkpoint)).await?;
                    session.commit_fetched(page, None).await?;
                }
                continue;
            }
            Step::Finished(completion) => break completion,
        };
        let received = match asker.ask(&url).await? {
            Answer::Cancelled => return session.leave().await,
            Answer::Nothing(why, text) => {
                tracing::warn!(source = %config.id, text, "no answer");
                walk.unanswered(why, text)
            }
            // Parsing a page of some megabytes is no work for an async thread.
            Answer::Body(body) => {
                let (state, received) = blocking(move || {
                    let received = walk.receive(&body);
                    (walk, received)
                })
                .await?;
                walk = state;
                received
            }
        };
        if !matches!(received, Received::Again(_)) {
            again = 0;
        }
        match received {
            Received::Page(rows) => {
                let (reader, checkpoint) = (Arc::clone(&reader), walk.checkpoint());
                let page: RawPage = blocking(move || reader.page(rows, url, checkpoint)).await?;
                session.commit_fetched(page, None).await?;
            }
            Received::Noted(text) => tracing::debug!(source = %config.id, %url, text, "noted"),
            Received::Again(reason) => {
                again += 1;
                tracing::warn!(source = %config.id, %url, reason, "asked again");
                if !asker.pause(retry::pause(again, retry::random())).await {
                    return session.leave().await;
                }
            }
        }
    };
    session.settle().await?;
    finish(session, config, &walk, completion).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, HarvestError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| HarvestError::Internal(format!("reading a page: {error}")))
}

/// What the source speaks, and all that decides what it is asked for.
fn protocol(config: &SourceConfig, since: Option<String>) -> (Arc<dyn Protocol>, Plan) {
    let url = config.location.clone();
    let target = format!(
        "{} {url} {} {}",
        config.kind.as_str(),
        // Texts and numbers always have a JSON form.
        serde_json::to_string(&(&config.json_api, &config.sru)).unwrap_or_default(),
        since.as_deref().unwrap_or("everything")
    );
    let protocol: Arc<dyn Protocol> = match (config.kind, &config.json_api, &config.sru) {
        (SourceKind::JsonApi, Some(options), _) => {
            Arc::new(JsonApiWalk { url, options: options.clone(), since })
        }
        (SourceKind::Sru, _, Some(options)) => Arc::new(SruWalk { url, options: options.clone() }),
        (SourceKind::ResourceSync, ..) => Arc::new(ResourceSyncWalk { url, since }),
        // What is left is IIIF: the loader refuses the other two without their tables.
        _ => Arc::new(IiifWalk { url, since }),
    };
    let attempts = config.politeness.attempts.clamp(1, 5);
    (protocol, Plan { target, attempts, limits: config.harvest.limits() })
}

/// The walk of a session: the one that its open run is in the middle of, the one that the run before
/// it did not bring to its end, or a new one.
async fn begin(
    mut session: Session,
    config: &SourceConfig,
) -> Result<(Session, Walk), HarvestError> {
    let incremental = session.run().mode == HarvestMode::Incremental.as_str();
    let until = session.state().and_then(|state| state.harvested_until.clone());
    let since =
        until.filter(|_| incremental).map(|since| earlier(since, config.harvest.overlap_s()));
    let (protocol, plan) = protocol(config, since);
    if session.run().counts.pages > 0 {
        let resumed = session
            .checkpoint()
            .ok_or_else(|| "pages without a checkpoint".to_owned())
            .and_then(|checkpoint| {
                Walk::resume(Arc::clone(&protocol), plan.clone(), checkpoint)
                    .map_err(|error| error.to_string())
            });
        return match resumed {
            Ok(walk) => Ok((session, walk)),
            Err(why) => Ok((session.restart(&why).await?, Walk::new(protocol, plan))),
        };
    }
    let earlier = match session.checkpoint() {
        // This run goes on with an earlier one, and has no page of its own yet.
        Some(checkpoint) => Walk::resume(Arc::clone(&protocol), plan.clone(), checkpoint).ok(),
        None => None,
    };
    if let Some(walk) = earlier {
        return Ok((session, walk));
    }
    if let Some(earlier) = session.stopped_before().await?
        && let Some(checkpoint) = &earlier.checkpoint
    {
        match Walk::go_on(Arc::clone(&protocol), plan.clone(), checkpoint) {
            Ok(walk) => {
                tracing::info!(source = %config.id, run = earlier.run_id, "goes on where it stopped");
                session.go_on(&earlier, &walk.checkpoint()).await?;
                return Ok((session, walk));
            }
            Err(error) => tracing::info!(source = %config.id, %error, "harvest begun anew"),
        }
    }
    Ok((session, Walk::new(protocol, plan)))
}

/// A time so many seconds earlier; a number, and what is no time with a zone, stays.
fn earlier(watermark: String, seconds: i64) -> String {
    let read = chrono::DateTime::parse_from_rfc3339(&watermark).ok().filter(|_| seconds > 0);
    let by = chrono::Duration::seconds(seconds);
    match read.and_then(|time| time.checked_sub_signed(by)) {
        Some(time) => time.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        None => watermark,
    }
}

/// Ends the run with its verdict, and remembers where the next incremental one begins when this one
/// is complete.
async fn finish(
    session: Session,
    config: &SourceConfig,
    walk: &Walk,
    completion: Completion,
) -> Result<Run, HarvestError> {
    let store = session.store().clone();
    let counts = session.run().counts;
    let whole = walk.lists_everything();
    let distinct = u64::try_from(store.distinct_seen(session.run()).await?).unwrap_or(0);
    let lost = u64::try_from(counts.quarantined).unwrap_or(0);
    let short = walk.declared().filter(|all| whole && distinct + lost < *all);
    let live = store.has_records(config.id.as_str()).await?;
    let completion = match completion {
        Completion::Complete if whole && counts.rows > 0 && counts.rows == counts.quarantined => {
            let text = format!("all {} records are quarantined", counts.rows);
            Completion::Partial(Reason { code: ReasonCode::Answers, text })
        }
        Completion::Complete if whole && live && walk.received() == 0 => {
            let text =
                "the source says that it has no record, and it had some; nothing was deleted";
            Completion::Partial(Reason { code: ReasonCode::Empty, text: text.to_owned() })
        }
        Completion::Complete => match short {
            Some(all) => {
                let text = format!("the source announces {all} records and gave {distinct}");
                Completion::Partial(Reason { code: ReasonCode::Size, text })
            }
            None => Completion::Complete,
        },
        other => other,
    };
    let mut verdict = walk.verdict(&completion);
    verdict.distinct = Some(distinct);
    verdict.quarantined = verdict.quarantined.max(lost);
    let full = session.run().mode == HarvestMode::Full.as_str();
    let fell_back = config.kind == SourceKind::ResourceSync && whole;
    let ending = Ending {
        absence: Some(whole && (full || fell_back)),
        // Strings and numbers always have a JSON form.
        verdict: serde_json::to_string(&verdict).ok(),
        checkpoint: Some(ended(walk, &completion)),
        hold: false,
    };
    let end = match completion {
        Completion::Complete => RunEnd::Complete,
        Completion::Partial(reason) => RunEnd::Partial(reason.to_string()),
        Completion::Failed(reason) => RunEnd::Failed(reason.to_string()),
    };
    let run = session.finish_with(end, ending).await?;
    if run.status == "complete" {
        if let Some(watermark) = walk.watermark() {
            store.set_source_state(&run.source_id, None, None, Some(watermark)).await?;
        }
        if whole {
            store.set_absence_checked(&run.source_id, now()).await?;
        }
    }
    Ok(run)
}

/// The checkpoint of the end: what the store had to say to it is known to the next run.
fn ended(walk: &Walk, completion: &Completion) -> String {
    let mut walk = walk.clone();
    if let Completion::Partial(reason) | Completion::Failed(reason) = completion {
        walk.stop(reason.code, reason.text.clone());
    }
    walk.checkpoint()
}
