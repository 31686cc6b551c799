//! Names of faults, for the command line and for the table of the suite.

use super::fault::{Fault, Place, Rule, Truncation};

/// Every fault by its name, with its usual numbers.
pub const FAULTS: &[(&str, Fault)] = &[
    ("503", Fault::Status { code: 503, wait: None, as_date: false }),
    ("503-wait", Fault::Status { code: 503, wait: Some(1), as_date: false }),
    ("503-wait-date", Fault::Status { code: 503, wait: Some(2), as_date: true }),
    ("429-wait", Fault::Status { code: 429, wait: Some(1), as_date: false }),
    ("429-tomorrow", Fault::Status { code: 429, wait: Some(86_400), as_date: false }),
    ("403", Fault::Status { code: 403, wait: None, as_date: false }),
    ("404", Fault::Status { code: 404, wait: None, as_date: false }),
    ("500", Fault::Status { code: 500, wait: None, as_date: false }),
    ("redirect", Fault::Redirect),
    ("redirect-loop", Fault::RedirectLoop),
    ("redirect-nowhere", Fault::RedirectNowhere),
    ("reset-before", Fault::ResetBefore),
    ("reset-within", Fault::ResetWithin),
    ("drip", Fault::Drip { bytes: 512, pause_ms: 3 }),
    ("drip-slow", Fault::Drip { bytes: 16, pause_ms: 100 }),
    ("stall", Fault::Stall),
    ("cut-announced", Fault::Truncate(Truncation::Announced)),
    ("cut-unannounced", Fault::Truncate(Truncation::Unannounced)),
    ("cut-quiet", Fault::Truncate(Truncation::Quiet)),
    ("gzip-broken", Fault::BrokenGzip),
    ("html", Fault::Html),
    ("empty", Fault::Empty),
    ("bad-token", Fault::BadToken),
    ("no-records-match", Fault::NoRecordsMatch),
    ("unknown-errors", Fault::UnknownErrors),
    ("same-token", Fault::SameToken),
    ("token-back", Fault::TokenBack(2)),
    ("first-page-again", Fault::FirstPageAgain),
    ("empty-page", Fault::EmptyPage),
    ("repeats", Fault::Repeats(5)),
    ("shrinks", Fault::Shrinks(7)),
    ("no-token", Fault::NoToken),
    ("empty-token", Fault::EmptyToken),
    ("control-characters", Fault::ControlCharacters),
    ("broken-record", Fault::BrokenRecord),
    ("nothing-there", Fault::NothingThere),
];

/// Reads `NAME[@PLACE][xTIMES]`: a name of [`FAULTS`]; `identify`, a page (from 0), `3+` for that
/// page and all later ones, `/40` for every fortieth request for a page, or nothing for every request; and how
/// often, or nothing for ever. `503-wait@/40`, `bad-token@3x1`.
///
/// # Errors
/// What is allowed.
pub fn rule(text: &str) -> Result<Rule, String> {
    let (rest, times) = match text.rsplit_once('x') {
        Some((rest, times)) if times.parse::<u32>().is_ok() => (rest, times.parse().ok()),
        _ => (text, None),
    };
    let (name, place) = match rest.split_once('@') {
        Some((name, place)) => (name, Some(place)),
        None => (rest, None),
    };
    let known = || FAULTS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let fault = FAULTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, fault)| fault.clone())
        .ok_or_else(|| format!("no fault `{name}`; there are {}", known()))?;
    let number = |text: &str| {
        text.parse::<usize>()
            .map_err(|_| format!("`{text}` is no place; there are identify, 3, 3+, /40"))
    };
    let place = match place {
        None => Place::Everywhere,
        Some("identify") => Place::Identify,
        Some(place) => match (place.strip_prefix('/'), place.strip_suffix('+')) {
            (Some(every), _) => Place::Every(number(every)? as u32),
            (_, Some(first)) => Place::PagesFrom(number(first)?),
            _ => Place::Page(number(place)?),
        },
    };
    Ok(Rule { fault, place, times, used: 0, seen: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_from_its_short_form() {
        let html = |place, times| Rule { fault: Fault::Html, place, times, used: 0, seen: 0 };
        assert_eq!(rule("html"), Ok(html(Place::Everywhere, None)));
        assert_eq!(rule("html@identify"), Ok(html(Place::Identify, None)));
        assert_eq!(rule("html@3x1"), Ok(html(Place::Page(3), Some(1))));
        assert_eq!(rule("html@3+"), Ok(html(Place::PagesFrom(3), None)));
        assert_eq!(rule("html@/40x2"), Ok(html(Place::Every(40), Some(2))));
        assert!(rule("htm").unwrap_err().contains("there are 503"));
        assert!(rule("html@three").unwrap_err().contains("no place"));
    }
}
