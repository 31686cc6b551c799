//! Where a record ends that holds nothing of the page around it: found by its closing tag alone,
//! instead of tag by tag.

use super::envelope::LISTS;
use memchr::memchr_iter;
use memchr::memmem::Finder;

/// The root element; whatever the case.
const ROOT: &[u8] = b"OAI-PMH";

/// Looks for the ends of the records of a page.
#[derive(Debug)]
pub(super) struct Whole<'t> {
    /// Name of the elements, as written.
    name: &'t str,
    /// `</` and the name.
    close: Finder<'static>,
    /// What no record holds that may be passed over unread: its own name again, what could stand
    /// around it, passages without tags.
    others: Vec<Finder<'static>>,
    /// Bytes that may be looked at in vain, in all: a page full of records that end in another way
    /// must not be searched to its end again and again.
    budget: usize,
}

impl<'t> Whole<'t> {
    /// For elements of this name, as written, and local name.
    pub(super) fn of(name: &'t str, local: &str, budget: usize) -> Self {
        let finder = |text: &str| Finder::new(text).into_owned();
        let others = LISTS.iter().copied().chain([local, "resumptionToken", "<!", "<?"]);
        let close = finder(&format!("</{name}"));
        Self { name, close, others: others.map(finder).collect(), budget }
    }

    /// What is left of the bytes that may be looked at in vain.
    pub(super) fn budget(&self) -> usize {
        self.budget
    }

    /// Whether it is for elements of this name.
    pub(super) fn is_for(&self, name: &str) -> bool {
        self.name == name
    }

    /// Where the element ends whose start tag ends at `from`; `None` when it must be looked at.
    pub(super) fn end(&mut self, text: &str, from: usize) -> Option<usize> {
        if self.budget == 0 {
            return None;
        }
        let rest = text.as_bytes().get(from..)?;
        let found = self.close.find(rest);
        let end = found.and_then(|length| self.after(rest, length));
        if end.is_none() {
            self.budget = self.budget.saturating_sub(found.unwrap_or(rest.len()));
        }
        end.map(|end| from + end)
    }

    /// Where the closing tag at `length` ends, when nothing before it must be looked at.
    fn after(&self, rest: &[u8], length: usize) -> Option<usize> {
        let after = length + self.close.needle().len();
        let inside = rest.get(..length)?;
        let is_plain = *rest.get(after)? == b'>'
            && self.others.iter().all(|other| other.find(inside).is_none())
            && !names_root(inside);
        is_plain.then_some(after + 1)
    }
}

fn names_root(text: &[u8]) -> bool {
    memchr_iter(b'-', text).any(|at| {
        let name = at.checked_sub(3).and_then(|from| text.get(from..from + ROOT.len()));
        name.is_some_and(|name| name.eq_ignore_ascii_case(ROOT))
    })
}
