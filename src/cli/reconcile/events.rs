//! Events one by one, and what they left beside a full run.

use super::files;
use anyhow::Context as _;
use linkage::engine::{Change, Engine, uid};
use linkage::identity::{Fate, Uid};
use linkage::input::Input;
use linkage::settings::Settings;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::io::BufRead as _;
use std::path::Path;
use std::time::Instant;

#[derive(Debug, Deserialize)]
struct Beginning {
    initial: usize,
}

#[derive(Debug, Deserialize)]
struct Event {
    op: String,
    id: String,
    record: Option<Input>,
}

/// What came after the first load, in order.
#[derive(Debug)]
pub struct Events {
    /// With how many records to begin.
    pub initial: usize,
    list: Vec<(String, Option<Input>)>,
}

/// What the events took. Times are in milliseconds.
#[derive(Debug, Serialize)]
pub struct Played {
    /// How many there were.
    pub events: usize,
    /// Full runs between them.
    pub full_runs: usize,
    /// Half take no longer.
    pub median_ms: f64,
    /// Ninety-nine of a hundred take no longer.
    pub p99_ms: f64,
    /// The longest.
    pub longest_ms: f64,
}

/// What the events left, beside a full run over the same records.
#[derive(Debug, Serialize)]
pub struct Compared {
    /// Pairs that are together one by one.
    pub pairs: usize,
    /// Pairs that are together after a full run from nothing.
    pub pairs_of_full_run: usize,
    /// Twice the pairs of both, by the sum of the two.
    pub agreement: f64,
    /// The same after a full run in place.
    pub agreement_healed: f64,
    /// Records that a full run in place gave another id.
    pub ids_changed_by_healing: usize,
    /// Records that a second full run, without a change between, gave another id.
    pub ids_changed_by_second_run: usize,
    /// Ids given so far.
    pub ids_given: u64,
    /// Those that name a cluster: they answer 200.
    pub ids_alive: u64,
    /// Those whose members are elsewhere, all the way to clusters that live: they answer 301.
    pub ids_moved: u64,
    /// Those whose last member is gone: they answer 410.
    pub ids_gone: u64,
    /// Those with no answer.
    pub ids_without_answer: u64,
}

impl Events {
    /// Reads the events; with a seed, in an order of its own in which only those of one record
    /// keep their places to each other.
    pub fn read(path: &Path, seed: Option<u64>) -> anyhow::Result<Self> {
        let mut lines = files::open(path)?.lines();
        let first = lines.next().transpose()?.unwrap_or_default();
        let beginning: Beginning = serde_json::from_str(&first)
            .context("the first line of the events does not say how many records to begin with")?;
        let mut list = Vec::new();
        for (number, line) in lines.enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let event: Event = serde_json::from_str(&line)
                .with_context(|| format!("event {} cannot be read", number + 1))?;
            match (event.op.as_str(), event.record) {
                ("delete", _) => list.push((event.id, None)),
                ("create" | "update", Some(record)) => list.push((event.id, Some(record))),
                (op, _) => anyhow::bail!("event {} is {op}, or has no record", number + 1),
            }
        }
        if let Some(seed) = seed {
            list = shuffled(list, seed);
        }
        Ok(Self { initial: beginning.initial, list })
    }

    /// Applies the events; with `heal`, a full run whenever so much changed that one is due.
    pub fn play(
        &self,
        engine: &mut Engine,
        names: &mut HashMap<Uid, String>,
        threads: usize,
        heal: bool,
    ) -> Played {
        let mut full_runs = 0;
        let mut times = Vec::with_capacity(self.list.len());
        for (id, record) in &self.list {
            let start = Instant::now();
            match record {
                Some(record) => {
                    engine.apply(&Change::Put(record));
                    names.insert(uid(id), id.clone());
                }
                None => {
                    engine.apply(&Change::Remove(uid(id)));
                }
            }
            times.push(start.elapsed().as_secs_f64() * 1000.0);
            if heal && engine.stale() {
                engine.run(threads);
                full_runs += 1;
            }
        }
        times.sort_unstable_by(f64::total_cmp);
        let at = |part: usize| times.get(times.len() * part / 100).copied().unwrap_or(0.0);
        Played {
            events: self.list.len(),
            full_runs,
            median_ms: at(50),
            p99_ms: at(99),
            longest_ms: times.last().copied().unwrap_or(0.0),
        }
    }

    /// Compares what `engine` holds after the events with a full run over the same records.
    pub fn compare(
        &self,
        engine: &Engine,
        records: &Path,
        settings: &Settings,
        threads: usize,
    ) -> anyhow::Result<Compared> {
        let mut last: BTreeMap<String, Option<Input>> = BTreeMap::new();
        for line in files::open(records)?.lines().take(self.initial) {
            let input: Input = serde_json::from_str(&line?)?;
            last.insert(input.id.clone(), Some(input));
        }
        last.extend(self.list.iter().cloned());
        let inputs: Vec<Input> = last.into_values().flatten().collect();
        let mut fresh = Engine::new(settings.clone());
        fresh.load(inputs.len(), threads, |at| {
            inputs.get(at).cloned().context("a record is not there")
        })?;
        fresh.run(threads);
        let (one, full) = (joined(engine), joined(&fresh));
        let mut healed = engine.clone();
        healed.run(threads);
        let ids_changed_by_healing = renamed(engine, &healed, &inputs);
        let agreement_healed = agreement(&joined(&healed), &full);
        let mut again = healed.clone();
        again.run(threads);
        let mut out = Compared {
            pairs: one.len(),
            pairs_of_full_run: full.len(),
            agreement: agreement(&one, &full),
            agreement_healed,
            ids_changed_by_healing,
            ids_changed_by_second_run: renamed(&healed, &again, &inputs),
            ids_given: again.identities().given(),
            ids_alive: 0,
            ids_moved: 0,
            ids_gone: 0,
            ids_without_answer: 0,
        };
        for id in 0..out.ids_given {
            match again.identities().answer(id) {
                Some(Fate::Lives) => out.ids_alive += 1,
                Some(Fate::Moved(_)) => out.ids_moved += 1,
                Some(Fate::Gone) => out.ids_gone += 1,
                None => out.ids_without_answer += 1,
            }
        }
        Ok(out)
    }
}

/// Another order, in which the events of one record keep theirs.
fn shuffled(list: Vec<(String, Option<Input>)>, seed: u64) -> Vec<(String, Option<Input>)> {
    let mut order: Vec<(u64, String)> = list
        .iter()
        .enumerate()
        .map(|(at, (id, _))| (linkage::hash::pair(seed, at as u64), id.clone()))
        .collect();
    order.sort_unstable();
    let mut own: HashMap<String, VecDeque<Option<Input>>> = HashMap::new();
    for (id, record) in list {
        own.entry(id).or_default().push_back(record);
    }
    order
        .into_iter()
        .filter_map(|(_, id)| {
            let record = own.get_mut(&id)?.pop_front()?;
            Some((id, record))
        })
        .collect()
}

/// The pairs that are together.
fn joined(engine: &Engine) -> HashSet<(Uid, Uid)> {
    let mut out = HashSet::new();
    for (_, members) in engine.identities().clusters() {
        for (at, a) in members.iter().enumerate() {
            out.extend(members.iter().skip(at + 1).map(|b| (*a.min(b), *a.max(b))));
        }
    }
    out
}

fn agreement(one: &HashSet<(Uid, Uid)>, other: &HashSet<(Uid, Uid)>) -> f64 {
    2.0 * one.intersection(other).count() as f64 / (one.len() + other.len()).max(1) as f64
}

fn renamed(before: &Engine, after: &Engine, inputs: &[Input]) -> usize {
    inputs
        .iter()
        .map(|input| uid(&input.id))
        .filter(|record| {
            before.identities().cluster_of(*record) != after.identities().cluster_of(*record)
        })
        .count()
}
