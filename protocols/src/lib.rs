//! Protocols and formats, pure: OAI-PMH both ways (sans-I/O), metadata formats, crosswalk tables.
//!
//! No network, no disk, no clock: what needs the time takes it as a parameter.

#![cfg_attr(
    test,
    allow(
        clippy::string_slice,
        clippy::format_push_string,
        reason = "tests cut and build texts that they know"
    )
)]

pub mod authorities;
pub mod crosswalk;
pub mod formats;
pub mod oai_pmh;
pub mod resourcesync;
pub mod vocabulary;
pub mod walk;
pub mod xml;
