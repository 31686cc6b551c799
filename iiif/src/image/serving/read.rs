//! Where the bytes of a serving form come from.

use std::io;

/// Bytes at any place: a file, memory, ranges of an object in S3.
pub trait ReadAt {
    /// Exactly `length` bytes from `offset`.
    ///
    /// # Errors
    /// Whatever the store says; [`io::ErrorKind::UnexpectedEof`] when they are not all there.
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>>;

    /// Bytes in all.
    fn length(&self) -> u64;
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        usize::try_from(offset)
            .ok()
            .and_then(|start| self.get(start..start.checked_add(length)?))
            .map(<[u8]>::to_vec)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    fn length(&self) -> u64 {
        self.len() as u64
    }
}

impl<R: ReadAt + ?Sized> ReadAt for &R {
    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        (**self).read_at(offset, length)
    }

    fn length(&self) -> u64 {
        (**self).length()
    }
}
