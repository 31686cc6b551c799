//! The end of a harvest: its verdict, and where the next one begins.

use crate::config::source::HarvestMode;
use crate::harvest::{HarvestError, Session};
use crate::store::run::{Ending, Run, RunEnd};
use protocols::oai_pmh::client::{Completion, Harvest, Reason, ReasonCode};

/// Identifiers that are named in a note.
const NAMED: i64 = 5;

/// Ends the run with its verdict, and remembers where the next incremental one begins when this
/// one is complete.
pub(super) async fn finish(
    session: Session,
    harvest: &Harvest,
    completion: Completion,
) -> Result<Run, HarvestError> {
    let known = session.state().is_some_and(|state| state.harvested_until.is_some());
    let full = session.run().mode == HarvestMode::Full.as_str();
    // A source that suddenly has nothing at all crashed or changed its sets, and would take
    // everything with it (geonetwork#419).
    let emptied =
        completion == Completion::Complete && harvest.is_whole() && known && harvest.records() == 0;
    let completion = if emptied {
        Completion::Partial(Reason {
            code: ReasonCode::Empty,
            text: "the source says that it has no record, and it had some; nothing was deleted"
                .to_owned(),
        })
    } else {
        completion
    };
    let mut verdict = harvest.verdict(Some(&completion));
    let store = session.store().clone();
    if session.run().counts.created > 0 {
        let twins = store.case_twins(&session.run().source_id, NAMED).await?;
        if !twins.is_empty() {
            verdict.notes.push(format!(
                "identifiers that differ only in case are different records: {}",
                twins.join(", ")
            ));
        }
    }
    let end = match &completion {
        Completion::Complete => RunEnd::Complete,
        Completion::Partial(reason) => RunEnd::Partial(reason.to_string()),
        Completion::Failed(reason) => RunEnd::Failed(reason.to_string()),
    };
    let ending = Ending {
        absence: Some(full || harvest.deletes_absent()),
        // Strings and numbers always have a JSON form.
        verdict: serde_json::to_string(&verdict).ok(),
        checkpoint: Some(harvest.checkpoint()),
        hold: false,
    };
    let run = session.finish_with(end, ending).await?;
    if run.status == "complete" {
        store.set_source_state(&run.source_id, None, None, harvest.first_response_date()).await?;
        if harvest.saw_everything() {
            store.set_absence_checked(&run.source_id, super::super::session::now()).await?;
        }
    }
    Ok(run)
}
