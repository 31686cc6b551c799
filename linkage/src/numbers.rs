//! Identifiers, sizes, durations, pages.

use crate::hash;
use crate::record::Identifier;
use domain::fold::fold;

/// Words before a number that are no part of it.
const BEFORE: [&str; 12] =
    ["inv", "inventaire", "n", "no", "num", "numero", "n°", "ancien", "anc", "old", "ref", "cat"];

/// Reads an identifier; nothing when it has no digit.
pub fn identifier(text: &str) -> Option<Identifier> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let folded = fold(text);
    let lower = folded.trim();
    let bare = ["https://doi.org/", "http://dx.doi.org/", "doi:"]
        .iter()
        .find_map(|start| lower.strip_prefix(start));
    let doi = bare.unwrap_or(lower).trim();
    if doi.starts_with("10.") && doi.contains('/') {
        return Some(Identifier {
            scheme: hash::text("doi") as u32,
            value: hash::text(doi),
            old: false,
        });
    }
    let mut value = 0_u64;
    let mut letters = String::new();
    let mut parts = 0_u32;
    let mut old = false;
    let mut long = 0;
    let mut rest = lower;
    let mut leading = true;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let digits = rest.get(..end)?;
            long = long.max(digits.len());
            value = hash::pair(value, hash::text(digits.trim_start_matches('0')));
            parts += 1;
            leading = false;
            rest = rest.get(end..)?;
        } else if first.is_alphabetic() {
            let end = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            let word = rest.get(..end)?;
            if leading && BEFORE.contains(&word) {
                old |= word.starts_with("anc") || word == "old";
            } else {
                value = hash::pair(value, hash::text(word));
                if leading {
                    letters.push_str(word);
                }
            }
            rest = rest.get(end..)?;
        } else {
            rest = rest.get(first.len_utf8()..)?;
        }
    }
    let shape = if letters.is_empty() {
        format!("#{}{}", parts.min(2), if long > 6 { "long" } else { "" })
    } else {
        letters
    };
    Some(Identifier { scheme: hash::text(&shape) as u32, value, old })
}

/// The two first sizes of a text in tenths of a millimetre, the smaller first; without a unit they
/// are centimetres.
pub fn sizes(text: &str) -> [u32; 2] {
    let lower = text.to_lowercase();
    let millimetres = lower.contains("mm");
    let metres = !millimetres && !lower.contains("cm") && lower.ends_with(" m");
    let mut found = [0_u32; 2];
    let mut count = 0;
    for part in lower.split(|c: char| !c.is_ascii_digit() && c != '.' && c != ',') {
        let Ok(value) = part.trim_matches(['.', ',']).replace(',', ".").parse::<f64>() else {
            continue;
        };
        let tenths = value
            * if millimetres {
                10.0
            } else if metres {
                10_000.0
            } else {
                100.0
            };
        if let Some(slot) = found.get_mut(count)
            && (1.0..1e9).contains(&tenths)
        {
            *slot = tenths.round() as u32;
            count += 1;
        }
    }
    if count == 2 {
        found.sort_unstable();
    }
    found
}

/// A duration in seconds: 4m 12sec, 03:28, 252, 185093 (milliseconds).
pub fn seconds(text: &str) -> u32 {
    let numbers: Vec<u32> =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    match numbers.as_slice() {
        [one] if *one > 10_000 => one / 1000,
        [one] if text.contains('m') && !text.contains("ms") => one * 60,
        [one] => *one,
        [minutes, seconds] => minutes * 60 + seconds,
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        _ => 0,
    }
}

/// First and last page; a last page that is short borrows from the first. 0 when not said.
pub fn pages(text: &str) -> [u32; 2] {
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse::<u32>().ok());
    let first = numbers.next().unwrap_or(0);
    let mut last = numbers.next().unwrap_or(0);
    if last < first && last > 0 {
        let scale = if last < 10 {
            10
        } else if last < 100 {
            100
        } else {
            1000
        };
        last += first / scale * scale;
    }
    [first, last]
}

/// The first number in a text; nothing when there is none.
pub fn first(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
}
