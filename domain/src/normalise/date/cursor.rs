//! A place in a list of tokens.

use super::token::{Kind, Token};
use super::word::Word;

/// A place in a list of tokens. Copied to come back to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The beginning.
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    /// What stands so many places further.
    pub(super) fn ahead(&self, places: usize) -> Option<Kind> {
        self.tokens.get(self.at + places).map(|token| token.kind)
    }

    /// What stands here.
    pub(super) fn peek(&self) -> Option<Kind> {
        self.ahead(0)
    }

    /// The word that stands so many places further.
    pub(super) fn word_ahead(&self, places: usize) -> Option<Word> {
        match self.ahead(places) {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// The word that stands here.
    pub(super) fn word(&self) -> Option<Word> {
        self.word_ahead(0)
    }

    /// Whether no white space stands before the token so many places further.
    pub(super) fn glued(&self, places: usize) -> bool {
        self.tokens.get(self.at + places).is_some_and(|token| token.glued)
    }

    /// Goes on.
    pub(super) fn skip(&mut self, places: usize) {
        self.at += places;
    }

    /// Takes what stands here if it is that.
    pub(super) fn eat(&mut self, kind: Kind) -> bool {
        let here = self.peek() == Some(kind);
        self.at += usize::from(here);
        here
    }

    /// Takes the word that stands here if it is that.
    pub(super) fn eat_word(&mut self, word: Word) -> bool {
        self.eat(Kind::Word(word))
    }

    /// Takes words as long as they are wanted; says whether there was one.
    pub(super) fn skip_words(&mut self, wanted: impl Fn(Word) -> bool) -> bool {
        let start = self.at;
        while self.word().is_some_and(&wanted) {
            self.at += 1;
        }
        self.at > start
    }

    /// Whether nothing follows.
    pub(super) fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    /// Whether one date ends so many places further: the text, a list or a parenthesis does.
    pub(super) fn ends_ahead(&self, places: usize) -> bool {
        matches!(self.ahead(places), None | Some(Kind::Comma | Kind::Semicolon | Kind::Close))
    }
}
