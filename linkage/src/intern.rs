//! Words as numbers: each folded word is kept once, with how many records hold it.

use crate::hash::{self, Table};

/// Number of a word in an [`Interner`].
pub type Word = u32;

/// The words of a set of records.
#[derive(Debug, Default, Clone)]
pub struct Interner {
    numbers: Table<u64, Word>,
    hashes: Vec<u64>,
    text: String,
    ends: Vec<u32>,
    masks: Vec<u32>,
    counts: Vec<u32>,
}

impl Interner {
    /// The number of this word, which is a new one when the word is.
    pub fn word(&mut self, text: &str) -> Word {
        let hash = hash::text(text);
        if let Some(word) = self.numbers.get(&hash) {
            return *word;
        }
        let word = self.hashes.len() as Word;
        self.numbers.insert(hash, word);
        self.hashes.push(hash);
        self.text.push_str(text);
        self.ends.push(self.text.len() as u32);
        self.masks.push(mask(text));
        self.counts.push(0);
        word
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// The word of this number; empty when there is none.
    pub fn text(&self, word: Word) -> &str {
        let index = word as usize;
        let start =
            index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start as usize..end as usize).unwrap_or("")
    }

    /// A hash of the word that does not depend on when it was met.
    pub fn hash(&self, word: Word) -> u64 {
        self.hashes.get(word as usize).copied().unwrap_or(0)
    }

    /// Which letters the word holds, a bit each: two words that differ by one edit differ by two
    /// bits at most.
    pub fn mask(&self, word: Word) -> u32 {
        self.masks.get(word as usize).copied().unwrap_or(0)
    }

    /// How many records hold the word.
    pub fn count(&self, word: Word) -> u32 {
        self.counts.get(word as usize).copied().unwrap_or(0)
    }

    /// One record more holds the word.
    pub fn add(&mut self, word: Word) {
        if let Some(count) = self.counts.get_mut(word as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// One record less holds the word.
    pub fn take(&mut self, word: Word) {
        if let Some(count) = self.counts.get_mut(word as usize) {
            *count = count.saturating_sub(1);
        }
    }

    /// Takes in the words of another, and says what number each has here.
    pub fn absorb(&mut self, other: &Self) -> Vec<Word> {
        (0..other.len() as Word).map(|word| self.word(other.text(word))).collect()
    }
}

fn mask(text: &str) -> u32 {
    text.bytes().fold(0, |mask, byte| match byte {
        b'a'..=b'z' => mask | 1 << (byte - b'a'),
        b'0'..=b'9' => mask | 1 << (26 + (byte - b'0') % 5),
        _ => mask | 1 << 31,
    })
}
