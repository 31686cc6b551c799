//! Selection by date (sections 2.7.1 and 3.3): what must be refused, and arithmetic over lists.

use super::answer::{Ask, Header};
use super::rule::Rule;
use super::session::{Session, Stop};
use super::walk::{Plan, Walked, walk};
use crate::oai_pmh::datestamp::format;
use crate::oai_pmh::{Datestamp, Granularity};
use std::collections::BTreeSet;

const DAY: i64 = 86_400;
/// Second of the epoch of 0002-01-01: earlier ones are not asked for.
const YEAR_2: i64 = -62_104_060_800;

/// Dates that are wrong in one way each.
pub(super) async fn refused(s: &mut Session) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let list = format!("verb=ListIdentifiers&metadataPrefix={prefix}");
    let finer = s.granularity() == Granularity::Day;
    for (rule, query) in [
        (Rule::DateSyntax, "from=yesterday"),
        (Rule::DateSyntax, "from=2001"),
        (Rule::DateSyntax, "until=2001-1-1"),
        (Rule::DateSyntax, "from=20010101"),
        (Rule::DateSyntax, "from=2001-01-01T00:00:00"),
        (Rule::DateSyntax, "from=2001-01-01T00:00:00%2B01:00"),
        (Rule::DateSyntax, "from=2001-01-01T00:00Z"),
        (Rule::DateImpossible, "from=2026-02-30"),
        (Rule::DateImpossible, "until=2023-02-29"),
        (Rule::DateImpossible, "from=2001-13-01"),
        (Rule::DateMixed, "from=2001-01-01&until=2030-01-02T00:00:00Z"),
        (Rule::DateReversed, "from=2010-01-02&until=2010-01-01"),
    ] {
        s.refused(rule, Ask::raw(format!("{list}&{query}")), &["badArgument"]).await?;
    }
    if finer {
        let query = "from=2001-01-01T00:00:00Z&until=2030-01-01T00:00:00Z";
        s.refused(Rule::DateFiner, Ask::raw(format!("{list}&{query}")), &["badArgument"]).await?;
    }
    if let Some(earliest) = s.known.earliest.filter(|date| date.seconds > YEAR_2) {
        let until = format(earliest.seconds - 365 * DAY, s.granularity());
        let ask = Ask::get(&[
            ("verb", "ListIdentifiers"),
            ("metadataPrefix", &prefix),
            ("until", &until),
        ]);
        s.refused(Rule::DateBeforeEarliest, ask, &["noRecordsMatch"]).await?;
    }
    if let Some(now) = s.known.begun {
        let from = format(now + 3 * 365 * DAY, s.granularity());
        let ask =
            Ask::get(&[("verb", "ListIdentifiers"), ("metadataPrefix", &prefix), ("from", &from)]);
        s.refused(Rule::DateFuture, ask, &["noRecordsMatch", "badArgument"]).await?;
    }
    Ok(())
}

/// Lists by date, compared with the whole list.
pub(super) async fn arithmetic(s: &mut Session, whole: &Walked) -> Result<(), Stop> {
    let granularity = s.granularity();
    let mut stable: Vec<&Header> = whole.headers.iter().filter(|h| s.is_settled(h)).collect();
    stable.sort_by_key(|header| header.stamp().map(|stamp| stamp.seconds));
    let Some(middle) = stable.get(stable.len() / 2) else {
        s.report.notes.push("no record is older than the check: dates are not compared".to_owned());
        return Ok(());
    };
    let Some(stamp) = middle.stamp() else { return Ok(()) };
    let day = format(stamp.seconds, Granularity::Day);
    let of_day = list(s, Some(&day), Some(&day)).await?;
    inside(s, &of_day, |date| date == day, "the day", &day);
    let wanted: Vec<&Header> =
        stable.iter().copied().filter(|h| h.datestamp.starts_with(&day)).collect();
    contains(s, Rule::DateDay, &of_day, &wanted, &format!("from={day}&until={day}"));
    if granularity == Granularity::Second {
        let second = format(stamp.seconds, Granularity::Second);
        let of_second = list(s, Some(&second), Some(&second)).await?;
        for header in &of_second.headers {
            s.expect(Rule::DateWindow, header.datestamp == second, &of_second.request, || {
                format!("{} of {} is in the list of {second}", header.identifier, header.datestamp)
            });
        }
        let wanted: Vec<&Header> =
            stable.iter().copied().filter(|h| h.datestamp == second).collect();
        let what = format!("from={second}&until={second}");
        contains(s, Rule::DateInclusive, &of_second, &wanted, &what);
    } else {
        contains(s, Rule::DateInclusive, &of_day, &[*middle], &format!("from={day}&until={day}"));
    }
    if !whole.complete || s.left() < whole.pages * 2 + 60 {
        let note = "the list is too long for the budget: halves by date are not compared";
        s.report.notes.push(note.to_owned());
        return Ok(());
    }
    partition(s, whole, &stable, stamp).await
}

/// The list up to a date and the list after it make the whole.
async fn partition(
    s: &mut Session,
    whole: &Walked,
    stable: &[&Header],
    middle: Datestamp,
) -> Result<(), Stop> {
    let granularity = s.granularity();
    let step = if granularity == Granularity::Day { DAY } else { 1 };
    let from = format(middle.seconds, granularity);
    let until = format(middle.seconds - step, granularity);
    let before = list(s, None, Some(&until)).await?;
    let after = list(s, Some(&from), None).await?;
    for header in &before.headers {
        let good = header.stamp().is_none_or(|stamp| stamp.seconds < middle.seconds);
        s.expect(Rule::DateWindow, good, &before.request, || {
            format!("{} of {} is in the list until {until}", header.identifier, header.datestamp)
        });
    }
    for header in &after.headers {
        let good = header.stamp().is_none_or(|stamp| stamp.last_second() >= middle.seconds);
        s.expect(Rule::DateWindow, good, &after.request, || {
            format!("{} of {} is in the list from {from}", header.identifier, header.datestamp)
        });
    }
    if !before.whole() || !after.whole() {
        let rule = Rule::DatePartition;
        for half in [&before, &after].into_iter().filter(|half| !half.whole() && half.pages == 0) {
            let what = format!("a half of the list gives {}", half.codes.join(", "));
            s.report.broken(rule, what, &half.request);
        }
        return Ok(());
    }
    let both: BTreeSet<&str> = before.ids().union(&after.ids()).copied().collect();
    let missing = stable.iter().find(|header| !both.contains(header.identifier.as_str()));
    s.expect(Rule::DatePartition, missing.is_none(), &after.request, || {
        let header = missing.map(|h| format!("{} of {}", h.identifier, h.datestamp));
        format!("{} is neither in until={until} nor in from={from}", header.unwrap_or_default())
    });
    let all = whole.ids();
    let extra = before.headers.iter().find(|h| !all.contains(h.identifier.as_str()));
    s.expect(Rule::DatePartition, extra.is_none(), &before.request, || {
        let id = extra.map(|header| header.identifier.as_str()).unwrap_or_default();
        format!("{id} is in until={until} and not in the whole list")
    });
    Ok(())
}

impl Walked {
    /// Whether the list is known to its end, an empty one included.
    fn whole(&self) -> bool {
        self.complete || self.is_empty_list()
    }
}

async fn list(s: &mut Session, from: Option<&str>, until: Option<&str>) -> Result<Walked, Stop> {
    let pages = (s.left() / 4).max(1);
    let plan = Plan {
        from: from.map(str::to_owned),
        until: until.map(str::to_owned),
        set: s.options.set.clone(),
        ..Plan::identifiers(&s.options.prefix, pages)
    };
    walk(s, plan).await
}

fn inside(s: &mut Session, list: &Walked, good: impl Fn(&str) -> bool, what: &str, of: &str) {
    for header in &list.headers {
        let date: String = header.datestamp.chars().take(10).collect();
        s.expect(Rule::DateWindow, good(&date), &list.request, || {
            format!("{} of {} is in the list of {what} {of}", header.identifier, header.datestamp)
        });
    }
}

/// Whether the list has all of these, as far as it was read.
fn contains(s: &mut Session, rule: Rule, list: &Walked, wanted: &[&Header], what: &str) {
    if !list.codes.is_empty() {
        let codes = list.codes.join(", ");
        s.expect(rule, wanted.is_empty(), &list.request, || {
            let id = wanted.first().map(|header| header.identifier.as_str()).unwrap_or_default();
            format!("{what} gives {codes}, although {id} is of that time")
        });
        return;
    }
    if !list.complete {
        return;
    }
    let ids = list.ids();
    let missing = wanted.iter().find(|header| !ids.contains(header.identifier.as_str()));
    s.expect(rule, missing.is_none() && list.pages > 0, &list.request, || match missing {
        Some(header) => format!("{} of {} is not in {what}", header.identifier, header.datestamp),
        None => format!("{what} gives no list"),
    });
}

impl Session {
    /// Whether a record is older than the check, so that its header should stay as it is while we
    /// look. Of the day or second in which the check began nothing is certain.
    pub(super) fn is_settled(&self, header: &Header) -> bool {
        match (header.stamp(), self.known.begun) {
            (Some(stamp), Some(begun)) => stamp.last_second() < begun,
            _ => false,
        }
    }
}
