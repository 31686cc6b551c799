//! The file that is being written: streams behind each other, then directories and index.

use super::super::serving::index::{HEAD, Place};
use super::super::serving::{Facts, Index, Slice};
use super::super::{Dimensions, serving::index::grid};
use super::IngestError;
use std::io::{Seek, SeekFrom, Write};

/// What was written of one level.
#[derive(Debug, Default)]
pub(super) struct LevelStreams {
    /// The padded tiles, as TIFF wants them, row by row.
    pub(super) padded: Vec<Slice>,
    /// The exact tiles, row by row; whole tiles are the same slices.
    pub(super) exact: Vec<Slice>,
    /// Sampling of the luma against the chroma, for the directory: across, down.
    pub(super) sampling: (u16, u16),
}

/// Writes streams and knows where they are.
#[derive(Debug)]
pub(super) struct Sink<W> {
    out: W,
    position: u64,
}

impl<W: Write + Seek> Sink<W> {
    /// Begins behind the head of the file, or where an attempt was given up.
    pub(super) fn new(mut out: W, position: u64) -> Result<Self, IngestError> {
        let position = position.max(HEAD as u64);
        out.seek(SeekFrom::Start(position)).map_err(IngestError::Write)?;
        Ok(Self { out, position })
    }

    /// Where the next stream will be.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Writes a stream.
    pub(super) fn put(&mut self, stream: &[u8]) -> Result<Slice, IngestError> {
        let slice = Slice {
            offset: self.position,
            length: stream.len() as u32,
            checksum: crc32fast::hash(stream),
        };
        self.raw(stream)?;
        Ok(slice)
    }

    fn raw(&mut self, bytes: &[u8]) -> Result<(), IngestError> {
        self.out.write_all(bytes).map_err(IngestError::Write)?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Directories, index, head. Returns the length of the file.
    pub(super) fn finish(
        mut self,
        facts: &Facts,
        levels: Vec<LevelStreams>,
        stored: Vec<(Dimensions, Slice)>,
    ) -> Result<u64, IngestError> {
        self.align()?;
        let profile_at = self.position;
        if let Some(profile) = &facts.profile {
            self.raw(profile)?;
            self.align()?;
        }
        let first = self.position;
        let count = levels.len();
        for (number, level) in levels.iter().enumerate() {
            let is_last = number + 1 == count;
            let bytes = directory(facts, number as u32, level, self.position, profile_at, is_last);
            self.raw(&bytes)?;
        }
        let exact = levels.into_iter().map(|level| level.exact).collect();
        let index = Index::new(facts.clone(), exact, stored, 0);
        let body = index.write();
        let place = Place {
            offset: self.position,
            length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            checksum: crc32fast::hash(&body),
            file_length: self.position + body.len() as u64,
        };
        self.raw(&body)?;
        self.out.seek(SeekFrom::Start(0)).map_err(IngestError::Write)?;
        self.out.write_all(&place.head(first)).map_err(IngestError::Write)?;
        self.out.flush().map_err(IngestError::Write)?;
        Ok(place.file_length)
    }

    /// TIFF wants directories at even places; eight is what BigTIFF likes.
    fn align(&mut self) -> Result<(), IngestError> {
        let gap = self.position.next_multiple_of(8) - self.position;
        self.raw([0u8; 8].get(..gap as usize).unwrap_or_default())
    }
}

const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const UNDEFINED: u16 = 7;
const LONG8: u16 = 16;

/// One directory with what its tags point to behind it, for this place in the file.
fn directory(
    facts: &Facts,
    level: u32,
    streams: &LevelStreams,
    at: u64,
    profile_at: u64,
    is_last: bool,
) -> Vec<u8> {
    let size = facts.size.reduced(1 << level);
    let (columns, rows) = grid(facts.size, facts.tile_side, level);
    let tiles = u64::from(columns) * u64::from(rows);
    let components: u16 = if facts.gray { 1 } else { 3 };
    let colour = if facts.gray { 0 } else { 2 } + u64::from(facts.profile.is_some());
    let entries = 13 + colour;
    let behind = at + 8 + entries * 20 + 8;
    // Offsets, byte counts and the six rationals lie behind the entries; one value fits into them.
    let counts_at = behind + if tiles > 1 { tiles * 8 } else { 0 };
    let black_at = (counts_at + if tiles > 1 { tiles * 4 } else { 0 }).next_multiple_of(8);
    let next = (black_at + if facts.gray { 0 } else { 48 }).next_multiple_of(8);
    let mut out = Vec::with_capacity((next - at) as usize);
    out.extend(entries.to_le_bytes());
    let mut entry = |tag: u16, kind: u16, count: u64, value: u64| {
        out.extend(tag.to_le_bytes());
        out.extend(kind.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend(value.to_le_bytes());
    };
    let one = |slice: Option<&Slice>, value: fn(&Slice) -> u64| slice.map_or(0, value);
    let only = streams.padded.first();
    entry(254, LONG, 1, u64::from(level > 0));
    entry(256, LONG, 1, u64::from(size.width));
    entry(257, LONG, 1, u64::from(size.height));
    entry(258, SHORT, u64::from(components), if facts.gray { 8 } else { 0x0008_0008_0008 });
    entry(259, SHORT, 1, 7);
    entry(262, SHORT, 1, if facts.gray { 1 } else { 6 });
    entry(274, SHORT, 1, 1);
    entry(277, SHORT, 1, u64::from(components));
    entry(284, SHORT, 1, 1);
    entry(322, LONG, 1, u64::from(facts.tile_side));
    entry(323, LONG, 1, u64::from(facts.tile_side));
    entry(324, LONG8, tiles, if tiles > 1 { behind } else { one(only, |s| s.offset) });
    entry(325, LONG, tiles, if tiles > 1 { counts_at } else { one(only, |s| s.length.into()) });
    if !facts.gray {
        let (across, down) = streams.sampling;
        entry(530, SHORT, 2, u64::from(across) | u64::from(down) << 16);
        entry(532, RATIONAL, 6, black_at);
    }
    if let Some(profile) = &facts.profile {
        entry(34675, UNDEFINED, profile.len() as u64, profile_at);
    }
    out.extend(if is_last { 0u64 } else { next }.to_le_bytes());
    if tiles > 1 {
        out.extend(streams.padded.iter().flat_map(|slice| slice.offset.to_le_bytes()));
        out.extend(streams.padded.iter().flat_map(|slice| slice.length.to_le_bytes()));
    }
    out.resize((black_at - at) as usize, 0);
    if !facts.gray {
        for value in [0u32, 255, 128, 255, 128, 255] {
            out.extend(value.to_le_bytes());
            out.extend(1u32.to_le_bytes());
        }
    }
    out.resize((next - at) as usize, 0);
    out
}
