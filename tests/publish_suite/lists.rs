//! Lists of objects: every object once, whatever the size of a page.

use crate::world::{World, record};
use domain::record::{Kind, Record};
use passerelle::store::Store;
use passerelle::store::object::ObjectQuery;
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

    async fn sets_count_tombstones_and_ancestors_and_forget_what_left(bench) {
        let world = filled(bench.open().await).await;
        let sets = async || -> Vec<(String, i64)> {
            world.store.sets().await.unwrap().into_iter().map(|s| (s.spec, s.count)).collect()
        };
        let expected = [
            ("base", 11), ("base:joconde", 9), ("base:partner", 2), ("museum", 11), ("museum:M1", 11),
            ("source", 11), ("source:joconde", 9), ("source:partner", 2),
        ];
        assert_eq!(sets().await, expected.map(|(s, n)| (s.to_owned(), n)));
        let mut moved = record(Kind::MuseumObject, "x", "x");
        moved.sets.push("museum:M2".to_owned());
        world.put("partner", vec![("x", Some(moved))]).await;
        world.settle().await;
        let museums: Vec<_> = sets().await.into_iter().filter(|(s, _)| s.starts_with("museum")).collect();
        assert_eq!(museums, [("museum", 11), ("museum:M1", 10), ("museum:M2", 1)].map(|(s, n)| (s.to_owned(), n)));
        let query = ObjectQuery { set: Some("museum:M1".to_owned()), until: i64::MAX, limit: 100, ..ObjectQuery::default() };
        assert!(walk(&world.store, &query).await.iter().all(|(_, id)| id != "partner_x"));
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
