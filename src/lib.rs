//! Passerelle: a harvesting and interoperability gateway for cultural heritage.
//!
//! Modules in suggested reading order; see ARCHITECTURE.md for the map and the invariants.

pub mod cli;
pub mod clock;
pub mod config;
pub mod crosswalk;
pub mod demo;
pub mod fetch;
pub mod harvest;
mod hex;
pub mod images;
pub mod jobs;
pub mod parallel;
pub mod publish;
pub mod quality;
pub mod reconcile;
pub mod search;
pub mod storage;
pub mod store;
pub mod web;
