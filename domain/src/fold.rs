//! Folding of text for comparison: no case, no accents, one space.
//!
//! Column names, rights notices and inventory numbers are compared folded, so that `Dénomination`,
//! `DENOMINATION` and `denomination` are one word.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// Folds a text: lower case, accents off, ligatures apart, typographic apostrophes straight, runs
/// of white space as one space, no space at either end.
///
/// # Example
/// ```
/// assert_eq!(domain::fold::fold("  Œuvre  d’Étienne\n"), "oeuvre d'etienne");
/// ```
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return fold_ascii(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    let mut put = |c: char| {
        if c.is_whitespace() || c == '\u{200B}' || c == '\u{FEFF}' {
            space = true;
            return;
        }
        if space && !out.is_empty() {
            out.push(' ');
        }
        space = false;
        match c {
            '`' | '’' | '‘' | 'ʼ' | '´' => out.push('\''),
            c if c.is_ascii() => out.push(c.to_ascii_lowercase()),
            'œ' | 'Œ' => out.push_str("oe"),
            'æ' | 'Æ' => out.push_str("ae"),
            '‐' | '‑' | '–' | '—' => out.push('-'),
            _ => out.extend(c.to_lowercase()),
        }
    };
    for c in text.chars() {
        if c.is_ascii() {
            put(c);
        } else {
            // Marks go, so that their order, which whole texts would need, does not matter.
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    put(part);
                }
            });
        }
    }
    out
}

/// [`fold`] of what has no accents.
fn fold_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut words = text.split_ascii_whitespace().flat_map(|word| word.split('\u{0B}'));
    for word in words.by_ref().filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        let from = out.len();
        out.push_str(word);
        if let Some(word) = out.get_mut(from..) {
            word.make_ascii_lowercase();
        }
    }
    if out.contains('`') { out.replace('`', "'") } else { out }
}

/// Folds a field name: as [`fold`], and only letters, digits, `:` and `.` stay, so that
/// `Numéro_de_l'objet`, `numero de l objet` and `NUMERO-DE-L-OBJET` are one name.
///
/// # Example
/// ```
/// assert_eq!(domain::fold::fold_name("Date_d'acquisition"), "datedacquisition");
/// assert_eq!(domain::fold::fold_name("dc:Title"), "dc:title");
/// ```
pub fn fold_name(name: &str) -> String {
    // Most names are plain ASCII, and this runs once per field of every record.
    if name.is_ascii() {
        return name
            .bytes()
            .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'.'))
            .map(|b| char::from(b.to_ascii_lowercase()))
            .collect();
    }
    fold(name).chars().filter(|c| c.is_alphanumeric() || matches!(c, ':' | '.')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    #[test]
    fn a_byte_order_mark_before_a_column_name_does_not_make_another_name() {
        assert_eq!(fold_name("\u{FEFF}Reference"), fold_name("REFERENCE"));
    }

    #[test]
    fn letters_made_of_several_parts_fold_as_one() {
        assert_eq!(fold("Ế ﬁ e\u{301}\u{323} 한 Å´"), "e ﬁ e 한 a'".nfd().collect::<String>());
    }

    proptest! {
        #[test]
        fn folding_does_not_depend_on_the_normal_form(text in "[a-zÀ-ỹ '´`\\u{300}-\\u{345}]{0,30}") {
            prop_assert_eq!(fold(&text), fold(&text.nfd().collect::<String>()));
            prop_assert_eq!(fold(&text), fold(&text.nfc().collect::<String>()));
        }

        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn case_and_underscores_do_not_matter_in_names(name in "[A-Za-z_ ]{0,20}") {
            prop_assert_eq!(fold_name(&name.to_uppercase()), fold_name(&name.replace('_', "-")));
        }
    }
}
