//! Tokens that were never given (section 3.6).

use super::answer::Ask;
use super::rule::Rule;
use super::session::{Session, Stop};
use super::walk::Walked;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Numbers in a token that are changed, at most.
const NUMBERS: usize = 4;
const REFUSED: &[&str] = &["badResumptionToken"];

/// Sends tokens that must be refused. `walked` is a walk of ListRecords.
pub(super) async fn run(s: &mut Session, walked: &Walked) -> Result<(), Stop> {
    for (verb, junk) in [
        ("ListRecords", "junk"),
        ("ListIdentifiers", "0/100/1000/junk"),
        ("ListRecords", "9999999999"),
        ("ListSets", "junk"),
    ] {
        s.refused(Rule::TokenJunk, resume(verb, junk), REFUSED).await?;
    }
    let exclusive =
        Ask::get(&[("verb", "ListRecords"), ("resumptionToken", "junk"), ("until", "2000-02-05")]);
    // A provider may look at the token first: both are true.
    s.refused(Rule::TokenExclusive, bare(exclusive), &["badArgument", "badResumptionToken"])
        .await?;
    let Some(token) = &walked.token else { return Ok(()) };
    let prefix = s.options.prefix.clone();
    let exclusive = Ask::get(&[
        ("verb", "ListRecords"),
        ("resumptionToken", token),
        ("metadataPrefix", &prefix),
    ]);
    s.refused(Rule::TokenExclusive, bare(exclusive), &["badArgument"]).await?;
    s.refused(Rule::TokenVerb, resume("ListIdentifiers", token), REFUSED).await?;
    for forged in forgeries(token) {
        s.refused(Rule::TokenForged, resume("ListRecords", &forged), REFUSED).await?;
    }
    if let Some(flipped) = flip(token) {
        s.refused(Rule::TokenFlipped, resume("ListRecords", &flipped), REFUSED).await?;
    }
    Ok(())
}

fn resume(verb: &str, token: &str) -> Ask {
    bare(Ask::get(&[("verb", verb), ("resumptionToken", token)]))
}

/// What is refused need not be repeated letter by letter: some codes want no arguments.
fn bare(ask: Ask) -> Ask {
    ask.unechoed()
}

impl Ask {
    /// The same, its arguments not compared with those of the answer.
    pub(super) fn unechoed(self) -> Self {
        Self { arguments: None, ..self }
    }
}

/// The token with one of its numbers made negative: `0/300/…` becomes `-5/300/…`, `0/-5/…`, and
/// once with a number too large. What is percent-encoded or base64 is changed inside. Tokens without
/// a readable structure give none.
fn forgeries(token: &str) -> Vec<String> {
    // MOAI's is a query in percent-encoding: `metadataPrefix%3Doai_dc%26cursor%3D100`.
    if let Ok(inside) = percent_decode_str(token).decode_utf8()
        && inside != token
    {
        let forged = changed_numbers(&inside);
        return forged
            .iter()
            .map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string())
            .collect();
    }
    let forged = changed_numbers(token);
    if !forged.is_empty() {
        return forged;
    }
    [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD]
        .iter()
        .find_map(|engine| {
            let inside = String::from_utf8(engine.decode(token).ok()?).ok()?;
            let forged = changed_numbers(&inside).into_iter().map(|text| engine.encode(text));
            Some(forged.collect::<Vec<String>>())
        })
        .unwrap_or_default()
}

fn changed_numbers(token: &str) -> Vec<String> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let bytes = token.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if !byte.is_ascii_digit() {
            continue;
        }
        match runs.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => runs.push((at, at + 1)),
        }
    }
    let alone = |(start, end): &(usize, usize)| {
        let letter = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at)).is_some_and(|b| b.is_ascii_alphanumeric())
        };
        !letter(start.checked_sub(1)) && !letter(Some(*end))
    };
    let numbers: Vec<(usize, usize)> = runs.into_iter().filter(alone).collect();
    let put = |(start, end): &(usize, usize), value: &str| {
        let before = token.get(..*start).unwrap_or_default();
        let after = token.get(*end..).unwrap_or_default();
        format!("{before}{value}{after}")
    };
    let mut forged: Vec<String> =
        numbers.iter().take(NUMBERS).map(|number| put(number, "-5")).collect();
    forged.extend(numbers.last().map(|number| put(number, "99999999999999999999")));
    forged
}

/// The token with one letter or digit in its middle changed.
fn flip(token: &str) -> Option<String> {
    let half = token.len() / 2;
    let at = token
        .bytes()
        .enumerate()
        .filter(|(_, byte)| byte.is_ascii_alphanumeric())
        .map(|(at, _)| at)
        .min_by_key(|at| at.abs_diff(half))?;
    let other = match token.as_bytes().get(at)? {
        b'9' => b'8',
        byte @ b'0'..=b'8' => byte + 1,
        b'z' | b'Z' => b'q',
        byte => byte + 1,
    };
    let mut bytes = token.as_bytes().to_vec();
    *bytes.get_mut(at)? = other;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_readable_token_are_changed_one_by_one() {
        assert_eq!(
            forgeries("0/300/oai_dc2"),
            ["-5/300/oai_dc2", "0/-5/oai_dc2", "0/99999999999999999999/oai_dc2"]
        );
        assert_eq!(forgeries("cursor=10&batch_size=20").len(), 3);
        assert_eq!(forgeries("a1b2c3"), Vec::<String>::new());
        assert_eq!(
            forgeries("p%3Doai%26cursor%3D10"),
            ["p%3Doai%26cursor%3D%2D5", "p%3Doai%26cursor%3D99999999999999999999"]
        );
        // metadataPrefix=oai_dc&c=0
        assert_eq!(
            forgeries("bWV0YWRhdGFQcmVmaXg9b2FpX2RjJmM9MA==").first().map(String::as_str),
            Some("bWV0YWRhdGFQcmVmaXg9b2FpX2RjJmM9LTU=")
        );
        assert_eq!(flip("abc").as_deref(), Some("acc"));
        assert_eq!(flip("///"), None);
    }
}
