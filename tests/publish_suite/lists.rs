//! Lists of objects: every object once, whatever the size of a page.

use crate::world::{World, record};
use domain::record::{Kind, Record};
use passerelle::store::Store;
use passerelle::store::object::{ObjectQuery, ObjectStatus};
use std::collections::BTreeSet;

fn object(name: &str) -> Record {
    let mut object = record(Kind::MuseumObject, name, name);
    object.sets.push("museum:M1".to_owned());
    object
}

async fn filled(store: Store) -> World {
    let world = World::new(store).await;
    // Characters whose order depends on the collation of the database.
    for ids in [["a1", "B2", "_c"], ["Z", "é", "a_2"], ["aa", "AB", "0"]] {
        let records = ids.iter().map(|id| (*id, Some(object(id)))).collect();
        world.put("joconde", records).await;
        world.settle().await;
    }
    world.put("joconde", vec![("Z", None)]).await;
    world.put("partner", vec![("x", Some(object("x"))), ("y", Some(object("y")))]).await;
    world.settle().await;
    world
}

async fn walk(store: &Store, query: &ObjectQuery) -> Vec<(i64, String)> {
    let mut query = query.clone();
    let mut seen = Vec::new();
    loop {
        let page = store.list_objects(&query).await.unwrap();
        assert!(page.len() as i64 <= query.limit);
        let Some(last) = page.last() else { return seen };
        query.after = Some((last.datestamp, last.object_id.clone()));
        seen.extend(page.into_iter().map(|o| (o.datestamp, o.object_id)));
    }
}

on_both! {
    async fn a_walk_meets_every_object_once_in_bytewise_order_whatever_the_page(bench) {
        let world = filled(bench.open().await).await;
        for set in [None, Some("base"), Some("base:joconde"), Some("museum:M1"), Some("source:partner"), Some("none")] {
            for (from, until) in [(None, i64::MAX), (Some(1_120), i64::MAX), (Some(1_060), 1_120), (None, 1_000)] {
                let query = ObjectQuery { set: set.map(str::to_owned), from, until, limit: 100, ..ObjectQuery::default() };
                let whole = walk(&world.store, &query).await;
                let mut sorted = whole.clone();
                sorted.sort();
                assert_eq!(whole, sorted);
                assert_eq!(whole.iter().collect::<BTreeSet<_>>().len(), whole.len());
                assert_eq!(world.store.count_objects(&query).await.unwrap(), whole.len() as i64, "{query:?}");
                for limit in 1..=12 {
                    let paged = walk(&world.store, &ObjectQuery { limit, ..query.clone() }).await;
                    assert_eq!(paged, whole, "{set:?} {from:?} {until} by {limit}");
                }
            }
        }
        let all = ObjectQuery { until: i64::MAX, limit: 5, ..ObjectQuery::default() };
        assert_eq!(walk(&world.store, &all).await.len(), 11);
    }

    async fn sets_count_tombstones_ancestors_and_what_left(bench) {
        let world = filled(bench.open().await).await;
        let sets = async || -> Vec<(String, i64)> {
            world.store.sets().await.unwrap().into_iter().map(|s| (s.spec, s.count)).collect()
        };
        let expected = [
            ("base", 11), ("base:joconde", 9), ("base:partner", 2), ("museum", 11), ("museum:M1", 11),
            ("rights", 11), ("rights:permission", 11), ("source", 11), ("source:joconde", 9),
            ("source:partner", 2), ("type", 11), ("type:TEXT", 11),
        ];
        assert_eq!(sets().await, expected.map(|(s, n)| (s.to_owned(), n)));
        let museums = async || -> Vec<(String, i64)> {
            sets().await.into_iter().filter(|(s, _)| s.starts_with("museum")).collect()
        };
        let moved = |museum: &str| {
            let mut moved = record(Kind::MuseumObject, "x", "x");
            moved.sets.push(museum.to_owned());
            vec![("x", Some(moved))]
        };
        // Away, and back, and away again: it stays one object of each set.
        for museum in ["museum:M2", "museum:M1", "museum:M2"] {
            world.put("partner", moved(museum)).await;
            world.settle().await;
            let m2 = ("museum:M2".to_owned(), 1);
            assert_eq!(museums().await, [("museum".to_owned(), 11), ("museum:M1".to_owned(), 11), m2]);
        }
    }

    async fn what_leaves_a_set_is_deleted_there_and_lives_elsewhere(bench) {
        let world = filled(bench.open().await).await;
        let state = async |set: Option<&str>| -> Option<(i64, bool)> {
            let query = ObjectQuery {
                set: set.map(str::to_owned), until: i64::MAX, limit: 100, with_record: true, ..ObjectQuery::default()
            };
            let all = world.store.list_objects(&query).await.unwrap();
            assert_eq!(world.store.count_objects(&query).await.unwrap(), all.len() as i64);
            let one = all.into_iter().find(|o| o.object_id == "partner_x")?;
            let live = one.status == ObjectStatus::Live;
            assert_eq!(one.record.is_some(), live);
            Some((one.datestamp, live))
        };
        let put = async |museum: &str, title: &str| {
            let mut moved = record(Kind::MuseumObject, "x", title);
            moved.sets.push(museum.to_owned());
            world.put("partner", vec![("x", Some(moved))]).await;
            world.settle().await;
            world.now()
        };
        let left = put("museum:M2", "x").await;
        assert_eq!(state(Some("museum:M1")).await, Some((left, false)));
        for set in [None, Some("museum:M2"), Some("museum"), Some("base")] {
            assert_eq!(state(set).await, Some((left, true)), "{set:?}");
        }
        // What happens to it elsewhere is no news for the set that it left.
        let changed = put("museum:M2", "y").await;
        assert_eq!(state(Some("museum:M1")).await, Some((left, false)));
        assert_eq!(state(Some("museum:M2")).await, Some((changed, true)));
        // A tombstone stays where it was last.
        world.put("partner", vec![("x", None)]).await;
        world.settle().await;
        let gone = world.now();
        assert_eq!(state(Some("museum:M1")).await, Some((left, false)));
        assert_eq!(state(Some("museum:M2")).await, Some((gone, false)));
        assert_eq!(state(None).await, Some((gone, false)));
        // It comes back to the set that it had left first.
        let back = put("museum:M1", "z").await;
        assert_eq!(state(Some("museum:M1")).await, Some((back, true)));
        assert_eq!(state(Some("museum:M2")).await, Some((back, false)));
        assert_eq!(state(None).await, Some((back, true)));
    }

    async fn a_list_that_was_overtaken_ends_with_what_is_still_in_it(bench) {
        let world = filled(bench.open().await).await;
        let query = |set: Option<&str>| ObjectQuery {
            set: set.map(str::to_owned), until: world.now(), limit: 3, ..ObjectQuery::default()
        };
        for set in [None, Some("museum:M1")] {
            let page = world.store.list_objects(&query(set)).await.unwrap();
            let last = page.last().unwrap();
            let after = ObjectQuery { after: Some((last.datestamp, last.object_id.clone())), ..query(set) };
            assert_eq!(world.store.closing_object(&after).await.unwrap().as_ref(), Some(last));
            assert_eq!(world.store.closing_object(&query(set)).await.unwrap(), None);
        }
        // Everything before the position has moved: the object at the position closes the list, and
        // in a set that it left it is deleted.
        let query = query(Some("museum:M1"));
        let page = world.store.list_objects(&query).await.unwrap();
        let last = page.last().unwrap().clone();
        world.settle().await;
        let local = |id: &str| id.strip_prefix("joconde_").unwrap().replace("__", "_");
        let names: Vec<String> = page.iter().map(|o| local(&o.object_id)).collect();
        let elsewhere = names.iter().map(|n| (n.as_str(), Some(record(Kind::MuseumObject, n, n)))).collect();
        world.put("joconde", elsewhere).await;
        world.settle().await;
        let after = ObjectQuery { after: Some((last.datestamp, last.object_id.clone())), ..query };
        let closing = world.store.closing_object(&after).await.unwrap().unwrap();
        assert_eq!((closing.object_id, closing.status), (last.object_id, ObjectStatus::Deleted));
        assert_eq!(closing.datestamp, world.now());
    }

    async fn sets_are_called_what_the_data_call_them(bench) {
        let world = filled(bench.open().await).await;
        let museum = |name: &str, title: &str| (name.to_owned(), record(Kind::Museum, name, title));
        let (id, louvre) = museum("M1", "Musée du Louvre");
        world.put("museofile", vec![(id.as_str(), Some(louvre))]).await;
        world.settle().await;
        let names = world.store.set_names(&["M1", "M2"]).await.unwrap();
        assert_eq!(names.bases["joconde"], "Label of joconde");
        assert_eq!(names.sources["partner"], "Label of partner");
        assert_eq!(names.museums.into_iter().collect::<Vec<_>>(), [("M1".to_owned(), "Musée du Louvre".to_owned())]);
    }

    async fn browsing_shows_the_living_of_a_base_in_the_order_of_their_ids(bench) {
        let world = filled(bench.open().await).await;
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = world.store.browse(Some("joconde"), false, after.as_deref(), 3).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.object_id.clone());
            seen.extend(page.into_iter().map(|o| o.object_id));
        }
        assert_eq!(
            seen,
            ["joconde_0", "joconde_AB", "joconde_B2", "joconde__C3_A9", "joconde___c", "joconde_a1", "joconde_a__2", "joconde_aa"]
        );
        assert_eq!(world.store.browse(None, false, None, 100).await.unwrap().len(), 10);
        assert!(world.store.browse(None, true, None, 100).await.unwrap().is_empty());
        assert_eq!(world.store.earliest_datestamp().await.unwrap(), Some(1_060));
        let asked = ["joconde_aa", "nobody", "joconde_0"].map(str::to_owned);
        let got: Vec<_> = world.store.objects(&asked).await.unwrap().into_iter().map(|o| o.object_id).collect();
        assert_eq!(got, ["joconde_aa", "joconde_0"]);
    }
}
