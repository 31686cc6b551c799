//! Compression, known by its first bytes and bounded: gzip, zstd, zip.

use super::limits::Limits;
use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of a file that were read so far, for progress and for the ratio guard.
pub type Counter = Arc<AtomicU64>;

/// A file opened through all its compressions.
pub struct Opened {
    /// The uncompressed bytes.
    pub reader: Box<dyn BufRead + Send>,
    /// Name that says the format: the entry of a zip, or the file name without `.gz`, `.zst`.
    pub name: String,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Opens a file through its compressions.
///
/// Of a zip, `entry` is read, or else the only entry that can be data.
///
/// # Errors
/// What the system says; `InvalidData` with an explanation for an archive that is damaged,
/// encrypted, of several entries, or compressed more often than [`Limits::layers`].
pub fn open(
    path: &Path,
    entry: Option<&str>,
    limits: &Limits,
    read: &Counter,
) -> io::Result<Opened> {
    let before = read.load(Ordering::Relaxed);
    let guard = Guard { limits: *limits, read: Arc::clone(read), before };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut file = File::open(path)?;
    let mut magic = [0_u8; 4];
    let seen = read_up_to(&mut file, &mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    let mut layers = 0;
    let mut opened = if magic.get(..seen) == Some(b"PK\x03\x04") {
        layers += 1;
        zip_entry(file, entry, &guard)?
    } else {
        let counted = guard.count(file);
        Opened { reader: Box::new(BufReader::with_capacity(1 << 17, counted)), name }
    };
    loop {
        let head = opened.reader.fill_buf()?;
        let (reader, suffixes): (Box<dyn Read + Send>, &[&str]) = match head {
            [0x1F, 0x8B, ..] => (Box::new(MultiGzDecoder::new(opened.reader)), &[".gz", ".gzip"]),
            [0x28, 0xB5, 0x2F, 0xFD, ..] => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(opened.reader)?;
                // 128 MiB of window: what `zstd --long` writes.
                decoder.window_log_max(27)?;
                (Box::new(decoder), &[".zst", ".zstd"])
            }
            [b'P', b'K', 3, 4, ..] if layers > 0 => {
                return Err(invalid("a zip inside another archive; unpack it first"));
            }
            _ => break,
        };
        layers += 1;
        if layers > limits.layers {
            return Err(invalid(&format!(
                "compressed more than {} times, one inside the other; unpack it first",
                limits.layers
            )));
        }
        opened.reader = Box::new(BufReader::with_capacity(1 << 17, guard.bound(reader)));
        let lower = opened.name.to_ascii_lowercase();
        if let Some(suffix) = suffixes.iter().find(|suffix| lower.ends_with(*suffix)) {
            opened.name.truncate(opened.name.len() - suffix.len());
        }
    }
    Ok(opened)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message.to_owned())
}

fn read_up_to(from: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut seen = 0;
    while let Some(free) = buffer.get_mut(seen..).filter(|free| !free.is_empty()) {
        match from.read(free)? {
            0 => break,
            read => seen += read,
        }
    }
    Ok(seen)
}

/// The entry of a zip, as a stream that owns the file. The archive is only used to find it.
fn zip_entry(mut file: File, wanted: Option<&str>, guard: &Guard) -> io::Result<Opened> {
    let mut archive = zip::ZipArchive::new(&mut file).map_err(zip_error)?;
    let index = match wanted {
        Some(name) => archive.index_for_name(name).ok_or_else(|| {
            let names: Vec<&str> = archive.file_names().take(20).collect();
            invalid(&format!("no entry `{name}` in the zip; it has: {}", names.join(", ")))
        })?,
        None => only_entry(&archive)?,
    };
    let entry = archive.by_index_raw(index).map_err(zip_error)?;
    if entry.encrypted() {
        return Err(invalid(&format!("entry `{}` of the zip is encrypted", entry.name())));
    }
    let name = entry.name().rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let (start, packed, size) = (entry.data_start(), entry.compressed_size(), entry.size());
    let (crc, method) = (entry.crc32(), entry.compression());
    drop(entry);
    drop(archive);
    file.seek(SeekFrom::Start(start))?;
    let counted = guard.count(file).take(packed);
    let raw = BufReader::with_capacity(1 << 17, counted);
    let reader: Box<dyn Read + Send> = match method {
        zip::CompressionMethod::Stored => Box::new(raw),
        zip::CompressionMethod::Deflated => Box::new(DeflateDecoder::new(raw)),
        other => {
            return Err(invalid(&format!(
                "entry `{name}` of the zip: {other} is not read; use deflate"
            )));
        }
    };
    let bounded = guard.bound(reader);
    let checked = Checked { inner: bounded, crc: flate2::Crc::new(), size, expected: crc };
    Ok(Opened { reader: Box::new(BufReader::with_capacity(1 << 17, checked)), name })
}

fn zip_error(error: zip::result::ZipError) -> io::Error {
    match error {
        zip::result::ZipError::Io(error) => error,
        other => invalid(&format!("zip: {other}")),
    }
}

/// The only entry that can be data: files that are not hidden, and when several, the only one
/// with the ending of a data file.
fn only_entry<R: Read + Seek>(archive: &zip::ZipArchive<R>) -> io::Result<usize> {
    const ENDINGS: [&str; 10] =
        ["csv", "tsv", "psv", "ssv", "txt", "json", "jsonl", "ndjson", "geojson", "gz"];
    let hidden = |name: &str| {
        name.ends_with('/')
            || name.starts_with("__MACOSX/")
            || name.rsplit('/').next().is_none_or(|last| last.starts_with('.'))
    };
    let files: Vec<&str> = archive.file_names().filter(|name| !hidden(name)).collect();
    let data: Vec<&str> = files
        .iter()
        .copied()
        .filter(|name| {
            name.rsplit('.')
                .next()
                .is_some_and(|e| ENDINGS.iter().any(|x| x.eq_ignore_ascii_case(e)))
        })
        .collect();
    let chosen = match (files.as_slice(), data.as_slice()) {
        ([only], _) | (_, [only]) => *only,
        ([], _) => return Err(invalid("the zip is empty")),
        _ => {
            let names = files.iter().take(20).copied().collect::<Vec<_>>().join(", ");
            return Err(invalid(&format!(
                "the zip has several files ({names}); name one with file.entry in the schedule"
            )));
        }
    };
    archive.index_for_name(chosen).ok_or_else(|| invalid("the zip contradicts itself"))
}

/// Counts what is read of the file itself.
struct Counted<R> {
    inner: R,
    count: Counter,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Stops a decompression that gives too much, or too much for what it took.
struct Bounded<R> {
    inner: R,
    out: u64,
    guard: Guard,
}

/// What the readers of one file share.
#[derive(Clone)]
struct Guard {
    limits: Limits,
    read: Counter,
    /// The counter when this file was opened: it runs on over the files of a folder.
    before: u64,
}

impl Guard {
    fn count<R>(&self, inner: R) -> Counted<R> {
        Counted { inner, count: Arc::clone(&self.read) }
    }

    fn bound<R>(&self, inner: R) -> Bounded<R> {
        Bounded { inner, out: 0, guard: self.clone() }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.out += read as u64;
        let limits = &self.guard.limits;
        if self.out > limits.max_bytes {
            return Err(invalid(&format!("decompresses to more than {} bytes", limits.max_bytes)));
        }
        let taken = (self.guard.read.load(Ordering::Relaxed) - self.guard.before).max(1);
        if self.out > limits.ratio_from && self.out / taken > limits.max_ratio {
            return Err(invalid(&format!(
                "decompresses to more than {} times its size: not a file of data",
                limits.max_ratio
            )));
        }
        Ok(read)
    }
}

/// Checks size and CRC-32 of a zip entry at its end.
struct Checked<R> {
    inner: R,
    crc: flate2::Crc,
    size: u64,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        // `amount` counts modulo 2^32.
        let whole = self.crc.sum() == self.expected && self.crc.amount() == self.size as u32;
        if read == 0 && !buffer.is_empty() && !whole {
            return Err(invalid("the entry of the zip is damaged or cut short"));
        }
        Ok(read)
    }
}
