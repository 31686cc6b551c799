//! From a master to its serving form: [`ingest`].
//!
//! Streaming: memory is bounded by rows of the image, not by the image, where the format of the
//! master allows it (see [`Ingested::way`]).

mod canvas;
mod cascade;
mod colour;
mod cut;
mod feed;
mod job;
mod masters;
mod planes;
mod sink;
mod tiff;

use super::format::MasterFormat;
use super::serving::Facts;
use super::{Dimensions, ImageError};
use job::Job;
use std::io::{Read, Seek, Write};

/// How to ingest.
#[derive(Debug, Clone)]
pub struct Options {
    /// Side of the tiles, 256 or 512.
    pub tile_side: u32,
    /// JPEG quality (1 to 100) of what is scaled down: levels from 1 up and the stored sizes.
    pub quality: u8,
    /// JPEG quality of level 0 where it must be encoded (not a lossless cut).
    pub full_quality: u8,
    /// Which image of a TIFF with several, from 0.
    pub page: u32,
    /// Masters of more pixels are refused.
    pub max_pixels: u64,
    /// Bytes of memory that may be held at once; masters that need more are refused.
    pub max_memory: u64,
    /// Threads that may be used: 1 or 2.
    pub threads: u8,
    /// SHA-256 of the master, to be written down.
    pub checksum: [u8; 32],
}

impl Default for Options {
    /// Tiles of 512, quality 85 (92 at full size), two gigapixels and a half, 512 MiB, two threads.
    fn default() -> Self {
        Self {
            tile_side: 512,
            quality: 85,
            full_quality: 92,
            page: 0,
            max_pixels: 2_500_000_000,
            max_memory: 512 << 20,
            threads: 2,
            checksum: [0; 32],
        }
    }
}

/// Which way the pixels went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// Level 0 was cut out of the master's entropy-coded data, bit by bit.
    LosslessCut,
    /// Decoded row by row, or strip by strip.
    Streamed,
    /// Decoded as a whole, within the memory allowed.
    Whole,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested {
    /// What the index says: dimensions, master, colour.
    pub facts: Facts,
    /// Bytes of the serving form. The sink may hold more (an attempt that was given up): cut it to
    /// this.
    pub length: u64,
    /// How.
    pub way: Way,
    /// Why it was no lossless cut, for people: `progressive`, `a profile of 60 kB`…
    pub reason: Option<String>,
}

/// Why a master was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The master cannot be read, or is too large.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// Valid, but of a kind that is not read.
    #[error("{format} master: {what} is not supported")]
    Unsupported {
        /// Format.
        format: &'static str,
        /// What.
        what: String,
    },
    /// It would take more memory than allowed.
    #[error("master needs {needed} bytes of memory, {allowed} are allowed")]
    Memory {
        /// Estimate.
        needed: u64,
        /// [`Options::max_memory`].
        allowed: u64,
    },
    /// There is no such page.
    #[error("the master has {pages} images; number {page} (from 0) was asked for")]
    NoSuchPage {
        /// As asked.
        page: u32,
        /// Images in it.
        pages: u32,
    },
    /// The master cannot be read for reasons of its store.
    #[error("reading the master: {0}")]
    Read(#[source] std::io::Error),
    /// The serving form cannot be written.
    #[error("writing the serving form: {0}")]
    Write(#[source] std::io::Error),
    /// The caller said stop.
    #[error("ingest was given up")]
    Cancelled,
}

/// What the headers of a master say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Format, by its first bytes.
    pub format: MasterFormat,
    /// Pixels of each image that it holds, upright: one, but for TIFF with several (reduced copies
    /// of a pyramid and masks are not counted).
    pub pages: Vec<Dimensions>,
}

/// Makes the serving form of a master.
///
/// Writes from the start of `out`; on success the first [`Ingested::length`] bytes of it are the
/// file. Orientation is applied; colours become sRGB, or keep a compact profile; transparency is
/// laid on white. `cancelled` is asked every few rows: let it look at a clock to bound the time.
///
/// # Errors
/// [`IngestError`]. What was written to `out` is of no use then.
pub fn ingest<R: Read + Seek + Send, W: Write + Seek + Send>(
    source: &mut R,
    options: &Options,
    out: &mut W,
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Ingested, IngestError> {
    Job::new(source, options, out, cancelled)?.run()
}

/// Looks at the headers only.
///
/// # Errors
/// [`IngestError::Image`] for files that are no image, [`IngestError::Read`].
pub fn look<R: Read + Seek>(source: &mut R) -> Result<Look, IngestError> {
    job::look(source)
}
