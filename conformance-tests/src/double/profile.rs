//! How a provider is as a whole.

use super::record::Format;
use std::time::Duration;

/// How a provider is as a whole; [`Default`] is a good one.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Records at the start.
    pub records: usize,
    /// Records a page.
    pub page_size: usize,
    /// What its records are.
    pub format: Format,
    /// Bytes of description added to every record, to make it larger.
    pub padding: usize,
    /// What `completeListSize` says.
    pub list_size: ListSize,
    /// Whether it compresses for those who ask.
    pub gzip: bool,
    /// Pause before each answer.
    pub latency: Duration,
    /// `no`, `transient` or `persistent`; with `no` deleted records vanish.
    pub deleted_record: &'static str,
    /// What Identify says; none: the element is missing.
    pub granularity: Option<&'static str>,
    /// Answers badArgument to a `from` or `until` with seconds, whatever Identify says.
    pub refuses_seconds: bool,
    /// Writes datestamps as days, whatever Identify says.
    pub writes_days: bool,
    /// Seconds that its clock is ahead (or, negative, behind).
    pub clock_offset: i64,
    /// Seconds since 1970 at which its clock stands still, so that an answer is the same each time.
    pub stopped_clock: Option<i64>,
    /// How its tokens look.
    pub token: TokenForm,
    /// Ends a list of several pages with no token at all instead of an empty one.
    pub no_final_token: bool,
    /// How it writes identifiers.
    pub case: Case,
    /// In what order it lists.
    pub order: Order,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            records: 1000,
            page_size: 100,
            format: Format::OaiDc,
            padding: 0,
            list_size: ListSize::Right,
            gzip: false,
            latency: Duration::ZERO,
            deleted_record: "persistent",
            granularity: Some("YYYY-MM-DDThh:mm:ssZ"),
            refuses_seconds: false,
            writes_days: false,
            clock_offset: 0,
            stopped_clock: None,
            token: TokenForm::Plain,
            no_final_token: false,
            case: Case::AsIs,
            order: Order::Stable,
        }
    }
}

impl Profile {
    /// Seconds since 1970 by its clock.
    pub fn now(&self) -> i64 {
        self.stopped_clock.unwrap_or_else(|| clock() + self.clock_offset)
    }
}

#[expect(clippy::disallowed_methods, reason = "a provider has a clock of its own")]
pub(super) fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs() as i64)
}

/// What `completeListSize` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListSize {
    /// Nothing.
    Absent,
    /// The truth.
    Right,
    /// Half of the truth.
    TooSmall,
    /// Three times the truth.
    TooLarge,
    /// No number.
    Words,
}

/// How tokens look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenForm {
    /// Letters, digits, commas.
    Plain,
    /// With everything that has to be escaped, in a URL or in XML.
    Awkward,
}

/// How identifiers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// In lower case.
    AsIs,
    /// In upper case.
    Upper,
    /// In upper case on every second page.
    Mixed,
}

/// Order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By datestamp, then by number.
    Stable,
    /// Another with every request, while tokens count positions: pages overlap and miss records.
    Shuffled,
    /// By number, backwards; stable.
    Backwards,
}
