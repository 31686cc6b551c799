//! The publication log: order, datestamps, tombstones.

use crate::world::{World, record};
use domain::record::{Kind, Property, Record, Value};
use passerelle::publish;
use passerelle::store::object::{Change, ObjectStatus};
use tokio_util::sync::CancellationToken;

fn object(name: &str, title: &str) -> Record {
    record(Kind::MuseumObject, name, title)
}

on_both! {
    async fn a_deletion_leaves_a_tombstone_with_its_sets_and_a_return_is_a_creation(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        world.put("joconde", vec![("A", None)]).await;
        world.settle().await;
        let gone = world.object("joconde_A").await;
        assert_eq!((gone.status, gone.record), (ObjectStatus::Deleted, None));
        assert_eq!(gone.sets, ["base:joconde", "rights:permission", "source:joconde", "type:TEXT"]);
        assert_eq!(gone.datestamp, world.now());
        world.put("joconde", vec![("A", Some(object("A", "again")))]).await;
        world.settle().await;
        let log = world.store.publications_after(0, 10).await.unwrap();
        let changes: Vec<_> = log.iter().map(|p| (p.seq, p.change, p.object_id.as_str())).collect();
        assert_eq!(
            changes,
            [
                (1, Change::Create, "joconde_A"),
                (2, Change::Delete, "joconde_A"),
                (3, Change::Create, "joconde_A"),
            ]
        );
        assert_eq!(world.object("joconde_A").await.title, "again");
    }

    async fn an_object_outlives_the_member_that_named_it(bench) {
        use crate::world::With as _;
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a").key("same:ref:A")))]).await;
        world.put("partner", vec![("P", Some(object("P", "p").key("same:ref:A")))]).await;
        world.settle().await;
        world.put("joconde", vec![("A", None)]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live"]);
        assert_eq!(world.object("joconde_A").await.title, "p");
        world.put("partner", vec![("P", None)]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A deleted"]);
    }

    async fn doing_everything_again_moves_no_datestamp(bench) {
        let world = World::new(bench.open().await).await;
        let records = || {
            vec![("A", Some(object("A", "a"))), ("B", Some(object("B", "b"))), ("C", None)]
        };
        world.put("joconde", records()).await;
        world.put("partner", records()).await;
        let first = world.settle().await;
        assert_eq!((first.created, first.last_seq), (4, 4));
        world.put("joconde", records()).await;
        bench.execute("insert into stale_record (record_id) select record_id from source_record").await;
        bench.execute("insert into stale_cluster (cluster_id) select cluster_id from cluster").await;
        let second = world.settle().await;
        assert_eq!((second.entries(), second.last_seq), (0, 4));
        assert!(second.examined >= 4);
        assert_eq!(world.object("joconde_A").await.datestamp, 1_060);
    }

    async fn another_mapping_with_the_same_output_moves_no_datestamp(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a"))), ("B", Some(object("B", "b")))]).await;
        world.settle().await;
        let before = world.object("joconde_A").await;
        // Another hash of what was made of it, so that the record is written anew; the same output.
        let again = |id: &str, title: &str| {
            let mut incoming = crate::world::incoming(id, Some(object(id, title)));
            incoming.content_hash.push_str("of another mapping");
            incoming
        };
        world.put_incoming("joconde", vec![again("A", "a"), again("B", "changed")]).await;
        let report = world.settle().await;
        assert_eq!((report.examined, report.entries()), (2, 1));
        assert_eq!(world.object("joconde_A").await, before);
        assert_eq!(world.object("joconde_B").await.title, "changed");
    }

    async fn closed_metadata_is_not_published_and_takes_the_title_back(bench) {
        let world = World::new(bench.open().await).await;
        let mut closed = object("A", "secret");
        world.put("joconde", vec![("A", Some(closed.clone()))]).await;
        world.settle().await;
        closed.rights.metadata_open = false;
        world.put("joconde", vec![("A", Some(closed.clone())), ("B", Some(closed))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A deleted"]);
        let gone = world.object("joconde_A").await;
        assert_eq!((gone.title.as_str(), gone.record), ("", None));
    }

    async fn sequence_numbers_have_no_gaps_and_datestamps_never_go_back(bench) {
        let world = World::new(bench.open().await).await;
        // The clock of the machine is set back in between.
        for (round, now) in [5_000, 5_000, 4_000, 6_000].into_iter().enumerate() {
            world.set_clock(now);
            let ids: Vec<String> = (0..300).map(|n| format!("N{n}")).collect();
            let title = format!("round {round}");
            let records = ids.iter().map(|id| (id.as_str(), Some(object(id, &title)))).collect();
            world.put("joconde", records).await;
            world.settle_now().await;
        }
        let log = world.store.publications_after(0, 10_000).await.unwrap();
        assert_eq!(log.len(), 1_200);
        for (line, seq) in log.iter().zip(1..) {
            assert_eq!(line.seq, seq);
        }
        assert!(log.windows(2).all(|w| w[0].datestamp <= w[1].datestamp));
        assert_eq!(log.iter().map(|l| l.datestamp).max(), Some(6_000));
        assert_eq!(world.store.last_seq().await.unwrap(), 1_200);
        assert_eq!(world.store.publications_after(1_190, 5).await.unwrap().len(), 5);
    }

    async fn nothing_appears_at_or_before_a_horizon_that_was_given(bench) {
        let world = World::new(bench.open().await).await;
        let store = &world.store;
        assert_eq!(store.publication_horizon(1_000).await.unwrap(), 999);
        // Reserved at 1000, and then the publisher is slow, or is killed.
        store.reserve_datestamp(|| 1_000).await.unwrap();
        assert_eq!(store.publication_horizon(1_000).await.unwrap(), 999);
        assert_eq!(store.publication_horizon(1_500).await.unwrap(), 999);
        // A second reservation does not open the seconds that the first one closed.
        store.reserve_datestamp(|| 1_400).await.unwrap();
        assert_eq!(store.publication_horizon(1_500).await.unwrap(), 999);

        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.set_clock(1_500);
        world.settle_now().await;
        assert_eq!(world.object("joconde_A").await.datestamp, 1_500);
        assert_eq!(store.publication_horizon(1_500).await.unwrap(), 1_499);
        assert_eq!(store.publication_horizon(1_501).await.unwrap(), 1_500);
    }

    async fn a_reservation_left_by_a_crash_is_cleared_by_the_next_publisher(bench) {
        let world = World::new(bench.open().await).await;
        world.store.reserve_datestamp(|| 1_000).await.unwrap();
        let report = publish::run(&world.store, || 2_000, &CancellationToken::new()).await.unwrap();
        assert_eq!(report.entries(), 0);
        assert_eq!(world.store.publication_horizon(2_000).await.unwrap(), 1_999);
    }

    async fn two_publishers_at_once_publish_everything_once(bench) {
        let world = World::new(bench.open().await).await;
        let ids: Vec<String> = (0..1_500).map(|n| format!("N{n}")).collect();
        let records = ids.iter().map(|id| (id.as_str(), Some(object(id, "x")))).collect();
        world.put("joconde", records).await;
        let cancel = CancellationToken::new();
        let reconciled = tokio::join!(
            passerelle::reconcile::run(&world.store, &cancel),
            passerelle::reconcile::run(&world.store, &cancel),
        );
        assert_eq!(reconciled.0.unwrap().records + reconciled.1.unwrap().records, 1_500);
        let (one, other) = tokio::join!(
            publish::run(&world.store, || 2_000, &cancel),
            publish::run(&world.store, || 2_000, &cancel),
        );
        assert_eq!(one.unwrap().created + other.unwrap().created, 1_500);
        let log = world.store.publications_after(0, 10_000).await.unwrap();
        assert!(log.iter().zip(1..).all(|(line, seq)| line.seq == seq));
        assert_eq!(log.len(), 1_500);
    }

    async fn a_new_value_is_an_update_with_a_new_datestamp(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a"))), ("B", Some(object("B", "b")))]).await;
        world.settle().await;
        let mut changed = object("A", "a");
        changed.push(Property::Subject, Value::plain("portrait"));
        world.put("joconde", vec![("A", Some(changed))]).await;
        let report = world.settle().await;
        assert_eq!((report.updated, report.entries()), (1, 1));
        assert!(world.object("joconde_A").await.datestamp > world.object("joconde_B").await.datestamp);
    }
}
