//! Reads MCUs, remembers what of their bits must be written anew, makes the half-size planes.

use super::super::planes::Plane;
use super::half::{Fold, Folded, folds, write};
use super::header::{Component, Header};
use super::huffman::{END, Found, Reader, extended};
use std::collections::VecDeque;

/// Larger values come of damage only.
const MAX_DC: i32 = 1 << 15;

/// Bits, from a place on.
#[derive(Debug)]
struct Bits<'a> {
    bytes: &'a [u8],
    /// Next byte that is not in `held`.
    next: usize,
    /// Bits not yet used, left-aligned.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8], position: usize) -> Self {
        let mut bits = Self { bytes, next: position / 8, held: 0, count: 0 };
        bits.refill();
        bits.skip((position % 8) as u32);
        bits
    }

    fn position(&self) -> usize {
        self.next * 8 - self.count as usize
    }

    /// At least 56 bits; zeros behind the end.
    #[inline]
    fn refill(&mut self) {
        if let Some(eight) = self.bytes.get(self.next..).and_then(<[u8]>::first_chunk::<8>) {
            self.held |= u64::from_be_bytes(*eight) >> self.count;
            self.next += ((63 - self.count) >> 3) as usize;
            self.count |= 56;
            return;
        }
        while self.count <= 56 {
            let byte = self.bytes.get(self.next).copied().unwrap_or(0);
            self.held |= u64::from(byte) << (56 - self.count);
            self.next += 1;
            self.count += 8;
        }
    }

    #[inline]
    fn skip(&mut self, n: u32) {
        self.held <<= n;
        self.count -= n;
    }

    /// The next code with its value: at most 31 bits.
    #[inline]
    fn code(&mut self, table: &Reader, is_dc: bool) -> Option<(i32, u8)> {
        if self.count < 32 {
            self.refill();
        }
        #[expect(clippy::indexing_slicing, reason = "ten bits index a table of 1024")]
        let mut found: Found = table.fast[(self.held >> 54) as usize];
        if found.bits == 0 {
            found = table.slow((self.held >> 48) as u32, is_dc)?;
        }
        self.skip(u32::from(found.bits));
        if found.extra == 0 {
            return Some((i32::from(found.value), found.run));
        }
        let extra = u32::from(found.extra);
        let value = extended((self.held >> (64 - extra)) as u32, extra);
        self.skip(extra);
        Some((value, found.run))
    }
}

/// Bits of a segment that are not copied as they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Bits of the window.
    pub(super) from: usize,
    /// Bits of the window.
    pub(super) to: usize,
    /// A first DC term; `None` for padding that is skipped.
    pub(super) term: Option<Term>,
}

/// A DC term that has another neighbour in its tile than in the scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) component: usize,
    pub(super) value: i32,
    /// The term before it in the tile; `None`: the last of the tile's row above.
    pub(super) previous: Option<i32>,
}

/// What reading of a component needs.
#[derive(Debug)]
struct Channel {
    component: Component,
    dc: Reader,
    ac: Reader,
    folds: Box<[Fold; 64]>,
    /// Last DC term, and the one that the next is told against.
    last: i32,
    prediction: i32,
}

/// The scan.
#[derive(Debug)]
pub(super) struct Scan {
    channels: Vec<Channel>,
    restart_interval: usize,
    /// MCUs until the next restart marker.
    until_restart: usize,
    /// Bits of the window that were read.
    pub(super) position: usize,
    /// Of the segment that was read last.
    pub(super) marks: Vec<Mark>,
}

/// The scan is not as it should be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Damaged;

impl Scan {
    pub(super) fn new(header: &Header) -> Option<Self> {
        let is_single = header.components.len() == 1;
        let mut channels = Vec::new();
        for component in &header.components {
            let dc = header.dc.get(component.dc)?.as_ref()?;
            let ac = header.ac.get(component.ac)?.as_ref()?;
            let quantiser = header.quantisers.get(component.quantiser)?.as_ref()?;
            let mut component = *component;
            if is_single {
                // A scan of one component has MCUs of one block (A.2.2).
                (component.across, component.down) = (1, 1);
            }
            channels.push(Channel {
                component,
                dc: Reader::new(dc, true)?,
                ac: Reader::new(ac, false)?,
                folds: Box::new(folds(quantiser)),
                last: 0,
                prediction: 0,
            });
        }
        Some(Self {
            channels,
            restart_interval: header.restart_interval,
            until_restart: header.restart_interval,
            position: 0,
            marks: Vec::new(),
        })
    }

    /// Blocks of an MCU, of each component: across, down.
    pub(super) fn blocks(&self) -> impl Iterator<Item = (usize, usize)> {
        self.channels.iter().map(|channel| (channel.component.across, channel.component.down))
    }

    /// The last DC terms.
    pub(super) fn last(&self, component: usize) -> i32 {
        self.channels.get(component).map_or(0, |channel| channel.last)
    }

    /// Reads `count` MCUs from MCU `column` of a row: fills [`Scan::marks`], and the half-size
    /// samples into `planes` (rows of this row of MCUs, from `top` on).
    pub(super) fn segment(
        &mut self,
        bytes: &[u8],
        restarts: &mut VecDeque<usize>,
        column: usize,
        count: usize,
        planes: &mut [(&mut Plane, usize)],
    ) -> Result<(), Damaged> {
        self.marks.clear();
        let mut bits = Bits::new(bytes, self.position);
        for number in 0..count {
            let mut is_marked = number == 0;
            if self.restart_interval > 0 {
                if self.until_restart == 0 {
                    self.restart(&mut bits, restarts)?;
                    is_marked = true;
                }
                self.until_restart -= 1;
            }
            for (index, channel) in self.channels.iter_mut().enumerate() {
                let Some((plane, top)) = planes.get_mut(index) else { return Err(Damaged) };
                let Component { across, down, .. } = channel.component;
                for block in 0..across * down {
                    let from = bits.position();
                    let previous = channel.last;
                    let mut folded: Folded = [0.0; 16];
                    let to = channel.read(&mut bits, &mut folded).ok_or(Damaged)?;
                    let is_flat = to.is_flat;
                    if is_marked && block == 0 {
                        let previous = (number > 0).then_some(previous);
                        let term = Term { component: index, value: channel.last, previous };
                        self.marks.push(Mark { from, to: to.dc_end, term: Some(term) });
                    }
                    let x = ((column + number) * across + block % across) * 4;
                    let y = *top + block / across * 4;
                    write(&folded, is_flat, plane, x, y);
                }
            }
        }
        self.position = bits.position();
        let stray = restarts.front().is_some_and(|restart| *restart * 8 < self.position);
        if stray { Err(Damaged) } else { Ok(()) }
    }

    /// Passes a restart marker.
    fn restart(
        &mut self,
        bits: &mut Bits<'_>,
        restarts: &mut VecDeque<usize>,
    ) -> Result<(), Damaged> {
        let from = bits.position();
        let byte = from.div_ceil(8);
        if restarts.pop_front() != Some(byte) {
            return Err(Damaged);
        }
        self.marks.push(Mark { from, to: byte * 8, term: None });
        *bits = Bits::new(bits.bytes, byte * 8);
        for channel in &mut self.channels {
            channel.prediction = 0;
        }
        self.until_restart = self.restart_interval;
        Ok(())
    }
}

/// How a block was.
struct Block {
    /// Bit behind its DC term.
    dc_end: usize,
    /// It has a DC term only.
    is_flat: bool,
}

impl Channel {
    #[inline]
    fn read(&mut self, bits: &mut Bits<'_>, folded: &mut Folded) -> Option<Block> {
        let (difference, _) = bits.code(&self.dc, true)?;
        let value = self.prediction + difference;
        if value.abs() > MAX_DC {
            return None;
        }
        (self.prediction, self.last) = (value, value);
        let dc_end = bits.position();
        let folds = &*self.folds;
        let (Some(first), Some(slot)) = (folds.first(), folded.first_mut()) else { return None };
        *slot = value as f32 * first.weight;
        let mut is_flat = true;
        let mut k = 1usize;
        while k < 64 {
            let (value, run) = bits.code(&self.ac, false)?;
            k += usize::from(run);
            let Some(fold) = folds.get(k) else {
                if run == END {
                    break;
                }
                return None;
            };
            #[expect(clippy::indexing_slicing, reason = "masked to the sixteen slots")]
            let slot = &mut folded[(fold.slot & 15) as usize];
            *slot += value as f32 * fold.weight;
            is_flat = false;
            k += 1;
        }
        Some(Block { dc_end, is_flat })
    }
}
