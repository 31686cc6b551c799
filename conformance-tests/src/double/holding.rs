//! What a provider has, and what of it a request selects.

use super::profile::{Case, Profile};
use super::record::{identifier, metadata, sets, utc};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// Datestamp of the first record: 2020-01-01T00:00:00Z.
const BEGINNING: i64 = 1_577_836_800;
/// Records that were stamped in the same second, as after a bulk import.
const TOGETHER: usize = 7;
/// Up to so many records are written in advance; of more, each when it is asked for.
const WRITTEN_IN_ADVANCE: usize = 400_000;

/// One record.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Number; the identifier follows from it.
    pub number: usize,
    /// Version; the content follows from it.
    pub version: u32,
    /// Seconds since 1970.
    pub datestamp: i64,
    /// Deleted, and said to be.
    pub deleted: bool,
    /// Gone without a word.
    pub gone: bool,
    written: Option<Box<str>>,
}

/// A request's choice: what is in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selection {
    /// setSpec; a parent selects its descendants.
    pub set: Option<String>,
    /// Seconds since 1970, inclusive.
    pub from: Option<i64>,
    /// Seconds since 1970, inclusive.
    pub until: Option<i64>,
}

/// What a provider has.
#[derive(Debug)]
pub struct Holding {
    entries: Vec<Entry>,
    profile: Profile,
    selected: Mutex<HashMap<Selection, Arc<[u32]>>>,
}

impl Holding {
    pub(crate) fn of(profile: &Profile) -> Self {
        let mut holding =
            Self { entries: Vec::new(), profile: profile.clone(), selected: Mutex::default() };
        holding.add_at(profile.records, BEGINNING);
        holding
    }

    /// Everything, in the order of lists.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Version of everything that is there and not deleted, by number.
    pub fn live(&self) -> HashMap<usize, u32> {
        let live = self.entries.iter().filter(|entry| !entry.gone && !entry.deleted);
        live.map(|entry| (entry.number, entry.version)).collect()
    }

    /// Adds records, stamped from `first` on, a minute after each few.
    pub fn add_at(&mut self, count: usize, first: i64) {
        let start = self.entries.iter().map(|entry| entry.number + 1).max().unwrap_or(0);
        for n in 0..count {
            let datestamp = first + (n / TOGETHER * 60) as i64;
            self.entries.push(Entry {
                number: start + n,
                version: 1,
                datestamp,
                deleted: false,
                gone: false,
                written: None,
            });
        }
        self.settle();
    }

    /// Adds records, all stamped `now`.
    pub fn add(&mut self, count: usize, now: i64) {
        let before = self.entries.len();
        self.add_at(count, now);
        let start = before;
        self.each(|entry| entry.number >= start, |entry| entry.datestamp = now);
    }

    /// Gives the records that `chosen` takes a new version, stamped `now`.
    pub fn change(&mut self, chosen: impl Fn(usize) -> bool, now: i64) {
        self.each(
            |entry| !entry.gone && chosen(entry.number),
            |entry| {
                entry.version += 1;
                entry.deleted = false;
                entry.datestamp = now;
            },
        );
    }

    /// Deletes records, stamped `now`.
    pub fn delete(&mut self, chosen: impl Fn(usize) -> bool, now: i64) {
        self.each(
            |entry| !entry.gone && chosen(entry.number),
            |entry| {
                entry.deleted = true;
                entry.datestamp = now;
            },
        );
    }

    /// Takes records out without a word.
    pub fn vanish(&mut self, chosen: impl Fn(usize) -> bool) {
        self.each(|entry| chosen(entry.number), |entry| entry.gone = true);
    }

    /// Brings vanished records back as they were.
    pub fn return_all(&mut self) {
        self.each(|entry| entry.gone, |entry| entry.gone = false);
    }

    fn each(&mut self, chosen: impl Fn(&Entry) -> bool, change: impl Fn(&mut Entry)) {
        for entry in self.entries.iter_mut().filter(|entry| chosen(entry)) {
            change(entry);
            entry.written = None;
        }
        self.settle();
    }

    fn settle(&mut self) {
        self.entries.sort_by_key(|entry| (entry.datestamp, entry.number));
        self.selected.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if self.entries.len() <= WRITTEN_IN_ADVANCE {
            let profile = &self.profile;
            for entry in &mut self.entries {
                if entry.written.is_none() {
                    let mut text = String::new();
                    write_record(&mut text, entry, profile, false);
                    entry.written = Some(text.into());
                }
            }
        }
    }

    /// Positions (in [`Self::entries`]) of what a request selects.
    pub fn select(&self, selection: &Selection, profile: &Profile) -> Arc<[u32]> {
        let mut selected = self.selected.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = selected.get(selection) {
            return Arc::clone(known);
        }
        let keeps_tombstones = profile.deleted_record != "no";
        let in_set = |entry: &Entry, set: &str| {
            sets(entry.number).iter().any(|spec| {
                spec.strip_prefix(set).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
        };
        let positions: Arc<[u32]> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| {
                !entry.gone
                    && (keeps_tombstones || !entry.deleted)
                    && selection.from.is_none_or(|from| entry.datestamp >= from)
                    && selection.until.is_none_or(|until| entry.datestamp <= until)
                    && selection.set.as_deref().is_none_or(|set| in_set(entry, set))
            })
            .map(|(position, _)| position as u32)
            .collect();
        selected.insert(selection.clone(), Arc::clone(&positions));
        positions
    }

    /// Writes the record at a position: `<record>…</record>`.
    pub(crate) fn write(&self, out: &mut String, position: u32, profile: &Profile, upper: bool) {
        let Some(entry) = self.entries.get(position as usize) else { return };
        match &entry.written {
            Some(text) if !upper && profile.by_day() == self.profile.by_day() => {
                out.push_str(text);
            }
            _ => write_record(out, entry, profile, upper),
        }
    }

    /// Writes the header of the record at a position.
    pub(crate) fn write_header(
        &self,
        out: &mut String,
        position: u32,
        profile: &Profile,
        upper: bool,
    ) {
        if let Some(entry) = self.entries.get(position as usize) {
            write_header(out, entry, profile, upper);
        }
    }
}

impl Profile {
    /// Whether a page (from 0) has its identifiers in upper case.
    pub(crate) fn upper(&self, page: usize) -> bool {
        match self.case {
            Case::AsIs => false,
            Case::Upper => true,
            Case::Mixed => page % 2 == 1,
        }
    }

    /// A datestamp as this provider writes it.
    pub(crate) fn datestamp(&self, seconds: i64) -> String {
        let mut text = utc(seconds);
        if self.by_day() {
            text.truncate(10);
        }
        text
    }

    fn by_day(&self) -> bool {
        self.writes_days || self.granularity == Some("YYYY-MM-DD")
    }
}

fn write_header(out: &mut String, entry: &Entry, profile: &Profile, upper: bool) {
    let mut identifier = identifier(entry.number);
    if upper {
        identifier.make_ascii_uppercase();
    }
    let status = if entry.deleted { " status=\"deleted\"" } else { "" };
    let datestamp = profile.datestamp(entry.datestamp);
    let _infallible = write!(
        out,
        "<header{status}><identifier>{identifier}</identifier><datestamp>{datestamp}</datestamp>"
    );
    for spec in sets(entry.number) {
        let _infallible = write!(out, "<setSpec>{spec}</setSpec>");
    }
    out.push_str("</header>");
}

fn write_record(out: &mut String, entry: &Entry, profile: &Profile, upper: bool) {
    out.push_str("<record>");
    write_header(out, entry, profile, upper);
    if !entry.deleted {
        out.push_str("<metadata>");
        metadata(out, profile.format, entry.number, entry.version, profile.padding);
        out.push_str("</metadata>");
    }
    out.push_str("</record>\n");
}
