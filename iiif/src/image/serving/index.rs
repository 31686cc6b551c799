//! The private index: what it says, its bytes, and their checks.
//!
//! # Bytes, little-endian
//! Behind the TIFF header, at offset 16: `PassrlP1`, offset of the index (u64), its length (u32),
//! its CRC-32 (u32), length of the file (u64), 16 zeros.
//!
//! The index: version (u8, 1), flags (u8: 1 grey, 2 lossless, 4 master is a web JPEG, 8 master had
//! transparency), side of the tiles (u16), width, height (u32); of the master: format (u8: position
//! in [`MasterFormat::ALL`]), orientation (u8, Exif), zero (u16), width, height as stored (u32),
//! bytes (u64), SHA-256 (32 bytes, zeros if it was not given); profile: length (u32) and bytes;
//! number of stored sizes (u8), each width, height (u32) and an entry; then one entry a tile, the
//! full level first, row by row. An entry: offset (u64), length (u32), CRC-32 of the stream (u32).

use super::super::Dimensions;
use super::super::format::MasterFormat;
use super::{ServingError, TILE_SIDES};

/// Bytes at the start of the file that hold the TIFF header and the place of the index.
pub const HEAD: usize = 64;
const MAGIC: &[u8; 8] = b"PassrlP1";
const TIFF: [u8; 8] = [b'I', b'I', 43, 0, 8, 0, 0, 0];
const ENTRY: usize = 16;
/// Largest index that is read: 16 million tiles, an image of four million megapixels.
const MAX_INDEX: u32 = 256 << 20;

/// A run of bytes of the file that is a complete JPEG stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Slice {
    /// From the start of the file.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
    /// CRC-32 of the bytes.
    pub checksum: u32,
}

/// What the master was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MasterFacts {
    /// Its format.
    pub format: MasterFormat,
    /// Exif orientation, 1 to 8; applied at ingest.
    pub orientation: u8,
    /// Pixels as stored, before orientation.
    pub stored: Dimensions,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file; zeros when the caller did not say.
    pub checksum: [u8; 32],
    /// It is a JPEG that any browser shows as the serving form looks: upright, grey or YCbCr, eight
    /// bits. Its bytes are an answer to `full/max/0/default.jpg`.
    pub is_web_jpeg: bool,
    /// It had transparency, which lies on white now.
    pub had_alpha: bool,
}

/// What was written down at ingest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Width and height, upright.
    pub size: Dimensions,
    /// Side of the tiles, one of [`TILE_SIDES`].
    pub tile_side: u32,
    /// One component instead of three.
    pub gray: bool,
    /// The tiles of level 0 are bit copies of the master: they decode to the same samples.
    pub lossless: bool,
    /// The master.
    pub master: MasterFacts,
    /// ICC profile of the streams; `None`: sRGB, or plain grey.
    pub profile: Option<Vec<u8>>,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// What was written down.
    pub facts: Facts,
    /// Bytes of the whole file.
    pub file_length: u64,
    /// Where each level begins in `entries`.
    pub(super) level_starts: Vec<usize>,
    pub(super) entries: Vec<Slice>,
    pub(super) stored: Vec<(Dimensions, Slice)>,
}

/// Number of levels: halved until one tile holds the image.
pub fn level_count(size: Dimensions, tile_side: u32) -> u32 {
    (0..32).find(|level| size.reduced(1 << level).longest() <= tile_side).unwrap_or(31) + 1
}

/// Columns and rows of tiles of a level.
pub fn grid(size: Dimensions, tile_side: u32, level: u32) -> (u32, u32) {
    let level = size.reduced(1u32.checked_shl(level).unwrap_or(u32::MAX));
    (level.width.div_ceil(tile_side), level.height.div_ceil(tile_side))
}

impl Index {
    /// An index of what was written; `levels` are the entries of each level, row by row.
    pub fn new(
        facts: Facts,
        levels: Vec<Vec<Slice>>,
        stored: Vec<(Dimensions, Slice)>,
        file_length: u64,
    ) -> Self {
        let mut level_starts = Vec::with_capacity(levels.len());
        let mut entries = Vec::new();
        for level in levels {
            level_starts.push(entries.len());
            entries.extend(level);
        }
        Self { facts, file_length, level_starts, entries, stored }
    }

    /// Slice of a tile.
    pub fn tile(&self, level: u32, column: u32, row: u32) -> Option<Slice> {
        let start = *self.level_starts.get(level as usize)?;
        let (columns, rows) = grid(self.facts.size, self.facts.tile_side, level);
        if column >= columns || row >= rows {
            return None;
        }
        self.entries.get(start + row as usize * columns as usize + column as usize).copied()
    }

    /// The bytes of the index, as the module says.
    pub fn write(&self) -> Vec<u8> {
        let Facts { size, tile_side, gray, lossless, master, profile } = &self.facts;
        let mut out = Vec::with_capacity(128 + (self.entries.len() + 8) * ENTRY);
        let flags = u8::from(*gray)
            | u8::from(*lossless) << 1
            | u8::from(master.is_web_jpeg) << 2
            | u8::from(master.had_alpha) << 3;
        out.extend([1, flags]);
        out.extend((*tile_side as u16).to_le_bytes());
        push_size(&mut out, *size);
        let format = MasterFormat::ALL.iter().position(|f| *f == master.format).unwrap_or(0);
        out.extend([format as u8, master.orientation, 0, 0]);
        push_size(&mut out, master.stored);
        out.extend(master.bytes.to_le_bytes());
        out.extend(master.checksum);
        let profile = profile.as_deref().unwrap_or_default();
        out.extend((profile.len() as u32).to_le_bytes());
        out.extend(profile);
        out.push(self.stored.len() as u8);
        for (size, entry) in &self.stored {
            push_size(&mut out, *size);
            push_entry(&mut out, entry);
        }
        for entry in &self.entries {
            push_entry(&mut out, entry);
        }
        out
    }

    /// Reads the index and checks every number against the file.
    ///
    /// # Errors
    /// [`ServingError::Damaged`].
    pub fn read(body: &[u8], place: &Place) -> Result<Self, ServingError> {
        if body.len() != place.length as usize || crc32fast::hash(body) != place.checksum {
            return Err(ServingError::Damaged("the checksum of the index"));
        }
        let mut bytes = Bytes(body);
        let [version, flags] = bytes.array()?;
        if version != 1 {
            return Err(ServingError::Damaged("a version that this program does not know"));
        }
        let tile_side = u32::from(u16::from_le_bytes(bytes.array()?));
        if !TILE_SIDES.contains(&tile_side) {
            return Err(ServingError::Damaged("the side of the tiles"));
        }
        let size = bytes.size()?;
        let [format, orientation, _, _] = bytes.array()?;
        let format = *MasterFormat::ALL
            .get(usize::from(format))
            .ok_or(ServingError::Damaged("the format of the master"))?;
        let stored = bytes.size()?;
        let master = MasterFacts {
            format,
            orientation,
            stored,
            bytes: bytes.long()?,
            checksum: bytes.array()?,
            is_web_jpeg: flags & 4 != 0,
            had_alpha: flags & 8 != 0,
        };
        let profile_length = bytes.word()? as usize;
        let profile = bytes.take(profile_length)?;
        let profile = (!profile.is_empty()).then(|| profile.to_vec());
        let [count] = bytes.array()?;
        let mut stored = Vec::with_capacity(usize::from(count));
        for _ in 0..count {
            stored.push((bytes.size()?, bytes.entry(place)?));
        }
        let mut level_starts = Vec::new();
        let mut sum = 0usize;
        for level in 0..level_count(size, tile_side) {
            level_starts.push(sum);
            let (columns, rows) = grid(size, tile_side, level);
            sum = (u64::from(columns) * u64::from(rows))
                .checked_add(sum as u64)
                .filter(|sum| *sum <= u64::from(MAX_INDEX) / ENTRY as u64)
                .ok_or(ServingError::Damaged("the number of tiles"))? as usize;
        }
        if bytes.0.len() != sum * ENTRY {
            return Err(ServingError::Damaged("the number of tiles"));
        }
        let mut entries = Vec::with_capacity(sum);
        for _ in 0..sum {
            entries.push(bytes.entry(place)?);
        }
        let facts = Facts {
            size,
            tile_side,
            gray: flags & 1 != 0,
            lossless: flags & 2 != 0,
            master,
            profile,
        };
        Ok(Self { facts, file_length: place.file_length, level_starts, entries, stored })
    }
}

/// Where the index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From the start of the file.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
    /// CRC-32 of the index.
    pub checksum: u32,
    /// Bytes of the whole file.
    pub file_length: u64,
}

impl Place {
    /// The head of the file: TIFF header with its first directory, and this.
    pub fn head(&self, first_directory: u64) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let parts: [&[u8]; 7] = [
            &TIFF,
            &first_directory.to_le_bytes(),
            MAGIC,
            &self.offset.to_le_bytes(),
            &self.length.to_le_bytes(),
            &self.checksum.to_le_bytes(),
            &self.file_length.to_le_bytes(),
        ];
        for (to, from) in head.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        head
    }

    /// Reads the head of a file of so many bytes.
    ///
    /// # Errors
    /// [`ServingError::Damaged`] when it is another file, or shorter than it was written.
    pub fn read(head: &[u8], length: u64) -> Result<Self, ServingError> {
        let mut bytes = Bytes(head);
        let tiff: [u8; 8] = bytes.array()?;
        let _first_directory = bytes.long()?;
        let magic: [u8; 8] = bytes.array()?;
        if tiff != TIFF || magic != *MAGIC {
            return Err(ServingError::Damaged("it does not begin as one"));
        }
        let place = Self {
            offset: bytes.long()?,
            length: bytes.word()?,
            checksum: bytes.word()?,
            file_length: bytes.long()?,
        };
        let end = place.offset.checked_add(u64::from(place.length));
        if place.file_length > length
            || place.length > MAX_INDEX
            || end.is_none_or(|end| end > place.file_length)
        {
            return Err(ServingError::Damaged("it is shorter than it was written"));
        }
        Ok(place)
    }
}

fn push_size(out: &mut Vec<u8>, size: Dimensions) {
    out.extend(size.width.to_le_bytes());
    out.extend(size.height.to_le_bytes());
}

fn push_entry(out: &mut Vec<u8>, entry: &Slice) {
    out.extend(entry.offset.to_le_bytes());
    out.extend(entry.length.to_le_bytes());
    out.extend(entry.checksum.to_le_bytes());
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], ServingError> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or(ServingError::Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ServingError> {
        self.take(N)?.try_into().map_err(|_| ServingError::Damaged("it ends too early"))
    }

    fn word(&mut self) -> Result<u32, ServingError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn long(&mut self) -> Result<u64, ServingError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn size(&mut self) -> Result<Dimensions, ServingError> {
        let (width, height) = (self.word()?, self.word()?);
        if width == 0 || height == 0 {
            return Err(ServingError::Damaged("a size of no pixels"));
        }
        Ok(Dimensions { width, height })
    }

    fn entry(&mut self, place: &Place) -> Result<Slice, ServingError> {
        let entry = Slice { offset: self.long()?, length: self.word()?, checksum: self.word()? };
        let end = entry.offset.checked_add(u64::from(entry.length));
        if entry.length < 4 || end.is_none_or(|end| end > place.file_length) {
            return Err(ServingError::Damaged("a tile lies outside"));
        }
        Ok(entry)
    }
}
