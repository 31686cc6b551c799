//! Protocols and formats, pure: OAI-PMH both ways (sans-I/O), metadata formats, crosswalk tables.
//!
//! No network, no disk, no clock: what needs the time takes it as a parameter.

pub mod crosswalk;
pub mod formats;
pub mod oai_pmh;
pub mod xml;
