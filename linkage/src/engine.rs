//! The engine: records in, clusters out.

use crate::cluster::{self, Edge, Limits, Pairs};
use crate::compare::{self, Comparison, Context};
use crate::hash::Table;
use crate::index::{Bounds, Index, Scratch, Slot, keys};
use crate::input::Input;
use crate::kind::Kind;
use crate::model::{Class, Counts, Model};
use crate::normalise::Normaliser;
use crate::record::Record;
use crate::settings::Settings;
use std::collections::BTreeMap;

/// A source as the engine knows it.
#[derive(Debug, Clone)]
struct Source {
    name: String,
    records: u32,
}

/// Records, index, weights and clusters.
#[derive(Debug, Clone)]
pub struct Engine {
    settings: Settings,
    normaliser: Normaliser,
    sources: Vec<Source>,
    once: Vec<bool>,
    records: Vec<Option<Record>>,
    index: Index,
    model: Model,
    live: u32,
    /// Kind and source of each slot; 0 when it is free.
    tags: Vec<u32>,
}

/// Times and counts of a full run.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Candidate pairs.
    pub pairs: usize,
    /// Pairs above the threshold.
    pub edges: usize,
    /// Clusters of two and more.
    pub clusters: usize,
}

impl Engine {
    /// An engine without records.
    pub fn new(settings: Settings) -> Self {
        let index = Index::new(settings.bounds.longest_list);
        Self {
            settings,
            normaliser: Normaliser::new(),
            sources: Vec::new(),
            once: Vec::new(),
            records: Vec::new(),
            index,
            model: Model::default(),
            live: 0,
            tags: Vec::new(),
        }
    }

    fn source(&mut self, name: &str) -> u16 {
        if let Some(at) = self.sources.iter().position(|source| source.name == name) {
            return at as u16;
        }
        self.sources.push(Source { name: name.to_owned(), records: 0 });
        self.sources.len() as u16 - 1
    }

    /// Adds a record and returns its slot.
    pub fn insert(&mut self, input: &Input) -> Slot {
        let source = self.source(&input.source);
        let record = self.normaliser.record(input, source);
        self.put(record)
    }

    fn put(&mut self, record: Record) -> Slot {
        let slot = self.records.len() as Slot;
        if let Some(source) = self.sources.get_mut(usize::from(record.source)) {
            source.records += 1;
        }
        let mut own = Vec::new();
        keys(&record, &self.normaliser.words, &mut own);
        for key in own {
            self.index.insert(key, slot);
        }
        let mut seen = record.words.to_vec();
        seen.sort_unstable();
        seen.dedup();
        for word in seen {
            self.normaliser.words.add(word);
        }
        self.tags.push(tag(&record));
        self.records.push(Some(record));
        self.live += 1;
        slot
    }

    fn decide_sources(&mut self) {
        let several = self.sources.iter().filter(|source| source.records > 0).count() > 1;
        self.once = self.sources.iter().map(|source| self.settings.sources.get(&source.name).map_or(several, |known| known.clean)).collect();
    }

    fn record(&self, slot: Slot) -> Option<&Record> {
        self.records.get(slot as usize).and_then(Option::as_ref)
    }

    fn context(&self) -> Context<'_> {
        Context { words: &self.normaliser.words, index: &self.index, total: self.live }
    }

    fn candidates(&self, slot: Slot, scratch: &mut Scratch, own: &mut Vec<u64>) -> Vec<(Slot, u32)> {
        let Some(record) = self.record(slot) else { return Vec::new() };
        keys(record, &self.normaliser.words, own);
        scratch.fit(self.records.len());
        let bounds: Bounds = self.settings.bounds;
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
            |other| self.order(other),
        )
    }

    /// All pairs of candidates, each once, in an order of their own.
    pub fn pairs(&self, threads: usize) -> Vec<(Slot, Slot)> {
        let total = self.records.len() as Slot;
        let parts = in_parts(total as usize, threads, |range| {
            let mut scratch = Scratch::default();
            let mut own = Vec::new();
            let mut out = Vec::new();
            for slot in range {
                for (other, _) in self.candidates(slot as Slot, &mut scratch, &mut own) {
                    let slot = slot as Slot;
                    out.push((slot.min(other), slot.max(other)));
                }
            }
            out
        });
        let mut all: Vec<(Slot, Slot)> = parts.into_iter().flatten().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn compare(&self, a: Slot, b: Slot) -> Option<Comparison> {
        Some(compare::compare(self.context(), self.record(a)?, self.record(b)?))
    }

    fn class(&self, a: Slot, b: Slot) -> Class {
        let of = |slot| self.record(slot).map_or((Kind::Object, 0), |record| (record.kind, record.source));
        let ((kind, x), (_, y)) = (of(a), of(b));
        // Sources are numbered as they come: a name decides which is first.
        (kind, x.min(y), x.max(y))
    }

    /// Everything: candidates, weights, clusters. Clusters of two and more.
    pub fn run(&mut self, threads: usize) -> (Vec<Vec<Slot>>, Report) {
        self.decide_sources();
        let pairs = self.pairs(threads);
        let compared: Vec<Vec<Comparison>> = in_parts(pairs.len(), threads, |range| {
            pairs.get(range).unwrap_or(&[]).iter().filter_map(|(a, b)| self.compare(*a, *b)).collect()
        });
        let compared: Vec<Comparison> = compared.into_iter().flatten().collect();
        let mut counts: BTreeMap<Class, Counts> = BTreeMap::new();
        for ((a, b), comparison) in pairs.iter().zip(&compared) {
            counts.entry(self.class(*a, *b)).or_default().add(&comparison.vector);
        }
        self.model = Model::learned(&counts, &self.settings);
        let limits = self.limits();
        let edges: Vec<Edge> = pairs
            .iter()
            .zip(&compared)
            .filter(|(_, comparison)| comparison.veto.is_none())
            .filter_map(|((a, b), comparison)| {
                let weight = self.model.weights(self.class(*a, *b))?.of(&comparison.vector);
                (weight >= limits.threshold).then_some(Edge { a: *a, b: *b, weight })
            })
            .collect();
        let components = cluster::components(&edges, self.records.len());
        let clusters: Vec<Vec<Slot>> = in_parts(components.len(), threads, |range| {
            let mut out = Vec::new();
            for component in components.get(range).unwrap_or(&[]) {
                out.extend(cluster::cluster(component, &[], self, limits));
            }
            out
        })
        .into_iter()
        .flatten()
        .collect();
        let report = Report { pairs: pairs.len(), edges: edges.len(), clusters: clusters.len() };
        (clusters, report)
    }

    fn limits(&self) -> Limits {
        let clusters = self.settings.clusters;
        let hundredths = |bits: f64| (bits * 100.0).round() as i32;
        Limits { threshold: hundredths(clusters.threshold), floor: hundredths(clusters.missing), ceiling: 2500, largest: clusters.largest }
    }

    /// The comparison and weight of two records, for explanation.
    pub fn explain(&self, a: Slot, b: Slot) -> Option<(Comparison, i32)> {
        let comparison = self.compare(a, b)?;
        let weight = self.model.weights(self.class(a, b))?.of(&comparison.vector);
        Some((comparison, weight))
    }

    /// The weights learned.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Name of a source by number.
    pub fn source_name(&self, number: u16) -> &str {
        self.sources.get(usize::from(number)).map_or("", |source| source.name.as_str())
    }

    /// Source number of a record.
    pub fn source_of(&self, slot: Slot) -> u16 {
        self.record(slot).map_or(0, |record| record.source)
    }
}

/// The part of a tag that says the kind.
const KIND: u32 = 0xFFFF_0000;

fn tag(record: &Record) -> u32 {
    (record.kind as u32 + 1) << 16 | u32::from(record.source)
}

impl Pairs for Engine {
    fn weight(&self, a: Slot, b: Slot) -> Option<i32> {
        let comparison = self.compare(a, b)?;
        if comparison.veto.is_some() {
            return None;
        }
        Some(self.model.weights(self.class(a, b))?.of(&comparison.vector))
    }

    fn order(&self, slot: Slot) -> u64 {
        self.record(slot).map_or(0, |record| record.uid)
    }

    fn once(&self, slot: Slot) -> Option<u16> {
        let record = self.record(slot)?;
        self.once.get(usize::from(record.source)).copied().unwrap_or(false).then_some(record.source)
    }
}

/// Cuts a range into pieces, one thread for each of `threads` at a time, and gives the results in
/// the order of the pieces.
fn in_parts<T: Send>(total: usize, threads: usize, work: impl Fn(std::ops::Range<usize>) -> T + Sync) -> Vec<T> {
    const PIECES: usize = 64;
    let size = total.div_ceil(PIECES).max(1);
    let ranges: Vec<std::ops::Range<usize>> = (0..PIECES).map(|piece| (piece * size).min(total)..((piece + 1) * size).min(total)).filter(|range| !range.is_empty()).collect();
    if threads <= 1 {
        return ranges.into_iter().map(work).collect();
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut own = Vec::new();
                    loop {
                        let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        let Some(range) = ranges.get(at) else { return own };
                        own.push((at, work(range.clone())));
                    }
                })
            })
            .collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap_or_default()).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Kept so that callers can build tables keyed by slot.
pub type BySlot<T> = Table<Slot, T>;
