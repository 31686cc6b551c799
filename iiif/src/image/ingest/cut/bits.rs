//! Bits: the scan without its stuffing, read piece by piece, and the tiles that grow.

use super::super::IngestError;
use std::io::Read;

/// Bytes read from the master at once.
const PIECE: usize = 256 << 10;

/// The scan's bytes without stuffing and restart markers, in a window that moves on.
#[derive(Debug)]
pub(super) struct Window {
    /// Unstuffed bytes; 16 zeros behind the last.
    pub(super) bytes: Vec<u8>,
    /// How many of them are real.
    filled: usize,
    /// Where restart markers were, in bytes of the window.
    pub(super) restarts: std::collections::VecDeque<usize>,
    raw: Vec<u8>,
    /// Raw bytes that are waiting: an `FF` whose next byte is not here yet.
    kept: usize,
    is_over: bool,
}

impl Window {
    /// `first` are bytes of the scan that were read with the header.
    pub(super) fn new(first: &[u8]) -> Self {
        let mut window = Self {
            bytes: vec![0; 16],
            filled: 0,
            restarts: std::collections::VecDeque::new(),
            raw: first.to_vec(),
            kept: first.len(),
            is_over: false,
        };
        window.unstuff();
        window
    }

    /// Makes sure that so many bytes are there behind byte `at`, or all to the end of the scan;
    /// drops what is before it. Returns how many were dropped.
    pub(super) fn ensure<R: Read>(
        &mut self,
        source: &mut R,
        at: usize,
        wanted: usize,
    ) -> Result<usize, IngestError> {
        if self.is_over || self.filled >= at + wanted {
            return Ok(0);
        }
        self.bytes.truncate(self.filled);
        self.bytes.drain(..at.min(self.filled));
        self.filled = self.bytes.len();
        self.bytes.resize(self.filled + 16, 0);
        for restart in &mut self.restarts {
            *restart = restart.saturating_sub(at);
        }
        while !self.is_over && self.filled < wanted {
            self.raw.resize(self.kept + PIECE, 0);
            let space = self.raw.get_mut(self.kept..).unwrap_or_default();
            let n = match source.read(space) {
                Ok(n) => n,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(IngestError::Read(error)),
            };
            self.kept += n;
            if n == 0 {
                self.is_over = true;
            } else {
                self.unstuff();
            }
        }
        Ok(at)
    }

    /// Bytes that are real.
    pub(super) fn filled(&self) -> usize {
        self.filled
    }

    /// Moves raw bytes into the window.
    fn unstuff(&mut self) {
        self.bytes.truncate(self.filled);
        let mut rest = self.raw.get(..self.kept).unwrap_or_default();
        let mut left = 0;
        while let Some(at) = memchr::memchr(0xFF, rest) {
            let (plain, tail) = rest.split_at(at);
            self.bytes.extend_from_slice(plain);
            match tail {
                [_, 0, after @ ..] => {
                    self.bytes.push(0xFF);
                    rest = after;
                }
                [_, 0xD0..=0xD7, after @ ..] => {
                    self.restarts.push_back(self.bytes.len());
                    rest = after;
                }
                // Fill bytes before a marker.
                [_, 0xFF, ..] => rest = tail.get(1..).unwrap_or_default(),
                [_, _, ..] => {
                    self.is_over = true;
                    rest = &[];
                }
                _ => {
                    left = 1;
                    rest = &[];
                }
            }
        }
        self.bytes.extend_from_slice(rest);
        self.filled = self.bytes.len();
        self.bytes.resize(self.filled + 16, 0);
        if let (1, Some(first)) = (left, self.raw.first_mut()) {
            *first = 0xFF;
        }
        self.kept = left;
    }
}

/// Bits of one tile, not yet stuffed.
#[derive(Debug, Default)]
pub(super) struct TileBits {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet, left-aligned.
    pending: u64,
    count: u32,
}

impl TileBits {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.count = 0;
    }

    /// Appends the low `length` bits (at most 32).
    pub(super) fn push(&mut self, bits: u32, length: u32) {
        if length == 0 {
            return;
        }
        self.pending |= (u64::from(bits) << (64 - length)) >> self.count;
        self.count += length;
        while self.count >= 8 {
            self.bytes.push((self.pending >> 56) as u8);
            self.pending <<= 8;
            self.count -= 8;
        }
    }

    /// Appends bits `from..to` of a window.
    pub(super) fn copy(&mut self, window: &[u8], mut from: usize, to: usize) {
        // Fewer than eight bits are pending here, so 56 more fit.
        while to - from.min(to) >= 56 {
            let Some(eight) = window.get(from / 8..).and_then(<[u8]>::first_chunk::<8>) else {
                return;
            };
            let bits = (u64::from_be_bytes(*eight) << (from % 8)) & !0xFF;
            self.pending |= bits >> self.count;
            let [a, b, c, d, e, f, g, _] = self.pending.to_be_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d, e, f, g]);
            // Seven bytes went out, 56 bits came in: as many are pending as before.
            self.pending = if self.count == 0 { 0 } else { bits << (56 - self.count) };
            from += 56;
        }
        while from < to {
            let length = (to - from).min(24);
            let four = window.get(from / 8..).and_then(<[u8]>::first_chunk::<4>);
            let word = u32::from_be_bytes(four.copied().unwrap_or_default()) << (from % 8);
            self.push(word >> (32 - length), length as u32);
            from += length;
        }
    }

    /// The entropy-coded bytes: filled up with ones, stuffed, behind `out`.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.count > 0 {
            let byte = (self.pending >> 56) as u8 | (0xFF >> self.count);
            self.bytes.push(byte);
        }
        let mut rest = self.bytes.as_slice();
        while let Some(at) = memchr::memchr(0xFF, rest) {
            let (plain, tail) = rest.split_at(at + 1);
            out.extend_from_slice(plain);
            out.push(0);
            rest = tail;
        }
        out.extend_from_slice(rest);
        self.clear();
    }
}
