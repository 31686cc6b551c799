//! Work cut into pieces for several threads, with results in the order of the pieces.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many pieces, whatever the number of threads: what is done does not depend on it.
const PIECES: usize = 64;

/// Cuts `0..total` into pieces, lets `threads` threads take one after the other, and gives the
/// results in the order of the pieces.
pub fn in_parts<T: Send>(
    total: usize,
    threads: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let size = total.div_ceil(PIECES).max(1);
    let ranges: Vec<Range<usize>> = (0..PIECES)
        .map(|piece| (piece * size).min(total)..((piece + 1) * size).min(total))
        .filter(|range| !range.is_empty())
        .collect();
    if threads <= 1 {
        return ranges.into_iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let (ranges, work, next) = (&ranges, &work, &next);
    let take = move || {
        let mut own = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = ranges.get(at) else { return own };
            own.push((at, work(range.clone())));
        }
    };
    let mut done: Vec<(usize, T)> = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let mut all = Vec::new();
        for handle in handles {
            match handle.join() {
                Ok(own) => all.extend(own),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
