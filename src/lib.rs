//! Passerelle: a harvesting and interoperability gateway for cultural heritage.
//!
//! Modules in suggested reading order; see ARCHITECTURE.md for the map and the invariants.

pub mod config;
pub mod store;
pub mod fetch;
pub mod harvest;
pub mod crosswalk;
pub mod reconcile;
pub mod publish;
pub mod search;
pub mod images;
pub mod jobs;
pub mod web;
pub mod demo;
pub mod cli;
