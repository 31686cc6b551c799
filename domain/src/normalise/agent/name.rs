//! Names: from the capitals of French files to the form in which libraries file them.
//!
//! Nothing is invented: accents that capitals lost stay lost, a name whose parts are not marked
//! is not turned, and what is not understood is kept as given.

use crate::meaning::Confidence;

/// A name that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) rule: &'static str,
    pub(super) confidence: Confidence,
    /// Of a body, a workshop or a group: nothing to turn.
    pub(super) is_body: bool,
}

impl Name {
    fn new(text: String, rule: &'static str, confidence: Confidence) -> Self {
        Self { text, rule, confidence, is_body: false }
    }
}

/// Reads a name, remarks in parentheses taken off; `given` is what stood in parentheses where
/// given names stand (`Houdon (Jean-Antoine)`). Nothing when it is no name.
pub(super) fn read(text: &str, given: Option<&str>) -> Option<Name> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | ':'));
    if !is_plausible(text) {
        return None;
    }
    if let Some(given) = given {
        let family = family_name(text);
        return Some(Name::new(
            format!("{family}, {given}"),
            "agent.given_in_parentheses",
            Confidence::Certain,
        ));
    }
    if text.contains(',') {
        return filed(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let first = *words.first()?;
    let begins_as_body = is_body_word(first);
    // `GILLOU Fils & THORAILLER`: partners.
    let partners = words.iter().any(|word| matches!(*word, "&" | "et" | "ET"));
    if begins_as_body || partners || words.iter().any(|word| is_firm_word(word)) {
        // Capitals inside `Atelier DUPONT` or `Société SNCF` may be anything.
        let plain = begins_as_body && words.iter().any(|word| word.contains(char::is_lowercase));
        let name = if plain { words.join(" ") } else { decapitalised(&words, false) };
        return Some(Name { is_body: true, ..Name::new(name, "agent.body", Confidence::Certain) });
    }
    let family = words.len() - family_length(&words);
    let (family_words, rest) = words.split_at_checked(words.len() - family)?;
    if !family_words.is_empty() {
        return Some(family_first(family_words, rest));
    }
    // `Hans von AACHEN`, `Paul BIGOT`.
    let last = words.iter().rposition(|word| !is_capital(word)).map_or(0, |at| at + 1);
    let (given, family) = words.split_at_checked(last)?;
    if !family.is_empty()
        && family.iter().any(|word| letters(word) >= 3)
        && !family.iter().any(|word| is_numeral(word))
        && starts_capital(first)
    {
        let name = format!("{}, {}", decapitalised(family, true), given.join(" "));
        return Some(Name::new(name, "agent.name_last", Confidence::Certain));
    }
    let particle_first = is_particle(first) && words.len() > 1;
    (starts_capital(first) || particle_first)
        .then(|| Name::new(words.join(" "), "agent.as_given", Confidence::Probable))
}

/// `LE BRUN Charles`, `ABRIOUX P`, `GIHAUT Frères`, `HOUDON`, `SILVER STUDIO`.
fn family_first(family: &[&str], rest: &[&str]) -> Name {
    let rule = "agent.name_first";
    if rest.is_empty() {
        let alone = family.len() == 1;
        let name = decapitalised(family, false);
        let (rule, confidence) = if alone {
            ("agent.family_name", Confidence::Certain)
        } else {
            ("agent.capitals", Confidence::Probable)
        };
        return Name::new(name, rule, confidence);
    }
    let name = decapitalised(family, true);
    let tail = rest.join(" ");
    let is_title =
        rest.iter().all(|word| is_epithet(word) || is_particle(word) || is_numeral(word));
    // `BRUEGHEL de Velours` has no given name; `HARCOURT d'` has a particle that was turned.
    let nickname = rest.first().is_some_and(|word| is_particle(word))
        && rest.last().is_some_and(|word| !is_particle(word));
    if is_title && rest.iter().any(|word| !is_particle(word)) || nickname {
        let confidence = if nickname { Confidence::Probable } else { Confidence::Certain };
        return Name::new(format!("{name} {tail}"), "agent.family_name", confidence);
    }
    Name::new(format!("{name}, {tail}"), rule, Confidence::Certain)
}

/// `Corot, Jean-Baptiste Camille`, `UTRILLO, Maurice`.
fn filed(text: &str) -> Option<Name> {
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let [family, rest @ ..] = parts.as_slice() else { return None };
    if rest.is_empty() {
        return read(family, None);
    }
    let is_given = |part: &&str| {
        part.split_whitespace().count() <= 6
            && (starts_capital(part)
                || part
                    .split_whitespace()
                    .next()
                    .is_some_and(|word| is_particle(word) || is_epithet(word)))
    };
    if rest.len() > 3 || !rest.iter().all(is_given) {
        return None;
    }
    let family = if starts_capital(family) || is_particle(family.split(' ').next()?) {
        family_name(family)
    } else {
        return None;
    };
    Some(Name::new(format!("{family}, {}", rest.join(", ")), "agent.filed", Confidence::Certain))
}

/// A family name, out of capitals when it is in capitals.
fn family_name(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.iter().any(|word| is_capital(word)) {
        decapitalised(&words, true)
    } else {
        words.join(" ")
    }
}

/// How many of the leading words are the family name: words in capitals, particles before and
/// between them, without initials of given names.
fn family_length(words: &[&str]) -> usize {
    let run = words
        .iter()
        .take_while(|word| is_capital(word) || is_lower_particle(word) || is_number(word))
        .count();
    let head = words.get(..run).unwrap_or_default();
    let capitals =
        head.iter().rposition(|word| is_capital(word) || is_number(word)).map_or(0, |at| at + 1);
    // `ABERMAN M`, `HAGRON P F`, `CAZENAVE J.-F.`: initials end the family name.
    let mut length = capitals;
    while length > 1
        && head.get(length - 1).is_some_and(|word| is_initials(word))
        && head.first().is_some_and(|word| letters(word) >= 3)
        && !head.get(..length).is_some_and(|all| all.contains(&"&"))
    {
        length -= 1;
    }
    length
}

/// Words in capitals as names are written. With `person`, an article after `de` is part of the
/// name and keeps its capital (`de La Tour`).
fn decapitalised(words: &[&str], person: bool) -> String {
    let mut out = String::with_capacity(words.iter().map(|word| word.len() + 1).sum());
    let mut after_de = false;
    let alone = words.len() == 1;
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let lower = word.to_lowercase();
        let is_article = matches!(lower.as_str(), "la" | "le" | "les");
        if !is_capital(word)
            || is_numeral(word) && at > 0
            || alone && !person && letters(word) < 4
            || letters(word) < 5 && word.len() > 1 && !has_vowel(word)
            || matches!(*word, "AG" | "SA" | "SAS" | "SARL" | "USA")
            || (letters(word) < 2 && !lower.ends_with('\''))
        {
            out.push_str(word);
        } else if at > 0
            && (SMALL.contains(&lower.as_str()) || is_article)
            && !(person && after_de && is_article)
        {
            out.push_str(&lower);
        } else {
            out.push_str(&word_out_of_capitals(&lower, at > 0));
        }
        after_de = matches!(lower.as_str(), "de" | "du");
    }
    out
}

/// One word, lower case: capitals at its beginning and after hyphens and apostrophes.
fn word_out_of_capitals(lower: &str, inside: bool) -> String {
    let mut out = String::with_capacity(lower.len());
    let parts = lower.split('-').count();
    for (at, part) in lower.split('-').enumerate() {
        if at > 0 {
            out.push('-');
        }
        let between = at > 0 && at + 1 < parts;
        if between && (SMALL.contains(&part) || matches!(part, "la" | "le" | "les")) {
            out.push_str(part);
            continue;
        }
        match part.split_once(['\'', '’']) {
            Some((before, after)) if matches!(before, "d" | "l") && (inside || at > 0) => {
                out.push_str(before);
                out.push('\'');
                push_capital(&mut out, after);
            }
            Some((before, after)) if before.chars().count() <= 2 => {
                push_capital(&mut out, before);
                out.push('\'');
                push_capital(&mut out, after);
            }
            _ => match part.strip_prefix("mc") {
                Some(rest) if rest.len() >= 3 => {
                    out.push_str("Mc");
                    push_capital(&mut out, rest);
                }
                _ => push_capital(&mut out, part),
            },
        }
    }
    out
}

fn push_capital(out: &mut String, word: &str) {
    let mut rest = word.chars();
    if let Some(first) = rest.next() {
        out.extend(first.to_uppercase());
        out.push_str(rest.as_str());
    }
}

/// Words that stay small inside a name.
const SMALL: [&str; 38] = [
    "&", "and", "au", "aux", "da", "dal", "dalla", "das", "de", "degli", "dei", "del", "della",
    "delle", "dello", "dem", "den", "der", "des", "di", "do", "dos", "du", "en", "et", "of",
    "sous", "sur", "ten", "ter", "the", "und", "van", "von", "y", "zu", "zum", "zur",
];

fn is_particle(word: &str) -> bool {
    matches!(
        word,
        "d'" | "l'"
            | "la"
            | "le"
            | "les"
            | "Van"
            | "Von"
            | "De"
            | "Du"
            | "Le"
            | "La"
            | "Di"
            | "Da"
            | "t'"
            | "'t"
            | "op"
            | "af"
    ) || (word != "&" && SMALL.contains(&word))
        || word.strip_prefix("d'").or_else(|| word.strip_prefix("d’")).is_some_and(starts_capital)
}

fn is_lower_particle(word: &str) -> bool {
    !starts_capital(word) && is_particle(word)
}

/// Kinship, rank and seniority: no given names.
fn is_epithet(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.'),
        "Frères"
            | "frères"
            | "Freres"
            | "Frère"
            | "frère"
            | "Fils"
            | "fils"
            | "Père"
            | "père"
            | "Aîné"
            | "aîné"
            | "l'Aîné"
            | "l'aîné"
            | "Jeune"
            | "jeune"
            | "l'Ancien"
            | "l'ancien"
            | "Ainé"
            | "Vieux"
            | "vieux"
            | "Soeurs"
            | "soeurs"
            | "Sœurs"
            | "Mme"
            | "Mlle"
            | "Mr"
            | "Vve"
            | "Veuve"
            | "veuve"
            | "Madame"
            | "Monsieur"
            | "Mademoiselle"
            | "Jr"
            | "Junior"
            | "Cadet"
            | "cadet"
            | "Cie"
            | "et"
            | "&"
            | "Abbé"
            | "abbé"
            | "Baron"
            | "baron"
            | "Comte"
            | "comte"
            | "Chevalier"
            | "chevalier"
            | "Vicomte"
            | "vicomte"
            | "Marquis"
            | "marquis"
            | "Sir"
            | "Lord"
            | "Lady"
    )
}

/// Words that only firms have in their names.
fn is_firm_word(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.'),
        "Cie"
            | "CIE"
            | "Ltd"
            | "LTD"
            | "LIMITED"
            | "Limited"
            | "Inc"
            | "INC"
            | "GmbH"
            | "GMBH"
            | "SARL"
            | "S.A"
            | "S.A.R.L"
            | "AG"
            | "SA"
            | "STUDIO"
            | "Studio"
            | "Co"
            | "Company"
            | "COMPANY"
            | "Frères"
            | "FRERES"
            | "FRÈRES"
    )
}

/// Words with which bodies and anonymous masters begin.
fn is_body_word(word: &str) -> bool {
    let folded;
    let word = match word.as_bytes().first() {
        Some(first) if first.is_ascii_uppercase() || first.is_ascii_lowercase() || *first > 127 => {
            folded = crate::fold::fold(word);
            folded.as_str()
        }
        _ => return false,
    };
    BODIES.binary_search(&word).is_ok()
}

const BODIES: &[&str] = &[
    "academie",
    "administration",
    "agence",
    "archives",
    "association",
    "atelier",
    "ateliers",
    "bibliotheque",
    "bureau",
    "centre",
    "chambre",
    "chantier",
    "chantiers",
    "comite",
    "commission",
    "communaute",
    "compagnie",
    "confrerie",
    "congregation",
    "conservatoire",
    "cooperative",
    "couvent",
    "cristallerie",
    "cristalleries",
    "departement",
    "depot",
    "direction",
    "ecole",
    "edition",
    "editions",
    "entreprise",
    "etablissement",
    "etablissements",
    "ets",
    "fabrique",
    "faiencerie",
    "faienceries",
    "federation",
    "filature",
    "firme",
    "fonderie",
    "forge",
    "forges",
    "galerie",
    "groupe",
    "hospice",
    "hotel",
    "imprimerie",
    "institut",
    "laboratoire",
    "librairie",
    "ligue",
    "lycee",
    "mairie",
    "maison",
    "maitre",
    "manufacture",
    "manufactures",
    "ministere",
    "mission",
    "monastere",
    "monnaie",
    "monogrammiste",
    "musee",
    "museum",
    "observatoire",
    "office",
    "orfevrerie",
    "papeterie",
    "parti",
    "porcelainerie",
    "poterie",
    "poteries",
    "prefecture",
    "service",
    "sncf",
    "societe",
    "studio",
    "syndicat",
    "tannerie",
    "theatre",
    "tuilerie",
    "tuileries",
    "union",
    "universite",
    "usine",
    "usines",
    "verrerie",
    "verreries",
    "ville",
];

/// Whether it can be a name at all.
fn is_plausible(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 160
        && has_letters(text)
        && text.split_whitespace().count() <= 14
        && !text.contains(['\n', ':', '=', '|', '<', '>', '/', '"', '«', '@', '_', '…'])
        && !text.contains(" ou ")
        && (text.bytes().filter(u8::is_ascii_digit).count() <= 2 || is_numbered(text))
        && text.starts_with(|c: char| c.is_alphabetic() || c == '\'')
        && !has_sentence(text)
}

/// `GROUPE DE COMPIEGNE 985`, `MAITRE DE 1518`: those who are known by a number.
fn is_numbered(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(first, rest)| {
        ["CLASSE", "GROUPE", "MAITRE", "PEINTRE"].contains(&first)
            && rest.bytes().filter(u8::is_ascii_digit).count() <= 4
    })
}

/// A full stop after a word that is no initial or abbreviation, with more after it.
fn has_sentence(text: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(". ")) {
        let word = text.get(..from + at).and_then(|before| before.rsplit([' ', '.', '-']).next());
        if word.is_some_and(|word| word.chars().count() > 4 && word.starts_with(char::is_lowercase))
        {
            return true;
        }
        from += at + 2;
    }
    false
}

fn has_letters(word: &str) -> bool {
    word.contains(char::is_alphabetic)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}

/// Without one, capitals are an abbreviation (`GC & Cie`, `SNCF`).
fn has_vowel(word: &str) -> bool {
    !word.is_ascii() || word.contains(['A', 'E', 'I', 'O', 'U', 'Y'])
}

fn letters(word: &str) -> usize {
    word.chars().filter(|c| c.is_alphabetic()).count()
}

/// Capitals only, one letter at least.
fn is_capital(word: &str) -> bool {
    word == "&" || (has_letters(word) && !word.contains(char::is_lowercase))
}

fn starts_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// Initials: `M`, `J.-B.`, `JM`, but no syllable.
fn is_initials(word: &str) -> bool {
    let count = letters(word);
    let every_alone =
        word.split(|c: char| !c.is_alphabetic()).all(|part| part.chars().count() <= 1);
    (count > 0 && every_alone)
        || (count == 2
            && word.chars().all(char::is_alphabetic)
            && !word.contains(['A', 'E', 'I', 'O', 'U', 'Y']))
}

/// A Roman numeral of a dynasty (`II`, `XIV`, `Ier`).
fn is_numeral(word: &str) -> bool {
    matches!(
        word,
        "I" | "Ier"
            | "II"
            | "III"
            | "IV"
            | "V"
            | "VI"
            | "VII"
            | "VIII"
            | "IX"
            | "XI"
            | "XII"
            | "XIII"
            | "XIV"
            | "XV"
            | "XVI"
            | "XVIII"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> String {
        read(text, None).map(|name| name.text).unwrap_or_default()
    }

    #[test]
    fn words_for_bodies_are_sorted() {
        assert!(BODIES.is_sorted());
    }

    #[test]
    fn capitals_mark_the_family_name() {
        for (text, filed) in [
            ("COROT Jean-Baptiste Camille", "Corot, Jean-Baptiste Camille"),
            ("AACHEN Hans von", "Aachen, Hans von"),
            ("VAN DER AA Pieter Boudewyn", "Van der Aa, Pieter Boudewyn"),
            ("VAN DYCK Antoine", "Van Dyck, Antoine"),
            ("van DYCK Antoine", "van Dyck, Antoine"),
            ("LE BRUN Charles", "Le Brun, Charles"),
            ("ABEL DE PUJOL Alexandre Denis", "Abel de Pujol, Alexandre Denis"),
            ("BELLANGER DE LA TOUR Jean", "Bellanger de La Tour, Jean"),
            ("VIOLLET-LE-DUC Eugène", "Viollet-le-Duc, Eugène"),
            ("D'ALIGNY Théodore", "D'Aligny, Théodore"),
            ("O'KEEFFE Georgia", "O'Keeffe, Georgia"),
            ("COMBET-DESCOMBES Pierre", "Combet-Descombes, Pierre"),
            ("HARCOURT d'", "Harcourt, d'"),
            ("ABERMAN M", "Aberman, M"),
            ("HAGRON P F", "Hagron, P F"),
            ("CAZENAVE J.-F.", "Cazenave, J.-F."),
            ("LEGROS Pierre II", "Legros, Pierre II"),
            ("Hans von AACHEN", "Aachen, Hans von"),
            ("Paul BIGOT", "Bigot, Paul"),
            ("UTRILLO, Maurice", "Utrillo, Maurice"),
            ("Parisi ,Ambrogio", "Parisi, Ambrogio"),
            ("Angers, David d'", "Angers, David d'"),
        ] {
            assert_eq!(name(text), filed, "{text}");
        }
    }

    #[test]
    fn bodies_masters_and_single_names_are_not_turned() {
        for (text, filed) in [
            ("HOUDON", "Houdon"),
            ("ABC", "ABC"),
            ("A B R", "A B R"),
            ("SILVER STUDIO", "Silver Studio"),
            ("CRISTALLERIE DE CLICHY", "Cristallerie de Clichy"),
            ("MAITRE DE L'AEON LEONTOCEPHALE", "Maitre de l'Aeon Leontocephale"),
            ("Manufacture de Sèvres", "Manufacture de Sèvres"),
            ("manufacture de Chantilly", "manufacture de Chantilly"),
            ("GIHAUT Frères", "Gihaut Frères"),
            ("GILLOU Fils & THORAILLER", "Gillou Fils & Thorailler"),
            ("GC & Cie", "GC & Cie"),
            ("FRIEDRICH KRUPP AG", "Friedrich Krupp AG"),
            ("PEINTRE DE WURTZBOURG 566", "Peintre de Wurtzbourg 566"),
            ("GROUPE DE COMPIEGNE 985", "Groupe de Compiegne 985"),
            ("HEBERT Fils", "Hebert Fils"),
            ("BRUEGHEL de Velours", "Brueghel de Velours"),
            ("BERINGUIER GABRIEL", "Beringuier Gabriel"),
            ("Le Primatice", "Le Primatice"),
            ("Péan René Louis", "Péan René Louis"),
        ] {
            assert_eq!(name(text), filed, "{text}");
        }
    }

    #[test]
    fn what_is_no_name_is_left_alone() {
        for text in [
            "",
            "dame de la cour",
            "LE NAIN Antoine ou Louis",
            "1861",
            "Une manufacture active depuis 1814 : passage Dallery",
            "il travaille à Paris. Elle aussi",
        ] {
            assert_eq!(name(text), "", "{text}");
        }
    }
}
