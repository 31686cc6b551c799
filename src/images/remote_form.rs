//! A serving file in a bucket, read in ranges until a copy of it is here.

use crate::storage::Bucket;
use iiif::image::serving::ReadAt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// Longest wait for a range; the bucket may be slow, a reader should not be.
const PATIENCE: Duration = Duration::from_secs(5);

/// An object of a bucket that is read in ranges, by threads that may block.
#[derive(Debug, Clone)]
pub struct RemoteForm {
    bucket: Arc<Bucket>,
    key: String,
    length: u64,
    runtime: Handle,
}

impl RemoteForm {
    /// An object of so many bytes. Must be called inside the runtime.
    pub fn new(bucket: Arc<Bucket>, key: String, length: u64) -> Self {
        Self { bucket, key, length, runtime: Handle::current() }
    }
}

impl ReadAt for RemoteForm {
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(length as u64).filter(|end| *end <= self.length);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        if length == 0 {
            return Ok(Vec::new());
        }
        let range = self.bucket.range(&self.key, offset..end);
        let bytes = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, range).await })
            .map_err(|_| io::ErrorKind::TimedOut)?
            .map_err(io::Error::other)?;
        if bytes.len() == length {
            Ok(bytes.into())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    fn length(&self) -> u64 {
        self.length
    }
}
