//! How good a record is, in Europeana's measures: content tier, metadata tier, problem patterns, and
//! the id that Europeana will give it.
//!
//! Pure: the facts come from whoever has them (an EDM document, a merged record), the verdict with its
//! reasons and what is missing for the next tier comes out. Nothing of it is in any content hash.

pub mod content;
pub mod europeana;
pub mod metadata;
pub mod packed;
pub mod pattern;
pub mod words;
