//! Counts of quality follow the log: what a report says is what the objects are.

use crate::world::{World, record};
use domain::issue::Issue;
use domain::merge::MergedRecord;
use domain::quality::words::Language;
use domain::record::{Kind, Property, Record, Value};
use domain::rights::ImageRight;
use passerelle::quality::report::{Report, report};
use passerelle::quality::{assess, follow, producer_name};
use passerelle::store::Store;
use passerelle::store::object::{ObjectQuery, ObjectStatus};
use passerelle::store::quality::ScopeKind;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

async fn count(store: &Store) -> u64 {
    follow(store, &CancellationToken::new()).await.unwrap()
}

async fn of(store: &Store, kind: ScopeKind, name: &str) -> Report {
    report(store, kind, name, Language::En).await.unwrap().unwrap()
}

fn held(name: &str, title: &str, holder: &str) -> Record {
    let mut record = record(Kind::MuseumObject, name, title);
    record.data_provider = Some(holder.to_owned());
    record.rights.image = ImageRight::None;
    record
}

/// Objects by metadata tier, counted from the objects themselves.
async fn by_hand(store: &Store, of: impl Fn(&MergedRecord) -> bool) -> BTreeMap<String, i64> {
    let query =
        ObjectQuery { until: i64::MAX, limit: 1_000, with_record: true, ..ObjectQuery::default() };
    let mut found = BTreeMap::new();
    for row in store.list_objects(&query).await.unwrap() {
        let Some(record) = row.record.filter(|r| row.status == ObjectStatus::Live && of(r)) else {
            continue;
        };
        let tier = assess(&row.object_id, &record).metadata.tier().name();
        *found.entry(tier.to_owned()).or_default() += 1;
    }
    found
}

fn tiers(report: &Report) -> BTreeMap<String, i64> {
    let bars = report.metadata.iter().filter(|bar| bar.objects > 0);
    bars.map(|bar| (bar.value.clone(), bar.objects)).collect()
}

on_both! {
    async fn a_report_says_what_the_objects_are_through_changes_and_deletions(bench) {
        let world = World::new(bench.open().await).await;
        let mut rich = held("3", "Three", "Musée de Rennes");
        for (property, text) in [(Property::Creator, "Anne"), (Property::Type, "vase"), (Property::Medium, "or"), (Property::Created, "1900")] {
            rich.push(property, Value { lang: Some("fr".to_owned()), ..Value::plain(text) });
        }
        world.put("joconde", vec![
            ("1", Some(held("1", "Sans titre", "Musée de Rennes"))),
            ("2", Some(held("2", "SANS TITRE", "MUSEE DE RENNES"))),
            ("3", Some(rich)),
            ("4", Some(held("4", "Four", "Musée de Brest"))),
        ]).await;
        world.put("partner", vec![("9", Some(held("9", "Sans titre", "Partner")))]).await;
        world.settle().await;
        assert_eq!(count(&world.store).await, 5);
        assert_eq!(count(&world.store).await, 0);

        let all = of(&world.store, ScopeKind::All, "").await;
        assert_eq!(all.objects, 5);
        assert_eq!(tiers(&all), by_hand(&world.store, |_| true).await);
        let rennes = of(&world.store, ScopeKind::Producer, &producer_name("Musée de Rennes")).await;
        assert_eq!(rennes.objects, 3);
        assert_eq!(tiers(&rennes), by_hand(&world.store, |r| r.data_provider.to_lowercase().contains("rennes")).await);
        let joconde = of(&world.store, ScopeKind::Source, "joconde").await;
        let pattern = |report: &Report, name: &str| {
            report.patterns.iter().find(|bar| bar.value == name).unwrap().objects
        };
        assert_eq!((joconde.objects, pattern(&joconde, "P1"), pattern(&joconde, "P7")), (4, 2, 4));
        assert_eq!(joconde.titles.first().unwrap().1, 2);
        assert_eq!(joconde.worst.len(), 4);
        assert_eq!(world.store.objects_of_same_title("joconde_1").await.unwrap(), 2);
        assert_eq!(world.store.objects_of_same_title("joconde_4").await.unwrap(), 1);

        // One is renamed, one moves to another holder, one goes.
        world.put("joconde", vec![
            ("2", Some(held("2", "Vase", "Musée de Rennes"))),
            ("4", Some(held("4", "Four", "Musée de Rennes"))),
            ("3", None),
        ]).await;
        world.settle().await;
        assert_eq!(count(&world.store).await, 3);
        let joconde = of(&world.store, ScopeKind::Source, "joconde").await;
        assert_eq!((joconde.objects, pattern(&joconde, "P1")), (3, 0));
        assert_eq!(joconde.worst.len(), 3);
        assert_eq!(tiers(&joconde), by_hand(&world.store, |r| r.members[0].source == "joconde").await);
        let brest = of(&world.store, ScopeKind::Producer, &producer_name("Musée de Brest")).await;
        assert_eq!((brest.objects, brest.worst.len()), (0, 0));
        assert_eq!(of(&world.store, ScopeKind::Producer, "musee-de-rennes").await.objects, 3);

        // Counted from nothing it is the same, and no datestamp moved for any of it.
        let seq = world.store.last_seq().await.unwrap();
        world.store.clear_quality(passerelle::quality::RULES).await.unwrap();
        count(&world.store).await;
        assert_eq!(tiers(&of(&world.store, ScopeKind::Source, "joconde").await), tiers(&joconde));
        assert_eq!(world.settle().await.entries(), 0);
        assert_eq!(world.store.last_seq().await.unwrap(), seq);
    }

    async fn issues_are_counted_after_a_run_and_told_in_pops_words(bench) {
        let world = World::new(bench.open().await).await;
        let mut with = crate::world::incoming("1", Some(held("1", "One", "Musée de Rennes")));
        with.issues = vec![Issue::new("position_not_understood", "COOR", "48,85N"), Issue::new("no_title", "", "")];
        let mut closed = held("2", "Two", "Musée de Rennes");
        closed.rights.metadata_open = false;
        let mut closed = crate::world::incoming("2", Some(closed));
        closed.issues = vec![Issue::new("no_title", "", "")];
        world.put_incoming("joconde", vec![with, closed]).await;
        world.settle().await;
        count(&world.store).await;
        let joconde = of(&world.store, ScopeKind::Source, "joconde").await;
        let told: Vec<(&str, &str, i64, i64)> = joconde.issues.iter().map(|i| (i.code.as_str(), i.severity, i.issues, i.records)).collect();
        assert_eq!(told, [("no_title", "warning", 2, 2), ("position_not_understood", "warning", 1, 1)]);
        let rennes = of(&world.store, ScopeKind::Producer, "musee-de-rennes").await;
        assert_eq!(rennes.issues.iter().map(|i| i.issues).sum::<i64>(), 2);
        let [run] = joconde.trend.as_slice() else { panic!("one run") };
        assert_eq!((run.issues, run.objects), (3, 1));

        let (lines, last) = world.store.issue_lines("joconde", "", 10, true).await.unwrap();
        assert_eq!((lines.len(), last.as_deref()), (2, Some("1")));
        let row = passerelle::quality::report::pop_row(&lines[0], Language::Fr);
        assert_eq!(row[..2], ["1", "warning"]);
        assert!(row[2].contains("48,85N"), "{row:?}");
        let (lines, _) = world.store.issue_lines("joconde", "", 10, false).await.unwrap();
        assert_eq!(lines.len(), 3);
    }
}
