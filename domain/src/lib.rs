//! The pure heart of Passerelle: the record model and everything that is computed from it.
//!
//! Nothing here touches a network, a disk, a database or the clock; `conformance-tests` proves it.
//! Modules in suggested reading order.

pub mod department;
pub mod fold;
pub mod identifier;
pub mod issue;
pub mod json;
pub mod linkage;
pub mod meaning;
pub mod merge;
pub mod normalise;
pub mod provenance;
pub mod quality;
pub mod record;
pub mod rights;
pub mod source_record;
