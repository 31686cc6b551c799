//! Guards against lists that never end, in constant memory.
//!
//! RecordManager answers every token with page 1; OpenSKOS sent 274,000 records of 172,000; others
//! send the same token for ever. Remembering every identifier would grow with the list, so that a
//! cycle is found with Brent's algorithm: one remembered page and one remembered token, replaced at
//! growing distances, meet every cycle after at most three turns of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Pages in a row without any record.
pub const MAX_EMPTY_PAGES: u32 = 10;
/// Repeats of a token that bring new records each time: some servers keep the position themselves
/// (RecordManager tolerates as many).
pub const MAX_SAME_TOKENS: u32 = 100;

/// What the guards remember; part of the checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Guards {
    page: Option<String>,
    token: Option<String>,
    power: u64,
    length: u64,
    empty_pages: u32,
    same_tokens: u32,
}

impl Guards {
    /// Takes note of a page: a fingerprint of what came (none of an empty page) and the token that
    /// it gave. Returns why the list should be left.
    pub(crate) fn take(&mut self, content: Option<&str>, token: &str) -> Option<String> {
        let token = fingerprint(token);
        if content.is_none() {
            self.empty_pages += 1;
        } else {
            self.empty_pages = 0;
        }
        if self.empty_pages > MAX_EMPTY_PAGES {
            return Some(format!("{MAX_EMPTY_PAGES} pages in a row without a record"));
        }
        if content.is_some() && content == self.page.as_deref() {
            return Some(
                "a page came again that had come before: the list turns in a circle".to_owned(),
            );
        }
        if self.token.as_ref() == Some(&token) {
            self.same_tokens += 1;
            if self.same_tokens > MAX_SAME_TOKENS {
                return Some(format!(
                    "the same resumptionToken came more than {MAX_SAME_TOKENS} times"
                ));
            }
        }
        self.length += 1;
        if self.length >= self.power {
            self.power = self.power.max(1) * 2;
            self.length = 0;
            self.page = content.map(str::to_owned).or(self.page.take());
            self.token = Some(token);
        }
        None
    }
}

/// Half of a SHA-256 in hexadecimal.
pub(super) fn fingerprint(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes()).iter().take(16).fold(
        String::with_capacity(32),
        |mut hex, byte| {
            // Writing to a String cannot fail.
            let _infallible = write!(hex, "{byte:02x}");
            hex
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_second_page_being_the_first_is_seen_at_once() {
        let mut guards = Guards::default();
        assert_eq!(guards.take(Some("p1"), "a"), None);
        assert!(guards.take(Some("p1"), "b").is_some());
    }

    #[test]
    fn a_server_that_keeps_the_position_itself_is_believed_for_a_while() {
        let mut guards = Guards::default();
        assert!(
            (0..MAX_SAME_TOKENS).all(|n| guards.take(Some(&format!("p{n}")), "same").is_none())
        );
        assert!((0..5).any(|n| guards.take(Some(&format!("q{n}")), "same").is_some()));
    }

    proptest! {
        #[test]
        fn every_cycle_is_found_and_no_list_is_called_one(before in 0_u32..200, length in 1_u32..200) {
            let mut guards = Guards::default();
            for n in 0..before + length {
                prop_assert_eq!(guards.take(Some(&n.to_string()), &n.to_string()), None);
            }
            let turns = (0..4 * (before + length)).map(|n| before + n % length);
            let found = turns.into_iter().any(|n| guards.take(Some(&n.to_string()), &n.to_string()).is_some());
            prop_assert!(found);
        }
    }
}
