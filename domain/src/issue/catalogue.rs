//! What issue codes mean, in words for a producer, with the severities of POP's import report
//! (`Identifiant, Etat, Details`): *error*, the record or a part of it is lost or refused; *warning*,
//! it is kept and should be mended; *notice*, it could be better.

mod table;

use super::Issue;
use crate::quality::words::Language;

/// How bad it is, in POP's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It could be better.
    Notice,
    /// Kept, to be mended.
    Warning,
    /// Lost or refused.
    Error,
}

impl Severity {
    /// `notice`, `warning`, `error`: the column `Etat`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is known of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    what: [&'static str; 2],
    advice: [&'static str; 2],
}

impl Entry {
    const fn new(
        code: &'static str,
        severity: Severity,
        what: [&'static str; 2],
        advice: [&'static str; 2],
    ) -> Self {
        Self { code, severity, what, advice }
    }

    /// What is wrong.
    pub fn what(&self, language: Language) -> &'static str {
        let [fr, en] = self.what;
        language.choose(fr, en)
    }

    /// What to do.
    pub fn advice(&self, language: Language) -> &'static str {
        let [fr, en] = self.advice;
        language.choose(fr, en)
    }
}

/// What is known of a code; none for codes that have no sentence yet.
pub fn entry(code: &str) -> Option<&'static Entry> {
    let at = table::TABLE.binary_search_by(|entry| entry.code.cmp(code)).ok()?;
    table::TABLE.get(at)
}

/// How bad an issue of that code is: a warning when nothing is known of it.
pub fn severity(code: &str) -> Severity {
    entry(code).map_or(Severity::Warning, |entry| entry.severity)
}

/// What an issue of that code says; the code itself when nothing is known of it.
pub fn what(code: &str, language: Language) -> String {
    entry(code).map_or_else(|| code.replace('_', " "), |entry| entry.what(language).to_owned())
}

/// One line for a person: what is wrong, where, the text, what to do.
pub fn sentence(issue: &Issue, language: Language) -> String {
    let mut line = what(&issue.code, language);
    if !issue.path.is_empty() {
        line.extend([" (", &issue.path, ")"]);
    }
    if !issue.value.is_empty() {
        line.push_str(language.choose(" : « ", ": “"));
        line.push_str(&issue.value);
        line.push_str(language.choose(" »", "”"));
    }
    if let Some(entry) = entry(&issue.code) {
        line.push_str(language.choose(" ; ", "; "));
        line.push_str(entry.advice(language));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_said_in_both_languages() {
        for pair in table::TABLE.windows(2) {
            assert!(pair[0].code < pair[1].code, "{}", pair[1].code);
        }
        for entry in &table::TABLE {
            for language in [Language::Fr, Language::En] {
                assert!(!entry.what(language).is_empty() && !entry.advice(language).is_empty());
            }
        }
    }

    #[test]
    fn a_sentence_says_what_where_and_what_to_do() {
        let issue = Issue::new("position_not_understood", "COOR", "48,85N");
        assert_eq!(
            sentence(&issue, Language::Fr),
            "coordonnées incomprises (COOR) : « 48,85N » ; écrivez latitude, longitude en degrés décimaux"
        );
        assert_eq!(sentence(&Issue::new("new_thing", "", ""), Language::En), "new thing");
        assert_eq!(severity("new_thing"), Severity::Warning);
        assert_eq!(severity("edm_no_name").name(), "error");
    }
}
