//! Splitting and small transforms of values, by name.

use domain::fold::fold;
use memchr::memchr;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Everything that a path segment need not escape stays.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A transform of one value; `None` drops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Transform {
    /// Runs of white space become one space.
    CollapseSpaces,
    /// Tags out, the five XML entities resolved.
    StripHtml,
    /// MARC text (`00$aTitle$bmore`): indicators and subfield codes out.
    Marc,
    /// The last run of letters, digits and `_`: the reference at the end of an address.
    LastWord,
    /// Capitals.
    Uppercase,
    /// No case, no accents.
    Fold,
    /// Folded, and everything but letters and digits as one `-`: fit for a setSpec.
    Slug,
    /// An inventory number fit for a certain key: folded, separators as one dot, remarks in
    /// parentheses off; dropped when it is a former or doubtful number, or has no digit.
    InventoryNumber,
    /// Escaped for use in a URL path.
    UrlSegment,
    /// Only absolute http(s) addresses stay.
    UrlOnly,
    /// Zeros in front up to this length, when the value is shorter and all digits and capitals.
    Pad(usize),
    /// What stands before the first `(`.
    BeforeParenthesis,
}

impl Transform {
    /// The names, for error messages.
    pub(super) const NAMES: &str = "before_parenthesis, collapse_spaces, fold, inventory_number, last_word, marc, \
         pad:N, slug, strip_html, uppercase, url_only, url_segment";

    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "collapse_spaces" => Self::CollapseSpaces,
            "strip_html" => Self::StripHtml,
            "marc" => Self::Marc,
            "last_word" => Self::LastWord,
            "uppercase" => Self::Uppercase,
            "fold" => Self::Fold,
            "slug" => Self::Slug,
            "inventory_number" => Self::InventoryNumber,
            "url_segment" => Self::UrlSegment,
            "url_only" => Self::UrlOnly,
            "before_parenthesis" => Self::BeforeParenthesis,
            other => {
                Self::Pad(other.strip_prefix("pad:")?.parse().ok().filter(|length| *length <= 64)?)
            }
        })
    }

    pub(super) fn apply(&self, text: &str) -> Option<String> {
        let out = match self {
            Self::CollapseSpaces => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::StripHtml => strip_html(text),
            Self::Marc => marc(text),
            Self::LastWord => last_word(text).to_owned(),
            Self::Uppercase => text.to_uppercase(),
            Self::Fold => fold(text),
            Self::Slug => {
                let folded = fold(text);
                let words = folded.split(|c: char| !c.is_ascii_alphanumeric());
                words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
            }
            Self::InventoryNumber => return inventory_number(text),
            Self::UrlSegment => utf8_percent_encode(text, SEGMENT).to_string(),
            Self::UrlOnly => {
                if !super::apply::is_url(text) {
                    return None;
                }
                text.to_owned()
            }
            Self::Pad(length) => {
                let plain = text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
                let missing = length.saturating_sub(text.len());
                if plain { format!("{}{text}", "0".repeat(missing)) } else { text.to_owned() }
            }
            Self::BeforeParenthesis => text.split('(').next().unwrap_or(text).to_owned(),
        };
        let trimmed = out.trim();
        if trimmed.is_empty() {
            return None;
        }
        Some(if trimmed.len() == out.len() { out } else { trimmed.to_owned() })
    }
}

/// The last run of letters, digits and `_`.
pub(super) fn last_word(text: &str) -> &str {
    let end = text.trim_end_matches(|c: char| !is_word(c));
    end.rsplit(|c: char| !is_word(c)).next().unwrap_or_default()
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn strip_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        match tag.split_once('>') {
            // "<" before a letter or a slash opens a tag; elsewhere it is a sign.
            Some((inside, after))
                if inside
                    .starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!') =>
            {
                out.push(' ');
                rest = after;
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    out.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

fn marc(text: &str) -> String {
    let Some((_, fields)) = text.split_once('$') else {
        return text.to_owned();
    };
    fields
        .split('$')
        .map(|subfield| subfield.get(1..).unwrap_or_default().trim())
        .filter(|subfield| !subfield.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn inventory_number(text: &str) -> Option<String> {
    let (number, remark) = text.split_once('(').unwrap_or((text, ""));
    let remark = fold(remark);
    let doubtful = ["ancien", "depot", "autre", "lot", "provisoire", "ex ", "?"];
    if doubtful.iter().any(|word| remark.contains(word)) || number.contains('?') {
        return None;
    }
    let folded = fold(number);
    let parts: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let joined = parts.join(".");
    (joined.len() <= 64 && joined.bytes().any(|b| b.is_ascii_digit())).then_some(joined)
}

/// Whether a text holds any of the separators.
pub(super) fn is_cut(text: &str, separators: &[String]) -> bool {
    separators.iter().any(|separator| match separator.as_bytes() {
        [byte] => memchr(*byte, text.as_bytes()).is_some(),
        _ => text.contains(separator.as_str()),
    })
}

/// Cuts a text at the separators that stand outside parentheses and brackets; a text whose
/// parentheses do not close is cut at every separator. Parts are trimmed, empty ones left out.
pub(super) fn split<'a>(text: &'a str, separators: &[String]) -> Vec<&'a str> {
    if separators.is_empty() {
        let whole = text.trim();
        return if whole.is_empty() { Vec::new() } else { vec![whole] };
    }
    let balanced = is_balanced(text);
    let mut parts = Vec::new();
    let (mut start, mut depth, mut skip_to) = (0_usize, 0_i32, 0_usize);
    for (at, c) in text.char_indices() {
        if at < skip_to {
            continue;
        }
        match c {
            '(' | '[' if balanced => depth += 1,
            ')' | ']' if balanced => depth -= 1,
            _ if depth == 0 => {
                let here = text.get(at..).unwrap_or_default();
                if let Some(separator) =
                    separators.iter().find(|separator| here.starts_with(separator.as_str()))
                {
                    parts.push(text.get(start..at).unwrap_or_default());
                    start = at + separator.len();
                    skip_to = start;
                }
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

fn is_balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seps(separators: &[&str]) -> Vec<String> {
        separators.iter().map(|separator| (*separator).to_owned()).collect()
    }

    #[test]
    fn separators_inside_parentheses_do_not_cut() {
        let text = "scène (femme, assis),ornementation (figures, arabesque) ; chien";
        assert_eq!(
            split(text, &seps(&[";", ","])),
            ["scène (femme, assis)", "ornementation (figures, arabesque)", "chien"]
        );
        assert_eq!(split("a (b, c", &seps(&[","])), ["a (b", "c"]);
    }

    #[test]
    fn inventory_numbers_keep_their_parts_apart() {
        let key = |text: &str| Transform::InventoryNumber.apply(text);
        assert_eq!(key("D 5930").as_deref(), Some("d.5930"));
        assert_eq!(key("D.5930").as_deref(), Some("d.5930"));
        assert_ne!(key("12.3"), key("1.23"));
        assert_eq!(key("1234 (ancien numéro)"), None);
        assert_eq!(key("sans numéro"), None);
        assert_eq!(key("D 12 ?"), None);
    }

    #[test]
    fn marc_and_html_leave_the_text() {
        assert_eq!(
            Transform::Marc.apply("00$aDialectica$bmore").as_deref(),
            Some("Dialectica more")
        );
        assert_eq!(
            Transform::StripHtml.apply("<A HREF='x'>Contact</A> 3 < 4 &amp; 5").as_deref(),
            Some("Contact  3 < 4 & 5")
        );
    }

    #[test]
    fn the_name_of_a_department_becomes_a_set() {
        assert_eq!(Transform::Slug.apply("Côte-d’Or").as_deref(), Some("cote-d-or"));
        assert_eq!(Transform::Slug.apply("« »"), None);
    }

    #[test]
    fn short_references_get_their_zeros_back() {
        assert_eq!(Transform::Pad(11).apply("1370006973").as_deref(), Some("01370006973"));
        assert_eq!(Transform::Pad(11).apply("000PE001028").as_deref(), Some("000PE001028"));
        assert_eq!(Transform::Pad(11).apply("a-b").as_deref(), Some("a-b"));
    }

    proptest! {
        #[test]
        fn splitting_loses_nothing_but_separators_and_space(text in "[a-c;,() é]{0,30}") {
            let kept: String = split(&text, &seps(&[";"])).concat();
            let plain = |t: &str| t.chars().filter(|c| !c.is_whitespace() && *c != ';').collect::<String>();
            prop_assert_eq!(plain(&kept), plain(&text));
        }

        #[test]
        fn no_transform_fails(text in "\\PC{0,40}") {
            for name in ["collapse_spaces", "strip_html", "marc", "last_word", "uppercase", "fold",
                         "inventory_number", "slug", "url_segment", "url_only", "pad:11", "before_parenthesis"] {
                let out = Transform::parse(name).unwrap().apply(&text);
                prop_assert!(out.is_none_or(|text| !text.trim().is_empty()), "{name}");
            }
        }
    }
}
