//! What can be made to go wrong, and where.

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This HTTP status, with a line of HTML; `Retry-After` in seconds, or as a date so many
    /// seconds from now.
    Status {
        /// The status.
        code: u16,
        /// Seconds to wait.
        wait: Option<u64>,
        /// Say when as a date.
        as_date: bool,
    },
    /// 302 to another path of this server, which answers.
    Redirect,
    /// 302 to itself, for ever.
    RedirectLoop,
    /// 302 without Location.
    RedirectNowhere,
    /// The connection is reset before the first byte.
    ResetBefore,
    /// The connection is reset after half of the answer.
    ResetWithin,
    /// The whole answer, so many bytes at a time with so many milliseconds between.
    Drip {
        /// Bytes at a time.
        bytes: usize,
        /// Milliseconds between.
        pause_ms: u64,
    },
    /// Head and half of the answer, then nothing, with the connection open.
    Stall,
    /// The answer is cut off.
    Truncate(Truncation),
    /// `Content-Encoding: gzip`, and it is not, or is cut off.
    BrokenGzip,
    /// A page in HTML with status 200.
    Html,
    /// Status 200 and nothing.
    Empty,
    /// badResumptionToken.
    BadToken,
    /// noRecordsMatch.
    NoRecordsMatch,
    /// An error that the protocol does not know, twice.
    UnknownErrors,
    /// The token that the page gives is the one that it was asked with.
    SameToken,
    /// The token that the page gives leads so many pages back.
    TokenBack(usize),
    /// What this page brings are the records of page 1.
    FirstPageAgain,
    /// No records, and a token for this very page.
    EmptyPage,
    /// The page brings the last records of the page before once more.
    Repeats(usize),
    /// So many records are left out, and the rest of the list is shorter by them.
    Shrinks(usize),
    /// The list ends here without a token.
    NoToken,
    /// The list ends here with an empty token.
    EmptyToken,
    /// Control characters in the middle record of the page.
    ControlCharacters,
    /// The middle record of the page is no XML.
    BrokenRecord,
    /// The list has no records at all: `<ListRecords/>`.
    NothingThere,
}

/// How an answer is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truncation {
    /// `Content-Length` says what it should have been.
    Announced,
    /// No `Content-Length`; the connection closes.
    Unannounced,
    /// `Content-Length` says what came: only the XML shows it.
    Quiet,
}

/// Where it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Every request.
    Everywhere,
    /// Identify.
    Identify,
    /// Page (from 0) of a list of records or identifiers.
    Page(usize),
    /// This page and all later ones of a list.
    PagesFrom(usize),
    /// Every so many requests for a page of a list.
    Every(u32),
}

/// One fault at one place, so many times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What.
    pub fault: Fault,
    /// Where.
    pub place: Place,
    /// How often; `None` is for ever.
    pub times: Option<u32>,
    /// How often it has struck.
    pub used: u32,
    /// Requests for a page that came by.
    pub seen: u32,
}

impl Rule {
    /// Once.
    pub fn once(fault: Fault, place: Place) -> Self {
        Self::times(fault, place, 1)
    }

    /// So many times.
    pub fn times(fault: Fault, place: Place, times: u32) -> Self {
        Self { fault, place, times: Some(times), used: 0, seen: 0 }
    }

    /// Every time.
    pub fn forever(fault: Fault, place: Place) -> Self {
        Self { fault, place, times: None, used: 0, seen: 0 }
    }

    pub(crate) fn applies(&mut self, verb: &str, page: Option<usize>) -> bool {
        self.seen += u32::from(page.is_some());
        self.times.is_none_or(|times| self.used < times)
            && match self.place {
                Place::Everywhere => true,
                Place::Identify => verb == "Identify",
                Place::Page(wanted) => page == Some(wanted),
                Place::PagesFrom(first) => page.is_some_and(|page| page >= first),
                Place::Every(n) => page.is_some() && self.seen.is_multiple_of(n.max(1)),
            }
    }
}
