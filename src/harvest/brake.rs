//! The brake: a run that would delete a large part of a source deletes nothing of it until an
//! operator has looked (geonetwork#419: a crashed source wiped all mirrors).

use super::{HarvestError, Session};
use crate::store::run::{AtStake, Ending, RunEnd};
use protocols::oai_pmh::client::{ReasonCode, Verdict};

/// Looks at what ending the run would delete, and holds it back when it is too much.
pub(super) async fn apply(
    session: &Session,
    end: RunEnd,
    mut ending: Ending,
) -> Result<(RunEnd, Ending), HarvestError> {
    let run = session.run();
    let absence = end == RunEnd::Complete && ending.absence.unwrap_or(run.mode == "full");
    let options = &session.config().harvest;
    let stake = session.store().at_stake(run, absence, options.brake_minimum).await?;
    let Some(text) = refusal(&stake, options.brake_percent(), options.brake_minimum) else {
        return Ok((end, ending));
    };
    let text = format!(
        "{}: {text}; nothing was deleted. `passerelle sources release {} --author NAME --reason WHY` lets it be done",
        ReasonCode::Brake.as_str(),
        run.source_id
    );
    ending.hold = true;
    ending.absence = Some(absence);
    let mut verdict: Verdict = ending
        .verdict
        .as_deref()
        .and_then(|verdict| serde_json::from_str(verdict).ok())
        .unwrap_or_default();
    verdict.held = u64::try_from(stake.announced + stake.absent).unwrap_or(0);
    let end = match end {
        RunEnd::Complete | RunEnd::Unchanged => {
            "partial".clone_into(&mut verdict.status);
            verdict.code = Some(ReasonCode::Brake.as_str().to_owned());
            RunEnd::Partial(text)
        }
        RunEnd::Partial(reason) => RunEnd::Partial(format!("{reason}; {text}")),
        RunEnd::Failed(reason) => RunEnd::Failed(reason),
    };
    ending.verdict = serde_json::to_string(&verdict).ok();
    Ok((end, ending))
}

/// Why so much may not be deleted.
fn refusal(stake: &AtStake, percent: Option<u32>, minimum: i64) -> Option<String> {
    let total = stake.announced + stake.absent;
    let percent = i64::from(percent?);
    if stake.held_before > 0 {
        return Some(format!(
            "{total} records would be deleted, and {} deletions are held back already",
            stake.held_before
        ));
    }
    let too_much =
        total > minimum && total.saturating_mul(100) > stake.live.saturating_mul(percent);
    too_much.then(|| {
        format!(
            "{total} of {} records would be deleted ({} announced, {} absent; the brake allows \
             {percent} %)",
            stake.live, stake.announced, stake.absent
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brake_holds_what_is_more_than_its_share_and_more_than_a_few() {
        let stake = |announced, absent, live| AtStake { announced, absent, live, held_before: 0 };
        assert_eq!(refusal(&stake(60, 40, 1000), Some(10), 50), None);
        assert!(refusal(&stake(60, 41, 1000), Some(10), 50).is_some());
        assert_eq!(refusal(&stake(0, 50, 50), Some(10), 50), None);
        assert_eq!(refusal(&stake(500, 500, 1000), None, 50), None);
        assert_eq!(refusal(&stake(500, 500, 1000), Some(100), 50), None);
        let held = AtStake { held_before: 1, announced: 1, ..AtStake::default() };
        assert!(refusal(&held, Some(10), 50).is_some());
    }
}
