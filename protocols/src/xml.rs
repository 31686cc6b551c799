//! XML at both edges: what goes out is escaped in one place, what comes in is bounded and repaired.
//!
//! No document type definition is ever read; of entities only the five of XML, character references
//! and the names of HTML 4 are resolved, each to the few characters that it always means.

pub mod decode;
mod entities;
pub(crate) mod strict;
pub mod tree;
pub mod uri;
pub mod write;

pub use decode::{Decoded, decode};
pub use tree::{Element, Node, TreeError};
pub use uri::any_uri;
pub use write::Writer;

/// Whether XML 1.0 allows a character (production 2, `Char`). Control characters, surrogates and
/// the two non-characters U+FFFE and U+FFFF cannot be written in XML, not even as references.
pub fn is_legal(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
