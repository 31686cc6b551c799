//! Runs and pages: what a harvest writes, and what a killed one leaves.

use crate::bench::{deleted, image, incoming, page, unreadable};
use passerelle::store::Store;
use passerelle::store::inspect::Stored;
use passerelle::store::run::{PageCommit, Run, RunCounts, RunEnd};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

async fn commit(store: &Store, page: &PageCommit) -> Run {
    let run = store.commit_page(page).await.unwrap();
    let RunCounts { rows, created, updated, unchanged, deleted, quarantined, .. } = run.counts;
    assert_eq!(rows, created + updated + unchanged + deleted + quarantined, "{run:?}");
    run
}

async fn stored(store: &Store, local_id: &str) -> Stored {
    store.stored_source_record("joconde", local_id).await.unwrap().unwrap()
}

/// Makes a full run of the given records and completes it; says how many were deleted by absence.
async fn full_run(store: &Store, titles: &[(&str, &str)], now: i64) -> (Run, i64) {
    let run = store.start_run("joconde", "full", now).await.unwrap();
    let records = titles.iter().map(|(id, title)| incoming(id, title)).collect();
    let run = commit(store, &page(run.run_id, 1, records)).await;
    let gone = store.finish_run(run.run_id, &RunEnd::Complete, now).await.unwrap();
    (run, gone)
}

/// Polls a future so many times and drops it then: a process killed at that point.
struct Killed<F> {
    future: Pin<Box<F>>,
    polls: usize,
}

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

on_both! {
    async fn counts_of_a_page_add_up_to_its_rows(bench) {
        let store = bench.with_source().await;
        let (first, _) = full_run(&store, &[("A", "a"), ("B", "b"), ("C", "c")], 10).await;
        assert_eq!((first.counts.created, first.counts.images), (3, 3));

        let run = store.start_run("joconde", "incremental", 20).await.unwrap();
        let mut second = page(
            run.run_id,
            1,
            vec![incoming("A", "a"), incoming("B", "other"), deleted("C"), deleted("never seen"), incoming("D", "d")],
        );
        second.quarantined = vec![unreadable(5)];
        let run = commit(&store, &second).await;
        assert_eq!(
            run.counts,
            RunCounts {
                pages: 1, rows: 6, created: 1, updated: 1, unchanged: 1, deleted: 2, quarantined: 1, images: 3,
            }
        );
        assert!(stored(&store, "C").await.deleted);
        assert!(stored(&store, "never seen").await.deleted);
        assert_eq!(
            store.quarantine_by_code(run.run_id).await.unwrap(),
            vec![("row_too_long".to_owned(), 1)]
        );
        let kept = store.quarantined(run.run_id, 0, 10).await.unwrap();
        assert_eq!(kept.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), vec![unreadable(5)]);
    }

    async fn a_page_committed_again_changes_nothing(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let first = page(run.run_id, 1, vec![incoming("A", "a")]);
        let once = commit(&store, &first).await;
        let mut again = first.clone();
        again.records = vec![incoming("A", "changed"), incoming("B", "b")];
        assert_eq!(commit(&store, &again).await, once);
        assert_eq!(stored(&store, "A").await.names, ["ref:A", "title:a"]);
        assert_eq!(store.stored_source_record("joconde", "B").await.unwrap(), None);

        store.finish_run(run.run_id, &RunEnd::Complete, 11).await.unwrap();
        assert_eq!(commit(&store, &first).await.counts, once.counts);
        let refused = store.commit_page(&page(run.run_id, 2, vec![])).await.unwrap_err();
        assert!(refused.to_string().contains("`complete` and takes no more pages"), "{refused}");
    }

    async fn raw_pages_come_back_as_received_and_in_order(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let every_byte: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        for number in 1..=3 {
            let mut raw = page(run.run_id, number, vec![]);
            raw.body = if number == 2 { every_byte.clone() } else { Vec::new() };
            commit(&store, &raw).await;
        }
        let pages = store.pages(run.run_id, 1, 10).await.unwrap();
        assert_eq!(
            pages,
            vec![
                (2, "joconde.csv rows 2".to_owned(), every_byte),
                (3, "joconde.csv rows 3".to_owned(), Vec::new()),
            ]
        );
        assert_eq!(store.pages(run.run_id, 0, 1).await.unwrap().len(), 1);
    }

    async fn a_killed_commit_leaves_the_whole_page_or_nothing(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let whole = page(run.run_id, 1, vec![incoming("A", "a"), incoming("B", "b")]);
        for polls in 1.. {
            let ended = Killed { future: Box::pin(store.commit_page(&whole)), polls }.await;
            let seen = store.open_run("joconde").await.unwrap().unwrap();
            let a = store.stored_source_record("joconde", "A").await.unwrap();
            let pages = store.pages(run.run_id, 0, 9).await.unwrap().len();
            if seen.counts.pages == 0 {
                assert_eq!((a, pages, seen.checkpoint), (None, 0, None), "after {polls} polls");
            } else {
                assert_eq!((seen.counts.rows, pages), (2, 1), "after {polls} polls");
                assert_eq!(seen.checkpoint.as_deref(), Some("{\"next\":2}"));
            }
            if ended.is_some() {
                // How often a future is polled is the affair of the runtime; once is never enough.
                assert!(polls > 1, "only {polls} polls");
                break;
            }
        }
    }

    async fn an_open_run_is_resumed_from_its_checkpoint(bench) {
        let store = bench.with_source().await;
        assert_eq!(store.open_run("joconde").await.unwrap(), None);
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        commit(&store, &page(run.run_id, 1, vec![incoming("A", "a")])).await;
        let mut silent = page(run.run_id, 2, vec![incoming("B", "b")]);
        silent.checkpoint = None;
        commit(&store, &silent).await;
        assert!(store.start_run("joconde", "full", 11).await.is_err(), "one open run a source");
        drop(store);

        let store = bench.open().await;
        let resumed = store.open_run("joconde").await.unwrap().unwrap();
        assert_eq!((resumed.run_id, resumed.checkpoint.as_deref()), (run.run_id, Some("{\"next\":2}")));
        assert_eq!((resumed.counts.pages, resumed.counts.created), (2, 2));
        store.finish_run(run.run_id, &RunEnd::Complete, 12).await.unwrap();
        let ended = store.runs(Some("joconde"), 1).await.unwrap().remove(0);
        assert_eq!((ended.status.as_str(), ended.finished_at, ended.reason), ("complete", Some(12), None));
        assert_eq!(store.open_run("joconde").await.unwrap(), None);
    }

    async fn only_a_complete_full_run_deletes_what_it_did_not_see(bench) {
        let store = bench.with_source().await;
        full_run(&store, &[("A", "a"), ("B", "b"), ("C", "c")], 10).await;
        for (mode, end) in [
            ("incremental", RunEnd::Complete),
            ("full", RunEnd::Partial("the source hung up".to_owned())),
            ("full", RunEnd::Failed("no such file".to_owned())),
        ] {
            let run = store.start_run("joconde", mode, 20).await.unwrap();
            commit(&store, &page(run.run_id, 1, vec![incoming("A", "a")])).await;
            assert_eq!(store.finish_run(run.run_id, &end, 21).await.unwrap(), 0);
            assert!(!stored(&store, "B").await.deleted, "{mode} {end:?}");
        }
        let (run, gone) = full_run(&store, &[("A", "a"), ("C", "changed")], 30).await;
        assert_eq!(gone, 1);
        assert_eq!(run.counts.deleted, 0, "a record that is absent is no row");
        let b = stored(&store, "B").await;
        assert!(b.deleted && b.stale);
        assert!(b.names.is_empty() && b.keys.is_empty() && b.links.is_empty() && b.images.is_empty());
        assert!(!stored(&store, "A").await.deleted && !stored(&store, "C").await.deleted);
        assert_eq!(store.finish_run(run.run_id, &RunEnd::Complete, 31).await.unwrap(), 0);

        let (run, gone) = full_run(&store, &[("A", "a"), ("B", "b"), ("C", "changed")], 40).await;
        assert_eq!((gone, run.counts.updated, run.counts.unchanged), (0, 1, 2), "B is back");
        assert_eq!(stored(&store, "B").await.names, ["ref:B", "title:b"]);
    }

    async fn a_record_whose_row_cannot_be_read_this_time_is_not_deleted(bench) {
        let store = bench.with_source().await;
        full_run(&store, &[("A", "a"), ("B", "b"), ("C", "c")], 10).await;
        let run = store.start_run("joconde", "full", 20).await.unwrap();
        let mut broken = page(run.run_id, 1, vec![incoming("A", "a")]);
        broken.quarantined = vec![unreadable(1).of(Some("B".to_owned())), unreadable(2)];
        commit(&store, &broken).await;
        assert_eq!(store.finish_run(run.run_id, &RunEnd::Complete, 21).await.unwrap(), 1);
        assert!(!stored(&store, "B").await.deleted, "it is in the source");
        assert!(stored(&store, "C").await.deleted, "it is not");
    }

    async fn deletion_by_absence_that_is_killed_goes_on(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let many = |from: usize| (from..from + 700).map(|n| incoming(&format!("R{n}"), "t")).collect();
        commit(&store, &page(run.run_id, 1, many(0))).await;
        commit(&store, &page(run.run_id, 2, many(700))).await;
        store.finish_run(run.run_id, &RunEnd::Complete, 11).await.unwrap();
        let run = store.start_run("joconde", "full", 20).await.unwrap();
        commit(&store, &page(run.run_id, 1, vec![incoming("R0", "t")])).await;
        let mut killed = 0;
        for polls in [2, 5, 15, 30, 50, 70, usize::MAX] {
            let finish = store.finish_run(run.run_id, &RunEnd::Complete, 21);
            match (Killed { future: Box::pin(finish), polls }).await {
                Some(_) => break,
                None => {
                    killed += 1;
                    // The end itself may have been written by the database already.
                    if store.open_run("joconde").await.unwrap().is_none() { break; }
                }
            }
        }
        assert!(killed > 0);
        assert_eq!(store.open_run("joconde").await.unwrap(), None);
        assert!(!stored(&store, "R0").await.deleted);
        for n in [1, 499, 500, 501, 1000, 1399] {
            assert!(stored(&store, &format!("R{n}")).await.deleted, "R{n}");
        }
    }

    async fn of_a_record_that_comes_twice_the_last_wins(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let records = vec![
            incoming("A", "first"),
            incoming("B", "same"),
            incoming("A", "last"),
            incoming("B", "same"),
        ];
        let run = commit(&store, &page(run.run_id, 1, records)).await;
        let RunCounts { rows, created, unchanged, quarantined, .. } = run.counts;
        assert_eq!((rows, created, unchanged, quarantined), (4, 2, 1, 1));
        assert_eq!(stored(&store, "A").await.names, ["ref:A", "title:last"]);
        let kept = store.quarantined(run.run_id, 0, 9).await.unwrap().remove(0).1;
        assert_eq!((kept.code.as_str(), kept.position), ("repeated_identifier", 0));
        assert!(kept.detail.contains("`A` comes again at position 2"), "{}", kept.detail);
        assert!(String::from_utf8(kept.body).unwrap().contains("first"));
    }

    async fn an_identifier_that_no_url_can_hold_costs_only_its_record(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let long = "é".repeat(100);
        let records = vec![incoming(&long, "t"), incoming("", "t"), incoming("A", "a")];
        let run = commit(&store, &page(run.run_id, 1, records)).await;
        assert_eq!((run.counts.created, run.counts.quarantined), (1, 2));
        assert_eq!(
            store.quarantine_by_code(run.run_id).await.unwrap(),
            vec![("identifier_too_long".to_owned(), 1), ("no_identifier".to_owned(), 1)]
        );
    }

    async fn hostile_text_is_stored_without_harm(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let mut hostile = incoming("A\0B", "t\0\"'; drop table run; --\u{1F5FF}");
        hostile.content_hash = "a hash".to_owned();
        hostile.record.certain_keys.push("k".repeat(5000));
        hostile.record.names.push("ref:A\0B".to_owned());
        let run_after = commit(&store, &page(run.run_id, 1, vec![hostile.clone()])).await;
        assert_eq!(run_after.counts.created, 1);
        let back = stored(&store, "A\u{fffd}B").await;
        assert_eq!(back.source_record, hostile.source_record, "verbatim, NUL included");
        assert_eq!(back.keys.len(), 1, "a key that no index can hold is left out");
        assert!(back.issues.iter().any(|issue| issue.code == "name_too_long"), "{:?}", back.issues);
        let again = commit(&store, &page(run.run_id, 2, vec![hostile])).await;
        assert_eq!(again.counts.unchanged, 1);
    }

    async fn an_update_replaces_everything_that_hangs_on_the_record(bench) {
        let store = bench.with_source().await;
        full_run(&store, &[("A", "old"), ("B", "b")], 10).await;
        let before = stored(&store, "A").await;
        assert!(before.stale);
        assert_eq!((before.first_seen_at, before.changed_at), (101, 101));
        let b = stored(&store, "B").await;

        let run = store.start_run("joconde", "full", 20).await.unwrap();
        let mut changed = page(run.run_id, 1, vec![incoming("A", "new"), incoming("B", "b")]);
        changed.now = 500;
        commit(&store, &changed).await;
        let after = stored(&store, "A").await;
        assert_eq!(after.record_id, before.record_id);
        assert_eq!((after.first_seen_at, after.changed_at), (101, 500));
        assert_eq!(after.names, ["ref:A", "title:new"]);
        assert_eq!(after.keys, ["same:inv:new"]);
        assert_eq!(after.links, [("held_by".to_owned(), "museo:new".to_owned())]);
        assert_eq!(after.issues, incoming("A", "new").issues);
        assert_eq!(after.record, incoming("A", "new").record);
        let seen_by = Stored { run_id: run.run_id, ..b };
        assert_eq!(stored(&store, "B").await, seen_by, "its neighbour did not move");
    }

    async fn an_image_keeps_its_status_while_its_location_stays(bench) {
        let store = bench.with_source().await;
        let run = store.start_run("joconde", "full", 10).await.unwrap();
        let mut record = incoming("A", "a");
        record.record.images = vec![image("1.jpg"), image("2.jpg"), image("3.jpg")];
        commit(&store, &page(run.run_id, 1, vec![record.clone()])).await;
        bench.execute("update image set status = 'ready', width = 7").await;

        record.record.images = vec![image("1.jpg"), image("other.jpg")];
        record.content_hash = "changed".to_owned();
        commit(&store, &page(run.run_id, 2, vec![record])).await;
        let images: Vec<_> = stored(&store, "A")
            .await
            .images
            .into_iter()
            .map(|image| (image.image_id, image.location, image.status, image.width))
            .collect();
        assert_eq!(
            images,
            vec![
                ("joconde_A_2F1".to_owned(), "1.jpg".to_owned(), "ready".to_owned(), Some(7)),
                ("joconde_A_2F2".to_owned(), "other.jpg".to_owned(), "pending".to_owned(), None),
            ]
        );
    }

    async fn runs_are_listed_newest_first(bench) {
        let store = bench.with_source().await;
        let mut expected = Vec::new();
        for now in 1..=4 {
            expected.insert(0, full_run(&store, &[("A", "a")], now).await.0.run_id);
        }
        let ids = |runs: Vec<Run>| runs.into_iter().map(|run| run.run_id).collect::<Vec<_>>();
        assert_eq!(ids(store.runs(None, 9).await.unwrap()), expected);
        assert_eq!(ids(store.runs(Some("joconde"), 2).await.unwrap()), expected[..2]);
        assert!(store.runs(Some("other"), 2).await.unwrap().is_empty());
    }

    async fn a_run_that_is_not_there_is_named_in_the_error(bench) {
        let store = bench.with_source().await;
        let error = store.commit_page(&page(99, 1, vec![])).await.unwrap_err();
        assert_eq!(error.to_string(), "run 99 of source `joconde`: there is none; start one first");
        assert!(store.finish_run(99, &RunEnd::Complete, 1).await.is_err());
    }
}
