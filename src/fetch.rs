//! Outgoing HTTP: the only module that names reqwest.
//!
//! Every request obeys the address policy, is bounded in bytes and time, and is tried again with
//! growing pauses when the failure may pass (invariant 9 of DESIGN.md).

pub mod address;
pub mod client;
mod contact;
pub mod error;
pub mod exchange;
mod host;
mod policy;
mod resume;
pub mod retry;

pub use client::{Downloaded, FetchOptions, Fetched, Fetcher};
pub use contact::Contact;
pub use error::FetchError;
pub use host::Turn;
