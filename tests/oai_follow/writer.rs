//! Four writers: each harvests its own source, and all reconcile and publish at the same time.

use crate::site::{Dice, Site};
use domain::record::{Kind, Property, Record, Value};
use domain::rights::{CC0, IN_COPYRIGHT};
use domain::source_record::{Field, SourceRecord};
use passerelle::store::run::{IncomingRecord, PageCommit, RunEnd};
use passerelle::{publish, reconcile};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Records of a source.
const RECORDS: u64 = 9;

pub(crate) async fn write(site: Arc<Site>, number: u64) {
    let source = format!("s{number}");
    let mut dice = Dice::new(site.seed.wrapping_mul(4).wrapping_add(number));
    let cancel = CancellationToken::new();
    let mut round = 0;
    while site.is_open() {
        round += 1;
        let mut changes = std::collections::BTreeMap::new();
        for _ in 0..=dice.roll(3) {
            let name = dice.roll(RECORDS);
            changes.insert(format!("r{name}"), change(&site, &mut dice, &source, name, round));
        }
        harvest(&site, &source, changes).await;
        reconcile::run(&site.store, &cancel).await.unwrap();
        if dice.roll(12) == 0 {
            // A publisher that is killed between its two transactions.
            site.store.reserve_datestamp(|| site.time.now()).await.unwrap();
        }
        if dice.roll(4) > 0 {
            publish::run(&site.store, || site.time.now(), &cancel).await.unwrap();
        }
        // As long as a harvest takes: others come in between.
        for _ in 0..dice.roll(8) {
            tokio::task::yield_now().await;
        }
    }
    reconcile::run(&site.store, &cancel).await.unwrap();
    publish::run(&site.store, || site.time.now(), &cancel).await.unwrap();
    site.writer_ended();
}

/// The next state of a record; `None` deletes it. One time in four it stays what it is.
fn change(site: &Site, dice: &mut Dice, source: &str, name: u64, round: u64) -> Option<Record> {
    let id = (source.to_owned(), format!("r{name}"));
    let before = site.model.lock().unwrap().get(&id).cloned().flatten();
    if dice.roll(4) == 0 && before.is_some() {
        return before;
    }
    if dice.roll(6) == 0 {
        return None;
    }
    let mut record = Record::new(Kind::MuseumObject);
    record.push(Property::Title, Value::plain(format!("{source} {name} of {round}")));
    record.names.push(format!("ref:{source}:{name}"));
    if dice.roll(3) > 0 {
        record.sets.push(format!("museum:M{}", dice.roll(3)));
    }
    record.rights.statement = if dice.roll(2) == 0 { CC0 } else { IN_COPYRIGHT }.to_owned();
    record.rights.metadata_open = dice.roll(20) > 0;
    // Records of the same number in different sources merge and part again.
    if dice.roll(3) > 0 && name < RECORDS / 2 {
        record.certain_keys.push(format!("same:ref:{name}"));
    }
    Some(record)
}

async fn harvest(
    site: &Site,
    source: &str,
    changes: std::collections::BTreeMap<String, Option<Record>>,
) {
    let run = site.store.start_run(source, "incremental", site.time.now()).await.unwrap();
    let records = changes.iter().map(|(id, record)| incoming(id, record.clone())).collect();
    let page = PageCommit {
        seen: Vec::new(),
        hold_deletions: false,
        replayed: None,
        run_id: run.run_id,
        source_id: source.to_owned(),
        number: 1,
        location: "here".to_owned(),
        body: Vec::new(),
        records,
        quarantined: Vec::new(),
        checkpoint: None,
        now: site.time.now(),
    };
    site.store.commit_page(&page).await.unwrap();
    site.store.finish_run(run.run_id, &RunEnd::Complete, site.time.now()).await.unwrap();
    let mut model = site.model.lock().unwrap();
    for (id, record) in changes {
        model.insert((source.to_owned(), id), record);
    }
}

fn incoming(local_id: &str, record: Option<Record>) -> IncomingRecord {
    let deleted = record.is_none();
    let record = record.unwrap_or_else(|| Record::new(Kind::Other));
    IncomingRecord {
        position: 0,
        source_record: SourceRecord {
            local_id: local_id.to_owned(),
            deleted,
            datestamp: None,
            origin: None,
            sets: Vec::new(),
            fields: vec![Field::new("REF", local_id)],
        },
        content_hash: serde_json::to_string(&record).unwrap(),
        record,
        issues: Vec::new(),
    }
}
