//! A window on a stream: as many bytes as a reader needs to see at once, no more.

use std::io::{self, Read};

const STEP: usize = 64 << 10;

/// Bytes of a stream from a position on.
#[derive(Debug)]
pub struct Window<R> {
    source: R,
    data: Vec<u8>,
    start: usize,
    offset: u64,
    ended: bool,
}

impl<R: Read> Window<R> {
    /// A window at the beginning of a stream.
    pub fn new(source: R) -> Self {
        Self { source, data: Vec::new(), start: 0, offset: 0, ended: false }
    }

    /// What is visible.
    pub fn bytes(&self) -> &[u8] {
        self.data.get(self.start..).unwrap_or_default()
    }

    /// Position of the first visible byte in the stream.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Makes more visible. `false` at the end of the stream.
    ///
    /// # Errors
    /// What the stream says.
    pub fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        // Move what is left to the front only when that frees as much as it moves.
        if self.start > 0 && self.start >= self.data.len() - self.start {
            self.data.drain(..self.start);
            self.start = 0;
        }
        let before = self.data.len();
        // Read as much again as a long row already has, so that its parts are not moved often.
        let step = STEP.max((before - self.start) / 2);
        let read = self.source.by_ref().take(step as u64).read_to_end_once(&mut self.data)?;
        self.ended = read == 0;
        Ok(read > 0)
    }

    /// Makes at least `wanted` bytes visible, or all that there are.
    ///
    /// # Errors
    /// What the stream says.
    pub fn fill_to(&mut self, wanted: usize) -> io::Result<()> {
        while self.bytes().len() < wanted && self.fill()? {}
        Ok(())
    }

    /// Lets go of the first `count` visible bytes.
    pub fn consume(&mut self, count: usize) {
        let count = count.min(self.data.len() - self.start);
        self.start += count;
        self.offset += count as u64;
        if self.start == self.data.len() {
            self.data.clear();
            self.start = 0;
            // A row of many mebibytes must not leave its buffer behind for good.
            if self.data.capacity() > 4 * STEP {
                self.data.shrink_to(STEP);
            }
        }
    }

    /// Lets go of everything before a position of the stream.
    ///
    /// # Errors
    /// What the stream says, or `UnexpectedEof` when it ends before.
    pub fn skip_to(&mut self, offset: u64) -> io::Result<()> {
        while self.offset < offset {
            let wanted = usize::try_from(offset - self.offset).unwrap_or(usize::MAX);
            let visible = self.bytes().len();
            self.consume(wanted.min(visible));
            if self.offset < offset && !self.fill()? {
                let message = format!("the file ends at byte {} of {offset}", self.offset);
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
        }
        Ok(())
    }
}

/// One read, appended, with interrupted reads tried again.
trait ReadOnce {
    fn read_to_end_once(&mut self, to: &mut Vec<u8>) -> io::Result<usize>;
}

impl<R: Read> ReadOnce for io::Take<R> {
    fn read_to_end_once(&mut self, to: &mut Vec<u8>) -> io::Result<usize> {
        let before = to.len();
        let step = usize::try_from(self.limit()).unwrap_or(STEP);
        to.resize(before + step, 0);
        loop {
            let free = to.get_mut(before..).unwrap_or_default();
            match self.read(free) {
                Ok(read) => {
                    to.truncate(before + read);
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    to.truncate(before);
                    return Err(error);
                }
            }
        }
    }
}
