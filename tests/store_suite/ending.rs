//! The end of a run: what is held back, released, taken back; what a harvest asks the store.

use crate::bench::{deleted, incoming, page};
use passerelle::store::Store;
use passerelle::store::run::{Ending, Run, RunEnd};

async fn live(store: &Store, id: &str) -> bool {
    store.stored_source_record("joconde", id).await.unwrap().is_some_and(|stored| !stored.deleted)
}

/// A run that brings these records; deletions are noted, and done at its end.
async fn run(store: &Store, mode: &str, ids: &[&str], gone: &[&str]) -> Run {
    let run = store.start_run("joconde", mode, 10).await.unwrap();
    let records = ids.iter().map(|id| incoming(id, id)).chain(gone.iter().map(|id| deleted(id)));
    let mut page = page(run.run_id, 1, records.collect());
    page.hold_deletions = true;
    store.commit_page(&page).await.unwrap()
}

on_both! {
    async fn announced_deletions_are_done_when_the_run_ends_and_not_before(bench) {
        let store = bench.with_source().await;
        let first = run(&store, "full", &["A", "B", "C"], &[]).await;
        store.finish_run(first.run_id, &RunEnd::Complete, 11).await.unwrap();
        let second = run(&store, "incremental", &[], &["A", "B"]).await;
        assert!(live(&store, "A").await && live(&store, "B").await);
        let stake = store.at_stake(&second, false, 1).await.unwrap();
        assert_eq!((stake.announced, stake.absent, stake.live), (2, 0, 3));
        store.finish_run(second.run_id, &RunEnd::Complete, 12).await.unwrap();
        assert!(!live(&store, "A").await && !live(&store, "B").await && live(&store, "C").await);
    }

    async fn held_deletions_wait_for_a_release_and_what_comes_back_is_kept(bench) {
        let store = bench.with_source().await;
        let first = run(&store, "full", &["A", "B", "C", "D"], &[]).await;
        store.finish_run(first.run_id, &RunEnd::Complete, 11).await.unwrap();
        let second = run(&store, "full", &["A"], &["B"]).await;
        let stake = store.at_stake(&second, true, 1).await.unwrap();
        assert_eq!((stake.announced, stake.absent, stake.held_before), (1, 2, 0));
        let held = Ending { absence: Some(true), hold: true, ..Ending::default() };
        store.end_run(second.run_id, &RunEnd::Partial("brake".to_owned()), &held, 12).await.unwrap();
        assert_eq!(store.held_deletions("joconde").await.unwrap(), 3);
        for id in ["A", "B", "C", "D"] {
            assert!(live(&store, id).await, "{id}");
        }
        let third = run(&store, "incremental", &["C"], &[]).await;
        assert_eq!(store.at_stake(&third, false, 100).await.unwrap().held_before, 2);
        let held = Ending { absence: Some(false), ..held };
        store.end_run(third.run_id, &RunEnd::Complete, &held, 13).await.unwrap();
        let released = store.release_held("joconde", "M. Martin", "gone", 14).await.unwrap();
        assert_eq!(released, 2);
        assert!(live(&store, "A").await && live(&store, "C").await);
        assert!(!live(&store, "B").await && !live(&store, "D").await);
        assert_eq!(store.release_held("joconde", "M. Martin", "again", 15).await.unwrap(), 0);
    }

    async fn a_run_that_another_replaces_deletes_nothing(bench) {
        let store = bench.with_source().await;
        let first = run(&store, "full", &["A", "B"], &[]).await;
        store.finish_run(first.run_id, &RunEnd::Complete, 11).await.unwrap();
        let second = run(&store, "incremental", &[], &["A"]).await;
        store.abandon_run(second.run_id, &RunEnd::Partial("replaced".to_owned()), 12).await.unwrap();
        assert!(live(&store, "A").await);
        assert_eq!(store.held_deletions("joconde").await.unwrap(), 0);
    }

    async fn a_chain_of_runs_is_one_harvest(bench) {
        let store = bench.with_source().await;
        let before = run(&store, "full", &["A", "B", "C"], &[]).await;
        store.finish_run(before.run_id, &RunEnd::Complete, 11).await.unwrap();
        let first = run(&store, "full", &["A"], &[]).await;
        store.finish_run(first.run_id, &RunEnd::Partial("budget".to_owned()), 12).await.unwrap();
        let second = store.start_run("joconde", "full", 13).await.unwrap();
        store.chain_run(second.run_id, first.root_run_id, "{}").await.unwrap();
        let second = store.commit_page(&page(second.run_id, 1, vec![incoming("B", "B")])).await.unwrap();
        assert_eq!(second.root_run_id, first.run_id);
        assert_eq!(store.distinct_seen(&second).await.unwrap(), 2);
        let seen = store.known_identifiers(&second, &["A", "B", "C", "x"], false).await.unwrap();
        assert_eq!(seen.len(), 2);
        let live_ones = store.known_identifiers(&second, &["A", "B", "C", "x"], true).await.unwrap();
        assert_eq!(live_ones.len(), 3);
        let gone = store.finish_run(second.run_id, &RunEnd::Complete, 14).await.unwrap();
        assert_eq!(gone, 1);
        assert!(live(&store, "A").await && live(&store, "B").await && !live(&store, "C").await);
    }

    async fn what_a_source_asked_for_is_remembered_and_twins_are_found(bench) {
        let store = bench.with_source().await;
        assert_eq!(store.harvest_state("joconde").await.unwrap().not_before, None);
        store.set_not_before("joconde", Some(99)).await.unwrap();
        store.set_absence_checked("joconde", 7).await.unwrap();
        let state = store.harvest_state("joconde").await.unwrap();
        assert_eq!((state.not_before, state.absence_checked_at), (Some(99), Some(7)));
        run(&store, "full", &["oai:x:A", "oai:x:a", "b"], &[]).await;
        assert_eq!(store.case_twins("joconde", 5).await.unwrap().len(), 1);
        let seen = store.last_seen("joconde", &["b", "none"]).await.unwrap();
        assert_eq!(seen.len(), 1);
    }
}
