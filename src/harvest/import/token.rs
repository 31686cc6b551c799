//! Tokens that let a producer import into one source over HTTP. Only the SHA-256 of one is stored.

use crate::harvest::session::hex;
use crate::store::{Store, StoreError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// What every token begins with, so that one that leaked into a log is recognised.
const MARK: &str = "pas_";

/// Makes a token for a source and returns it: nobody can show it again. The one before ends.
///
/// # Errors
/// [`StoreError::Random`] when the system has no random bytes.
pub async fn make(store: &Store, source_id: &str, now: i64) -> Result<String, StoreError> {
    let mut bytes = [0_u8; 32];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| StoreError::Random(format!("token of {source_id}")))?;
    let token = format!("{MARK}{}", URL_SAFE_NO_PAD.encode(bytes));
    store.set_source_token(source_id, &digest(&token), now).await?;
    Ok(token)
}

/// Whether a token is the one of a source. Takes the same time whatever differs.
///
/// # Errors
/// [`StoreError`].
pub async fn holds(store: &Store, source_id: &str, token: &str) -> Result<bool, StoreError> {
    let stored = store.source_token(source_id).await?;
    let given = digest(token);
    // A source without token takes as long as one with another.
    let expected = stored.unwrap_or_else(|| "0".repeat(given.len()));
    Ok(same(expected.as_bytes(), given.as_bytes()))
}

fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Equality in constant time for texts of one length.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differ = a.iter().zip(b).fold(0_u8, |differ, (a, b)| differ | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_only_when_every_byte_is() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd") && !same(b"abc", b"ab") && !same(b"", b"a"));
    }
}
