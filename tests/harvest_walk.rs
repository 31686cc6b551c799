//! Sources that are walked: JSON interfaces, IIIF, ResourceSync, SRU. The partner is a set of
//! documents in memory behind real HTTP on the loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

#[path = "harvest_walk/bench.rs"]
mod bench;
#[path = "harvest_walk/iiif.rs"]
mod iiif;
#[path = "harvest_walk/json_api.rs"]
mod json_api;
#[path = "harvest_walk/resourcesync.rs"]
mod resourcesync;
#[path = "harvest_walk/sru.rs"]
mod sru;
