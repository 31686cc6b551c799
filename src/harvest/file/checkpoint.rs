//! Where a run stands, and what it stands in.

use super::layers::Counter;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The checkpoint of a run over files, stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// [`Fingerprint`] of all files and of how they are read. Another one: begin anew.
    pub fingerprint: String,
    /// Which file, from 0, in the order of names.
    pub file: usize,
    /// Where the next row begins, in bytes of that file, decompressed and (UTF-16 only) transcoded.
    pub offset: u64,
    /// Rows read of that file.
    pub rows: u64,
}

/// One file to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// What people call it: file name, or last part of the URL.
    pub name: String,
    /// The entry of a zip, when it has several that are read.
    pub entry: Option<String>,
    /// Names of the pictures in that zip, without folders, in lower case.
    pub pictures: Arc<[String]>,
}

impl Input {
    /// A file of its own.
    pub fn new(path: PathBuf, name: String) -> Self {
        Self { path, name, entry: None, pictures: Arc::default() }
    }
}

/// What the last complete run read, kept in column `etag` of the source as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceState {
    /// `ETag` of the answer, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Fingerprint of the files.
    pub fingerprint: String,
    /// How they were read.
    pub reading: String,
}

/// SHA-256 over the names and contents of files and over how they are read, in hexadecimal.
///
/// # Errors
/// The first file that cannot be read, with what the system says.
pub fn fingerprint(inputs: &[Input], reading: &str) -> Result<String, (PathBuf, io::Error)> {
    let mut whole = Sha256::new();
    whole.update(reading.as_bytes());
    // The entries of a zip follow each other, and are one file.
    let mut last: Option<(&Path, [u8; 32])> = None;
    for input in inputs {
        let content = match last {
            Some((path, content)) if path == input.path => content,
            _ => content(&input.path).map_err(|error| (input.path.clone(), error))?,
        };
        last = Some((&input.path, content));
        whole.update([0]);
        whole.update(input.name.as_bytes());
        whole.update([0]);
        whole.update(content);
    }
    Ok(crate::hex::hex(&whole.finalize()))
}

fn content(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 18];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(read) => hash.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Size of all files together, in bytes.
pub fn total_bytes(inputs: &[Input]) -> u64 {
    inputs.iter().filter_map(|input| std::fs::metadata(&input.path).ok()).map(|m| m.len()).sum()
}

/// Counts the bytes of files that are not opened since a run goes on after them.
pub fn count_skipped(inputs: &[Input], read: &Counter) {
    read.fetch_add(total_bytes(inputs), Ordering::Relaxed);
}
