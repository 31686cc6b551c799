//! Addresses as `xs:anyURI` takes them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text as an `xs:anyURI` that validators accept: as it is when it is one, else with the
/// characters that stand in the way percent-encoded (a `%` that encodes nothing, a second `#`,
/// brackets outside of an address, the colon of what only looks like a scheme: `1:2:3`).
///
/// None for what cannot be one: empty texts, and ports that are no numbers.
pub fn any_uri(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let authority = authority(text);
    if authority.is_some_and(|authority| !is_authority(authority)) {
        return None;
    }
    let scheme = scheme_end(text);
    let opaque_from = authority.map_or(0, |authority| {
        // Both are parts of one text.
        text.find("//").map_or(0, |at| at + 2 + authority.len())
    });
    let path_from = text.find(['/', '?', '#']).unwrap_or(text.len());
    let mut fragment = false;
    let mut out: Option<String> = None;
    for (at, c) in text.char_indices() {
        let fits = match c {
            '%' => {
                let digits = text.get(at + 1..at + 3).unwrap_or_default();
                digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            '#' => !std::mem::replace(&mut fragment, true),
            '[' | ']' => at < opaque_from,
            ':' => scheme.is_some_and(|end| at >= end) || at >= path_from,
            c => super::is_legal(c) && !c.is_control() && !c.is_whitespace(),
        };
        if fits {
            if let Some(out) = &mut out {
                out.push(c);
            }
            continue;
        }
        let out = out.get_or_insert_with(|| text.get(..at).unwrap_or_default().to_owned());
        let mut bytes = [0; 4];
        for byte in c.encode_utf8(&mut bytes).bytes() {
            // Writing to a String cannot fail.
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    Some(out.map_or(Cow::Borrowed(text), Cow::Owned))
}

/// Where the colon after the scheme is.
fn scheme_end(text: &str) -> Option<usize> {
    let (scheme, _) = text.split_once(':')?;
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    (scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(of_scheme))
        .then_some(scheme.len())
}

/// What stands between `//` and the path.
fn authority(text: &str) -> Option<&str> {
    let rest = match scheme_end(text) {
        Some(end) => text.get(end + 1..)?,
        None => text,
    };
    rest.strip_prefix("//")?.split(['/', '?', '#']).next()
}

fn is_authority(authority: &str) -> bool {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((_, "")) => (true, ""),
            Some((_, port)) => (port.starts_with(':'), port.trim_start_matches(':')),
            None => (false, ""),
        },
        None => match host.split_once(':') {
            Some((name, port)) => (!name.is_empty() && !name.contains(['[', ']']), port),
            None => (!host.contains(['[', ']']), ""),
        },
    };
    name && port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_in_the_way_is_encoded_and_nothing_else() {
        for (text, expected) in [
            ("oai:x.org:1", Some("oai:x.org:1")),
            ("http://user@h:80/x?y=é#z", Some("http://user@h:80/x?y=é#z")),
            ("http://[::1]/", Some("http://[::1]/")),
            ("oai:x:a%b", Some("oai:x:a%25b")),
            ("oai:x:a%20b", Some("oai:x:a%20b")),
            ("a#b#c", Some("a#b%23c")),
            ("1:2:3", Some("1%3A2%3A3")),
            ("::", Some("%3A%3A")),
            (":a/b:c", Some("%3Aa/b:c")),
            ("a b", Some("a%20b")),
            ("http://x/[y]", Some("http://x/%5By%5D")),
            ("http://h:port/", None),
            ("http://x.org:99999999999/", None),
            ("http://[::1/", None),
            (" ", None),
        ] {
            assert_eq!(any_uri(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_came_out_goes_in_unchanged(text in "\\PC{0,30}|([a-z:/#%\\[\\]0-9@]{0,20})") {
            if let Some(uri) = any_uri(&text) {
                let again = any_uri(&uri);
                prop_assert_eq!(again.as_deref(), Some(uri.as_ref()));
            }
        }
    }
}
