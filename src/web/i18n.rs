//! What the front says, in French and in English: one table, complete at compile time.

mod label;
mod texts;

pub use label::{
    base_label, facet_label, facet_value_label, flag_label, kind_label, kind_plural, link_label,
    property_label, rights_class_label, statement_label,
};
pub use texts::{EN, FR, Texts};

/// Language of the user interface. Records speak their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// French.
    #[default]
    Fr,
    /// English.
    En,
}

impl Lang {
    /// `fr` or `en`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
        }
    }

    /// The language of a tag such as `en-GB`.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag.trim().split('-').next()?.to_ascii_lowercase().as_str() {
            "fr" => Some(Self::Fr),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// The best language of an `Accept-Language` header (RFC 9110 section 12.5.4).
    pub fn accepted(header: &str) -> Option<Self> {
        let mut best: Option<(Self, f32)> = None;
        for item in header.split(',').take(32) {
            let mut parts = item.split(';');
            let Some(lang) = parts.next().and_then(Self::parse) else { continue };
            let quality = parts
                .find_map(|part| part.trim().strip_prefix("q=").map(str::to_owned))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if quality > 0.0 && best.is_none_or(|(_, most)| quality > most) {
                best = Some((lang, quality));
            }
        }
        best.map(|(lang, _)| lang)
    }

    /// The other one, for the switch.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Fr => Self::En,
            Self::En => Self::Fr,
        }
    }

    /// Every text of the interface.
    pub fn texts(self) -> &'static Texts {
        match self {
            Self::Fr => &FR,
            Self::En => &EN,
        }
    }

    /// A number with its groups of thousands: `12 345` or `12,345`.
    pub fn number(self, n: u64) -> String {
        let digits = n.to_string();
        let group = match self {
            Self::Fr => '\u{202f}',
            Self::En => ',',
        };
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 * 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                grouped.push(group);
            }
            grouped.push(digit);
        }
        grouped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_is_liked_best_wins() {
        assert_eq!(Lang::accepted("de, en-GB;q=0.8, fr;q=0.9"), Some(Lang::Fr));
        assert_eq!(Lang::accepted("en-US,en;q=0.5"), Some(Lang::En));
        assert_eq!(Lang::accepted("fr;q=0, en;q=0.1"), Some(Lang::En));
        assert_eq!(Lang::accepted("*"), None);
    }

    #[test]
    fn numbers_are_grouped_as_the_language_does() {
        assert_eq!(Lang::Fr.number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(Lang::En.number(1_234), "1,234");
        assert_eq!(Lang::En.number(999), "999");
    }
}
