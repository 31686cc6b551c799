//! Weights by Fellegi and Sunter, learned without labels.
//!
//! Pairs are counted by pattern, so that learning sees numbers and not an order; what a group
//! says is independent of the others given the truth; missing says nothing.

use crate::hash::Table;
use crate::kind::Kind;
use crate::level::{GROUPS, Group, LEVELS, Vector, pack, unpack};
use crate::settings::{Likelihoods, Settings};
use std::collections::BTreeMap;

/// Which pairs share weights: a kind of thing, and two sources, the smaller number first.
pub type Class = (Kind, u16, u16);

/// How many pairs have each pattern.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    patterns: Table<u64, u32>,
}

impl Counts {
    /// Counts a pair.
    pub fn add(&mut self, vector: &Vector) {
        *self.patterns.entry(pack(vector)).or_default() += 1;
    }

    /// Takes in the counts of another.
    pub fn absorb(&mut self, other: &Self) {
        for (pattern, count) in &other.patterns {
            *self.patterns.entry(*pattern).or_default() += count;
        }
    }

    /// Patterns in their order.
    fn sorted(&self) -> Vec<(Vector, f64)> {
        let mut all: Vec<(u64, u32)> =
            self.patterns.iter().map(|(pattern, count)| (*pattern, *count)).collect();
        all.sort_unstable();
        all.into_iter().map(|(pattern, count)| (unpack(pattern), f64::from(count))).collect()
    }

    /// How many pairs were counted.
    pub fn total(&self) -> u64 {
        self.patterns.values().map(|count| u64::from(*count)).sum()
    }
}

/// Likelihoods of levels for pairs of one thing and of two, and how many are of one.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// Among pairs of one thing.
    pub same: Likelihoods,
    /// Among candidates that are two things.
    pub other: Likelihoods,
    /// Part of the candidates that are one thing.
    pub matches: f64,
}

/// Weights in hundredths of a bit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Weight before anything is compared.
    pub start: i32,
    /// Weight of each level.
    pub levels: [[i32; LEVELS]; GROUPS],
}

impl Weights {
    /// Weight of a pair: its log odds.
    pub fn of(&self, vector: &Vector) -> i32 {
        self.levels.iter().zip(vector).fold(self.start, |sum, (levels, level)| {
            sum + levels.get(usize::from(*level)).copied().unwrap_or(0)
        })
    }
}

impl Estimate {
    fn weights(&self) -> Weights {
        let mut levels = [[0; LEVELS]; GROUPS];
        let (same, other) = steady(self);
        for ((row, same), other) in levels.iter_mut().zip(&same).zip(&other) {
            for ((place, m), u) in row.iter_mut().zip(same).zip(other).skip(1) {
                if *m > 0.0 && *u > 0.0 {
                    *place = ((m / u).log2() * 100.0).round().clamp(-1500.0, 1500.0) as i32;
                }
            }
        }
        let start = ((self.matches / (1.0 - self.matches)).log2() * 100.0).round() as i32;
        Weights { start, levels }
    }

    fn odds(&self, vector: &Vector) -> f64 {
        let mut ratio = self.matches / (1.0 - self.matches);
        for ((same, other), level) in self.same.iter().zip(&self.other).zip(vector) {
            if *level > 0
                && let (Some(m), Some(u)) =
                    (same.get(usize::from(*level)), other.get(usize::from(*level)))
                && *u > 0.0
            {
                ratio *= m / u;
            }
        }
        ratio
    }
}

/// Levels of one group from rare to common: what is rarer never says less. Where what was learned
/// is otherwise, neighbours share their likelihoods.
const STEADY: [(Group, &[usize]); 12] = [
    (Group::Title, &[1, 2, 3, 4]),
    (Group::Title, &[5, 6, 7, 8]),
    (Group::Title, &[9, 10, 11, 12]),
    (Group::Title, &[13, 14, 15, 16]),
    (Group::Title, &[17, 18, 19, 20]),
    (Group::Title, &[21, 22, 23, 24]),
    (Group::Agent, &[1, 2]),
    (Group::Agent, &[3, 4]),
    (Group::Agent, &[5, 6]),
    (Group::Place, &[1, 2]),
    (Group::Identifier, &[1, 2]),
    (Group::Size, &[1, 2]),
];

fn steady(estimate: &Estimate) -> (Likelihoods, Likelihoods) {
    let (mut same, mut other) = (estimate.same, estimate.other);
    for (group, levels) in STEADY {
        let (Some(m), Some(u)) = (same.get_mut(group as usize), other.get_mut(group as usize))
        else {
            continue;
        };
        // Pools of neighbours: how many levels, their sums.
        let mut pools: Vec<(usize, f64, f64)> = Vec::new();
        for level in levels {
            let read = |row: &[f64; LEVELS]| row.get(*level).copied().unwrap_or(0.0).max(1e-9);
            pools.push((1, read(m), read(u)));
            while let [.., (count, m1, u1), (more, m2, u2)] = pools.as_slice() {
                if m1 / u1 >= m2 / u2 {
                    break;
                }
                let pool = (count + more, m1 + m2, u1 + u2);
                pools.truncate(pools.len() - 2);
                pools.push(pool);
            }
        }
        let pooled = pools.into_iter().flat_map(|(count, m, u)| {
            std::iter::repeat_n((m / count as f64, u / count as f64), count)
        });
        for (level, (new_m, new_u)) in levels.iter().zip(pooled) {
            if let (Some(m), Some(u)) = (m.get_mut(*level), u.get_mut(*level)) {
                (*m, *u) = (new_m, new_u);
            }
        }
    }
    (same, other)
}

/// Learns from counts, beginning from and held by `prior`, which counts for `strength` pairs.
pub fn learn(counts: &Counts, prior: &Estimate, strength: f64, rounds: u32) -> Estimate {
    let patterns = counts.sorted();
    let mut now = prior.clone();
    for _ in 0..rounds {
        let mut same = prior.same.map(|row| row.map(|part| part * strength));
        let mut other = prior.other.map(|row| row.map(|part| part * strength));
        let mut matches = prior.matches * 20.0;
        let mut all = 20.0;
        for (vector, count) in &patterns {
            let odds = now.odds(vector);
            let share = odds / (1.0 + odds);
            matches += share * count;
            all += count;
            for (group, level) in vector.iter().enumerate() {
                if *level == 0 {
                    continue;
                }
                let level = usize::from(*level);
                if let Some(place) = same.get_mut(group).and_then(|row| row.get_mut(level)) {
                    *place += share * count;
                }
                if let Some(place) = other.get_mut(group).and_then(|row| row.get_mut(level)) {
                    *place += (1.0 - share) * count;
                }
            }
        }
        for row in same.iter_mut().chain(other.iter_mut()) {
            let sum: f64 = row.iter().sum();
            for part in row.iter_mut() {
                *part /= sum.max(1e-9);
            }
        }
        signed(prior, &mut same, &mut other);
        now = Estimate { same, other, matches: (matches / all).clamp(0.0005, 0.9) };
    }
    now
}

/// What is believed to speak clearly for never speaks against, and what speaks clearly against keeps
/// half of that: else the two classes may change places on data where few pairs are of one thing.
fn signed(prior: &Estimate, same: &mut Likelihoods, other: &mut Likelihoods) {
    let priors = prior.same.iter().zip(&prior.other);
    for ((m_row, u_row), (m_prior, u_prior)) in same.iter_mut().zip(other.iter_mut()).zip(priors) {
        for ((m, u), (m0, u0)) in
            m_row.iter_mut().zip(u_row.iter_mut()).zip(m_prior.iter().zip(u_prior))
        {
            let believed = if *u0 > 0.0 { m0 / u0 } else { 1.0 };
            let most = if believed < 0.25 { believed.sqrt() } else { f64::INFINITY };
            let least = if believed > 4.0 { 1.0 } else { 0.0 };
            let ratio = *m / u.max(1e-12);
            if ratio > most || ratio < least {
                let bound = if ratio > most { most } else { least };
                let sum = *m + *u;
                (*m, *u) = (sum * bound / (1.0 + bound), sum / (1.0 + bound));
            }
        }
    }
}

/// What people said, by class and pattern.
#[derive(Debug, Clone, Default)]
pub struct Labels {
    said: BTreeMap<(Class, u64), (u32, u32)>,
}

impl Labels {
    /// Adds an answer.
    pub fn add(&mut self, class: Class, pattern: u64, same: bool) {
        let (yes, no) = self.said.entry((class, pattern)).or_default();
        if same { *yes += 1 } else { *no += 1 }
    }
}

/// The model counts for so many answers about a pattern.
const OWN_VOICE: f64 = 3.0;

/// The weights of all classes.
#[derive(Debug, Clone, Default)]
pub struct Model {
    classes: BTreeMap<Class, Weights>,
    kinds: BTreeMap<Kind, Weights>,
    /// What answers added to a pattern's weight.
    corrections: BTreeMap<(Class, u64), i32>,
}

impl Model {
    /// The weights that are believed before any data.
    pub fn believed(settings: &Settings) -> Self {
        let mut out = Self::default();
        for kind in Kind::ALL {
            out.kinds.insert(kind, prior(kind, settings).weights());
        }
        out
    }

    /// Learns the weights of each kind, then of each pair of sources on top of them; answers of
    /// people correct the patterns that they were asked about.
    pub fn learned(counts: &BTreeMap<Class, Counts>, labels: &Labels, settings: &Settings) -> Self {
        let learning = settings.learning;
        let mut kinds: BTreeMap<Kind, Counts> = BTreeMap::new();
        for ((kind, _, _), own) in counts {
            kinds.entry(*kind).or_default().absorb(own);
        }
        let mut out = Self::believed(settings);
        for (kind, all) in kinds {
            let learned =
                learn(&all, &prior(kind, settings), learning.prior_pairs, learning.rounds);
            for (class, own) in counts.iter().filter(|((own, _, _), _)| *own == kind) {
                let estimate = learn(own, &learned, learning.source_pairs, learning.rounds);
                out.classes.insert(*class, estimate.weights());
            }
            out.kinds.insert(kind, learned.weights());
        }
        for ((class, pattern), (yes, no)) in &labels.said {
            let Some(weight) = out.weights(*class).map(|weights| weights.of(&unpack(*pattern)))
            else {
                continue;
            };
            let (yes, no) = (f64::from(*yes), f64::from(*no));
            let weight = f64::from(weight) / 100.0;
            let believed = 1.0 / (1.0 + (-weight).exp2());
            let part =
                ((believed * OWN_VOICE + yes) / (OWN_VOICE + yes + no)).clamp(1e-4, 1.0 - 1e-4);
            let corrected = (part / (1.0 - part)).log2();
            out.corrections
                .insert((*class, *pattern), ((corrected - weight) * 100.0).round() as i32);
        }
        out
    }

    /// The weights of a class; those of the kind for sources that were not learned.
    pub fn weights(&self, class: Class) -> Option<&Weights> {
        self.classes.get(&class).or_else(|| self.kinds.get(&class.0))
    }

    /// The weight of a pair in hundredths of a bit.
    pub fn weigh(&self, class: Class, vector: &Vector) -> Option<i32> {
        let weight = self.weights(class)?.of(vector);
        if self.corrections.is_empty() {
            return Some(weight);
        }
        Some(weight + self.corrections.get(&(class, pack(vector))).copied().unwrap_or(0))
    }
}

fn prior(kind: Kind, settings: &Settings) -> Estimate {
    let (same, other) = settings.priors(kind.profile());
    Estimate { same, other, matches: settings.learning.matches }
}
