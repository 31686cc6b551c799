//! An open serving file: its index in memory, and its bytes, here or in a bucket.

use super::ImagesError;
use super::remote_form::RemoteForm;
use bytes::Bytes;
use iiif::image::Plan;
use iiif::image::serving::{ReadAt, Serving, ServingError, Slice};
use std::fs::File;
use std::io;
use std::path::Path;

/// An open serving file.
#[derive(Debug)]
pub struct OpenForm {
    serving: Serving,
    source: Source,
}

/// Where its bytes are.
#[derive(Debug)]
pub enum Source {
    /// A file of this machine.
    Local {
        /// Open for reading.
        file: File,
        /// Bytes.
        length: u64,
    },
    /// An object of a bucket of which no copy is here yet.
    Remote(RemoteForm),
}

impl OpenForm {
    /// Opens a serving file of this machine. Blocks.
    ///
    /// # Errors
    /// [`ServingError`].
    pub fn local(path: &Path) -> Result<Self, ServingError> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Self::of(Source::Local { file, length })
    }

    /// Reads the index. Blocks.
    ///
    /// # Errors
    /// [`ServingError`].
    pub fn of(source: Source) -> Result<Self, ServingError> {
        Ok(Self { serving: Serving::open(&source)?, source })
    }

    /// The index.
    pub fn serving(&self) -> &Serving {
        &self.serving
    }

    /// The bytes.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Whether the bytes are on this machine.
    pub fn is_local(&self) -> bool {
        matches!(self.source, Source::Local { .. })
    }

    /// The stream that answers a plan and lies ready in memory; `None` when there is none, or when
    /// it would have to be waited for.
    pub fn at_once(&self, plan: &Plan) -> Option<Bytes> {
        match &self.source {
            Source::Local { file, .. } => now(file, self.serving.stream_for(plan)?),
            Source::Remote(_) => None,
        }
    }

    /// Reads a part. Blocks.
    ///
    /// # Errors
    /// [`ImagesError::Form`].
    pub fn read(&self, slice: Slice) -> Result<Bytes, ImagesError> {
        let bytes =
            self.source.read_at(slice.offset, slice.length as usize).map_err(ServingError::Read)?;
        if bytes.starts_with(&[0xFF, 0xD8]) {
            Ok(bytes.into())
        } else {
            Err(ServingError::Damaged("a stream does not begin as a JPEG does").into())
        }
    }
}

/// Reads a part of a file unless a disk would have to be waited for.
#[cfg(target_os = "linux")]
fn now(file: &File, slice: Slice) -> Option<Bytes> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut buffer = vec![0; slice.length as usize];
    let mut parts = [io::IoSliceMut::new(&mut buffer)];
    let read = preadv2(file, &mut parts, slice.offset, ReadWriteFlags::NOWAIT).ok()?;
    (read == buffer.len() && buffer.starts_with(&[0xFF, 0xD8])).then(|| buffer.into())
}

/// Other systems do not say whether a disk would have to be waited for.
#[cfg(not(target_os = "linux"))]
fn now(_: &File, _: Slice) -> Option<Bytes> {
    None
}

impl ReadAt for Source {
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        match self {
            Self::Local { file, length: all } => {
                use std::os::unix::fs::FileExt as _;
                // Before memory is taken for what cannot be there.
                let end = offset.checked_add(length as u64).filter(|end| end <= all);
                end.ok_or(io::ErrorKind::UnexpectedEof)?;
                let mut buffer = vec![0; length];
                file.read_exact_at(&mut buffer, offset)?;
                Ok(buffer)
            }
            Self::Remote(remote) => remote.read_at(offset, length),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Local { length, .. } => *length,
            Self::Remote(remote) => remote.length(),
        }
    }
}
