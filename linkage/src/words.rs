//! A text cut into folded words.

use domain::fold::fold;

/// Words without meaning for comparison, French and English.
const EMPTY: [&str; 44] = [
    "a", "an", "and", "at", "au", "aux", "avec", "by", "d", "dans", "de", "des", "du", "en", "et",
    "for", "from", "il", "in", "into", "l", "la", "le", "les", "o", "of", "on", "or", "ou", "par",
    "pour", "s", "son", "sur", "the", "to", "un", "une", "vers", "with", "y", "its", "der", "the",
];

/// Whether the word says nothing.
pub fn is_empty(word: &str) -> bool {
    EMPTY.contains(&word)
}

/// Calls with each word of a text that is folded already: runs of letters and digits, with the
/// abbreviations of saints and of Notre-Dame written out.
pub fn each<'a>(folded: &'a str, mut call: impl FnMut(&'a str)) {
    let mut pending_n = false;
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        match word {
            "" => {}
            "st" => call("saint"),
            "ste" => call("sainte"),
            "sts" => call("saints"),
            "nd" => {
                call("notre");
                call("dame");
            }
            "n" if !pending_n => {
                pending_n = true;
                continue;
            }
            "d" if pending_n => {
                call("notre");
                call("dame");
            }
            word => {
                if pending_n {
                    call("n");
                }
                call(word);
            }
        }
        if !word.is_empty() {
            pending_n = false;
        }
    }
}

/// The words of a text as it was written.
pub fn list(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut out = Vec::new();
    each(&folded, |word| out.push(word.to_owned()));
    out
}

/// The value of a Roman number in small letters, up to 50.
pub fn roman(word: &str) -> Option<u32> {
    if word.is_empty() || word.len() > 7 {
        return None;
    }
    let digit = |byte: u8| match byte {
        b'i' => Some(1_u32),
        b'v' => Some(5),
        b'x' => Some(10),
        b'l' => Some(50),
        _ => None,
    };
    let mut total = 0;
    let mut before = u32::MAX;
    for byte in word.bytes() {
        let value = digit(byte)?;
        if before < value {
            total = total + value - 2 * before;
        } else {
            total += value;
        }
        before = value;
    }
    (spelled(total) == word).then_some(total)
}

fn spelled(mut value: u32) -> String {
    let mut out = String::new();
    for (amount, text) in
        [(50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
    {
        while value >= amount {
            out.push_str(text);
            value -= amount;
        }
    }
    out
}
