//! The query language: words (all must be there), `"phrases"`, `-word`. Any text is a query.

/// Longest query, in characters; the rest is left out.
pub const MAX_CHARS: usize = 256;
/// Most terms; the rest is left out.
pub const MAX_TERMS: usize = 16;

/// A query taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParsedQuery {
    /// What to look for, in order.
    pub clauses: Vec<Clause>,
    /// Whether something was left out because the query is too long.
    pub shortened: bool,
}

/// One word or phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// As typed, without quotes and minus.
    pub text: String,
    /// Words in this order, next to each other.
    pub phrase: bool,
    /// Must not be there.
    pub excluded: bool,
}

/// Takes a query apart. A quote that is never closed opens a phrase to the end.
pub fn parse(text: &str) -> ParsedQuery {
    let mut parsed =
        ParsedQuery { shortened: text.chars().nth(MAX_CHARS).is_some(), ..ParsedQuery::default() };
    let mut chars = text.chars().take(MAX_CHARS).peekable();
    while let Some(&first) = chars.peek() {
        if first.is_whitespace() || first.is_control() {
            chars.next();
            continue;
        }
        let excluded = first == '-';
        if excluded {
            chars.next();
        }
        let phrase = chars.peek().copied().is_some_and(is_quote);
        if phrase {
            chars.next();
        }
        let ends = |c: char| if phrase { is_quote(c) } else { c.is_whitespace() || is_quote(c) };
        let mut clause = String::new();
        while let Some(c) = chars.next_if(|c| !ends(*c)) {
            clause.push(c);
        }
        if phrase {
            chars.next();
        }
        if !clause.chars().any(char::is_alphanumeric) {
            continue;
        }
        if parsed.clauses.len() == MAX_TERMS {
            parsed.shortened = true;
            break;
        }
        parsed.clauses.push(Clause { text: clause.trim().to_owned(), phrase, excluded });
    }
    parsed
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> Vec<String> {
        parse(text)
            .clauses
            .into_iter()
            .map(|c| {
                let text = if c.phrase { format!("\"{}\"", c.text) } else { c.text };
                if c.excluded { format!("-{text}") } else { text }
            })
            .collect()
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        assert_eq!(shown("vierge \"à l'enfant\" -bois"), ["vierge", "\"à l'enfant\"", "-bois"]);
        assert_eq!(shown("« pont neuf » Paris"), ["\"pont neuf\"", "Paris"]);
        assert_eq!(shown("-\"mise au tombeau\""), ["-\"mise au tombeau\""]);
    }

    #[test]
    fn a_hyphen_inside_a_word_excludes_nothing() {
        assert_eq!(shown("Saint-Denis RF-1234"), ["Saint-Denis", "RF-1234"]);
    }

    #[test]
    fn a_quote_without_end_reaches_to_the_end() {
        assert_eq!(shown("\"pont neuf"), ["\"pont neuf\""]);
    }

    #[test]
    fn what_is_too_long_is_shortened_and_said() {
        let many = "a ".repeat(40);
        let parsed = parse(&many);
        assert_eq!(parsed.clauses.len(), MAX_TERMS);
        assert!(parsed.shortened);
        assert!(parse(&"x".repeat(MAX_CHARS + 1)).shortened);
        assert!(!parse(&"x".repeat(MAX_CHARS)).shortened);
    }

    proptest! {
        #[test]
        fn any_text_is_a_query(text in "\\PC{0,300}") {
            let parsed = parse(&text);
            prop_assert!(parsed.clauses.len() <= MAX_TERMS);
            prop_assert!(parsed.clauses.iter().all(|c| c.text.chars().any(char::is_alphanumeric)));
        }

        #[test]
        fn signs_alone_never_break_it(text in "[\"«» \\-a']{0,60}") {
            parse(&text);
        }
    }
}
