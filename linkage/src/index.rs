//! Candidates: which records share rare keys with a record, from posting lists that are updated
//! record by record.
//!
//! A list that is longer than a cap is not read, and a search reads a bounded number of entries:
//! the cost does not depend on how many records there are.

use crate::hash::{self, Table};
use crate::intern::Interner;
use crate::kind::Profile;
use crate::record::{List, Record};

/// Number of a record inside the engine.
pub type Slot = u32;

/// Bounds of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Lists longer than this are not read.
    pub longest_list: u32,
    /// So many entries are read in all.
    pub entries: u32,
    /// So many candidates are kept for a record.
    pub candidates: usize,
}

#[derive(Debug, Clone, Copy)]
struct Posting {
    /// How many records have the key.
    count: u32,
    /// The record when there is one, else the number of the list.
    at: u32,
}

/// Which records have which keys.
#[derive(Debug, Default, Clone)]
pub struct Index {
    postings: Table<u64, Posting>,
    lists: Vec<Vec<Slot>>,
    free: Vec<u32>,
    longest: u32,
}

impl Index {
    /// An empty index that keeps no list longer than twice this.
    pub fn new(longest: u32) -> Self {
        Self { longest: longest.saturating_mul(2), ..Self::default() }
    }

    /// How many records have this key.
    pub fn count(&self, key: u64) -> u32 {
        self.postings.get(&key).map_or(0, |posting| posting.count)
    }

    /// Adds a record under a key.
    pub fn insert(&mut self, key: u64, slot: Slot) {
        let Some(posting) = self.postings.get_mut(&key) else {
            self.postings.insert(key, Posting { count: 1, at: slot });
            return;
        };
        posting.count += 1;
        match posting.count {
            1 => posting.at = slot,
            2 => {
                let list = vec![posting.at, slot];
                posting.at = if let Some(at) = self.free.pop() {
                    if let Some(place) = self.lists.get_mut(at as usize) {
                        *place = list;
                    }
                    at
                } else {
                    self.lists.push(list);
                    self.lists.len() as u32 - 1
                };
            }
            count => {
                if let Some(list) = self.lists.get_mut(posting.at as usize) {
                    if count <= self.longest {
                        list.push(slot);
                    } else if !list.is_empty() {
                        // Too common to find anything by: only the count goes on.
                        *list = Vec::new();
                    }
                }
            }
        }
    }

    /// Takes a record away from a key.
    pub fn remove(&mut self, key: u64, slot: Slot) {
        let Some(posting) = self.postings.get_mut(&key) else { return };
        if posting.count <= 1 {
            self.postings.remove(&key);
            return;
        }
        posting.count -= 1;
        let Some(list) = self.lists.get_mut(posting.at as usize) else { return };
        if let Some(at) = list.iter().position(|member| *member == slot) {
            list.swap_remove(at);
        }
        if posting.count == 1 && list.len() == 1 {
            let last = list.first().copied().unwrap_or(slot);
            list.clear();
            self.free.push(posting.at);
            posting.at = last;
        }
    }

    /// The records under a key.
    fn list<'a>(&'a self, posting: &'a Posting) -> &'a [Slot] {
        if posting.count == 1 {
            return std::slice::from_ref(&posting.at);
        }
        self.lists.get(posting.at as usize).map_or(&[], Vec::as_slice)
    }

    /// The records that share most with these keys, best first, of those that `wanted` lets pass.
    /// `order` breaks ties.
    pub fn search(
        &self,
        keys: &[u64],
        total: u32,
        bounds: Bounds,
        scratch: &mut Scratch,
        wanted: impl Fn(Slot) -> bool,
        order: impl Fn(Slot) -> u64,
    ) -> Vec<(Slot, u32)> {
        scratch.found.clear();
        scratch.found.extend(keys.iter().filter_map(|key| {
            let posting = self.postings.get(key)?;
            (posting.count <= bounds.longest_list).then_some((posting.count, *key, *posting))
        }));
        scratch.found.sort_unstable_by_key(|(count, key, _)| (*count, *key));
        let mut left = bounds.entries;
        for (count, _, posting) in &scratch.found {
            if *count > left {
                break;
            }
            left -= count;
            let weight = bits(*count, total);
            for slot in self.list(posting) {
                if !wanted(*slot) {
                    continue;
                }
                if let Some(score) = scratch.scores.get_mut(*slot as usize) {
                    if *score == 0 {
                        scratch.touched.push(*slot);
                    }
                    *score += weight;
                }
            }
        }
        let mut best: Vec<(Slot, u32)> = Vec::with_capacity(scratch.touched.len());
        for slot in scratch.touched.drain(..) {
            if let Some(score) = scratch.scores.get_mut(slot as usize) {
                best.push((slot, *score));
                *score = 0;
            }
        }
        if let Some(last) = bounds.candidates.checked_sub(1)
            && best.len() > bounds.candidates
        {
            let (_, (_, least), _) =
                best.select_nth_unstable_by_key(last, |(_, score)| std::cmp::Reverse(*score));
            let least = *least;
            best.retain(|(_, score)| *score >= least);
        }
        best.sort_by_cached_key(|(slot, score)| (std::cmp::Reverse(*score), order(*slot)));
        best.truncate(bounds.candidates);
        best
    }
}

/// Memory that searches use again.
#[derive(Debug, Default, Clone)]
pub struct Scratch {
    scores: Vec<u32>,
    touched: Vec<Slot>,
    found: Vec<(u32, u64, Posting)>,
}

impl Scratch {
    /// Makes room for so many records.
    pub fn fit(&mut self, records: usize) {
        if self.scores.len() < records {
            self.scores.resize(records, 0);
        }
    }
}

/// Information of sharing what `count` of `total` have, in hundredths of a bit; 1 at least.
pub fn bits(count: u32, total: u32) -> u32 {
    let ratio = f64::from(total.max(1)) / f64::from(count.max(1));
    (ratio.log2() * 100.0).max(1.0) as u32
}

/// Names of families of keys, so that two keys of different meaning never fall together.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Family {
    Word = 1,
    Two,
    Placed,
    Held,
    Title,
    Place,
    Number,
    Sizes,
    Sized,
    Dated,
    Day,
    Detail,
    Track,
    Code,
    Located,
}

fn key(family: Family, value: u64) -> u64 {
    hash::pair(family as u64, value)
}

/// Key of the whole title of a record.
pub fn title_key(record: &Record) -> u64 {
    hash::pair(key(Family::Title, record.title_key), record.kind as u64)
}

/// Key of the place.
pub fn place_key(record: &Record) -> u64 {
    key(Family::Place, record.place_key)
}

/// Key of the whole title at this place; nothing when one of the two is missing.
pub fn located_key(record: &Record) -> Option<u64> {
    (record.title_key != 0 && record.place_key != 0).then(|| {
        hash::pair(key(Family::Located, record.title_key ^ record.kind as u64), record.place_key)
    })
}

/// Key of the sizes.
pub fn sizes_key(record: &Record) -> u64 {
    let [a, b] = record.sizes;
    key(Family::Sizes, hash::pair(u64::from(a / 10), u64::from(b / 10)))
}

/// Key of an identifier.
pub fn number_key(value: u64) -> u64 {
    key(Family::Number, value)
}

/// All keys of a record, without doubles.
pub fn keys(record: &Record, words: &Interner, out: &mut Vec<u64>) {
    out.clear();
    let profile = record.kind.profile();
    let kind = record.kind as u64;
    let name = |word: &u32| words.hash(*word);
    let title = record.list(List::Title);
    let word_key = |word: &u32| key(Family::Word, hash::pair(kind, name(word)));
    out.extend(title.iter().map(word_key));
    for identifier in &record.identifiers {
        out.push(number_key(identifier.value));
    }
    if record.title_key != 0 {
        out.push(title_key(record));
    }
    if record.place_key != 0 {
        out.push(place_key(record));
    }
    let family = record.agents().next().and_then(<[u32]>::first);
    let two = |out: &mut Vec<u64>, a: u64, b: u64| {
        out.push(key(Family::Two, hash::pair(kind, a.wrapping_add(b))));
    };
    match profile {
        Profile::Heritage => {
            for agent in record.agents() {
                out.extend(agent.first().map(word_key));
            }
            for (a, b) in title.iter().zip(title.iter().skip(1)).take(16) {
                two(out, name(a), name(b));
            }
            out.extend(located_key(record));
            if record.place_key != 0 {
                for word in title.iter().take(6) {
                    out.push(key(Family::Placed, hash::pair(record.place_key ^ kind, name(word))));
                }
                for word in record.list(List::Holder).iter().take(4) {
                    out.push(key(Family::Held, hash::pair(record.place_key ^ kind, name(word))));
                }
            }
            if record.sizes[1] != 0 {
                out.push(sizes_key(record));
                let sized = sizes_key(record) ^ kind;
                out.extend(family.map(|word| key(Family::Sized, hash::pair(sized, name(word)))));
                out.extend(
                    title
                        .iter()
                        .take(6)
                        .map(|word| key(Family::Sized, hash::pair(sized, mix_title(name(word))))),
                );
            }
            if let (Some(word), Some((first, _))) = (family, record.years) {
                out.push(key(Family::Dated, hash::pair(name(word) ^ kind, first as u64)));
                for part in title.iter().take(6) {
                    out.push(key(
                        Family::Dated,
                        hash::pair(name(word).wrapping_add(name(part)), 1),
                    ));
                }
            }
        }
        Profile::Bibliographic => {
            for agent in record.agents() {
                out.extend(agent.iter().map(word_key));
            }
            let holder = record.list(List::Holder);
            out.extend(holder.iter().map(word_key));
            for (a, b) in title.iter().zip(title.iter().skip(1)).take(16) {
                two(out, name(a), name(b));
            }
            if let Some(word) = family {
                for part in title.iter().take(4) {
                    two(out, name(word), name(part));
                }
            }
            let [_, number] = record.detail;
            if number != 0 && record.kind == crate::kind::Kind::Recording {
                for word in holder.iter().chain(title).take(12) {
                    out.push(key(Family::Track, hash::pair(u64::from(number), name(word))));
                }
            }
        }
        Profile::Person => {
            for agent in record.agents().take(1) {
                for (index, word) in agent.iter().enumerate() {
                    out.push(word_key(word));
                    if let Some((year, _)) = record.years {
                        out.push(key(Family::Dated, hash::pair(name(word), year as u64)));
                    }
                    if record.place_key != 0 {
                        out.push(key(Family::Placed, hash::pair(record.place_key, name(word))));
                    }
                    if record.detail[1] != 0 {
                        out.push(key(
                            Family::Code,
                            hash::pair(u64::from(record.detail[1]), name(word)),
                        ));
                    }
                    for other in agent.iter().skip(index + 1) {
                        two(out, name(word), name(other));
                    }
                }
            }
            if record.day != 0 {
                out.push(key(Family::Day, u64::from(record.day)));
                if record.place_key != 0 {
                    out.push(key(Family::Day, hash::pair(record.place_key, u64::from(record.day))));
                }
            }
            if record.detail[0] != 0 {
                out.push(key(Family::Detail, u64::from(record.detail[0])));
            }
        }
    }
    out.sort_unstable();
    out.dedup();
}

fn mix_title(word: u64) -> u64 {
    hash::mix(word ^ 0x5151)
}
