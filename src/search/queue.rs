//! Documents on their way to the thread that indexes, a bounded number of them: tantivy itself
//! lets 10,000 wait, which is more memory than all the rest of the gateway.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tantivy::TantivyDocument;
use tantivy::schema::Document;

/// Most documents that wait at a time.
const MOST_WAITING: usize = 512;

/// The number of documents that wait.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<usize>,
    freed: Condvar,
}

impl Queue {
    /// Takes a document in as soon as there is room. Blocks.
    pub(super) fn admit(self: &Arc<Self>, document: TantivyDocument) -> Queued {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = self
            .freed
            .wait_while(waiting, |waiting| *waiting >= MOST_WAITING)
            .unwrap_or_else(PoisonError::into_inner);
        *waiting += 1;
        Queued { document, _place: Place(Arc::clone(self)) }
    }
}

/// A place in the queue, free again when dropped: also when tantivy throws documents away.
struct Place(Arc<Queue>);

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.freed.notify_one();
    }
}

/// A document that waits.
pub(super) struct Queued {
    document: TantivyDocument,
    _place: Place,
}

impl fmt::Debug for Queued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queued").finish_non_exhaustive()
    }
}

impl Document for Queued {
    type Value<'a> = <TantivyDocument as Document>::Value<'a>;
    type FieldsValuesIter<'a> = <TantivyDocument as Document>::FieldsValuesIter<'a>;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.document.iter_fields_and_values()
    }

    /// Leaves the queue.
    fn into_tantivy_document(self) -> TantivyDocument {
        self.document
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_to_a_full_queue_waits_until_one_leaves() {
        let queue = Arc::new(Queue::default());
        let mut admitted: Vec<Queued> =
            (0..MOST_WAITING).map(|_| queue.admit(TantivyDocument::default())).collect();
        let later = {
            let queue = Arc::clone(&queue);
            std::thread::spawn(move || queue.admit(TantivyDocument::default()))
        };
        assert_eq!(*queue.waiting.lock().unwrap(), MOST_WAITING);
        drop(admitted.pop().map(Document::into_tantivy_document));
        let _last = later.join().unwrap();
        assert_eq!(*queue.waiting.lock().unwrap(), MOST_WAITING);
    }
}
