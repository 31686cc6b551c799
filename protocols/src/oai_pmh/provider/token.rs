//! Resumption tokens: stateless and signed, so that they survive restarts and deployments and
//! nobody can forge a position.
//!
//! Form: `{version}.{payload}.{signature}`, both parts base64url without padding. The payload of
//! version 1 is a JSON array; the signature is the first 16 bytes of HMAC-SHA256 over
//! `{version}.{payload}`. The position is a key, never an offset: the last page costs what the
//! first one does. `until` is fixed when the list begins, so that what changes meanwhile belongs to
//! the next harvest and everything else comes exactly once, whichever token is sent again.
//!
//! Version 2 is the form of tokens of ListSets ([`SetToken`]); lists of records go on in version 1.
//!
//! A token is good for [`LIFETIME`] from the page that it came with; every page gives a fresh one,
//! so that a walk may take as long as it likes.

use crate::oai_pmh::{ErrorCode, OaiError, Verb};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;

/// How long a token is good, in seconds: a week. Harvesters of national aggregators stop over the
/// weekend; `OVAL` asks for 23 hours at least.
pub const LIFETIME: i64 = 7 * 24 * 3600;

const VERSION: &str = "1";
const VERSION_OF_SETS: &str = "2";
const SIGNATURE: usize = 16;

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumptionToken {
    /// `ListIdentifiers` or `ListRecords`; a token is good for its verb only.
    pub verb: Verb,
    /// Format.
    pub metadata_prefix: String,
    /// setSpec.
    pub set: Option<String>,
    /// First second, inclusive.
    pub from: Option<i64>,
    /// Last second, inclusive, fixed at the start of the list.
    pub until: i64,
    /// Position after which to go on: datestamp and object id.
    pub after: (i64, String),
    /// How many records came before the page that this token brings.
    pub cursor: u64,
    /// How many records the whole list had when it began.
    pub complete_list_size: u64,
    /// Second after which the token is refused.
    pub expires: i64,
}

/// The payload of version 1; the order of the parts is frozen.
type PayloadV1 = (String, String, Option<String>, Option<i64>, i64, i64, String, u64, u64, i64);

impl ResumptionToken {
    /// Writes and signs it.
    pub fn encode(&self, key: &[u8]) -> String {
        let payload: PayloadV1 = (
            if self.verb == Verb::ListIdentifiers { "i" } else { "r" }.to_owned(),
            self.metadata_prefix.clone(),
            self.set.clone(),
            self.from,
            self.until,
            self.after.0,
            self.after.1.clone(),
            self.cursor,
            self.complete_list_size,
            self.expires,
        );
        seal(VERSION, &payload, key)
    }

    /// Reads a token that we gave for this verb.
    ///
    /// # Errors
    /// `badResumptionToken` when it is not ours, was changed, is of another verb, or is expired.
    pub fn decode(text: &str, verb: Verb, key: &[u8], now: i64) -> Result<Self, OaiError> {
        let json = match open(text, key)? {
            (VERSION, json) => json,
            (VERSION_OF_SETS, _) => return Err(bad("the token belongs to ListSets")),
            _ => return Err(not_ours()),
        };
        let (
            letter,
            metadata_prefix,
            set,
            from,
            until,
            datestamp,
            object,
            cursor,
            complete_list_size,
            expires,
        ): PayloadV1 = serde_json::from_slice(&json).map_err(|_| not_ours())?;
        let own_verb = if letter == "i" { Verb::ListIdentifiers } else { Verb::ListRecords };
        if own_verb != verb {
            return Err(bad(&format!("the token belongs to {}", own_verb.as_str())));
        }
        if now > expires {
            return Err(expired());
        }
        let after = (datestamp, object);
        Ok(Self {
            verb,
            metadata_prefix,
            set,
            from,
            until,
            after,
            cursor,
            complete_list_size,
            expires,
        })
    }
}

/// Where ListSets goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetToken {
    /// setSpec after which to go on.
    pub after: String,
    /// How many sets came before the page that this token brings.
    pub cursor: u64,
    /// How many sets there were when the list began.
    pub complete_list_size: u64,
    /// Second after which the token is refused.
    pub expires: i64,
}

/// The payload of version 2; the order of the parts is frozen.
type PayloadV2 = (String, String, u64, u64, i64);

impl SetToken {
    /// Writes and signs it.
    pub fn encode(&self, key: &[u8]) -> String {
        let payload: PayloadV2 = (
            "s".to_owned(),
            self.after.clone(),
            self.cursor,
            self.complete_list_size,
            self.expires,
        );
        seal(VERSION_OF_SETS, &payload, key)
    }

    /// Reads a token that we gave for ListSets.
    ///
    /// # Errors
    /// `badResumptionToken` when it is not ours, was changed, is of another verb, or is expired.
    pub fn decode(text: &str, key: &[u8], now: i64) -> Result<Self, OaiError> {
        let json = match open(text, key)? {
            (VERSION_OF_SETS, json) => json,
            (VERSION, _) => return Err(bad("the token belongs to a list of records")),
            _ => return Err(not_ours()),
        };
        let (letter, after, cursor, complete_list_size, expires): PayloadV2 =
            serde_json::from_slice(&json).map_err(|_| not_ours())?;
        if letter != "s" {
            return Err(not_ours());
        }
        if now > expires {
            return Err(expired());
        }
        Ok(Self { after, cursor, complete_list_size, expires })
    }
}

fn bad(message: &str) -> OaiError {
    OaiError::new(ErrorCode::BadResumptionToken, message)
}

fn not_ours() -> OaiError {
    bad("the token is not one of ours; begin the list again")
}

fn expired() -> OaiError {
    bad("the token is expired; begin the list again")
}

/// Version, payload and signature in one text.
fn seal(version: &str, payload: &impl Serialize, key: &[u8]) -> String {
    // Strings and numbers always have a JSON form.
    let json = serde_json::to_vec(payload).unwrap_or_default();
    let signed = format!("{version}.{}", URL_SAFE_NO_PAD.encode(json));
    let signature = sign(&signed, key);
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.get(..SIGNATURE).unwrap_or_default()))
}

/// Version and payload of a text that we sealed.
fn open<'t>(text: &'t str, key: &[u8]) -> Result<(&'t str, Vec<u8>), OaiError> {
    let (signed, signature) = text.rsplit_once('.').ok_or_else(not_ours)?;
    let (version, payload) = signed.split_once('.').ok_or_else(not_ours)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| not_ours())?;
    if signature.len() != SIGNATURE {
        return Err(not_ours());
    }
    mac(signed, key).verify_truncated_left(&signature).map_err(|_| not_ours())?;
    Ok((version, URL_SAFE_NO_PAD.decode(payload).map_err(|_| not_ours())?))
}

fn mac(text: &str, key: &[u8]) -> Hmac<Sha256> {
    // HMAC takes keys of any length; the empty fallback cannot be reached.
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .unwrap_or_else(|_| Hmac::new(&Key::<Hmac<Sha256>>::default()));
    mac.update(text.as_bytes());
    mac
}

fn sign(text: &str, key: &[u8]) -> [u8; 32] {
    mac(text, key).finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn sample() -> ResumptionToken {
        ResumptionToken {
            verb: Verb::ListRecords,
            metadata_prefix: "oai_dc".to_owned(),
            set: Some("base:joconde".to_owned()),
            from: None,
            until: 1_735_689_600,
            after: (1_735_600_000, "joconde_000PE001028".to_owned()),
            cursor: 100,
            complete_list_size: 12_345,
            expires: 1_736_294_400,
        }
    }

    /// Frozen: a token given out by an older release must be taken by every later one.
    const VERSION_1: &str = "1.WyJyIiwib2FpX2RjIiwiYmFzZTpqb2NvbmRlIixudWxsLDE3MzU2ODk2MDAsMTczNTYwMDAwMCwiam9jb25kZV8wMDBQRTAwMTAyOCIsMTAwLDEyMzQ1LDE3MzYyOTQ0MDBd.AAgQMUJGs8UtXDRrz8-e7A";

    #[test]
    fn a_token_of_version_1_is_read_by_every_later_release() {
        assert_eq!(
            ResumptionToken::decode(VERSION_1, Verb::ListRecords, KEY, 1_735_689_600),
            Ok(sample())
        );
        assert_eq!(sample().encode(KEY), VERSION_1);
    }

    #[test]
    fn forged_foreign_expired_and_misused_tokens_are_refused() {
        let good = sample().encode(KEY);
        let now = 1_735_689_600;
        let refused = |token: &str, verb, key: &[u8], now| {
            ResumptionToken::decode(token, verb, key, now).unwrap_err().code
                == ErrorCode::BadResumptionToken
        };
        assert!(refused(&good, Verb::ListIdentifiers, KEY, now));
        assert!(refused(&good, Verb::ListRecords, b"another key", now));
        assert!(refused(&good, Verb::ListRecords, KEY, sample().expires + 1));
        assert!(refused(&format!("2{}", &good[1..]), Verb::ListRecords, KEY, now));
        assert!(refused(&good[..good.len() - 4], Verb::ListRecords, KEY, now));
        for junk in ["", ".", "..", "1..", "1.e30.", "oai_dc|base|0", "é.é.é", "junk"] {
            assert!(refused(junk, Verb::ListRecords, KEY, now), "{junk}");
        }
        for (at, byte) in good.bytes().enumerate() {
            let mut forged = good.clone().into_bytes();
            forged[at] = if byte == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(refused(&forged, Verb::ListRecords, KEY, now), "byte {at}");
        }
    }

    fn sets() -> SetToken {
        SetToken {
            after: "museum:M0017".to_owned(),
            cursor: 1_000,
            complete_list_size: 1_400,
            expires: 1_736_294_400,
        }
    }

    /// Frozen, as [`VERSION_1`].
    const VERSION_2: &str =
        "2.WyJzIiwibXVzZXVtOk0wMDE3IiwxMDAwLDE0MDAsMTczNjI5NDQwMF0.YoEPhQoiyppinRceFKEWbw";

    #[test]
    fn a_token_of_version_2_is_read_by_every_later_release() {
        assert_eq!(SetToken::decode(VERSION_2, KEY, 1_735_689_600), Ok(sets()));
        assert_eq!(sets().encode(KEY), VERSION_2);
    }

    #[test]
    fn tokens_of_sets_and_of_records_are_not_taken_for_each_other() {
        let refused = |result: Result<(), OaiError>| {
            result.unwrap_err().code == ErrorCode::BadResumptionToken
        };
        let now = 1_735_689_600;
        assert!(refused(SetToken::decode(&sample().encode(KEY), KEY, now).map(drop)));
        assert!(refused(
            ResumptionToken::decode(&sets().encode(KEY), Verb::ListRecords, KEY, now).map(drop)
        ));
        assert!(refused(SetToken::decode(&sets().encode(KEY), b"another", now).map(drop)));
        assert!(refused(SetToken::decode(&sets().encode(KEY), KEY, sets().expires + 1).map(drop)));
        assert!(refused(SetToken::decode("junk", KEY, now).map(drop)));
    }

    proptest! {
        #[test]
        fn a_token_comes_back_as_it_went(
            set in proptest::option::of("[a-z:]{1,20}"), from in any::<Option<i64>>(), until in any::<i64>(),
            datestamp in any::<i64>(), object in "[A-Za-z0-9_]{1,60}", cursor in any::<u64>(), size in any::<u64>(),
        ) {
            let token = ResumptionToken {
                verb: Verb::ListIdentifiers, metadata_prefix: "edm".to_owned(), set, from, until,
                after: (datestamp, object), cursor, complete_list_size: size, expires: 10,
            };
            prop_assert_eq!(ResumptionToken::decode(&token.encode(KEY), Verb::ListIdentifiers, KEY, 10), Ok(token));
        }

        #[test]
        fn any_text_is_refused(text in any::<String>()) {
            prop_assert!(ResumptionToken::decode(&text, Verb::ListRecords, KEY, 0).is_err());
        }
    }
}
