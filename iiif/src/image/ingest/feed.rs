//! Two threads: one decodes, the other makes levels of what it hands over.

use super::cascade::{Cascade, Made};
use super::planes::Band;
use super::sink::Sink;
use super::{IngestError, Options};
use crate::image::Dimensions;
use std::io::{Seek, Write};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// What the cascade is made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) size: Dimensions,
    pub(super) gray: bool,
    /// The first level that is made: 0, or 1 when level 0 is cut.
    pub(super) first: u32,
    pub(super) options: &'a Options,
    pub(super) profile: Option<&'a [u8]>,
}

/// Where a decoder puts rows of the first level.
pub(super) trait Feed {
    /// Hands full rows over.
    fn push(&mut self, band: Band) -> Result<(), IngestError>;
    /// A band that was emptied, to be filled again.
    fn emptied(&mut self) -> Option<Band>;
}

struct Direct<'a, W> {
    cascade: Cascade,
    sink: &'a Mutex<Sink<W>>,
    emptied: Option<Band>,
}

impl<W: Write + Seek> Feed for Direct<'_, W> {
    fn push(&mut self, mut band: Band) -> Result<(), IngestError> {
        self.cascade.push(&band, self.sink)?;
        band.rows = 0;
        self.emptied = Some(band);
        Ok(())
    }

    fn emptied(&mut self) -> Option<Band> {
        self.emptied.take()
    }
}

struct Handed {
    full: SyncSender<Band>,
    emptied: Receiver<Band>,
}

impl Feed for Handed {
    fn push(&mut self, band: Band) -> Result<(), IngestError> {
        // The other side is gone only after an error of its own, which is the one that counts.
        self.full.send(band).map_err(|_| IngestError::Cancelled)
    }

    fn emptied(&mut self) -> Option<Band> {
        self.emptied.try_recv().ok()
    }
}

/// Runs a decoder and the cascade behind it.
pub(super) fn run<W: Write + Seek + Send, T>(
    order: Order<'_>,
    sink: &Mutex<Sink<W>>,
    decode: impl FnOnce(&mut dyn Feed) -> Result<T, IngestError>,
) -> Result<(T, Made), IngestError> {
    let cascade =
        || Cascade::new(order.size, order.gray, order.first, order.options, order.profile);
    if order.options.threads < 2 {
        let mut feed = Direct { cascade: cascade()?, sink, emptied: None };
        let decoded = decode(&mut feed)?;
        return Ok((decoded, feed.cascade.finish(sink)?));
    }
    let (full, bands) = sync_channel(2);
    let (back, emptied) = channel();
    std::thread::scope(|scope| {
        let levels = scope.spawn(move || make(cascade()?, &bands, &back, sink));
        let mut feed = Handed { full, emptied };
        let decoded = decode(&mut feed);
        drop(feed);
        let made = levels.join().unwrap_or(Err(IngestError::Cancelled));
        match (decoded, made) {
            (Ok(decoded), Ok(made)) => Ok((decoded, made)),
            // A decoder that could not hand over stopped because of the other side.
            (Err(IngestError::Cancelled) | Ok(_), Err(error)) | (Err(error), _) => Err(error),
        }
    })
}

fn make<W: Write + Seek>(
    mut cascade: Cascade,
    bands: &Receiver<Band>,
    back: &Sender<Band>,
    sink: &Mutex<Sink<W>>,
) -> Result<Made, IngestError> {
    for mut band in bands {
        cascade.push(&band, sink)?;
        band.rows = 0;
        // Nobody may be there to take it.
        let _gone = back.send(band);
    }
    cascade.finish(sink)
}
