//! Hashing that gives the same numbers on every run and machine.
//!
//! Nothing that the engine answers may depend on the order of a hash table; the hashes themselves
//! serve as names of keys and to break ties, so that they must not depend on the process either.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles 64 bits, one to one.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(SEED);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A hash of two hashes, in this order.
pub fn pair(a: u64, b: u64) -> u64 {
    mix(a.rotate_left(23) ^ mix(b))
}

/// A hash of bytes.
pub fn bytes(data: &[u8]) -> u64 {
    let mut state = SEED ^ data.len() as u64;
    for chunk in data.chunks(8) {
        let word = chunk.iter().rev().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
        state = mix(state ^ word);
    }
    state
}

/// A hash of a text.
pub fn text(text: &str) -> u64 {
    bytes(text.as_bytes())
}

/// For keys that are integers: one multiplication.
#[derive(Debug, Default, Clone, Copy)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, data: &[u8]) {
        self.0 = mix(self.0 ^ bytes(data));
    }
    fn write_u32(&mut self, value: u32) {
        self.write_u64(u64::from(value));
    }
    fn write_u64(&mut self, value: u64) {
        self.0 =
            (self.0.rotate_left(5) ^ value).wrapping_mul(0xF135_7AEA_2E62_A9C5).rotate_left(26);
    }
    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}

/// A table whose keys are integers or texts.
pub type Table<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;
/// A set of integers or texts.
pub type Set<K> = HashSet<K, BuildHasherDefault<Quick>>;
