//! The lossless cut: tiles of level 0 out of a baseline JPEG, bit by bit.
//!
//! The scan is read once, MCU by MCU. The bits of a tile's part of a row of MCUs are copied as they
//! are; only the first DC term of each component is written anew, since its neighbour in the tile is
//! not its neighbour in the scan. The tiles keep the tables of the master, filled up with the codes
//! that such terms may need. On the way, half-size samples are made of the coefficients
//! ([`half`]), for the levels below.

mod bits;
mod half;
pub(super) mod header;
mod huffman;
mod scan;

use super::super::serving::Slice;
use super::cascade::{profile_segments, put};
use super::feed::Feed;
use super::planes::{Band, Plane};
use super::sink::{LevelStreams, Sink};
use super::{IngestError, Options};
use crate::image::Dimensions;
use bits::{TileBits, Window};
use header::Header;
use huffman::{Code, extended, filled_up, writer};
use scan::Scan;
use std::io::{Read, Seek, Write};
use std::sync::Mutex;

/// Rows of luma of a band that is handed over.
const BAND_ROWS: usize = 64;

/// Tables of the tiles, and the codes to write with.
struct Tables {
    /// Segments of all tiles but SOF and SOS: JFIF, profile, DQT, DHT.
    head: Vec<u8>,
    sof: u8,
    frame: Vec<u8>,
    scan: Vec<u8>,
    /// Codes for DC terms of each component.
    terms: Vec<[Code; 256]>,
    /// An MCU of nothing new: no difference, no coefficient.
    idle: Vec<(u32, u32)>,
}

impl Tables {
    /// `None` when the codes have no room for what must be written.
    fn new(header: &Header, scan: &Scan, profile: Option<&[u8]>) -> Option<Self> {
        let mut head = vec![0xFF, 0xD8, 0xFF, 0xE0, 0, 16];
        head.extend(b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        head.extend(profile.map(profile_segments).unwrap_or_default());
        let mut sof = 0xC0;
        for (number, table) in (0u8..).zip(&header.quantisers) {
            let is_used = header.components.iter().any(|c| c.quantiser == usize::from(number));
            let Some(table) = table.as_ref().filter(|_| is_used) else { continue };
            if table.iter().all(|step| *step < 256) {
                head.extend([0xFF, 0xDB, 0, 67, number]);
                head.extend(table.iter().map(|step| *step as u8));
            } else {
                sof = 0xC1;
                head.extend([0xFF, 0xDB, 0, 131, number | 0x10]);
                head.extend(table.iter().flat_map(|step| step.to_be_bytes()));
            }
        }
        let mut terms = Vec::new();
        let mut idle = Vec::new();
        let (mut frame, mut selectors) = (Vec::new(), Vec::new());
        let count = header.components.len() as u8;
        let mut written = Vec::new();
        for ((id, component), (across, down)) in (1u8..).zip(&header.components).zip(scan.blocks())
        {
            let dc = filled_up(header.dc.get(component.dc)?.as_ref()?, 0..=11)?;
            let ac = filled_up(header.ac.get(component.ac)?.as_ref()?, 0..=0)?;
            if component.dc > 1 || component.ac > 1 {
                sof = 0xC1;
            }
            let (dc_codes, ac_codes) = (writer(&dc), writer(&ac));
            for (class, number, codes) in [(0, component.dc, &dc), (1, component.ac, &ac)] {
                let kind = class << 4 | number as u8;
                if written.contains(&kind) {
                    continue;
                }
                written.push(kind);
                head.extend([0xFF, 0xC4]);
                head.extend((19 + codes.symbols.len() as u16).to_be_bytes());
                head.push(kind);
                head.extend(codes.counts);
                head.extend(&codes.symbols);
            }
            let (zero, end) = (dc_codes.first()?, ac_codes.first()?);
            for _ in 0..across * down {
                idle.push((zero.bits, zero.length));
                idle.push((end.bits, end.length));
            }
            terms.push(*dc_codes);
            frame.extend([id, (across << 4 | down) as u8, component.quantiser as u8]);
            selectors.extend([id, (component.dc << 4 | component.ac) as u8]);
        }
        let mut scan = vec![0xFF, 0xDA];
        scan.extend((6 + 2 * u16::from(count)).to_be_bytes());
        scan.push(count);
        scan.extend(selectors);
        scan.extend([0, 63, 0]);
        Some(Self { head, sof, frame, scan, terms, idle })
    }

    /// A complete stream.
    fn stream(&self, size: Dimensions, bits: &mut TileBits, out: &mut Vec<u8>) {
        out.clear();
        out.extend(&self.head);
        out.extend([0xFF, self.sof]);
        out.extend((8 + self.frame.len() as u16).to_be_bytes());
        out.push(8);
        out.extend((size.height as u16).to_be_bytes());
        out.extend((size.width as u16).to_be_bytes());
        out.push((self.frame.len() / 3) as u8);
        out.extend(&self.frame);
        out.extend(&self.scan);
        bits.finish(out);
        out.extend([0xFF, 0xD9]);
    }

    /// Writes a DC difference; `None` when there is no code for it.
    fn term(&self, component: usize, difference: i32, bits: &mut TileBits) -> Option<()> {
        let size = 32 - difference.unsigned_abs().leading_zeros();
        let code = self.terms.get(component)?.get(size as usize).filter(|code| code.length > 0)?;
        bits.push(code.bits, code.length);
        let value = if difference < 0 { difference - 1 } else { difference };
        bits.push(value as u32 & ((1u32 << size) - 1), size);
        debug_assert_eq!(extended(value as u32 & ((1u32 << size) - 1), size), difference);
        Some(())
    }

    fn idle(&self, mcus: usize, bits: &mut TileBits) {
        for _ in 0..mcus {
            for (code, length) in &self.idle {
                bits.push(*code, *length);
            }
        }
    }
}

/// A tile that grows.
#[derive(Default)]
struct Column {
    exact: TileBits,
    /// At the edges, the same with idle MCUs up to the full tile.
    padded: TileBits,
    /// Last DC terms of each component.
    last: [i32; 3],
}

/// How the image lies on MCUs and tiles.
struct Layout {
    size: Dimensions,
    side: usize,
    /// MCUs of the image across and down.
    mcus: (usize, usize),
    /// MCUs of a tile across and down.
    tile: (usize, usize),
    /// Half-size rows that a row of MCUs gives.
    half_rows: usize,
}

impl Layout {
    fn tile_size(&self, column: usize, row: usize) -> Dimensions {
        let rest = |length: u32, at: usize| self.side.min(length as usize - at * self.side) as u32;
        Dimensions { width: rest(self.size.width, column), height: rest(self.size.height, row) }
    }

    fn is_whole(&self, size: Dimensions) -> bool {
        size.width as usize == self.side && size.height as usize == self.side
    }
}

/// Cuts. `scan_head` are bytes of the scan that were read with the header; `source` gives those that
/// follow. `None`: the scan is damaged, or its codes leave no room; decode it instead.
#[expect(clippy::too_many_arguments, reason = "each is one thing that the caller has anyway")]
pub(super) fn cut<R: Read, W: Write + Seek>(
    header: &Header,
    scan_head: &[u8],
    source: &mut R,
    sink: &Mutex<Sink<W>>,
    options: &Options,
    profile: Option<&[u8]>,
    feed: &mut dyn Feed,
    cancelled: &dyn Fn() -> bool,
) -> Result<Option<LevelStreams>, IngestError> {
    let (Some(size), Some(mut scan)) = (header.size, Scan::new(header)) else { return Ok(None) };
    let Some(tables) = Tables::new(header, &scan, profile) else { return Ok(None) };
    let Some((across, down)) = scan.blocks().next() else { return Ok(None) };
    let gray = header.components.len() == 1;
    let side = options.tile_side as usize;
    let layout = Layout {
        size,
        side,
        mcus: (
            (size.width as usize).div_ceil(across * 8),
            (size.height as usize).div_ceil(down * 8),
        ),
        tile: (side / (across * 8), side / (down * 8)),
        half_rows: down * 4,
    };
    let columns_count = (size.width as usize).div_ceil(side);
    let mut columns: Vec<Column> = (0..columns_count).map(|_| Column::default()).collect();
    let mut streams =
        LevelStreams { sampling: (across as u16, down as u16), ..LevelStreams::default() };
    let mut halves = Halves::new(&layout, (across, down), gray);
    let mut window = Window::new(scan_head);
    let blocks: usize = scan.blocks().map(|(across, down)| across * down).sum();
    let needed = layout.tile.0 * blocks * 256 + 64;
    let mut stream = Vec::new();
    for row in 0..layout.mcus.1 {
        if cancelled() {
            return Err(IngestError::Cancelled);
        }
        let tile_row = row / layout.tile.1;
        if row.is_multiple_of(layout.tile.1) {
            for column in &mut columns {
                column.last = [0; 3];
            }
        }
        for (number, column) in columns.iter_mut().enumerate() {
            let dropped = window.ensure(source, scan.position / 8, needed)?;
            scan.position -= dropped * 8;
            let start = scan.position;
            let first = number * layout.tile.0;
            let count = layout.tile.0.min(layout.mcus.0 - first);
            let mut planes = halves.planes();
            let read = scan.segment(&window.bytes, &mut window.restarts, first, count, &mut planes);
            if read.is_err() || scan.position > window.filled() * 8 {
                return Ok(None);
            }
            let tile_size = layout.tile_size(number, tile_row);
            let end = scan.position;
            let mut targets = [Some(&mut column.exact), None];
            if let ([_, second], false) = (&mut targets, layout.is_whole(tile_size)) {
                *second = Some(&mut column.padded);
            }
            for bits in targets.into_iter().flatten() {
                let mut at = start;
                for mark in &scan.marks {
                    bits.copy(&window.bytes, at, mark.from);
                    at = mark.to;
                    if let Some(term) = mark.term {
                        let above = column.last.get(term.component).copied().unwrap_or(0);
                        let difference = term.value - term.previous.unwrap_or(above);
                        if tables.term(term.component, difference, bits).is_none() {
                            return Ok(None);
                        }
                    }
                }
                bits.copy(&window.bytes, at, end);
            }
            if !layout.is_whole(tile_size) {
                tables.idle(layout.tile.0 - count, &mut column.padded);
            }
            for (component, last) in column.last.iter_mut().enumerate() {
                *last = scan.last(component);
            }
        }
        halves.row_is_done(feed)?;
        let is_last = row + 1 == layout.mcus.1;
        if (row + 1).is_multiple_of(layout.tile.1) || is_last {
            let missing = (tile_row + 1) * layout.tile.1 - (row + 1);
            for (number, column) in columns.iter_mut().enumerate() {
                let tile_size = layout.tile_size(number, tile_row);
                tables.stream(tile_size, &mut column.exact, &mut stream);
                let exact: Slice = put(sink, &stream)?;
                streams.exact.push(exact);
                streams.padded.push(if layout.is_whole(tile_size) {
                    exact
                } else {
                    tables.idle(missing * layout.tile.0, &mut column.padded);
                    let whole = Dimensions { width: side as u32, height: side as u32 };
                    tables.stream(whole, &mut column.padded, &mut stream);
                    put(sink, &stream)?
                });
            }
        }
    }
    halves.finish(feed)?;
    // Bytes that are left over were lost somewhere before: whoever passes over damage decodes it.
    if window.filled() * 8 - scan.position >= 64 {
        return Ok(None);
    }
    Ok(Some(streams))
}

/// The half-size rows that are handed over.
struct Halves {
    band: Band,
    /// Chroma of one row of MCUs that is not subsampled by two both ways yet.
    raw: Vec<Plane>,
    sampling: (usize, usize),
    /// Width of a band, with the padding of MCUs.
    width: usize,
    /// Rows of a row of MCUs, and those that the image has left.
    rows: usize,
    left: usize,
    gray: bool,
}

impl Halves {
    fn new(layout: &Layout, sampling: (usize, usize), gray: bool) -> Self {
        let width = layout.mcus.0 * sampling.0 * 4;
        let is_direct = gray || sampling == (2, 2);
        let raw = if is_direct { 0 } else { 2 };
        Self {
            band: Band::new(width, BAND_ROWS, gray),
            raw: (0..raw).map(|_| Plane::new(layout.mcus.0 * 4, 4)).collect(),
            sampling,
            width,
            rows: layout.half_rows,
            left: (layout.size.height as usize).div_ceil(2),
            gray,
        }
    }

    /// Where the samples of each component go, and from which row on.
    fn planes(&mut self) -> Vec<(&mut Plane, usize)> {
        let at = self.band.rows;
        let mut planes = vec![(&mut self.band.luma, at)];
        if self.raw.is_empty() {
            planes.extend(self.band.chroma.iter_mut().flatten().map(|plane| (plane, at / 2)));
        } else {
            planes.extend(self.raw.iter_mut().map(|plane| (plane, 0)));
        }
        planes
    }

    /// A row of MCUs is there.
    fn row_is_done(&mut self, feed: &mut dyn Feed) -> Result<(), IngestError> {
        let at = self.band.rows / 2;
        for (raw, to) in self.raw.iter().zip(self.band.chroma.iter_mut().flatten()) {
            match self.sampling {
                (1, 1) => raw.halve_into(raw.stride, 4, to, at),
                (2, 1) => raw.halve_down_into(to, at),
                _ => raw.halve_across_into(to, at),
            }
        }
        let rows = self.rows.min(self.left);
        self.left -= rows;
        self.band.rows += rows;
        if self.band.rows + self.rows > BAND_ROWS { self.finish(feed) } else { Ok(()) }
    }

    /// Hands over what is there.
    fn finish(&mut self, feed: &mut dyn Feed) -> Result<(), IngestError> {
        if self.band.rows == 0 {
            return Ok(());
        }
        let fresh = feed.emptied().unwrap_or_else(|| Band::new(self.width, BAND_ROWS, self.gray));
        feed.push(std::mem::replace(&mut self.band, fresh))
    }
}
