//! Directories of a TIFF or BigTIFF: tags and their numbers, every count and offset bounded.

use super::super::IngestError;
use crate::image::ImageError;
use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

/// Directories that are followed; a document of more pages is cut by nobody.
const MAX_DIRECTORIES: usize = 10_000;
/// Values of one tag: a strip a row for four million rows.
const MAX_VALUES: u64 = 4 << 20;

/// What reads the numbers.
#[derive(Debug)]
pub(in super::super) struct Reader<'a, R> {
    pub(super) source: &'a mut R,
    length: u64,
    little: bool,
    big: bool,
}

/// One directory: where the values of each tag are.
#[derive(Debug, Clone, Default)]
pub(super) struct Directory {
    entries: HashMap<u16, Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    kind: u16,
    count: u64,
    /// Where the values begin in the file.
    at: u64,
}

/// An error about the content.
pub(super) fn damaged(reason: impl Into<String>) -> IngestError {
    ImageError::Decode { format: "TIFF", reason: reason.into() }.into()
}

/// Bytes that end too early are damage; other errors are the store's.
pub(super) fn read_error(error: std::io::Error) -> IngestError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof
        | std::io::ErrorKind::InvalidData
        | std::io::ErrorKind::InvalidInput => damaged(error.to_string()),
        _ => IngestError::Read(error),
    }
}

impl<'a, R: Read + Seek> Reader<'a, R> {
    /// Reads all directories of the chain, in order.
    pub(super) fn open(
        source: &'a mut R,
        length: u64,
    ) -> Result<(Self, Vec<Directory>), IngestError> {
        let mut reader = Self { source, length, little: true, big: false };
        let head = reader.bytes(0, 8)?;
        reader.little = head.starts_with(b"II");
        let version = reader.number(head.get(2..4).unwrap_or_default());
        reader.big = version == 43;
        let mut next = if reader.big {
            let place = reader.bytes(8, 8)?;
            reader.number(&place)
        } else {
            reader.number(head.get(4..8).unwrap_or_default())
        };
        let mut seen = Vec::new();
        let mut directories = Vec::new();
        while next != 0 && !seen.contains(&next) && directories.len() < MAX_DIRECTORIES {
            seen.push(next);
            match reader.directory(next) {
                Ok((directory, following)) => {
                    directories.push(directory);
                    next = following;
                }
                // What came before it is there.
                Err(_) if !directories.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        if directories.is_empty() {
            return Err(damaged("no directory"));
        }
        Ok((reader, directories))
    }

    fn directory(&mut self, at: u64) -> Result<(Directory, u64), IngestError> {
        let (count_size, entry_size, place_size) = if self.big { (8, 20, 8) } else { (2, 12, 4) };
        let count = self.bytes(at, count_size)?;
        let count = self.number(&count);
        if count == 0 || count > 4096 {
            return Err(damaged(format!("a directory of {count} entries")));
        }
        let start = at + count_size as u64;
        let body = self.bytes(start, count as usize * entry_size)?;
        let mut directory = Directory::default();
        for (index, entry) in (0u64..).zip(body.chunks_exact(entry_size)) {
            let part =
                |from: usize, to: usize| self.number(entry.get(from..to).unwrap_or_default());
            let (tag, kind) = (part(0, 2) as u16, part(2, 4) as u16);
            let count = part(4, 4 + place_size);
            let size = count.saturating_mul(size_of_kind(kind));
            let inline = start + index * entry_size as u64 + 4 + place_size as u64;
            let at = if size <= place_size as u64 {
                inline
            } else {
                part(4 + place_size, 4 + 2 * place_size)
            };
            directory.entries.entry(tag).or_insert(Entry { kind, count, at });
        }
        let end = start + count * entry_size as u64;
        // A file may end behind its last directory.
        let next = self.bytes(end, place_size).map_or(0, |bytes| self.number(&bytes));
        Ok((directory, next))
    }

    /// Bytes at a place.
    pub(super) fn bytes(&mut self, at: u64, length: usize) -> Result<Vec<u8>, IngestError> {
        let end = at.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length) {
            return Err(damaged("it ends too early"));
        }
        self.source.seek(SeekFrom::Start(at)).map_err(read_error)?;
        let mut bytes = vec![0; length];
        self.source.read_exact(&mut bytes).map_err(read_error)?;
        Ok(bytes)
    }

    /// The byte order of samples.
    pub(super) fn is_little(&self) -> bool {
        self.little
    }

    /// Bytes of the file.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    fn number(&self, bytes: &[u8]) -> u64 {
        let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        if self.little { bytes.iter().rev().fold(0, fold) } else { bytes.iter().fold(0, fold) }
    }

    /// All values of a tag of whole numbers; empty when it is not there.
    pub(super) fn numbers(
        &mut self,
        directory: &Directory,
        tag: u16,
    ) -> Result<Vec<u64>, IngestError> {
        let Some(entry) = directory.entries.get(&tag).copied() else { return Ok(Vec::new()) };
        let size = match entry.kind {
            1 | 3 | 4 | 6 | 7 | 8 | 9 | 13 | 16 | 17 | 18 => size_of_kind(entry.kind),
            _ => return Err(damaged(format!("tag {tag} is no number"))),
        };
        if entry.count > MAX_VALUES {
            return Err(damaged(format!("tag {tag} has {} values", entry.count)));
        }
        let bytes = self.bytes(entry.at, (entry.count * size) as usize)?;
        Ok(bytes.chunks_exact(size as usize).map(|value| self.number(value)).collect())
    }

    /// The first value of a tag.
    pub(super) fn number_of(
        &mut self,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<u64>, IngestError> {
        Ok(self.numbers(directory, tag)?.first().copied())
    }

    /// Bytes of a tag, up to a limit; `None` when it is not there or larger.
    pub(super) fn blob(
        &mut self,
        directory: &Directory,
        tag: u16,
        limit: u64,
    ) -> Result<Option<Vec<u8>>, IngestError> {
        match directory.entries.get(&tag).copied() {
            Some(entry) if entry.count <= limit && size_of_kind(entry.kind) == 1 => {
                self.bytes(entry.at, entry.count as usize).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn size_of_kind(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => 1,
    }
}
