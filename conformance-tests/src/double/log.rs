//! What a provider was asked, and what became of it.

use std::sync::{Mutex, PoisonError};

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Verb; empty when there was none.
    pub verb: String,
    /// All arguments, decoded, sorted: the same request has the same text.
    pub request: String,
    /// For lists: number of the page, from 0.
    pub page: Option<usize>,
    /// HTTP status.
    pub status: u16,
    /// What went wrong on purpose.
    pub fault: Option<String>,
    /// Whether the whole answer was handed to the network.
    pub whole: bool,
}

/// The requests so far.
#[derive(Debug, Default)]
pub struct RequestLog(Mutex<Vec<Exchange>>);

impl RequestLog {
    /// All exchanges since the beginning or the last [`Self::take`], in order of their end.
    pub fn all(&self) -> Vec<Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All exchanges, forgetting them.
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn push(&self, exchange: Exchange) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(exchange);
    }
}
