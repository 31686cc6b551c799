//! Names of places for comparison: no case, accents, hyphens or apostrophes, `St` written out,
//! the article apart.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The article of a name, which lists write before it, after it, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(super) enum Article {
    #[default]
    None,
    Le,
    La,
    Les,
    L,
}

impl Article {
    fn of(word: &str) -> Option<Self> {
        match word {
            "le" => Some(Self::Le),
            "la" => Some(Self::La),
            "les" => Some(Self::Les),
            "l" => Some(Self::L),
            _ => None,
        }
    }

    /// The article in `(La)`, `[le]`, `(L')`.
    pub(super) fn in_note(note: &str) -> Option<Self> {
        let inside = note.trim_matches(|c: char| !c.is_ascii_alphabetic());
        (inside.len() <= 3).then(|| Self::of(&inside.to_ascii_lowercase())).flatten()
    }
}

/// Puts the key of `text` into `key` and returns the article that stood before it. What stands in
/// brackets must be off already.
pub(super) fn key(text: &str, key: &mut String) -> Article {
    key.clear();
    let mut words = Words { key, start: 0, space: false, article: Article::None, first: true };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            words.put(c.to_ascii_lowercase());
        } else if c.is_ascii() {
            words.end();
        } else {
            match c {
                'œ' | 'Œ' => {
                    words.put('o');
                    words.put('e');
                }
                'æ' | 'Æ' => {
                    words.put('a');
                    words.put('e');
                }
                c if c.is_alphanumeric() || is_combining_mark(c) => {
                    decompose_canonical(c, |part| {
                        if !is_combining_mark(part) {
                            part.to_lowercase().for_each(|lower| words.put(lower));
                        }
                    })
                }
                _ => words.end(),
            }
        }
    }
    words.end();
    let article = words.article;
    // A name that is nothing but an article is a name.
    if key.is_empty() && article != Article::None {
        key.push_str(match article {
            Article::Le => "le",
            Article::La => "la",
            Article::Les => "les",
            Article::L | Article::None => "l",
        });
        return Article::None;
    }
    article
}

struct Words<'k> {
    key: &'k mut String,
    /// Where the word under way begins.
    start: usize,
    space: bool,
    article: Article,
    first: bool,
}

impl Words<'_> {
    fn put(&mut self, c: char) {
        if self.space {
            self.key.push(' ');
            self.start = self.key.len();
            self.space = false;
        }
        self.key.push(c);
    }

    fn end(&mut self) {
        if self.space {
            return;
        }
        let word = self.key.get(self.start..).unwrap_or_default();
        if word.is_empty() {
            return;
        }
        if self.first {
            self.first = false;
            if let Some(article) = Article::of(word) {
                self.article = article;
                self.key.clear();
                self.start = 0;
                return;
            }
        }
        let whole = match word {
            "st" => "saint",
            "ste" => "sainte",
            "sts" => "saints",
            "stes" => "saintes",
            _ => {
                self.space = true;
                return;
            }
        };
        self.key.truncate(self.start);
        self.key.push_str(whole);
        self.space = true;
    }
}

/// A text without what stands in brackets at its end, and that (brackets included).
pub(super) fn split_note(text: &str) -> (&str, &str) {
    match text.find(['(', '[']) {
        Some(at) if at > 0 => {
            let (name, note) = text.split_at(at);
            (name.trim_end(), note.trim())
        }
        _ => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (String, Article) {
        let mut out = String::new();
        let article = key(text, &mut out);
        (out, article)
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        for text in ["Saint-Étienne", "St Etienne", "SAINT ETIENNE", "St. Étienne", "saint‑étienne"]
        {
            assert_eq!(of(text), ("saint etienne".to_owned(), Article::None), "{text}");
        }
        assert_eq!(of("L'Haÿ-les-Roses"), ("hay les roses".to_owned(), Article::L));
        assert_eq!(of("L’Haÿ les Roses"), ("hay les roses".to_owned(), Article::L));
        assert_eq!(of("Le Mans"), ("mans".to_owned(), Article::Le));
        assert_eq!(of("Œuilly"), ("oeuilly".to_owned(), Article::None));
        assert_eq!(of("Ste-Marie-aux-Mines").0, "sainte marie aux mines");
        assert_eq!(of("Y"), ("y".to_owned(), Article::None));
        assert_eq!(of("La"), ("la".to_owned(), Article::None));
        assert_eq!(of(" - "), (String::new(), Article::None));
    }

    #[test]
    fn articles_behind_the_name_are_read() {
        assert_eq!(split_note("Villeneuve-en-Chèvrie (La)"), ("Villeneuve-en-Chèvrie", "(La)"));
        assert_eq!(Article::in_note("(La)"), Some(Article::La));
        assert_eq!(Article::in_note("[le]"), Some(Article::Le));
        assert_eq!(Article::in_note("(L')"), Some(Article::L));
        assert_eq!(Article::in_note("(lieu)"), None);
    }
}
