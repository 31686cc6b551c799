//! `demo`: from nothing to a browsable site, offline.
