//! References found in addresses: a partner that cites the notice of a national base.

use super::transform::{is_word, last_word};
use memchr::memchr2_iter;

/// A matcher, as data.
#[derive(Debug, Clone)]
pub(super) struct UrlKey {
    /// Lower case.
    pub(super) after: String,
    pub(super) skip: usize,
    pub(super) forms: Vec<String>,
}

impl UrlKey {
    /// The reference that a text holds, in capitals.
    pub(super) fn find(&self, text: &str) -> Option<String> {
        let word = if self.after.is_empty() {
            last_word(text)
        } else {
            let from = find_ignoring_case(text, &self.after)? + self.after.len();
            let rest = text.get(from..)?;
            let segment = rest.split('/').nth(self.skip)?;
            segment.split(|c: char| !is_word(c)).next().unwrap_or_default()
        };
        let fits = self.forms.is_empty() || self.forms.iter().any(|form| has_form(word, form));
        (fits && word.len() >= 4).then(|| word.to_ascii_uppercase())
    }
}

/// Where a text of ASCII in lower case stands in another, whatever the case there.
fn find_ignoring_case(text: &str, lower: &str) -> Option<usize> {
    let (text, lower) = (text.as_bytes(), lower.as_bytes());
    let first = lower.first()?;
    memchr2_iter(*first, first.to_ascii_uppercase(), text).find(|at| {
        let here = text.get(*at..*at + lower.len());
        here.is_some_and(|here| here.eq_ignore_ascii_case(lower))
    })
}

fn has_form(reference: &str, form: &str) -> bool {
    reference.len() == form.len()
        && reference.bytes().zip(form.bytes()).all(|(have, want)| match want {
            b'#' => have.is_ascii_digit(),
            b'?' => have.is_ascii_alphanumeric(),
            other => have.eq_ignore_ascii_case(&other),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_reference_stands_after_the_base_in_the_address_of_a_notice() {
        let key =
            UrlKey { after: "pop.culture.gouv.fr/notice/".to_owned(), skip: 1, forms: vec![] };
        for text in [
            "https://www.pop.culture.gouv.fr/notice/joconde/000PE001028",
            "voir http://POP.culture.gouv.fr/notice/joconde/000pe001028?x=1.",
        ] {
            assert_eq!(key.find(text).as_deref(), Some("000PE001028"), "{text}");
        }
        assert_eq!(key.find("https://www.pop.culture.gouv.fr/notice/joconde"), None);
        assert_eq!(key.find("https://example.org/notice/joconde/000PE001028"), None);
    }

    #[test]
    fn an_identifier_that_ends_with_a_reference_must_have_its_form() {
        let key = UrlKey { after: String::new(), skip: 0, forms: vec!["PA??######".to_owned()] };
        assert_eq!(key.find("oai:example.org:pa00078014").as_deref(), Some("PA00078014"));
        assert_eq!(key.find("oai:example.org:PA2A000014").as_deref(), Some("PA2A000014"));
        assert_eq!(key.find("oai:example.org:PA0007801"), None);
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_matcher(text in "\\PC{0,60}", skip in 0_usize..3) {
            let key = UrlKey { after: "/".to_owned(), skip, forms: vec![] };
            let _any = key.find(&text);
        }
    }
}
