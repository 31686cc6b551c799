//! The engine: records in, clusters out, all at once or one by one.
//!
//! A record is known by the hash of its opaque id ([`uid`]). What the engine answers depends on
//! the records, the decisions and the weights, never on the order in which they came.

mod ask;
mod change;
mod run;

use crate::cluster::{Limits, Pairs};
use crate::compare::{self, Comparison, Context};
use crate::hash::{self, Table};
use crate::identity::{Identities, Uid};
use crate::index::{Bounds, Index, Scratch, Slot, keys};
use crate::input::Input;
use crate::kind::Kind;
use crate::level::pack;
use crate::model::{Class, Model};
use crate::normalise::Normaliser;
use crate::parts::in_parts;
use crate::record::{Record, SEPARATOR};
use crate::settings::Settings;
pub use ask::{Explanation, Question, Reason};
pub use change::Change;
pub use run::Report;
use std::collections::BTreeMap;

/// The number by which the engine knows a record.
pub fn uid(id: &str) -> Uid {
    hash::text(id)
}

/// A source as the engine knows it.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    /// Breaks ties instead of the number, which depends on who came first.
    order: u64,
    records: u32,
}

/// A pair of records, the smaller number first.
type Couple = (Uid, Uid);

fn couple(a: Uid, b: Uid) -> Couple {
    (a.min(b), a.max(b))
}

/// What people decided.
#[derive(Debug, Clone, Default)]
struct Decisions {
    verdicts: BTreeMap<Couple, bool>,
    /// Pairs that are the same, by each of the two.
    same: Table<Uid, Vec<Uid>>,
}

/// Records, index, weights, clusters, ids.
#[derive(Debug, Clone)]
pub struct Engine {
    settings: Settings,
    normaliser: Normaliser,
    sources: Vec<Source>,
    once: Vec<bool>,
    records: Vec<Option<Record>>,
    /// Kind and source of each slot; 0 when it is free.
    tags: Vec<u32>,
    slots: Table<Uid, Slot>,
    free: Vec<Slot>,
    index: Index,
    model: Model,
    decisions: Decisions,
    /// Pairs above the line of review, from both sides, with their weights.
    edges: Vec<Vec<(Slot, i32)>>,
    /// Score of the last candidate of a full list; 0 when there was room.
    last_score: Vec<u32>,
    identities: Identities,
    live: u32,
    /// Changes since the last full run.
    changed: u32,
    scratch: Scratch,
}

impl Engine {
    /// An engine without records.
    pub fn new(settings: Settings) -> Self {
        let index = Index::new(settings.bounds.longest_list);
        let model = Model::believed(&settings);
        Self {
            settings,
            normaliser: Normaliser::new(),
            sources: Vec::new(),
            once: Vec::new(),
            records: Vec::new(),
            tags: Vec::new(),
            slots: Table::default(),
            free: Vec::new(),
            index,
            model,
            decisions: Decisions::default(),
            edges: Vec::new(),
            last_score: Vec::new(),
            identities: Identities::default(),
            live: 0,
            changed: 0,
            scratch: Scratch::default(),
        }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.live as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Whether so much changed since the last full run that another would heal more than it costs.
    pub fn stale(&self) -> bool {
        f64::from(self.changed) > f64::from(self.live) * self.settings.clusters.heal_after
    }

    /// The ids of clusters.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// Goes on with ids that were given before; to be called before any record comes.
    #[must_use]
    pub fn with_identities(mut self, identities: Identities) -> Self {
        self.identities = identities;
        self
    }

    /// Whether the engine holds this record.
    pub fn holds(&self, record: Uid) -> bool {
        self.slots.contains_key(&record)
    }

    /// Loads many records at once, without clustering: `input` is called once for each number below
    /// `count`, by several threads. Returns the uids in order.
    ///
    /// # Errors
    /// The first that `input` gives; nothing is loaded then.
    pub fn load<E: Send>(
        &mut self,
        count: usize,
        threads: usize,
        input: impl Fn(usize) -> Result<Input, E> + Sync,
    ) -> Result<Vec<Uid>, E> {
        type Part = (Normaliser, Vec<String>, Vec<Record>);
        let parts: Vec<Result<Part, E>> = in_parts(count, threads, |range| {
            let mut own = Normaliser::new();
            let mut names: Vec<String> = Vec::new();
            let mut records = Vec::with_capacity(range.len());
            for at in range {
                let input = input(at)?;
                let source =
                    names.iter().position(|name| *name == input.source).unwrap_or_else(|| {
                        names.push(input.source.clone());
                        names.len() - 1
                    });
                records.push(own.record(&input, source as u16));
            }
            Ok((own, names, records))
        });
        let parts: Vec<Part> = parts.into_iter().collect::<Result<_, E>>()?;
        let mut uids = Vec::with_capacity(count);
        for (own, names, records) in parts {
            let numbers = self.normaliser.words.absorb(&own.words);
            let sources: Vec<u16> = names.iter().map(|name| self.source(name)).collect();
            for mut record in records {
                for word in &mut record.words {
                    if *word != SEPARATOR {
                        *word = numbers.get(*word as usize).copied().unwrap_or(*word);
                    }
                }
                record.source = sources.get(usize::from(record.source)).copied().unwrap_or(0);
                uids.push(record.uid);
                self.take_out(record.uid);
                self.put(record);
            }
        }
        Ok(uids)
    }

    fn source(&mut self, name: &str) -> u16 {
        if let Some(at) = self.sources.iter().position(|source| source.name == name) {
            return at as u16;
        }
        self.sources.push(Source { name: name.to_owned(), order: hash::text(name), records: 0 });
        self.once.push(self.settings.sources.get(name).is_some_and(|known| known.clean));
        self.sources.len() as u16 - 1
    }

    /// Puts a record into the index.
    fn put(&mut self, record: Record) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            self.tags.push(0);
            self.edges.push(Vec::new());
            self.last_score.push(0);
            self.records.len() as Slot - 1
        });
        if let Some(source) = self.sources.get_mut(usize::from(record.source)) {
            source.records += 1;
        }
        let mut own = Vec::new();
        keys(&record, &self.normaliser.words, &mut own);
        for key in own {
            self.index.insert(key, slot);
        }
        for word in distinct(&record) {
            self.normaliser.words.add(word);
        }
        self.slots.insert(record.uid, slot);
        self.identities.arrive(record.uid);
        let at = slot as usize;
        if let (Some(tag_place), Some(place)) = (self.tags.get_mut(at), self.records.get_mut(at)) {
            *tag_place = tag(&record);
            *place = Some(record);
        }
        self.live += 1;
        slot
    }

    /// Takes a record out of the index, its edges with it. Its id stays with its cluster.
    fn take_out(&mut self, record: Uid) -> Option<Slot> {
        let slot = self.slots.remove(&record)?;
        let old = self.records.get_mut(slot as usize)?.take()?;
        if let Some(source) = self.sources.get_mut(usize::from(old.source)) {
            source.records -= 1;
        }
        let mut own = Vec::new();
        keys(&old, &self.normaliser.words, &mut own);
        for key in own {
            self.index.remove(key, slot);
        }
        for word in distinct(&old) {
            self.normaliser.words.take(word);
        }
        self.drop_edges(slot);
        if let Some(place) = self.tags.get_mut(slot as usize) {
            *place = 0;
        }
        self.free.push(slot);
        self.live -= 1;
        Some(slot)
    }

    fn drop_edges(&mut self, slot: Slot) {
        let mine = self.edges.get_mut(slot as usize).map(std::mem::take).unwrap_or_default();
        for (other, _) in mine {
            if let Some(list) = self.edges.get_mut(other as usize) {
                list.retain(|(back, _)| *back != slot);
            }
        }
    }

    /// Which sources hold each thing once: those that are said to, and all when there are several;
    /// of a source that is alone, joining within it is the whole task.
    fn decide_sources(&mut self) {
        let several = self.sources.iter().filter(|source| source.records > 0).count() > 1;
        self.once = self
            .sources
            .iter()
            .map(|source| {
                self.settings.sources.get(&source.name).map_or(several, |known| known.clean)
            })
            .collect();
    }

    fn record(&self, slot: Slot) -> Option<&Record> {
        self.records.get(slot as usize).and_then(Option::as_ref)
    }

    fn uid_of(&self, slot: Slot) -> Uid {
        self.record(slot).map_or(0, |record| record.uid)
    }

    fn context(&self) -> Context<'_> {
        Context { words: &self.normaliser.words, index: &self.index, total: self.live }
    }

    /// The best candidates of a record.
    fn candidates(
        &self,
        slot: Slot,
        bounds: Bounds,
        scratch: &mut Scratch,
        own: &mut Vec<u64>,
    ) -> Vec<(Slot, u32)> {
        let Some(record) = self.record(slot) else { return Vec::new() };
        keys(record, &self.normaliser.words, own);
        scratch.fit(self.records.len());
        let own_tag = tag(record);
        let once = self.once.get(usize::from(record.source)).copied().unwrap_or(false);
        self.index.search(
            own,
            self.live,
            bounds,
            scratch,
            |other| {
                let theirs = self.tags.get(other as usize).copied().unwrap_or(0);
                other != slot && theirs & KIND == own_tag & KIND && (theirs != own_tag || !once)
            },
            |other| self.uid_of(other),
        )
    }

    fn compare(&self, a: Slot, b: Slot) -> Option<Comparison> {
        Some(compare::compare(self.context(), self.record(a)?, self.record(b)?))
    }

    fn class(&self, a: Slot, b: Slot) -> Class {
        let of = |slot| {
            self.record(slot).map_or((Kind::Object, 0), |record| (record.kind, record.source))
        };
        let order =
            |source: u16| self.sources.get(usize::from(source)).map_or(0, |source| source.order);
        let ((kind, x), (_, y)) = (of(a), of(b));
        if (order(x), x) <= (order(y), y) { (kind, x, y) } else { (kind, y, x) }
    }

    fn weigh(&self, a: Slot, b: Slot, comparison: &Comparison) -> Option<i32> {
        if comparison.veto.is_some() {
            return None;
        }
        self.model.weigh(self.class(a, b), &comparison.vector)
    }

    fn verdict(&self, a: Slot, b: Slot) -> Option<bool> {
        if self.decisions.verdicts.is_empty() {
            return None;
        }
        self.decisions.verdicts.get(&couple(self.uid_of(a), self.uid_of(b))).copied()
    }

    fn limits(&self) -> Limits {
        let clusters = self.settings.clusters;
        Limits {
            threshold: hundredths(clusters.threshold),
            floor: hundredths(clusters.missing),
            ceiling: CERTAIN,
            largest: clusters.largest,
        }
    }

    /// Pattern of a pair, for learning and asking.
    fn pattern(&self, a: Slot, b: Slot, comparison: &Comparison) -> (Class, u64) {
        (self.class(a, b), pack(&comparison.vector))
    }
}

/// Weight of what a person said, in hundredths of a bit; no pair counts for more.
const CERTAIN: i32 = 2500;

fn hundredths(bits: f64) -> i32 {
    (bits * 100.0).round() as i32
}

/// The words of a record, each once.
fn distinct(record: &Record) -> Vec<u32> {
    let mut words = record.words.to_vec();
    words.sort_unstable();
    words.dedup();
    words
}

/// The part of a tag that says the kind.
const KIND: u32 = 0xFFFF_0000;

fn tag(record: &Record) -> u32 {
    (record.kind as u32 + 1) << 16 | u32::from(record.source)
}

impl Pairs for Engine {
    fn weight(&self, a: Slot, b: Slot) -> Option<i32> {
        match self.verdict(a, b) {
            Some(true) => Some(CERTAIN),
            Some(false) => None,
            None => self.weigh(a, b, &self.compare(a, b)?),
        }
    }

    fn order(&self, slot: Slot) -> u64 {
        self.uid_of(slot)
    }

    fn once(&self, slot: Slot) -> Option<u16> {
        let record = self.record(slot)?;
        self.once.get(usize::from(record.source)).copied().unwrap_or(false).then_some(record.source)
    }
}
