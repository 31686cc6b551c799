//! The six verbs, and what faults make of them.

use super::Shared;
use super::fault::Fault;
use super::holding::{Holding, Selection};
use super::profile::{ListSize, Order, Profile, TokenForm};
use super::record::{number_of, utc};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// What awkward tokens begin with: everything that has to be escaped somewhere.
const AWKWARD: &str = "+&%=/ ü%2B<\"';?#~";

/// Arguments, decoded.
#[derive(Debug, Clone, Default)]
pub struct Arguments(pub Vec<(String, String)>);

impl Arguments {
    /// From a query or a form.
    pub fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        });
        Self(pairs.collect())
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of them, sorted.
    pub fn text(&self) -> String {
        let mut pairs: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.sort_unstable();
        pairs.join("&")
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let ahead = rest.clone();
                match (hex(rest.next()), hex(rest.next())) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => {
                        rest = ahead;
                        b'%'
                    }
                }
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A list under way, as a token carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Position {
    selection: Selection,
    /// Records before this page.
    offset: usize,
    /// Records that this list has lost on the way.
    lost: usize,
}

impl Position {
    fn token(&self, form: TokenForm) -> String {
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let plain = format!(
            "{},{},{},{},{}",
            self.selection.set.as_deref().unwrap_or_default(),
            number(self.selection.from),
            number(self.selection.until),
            self.offset,
            self.lost,
        );
        match form {
            TokenForm::Plain => plain,
            TokenForm::Awkward => format!("{AWKWARD}{plain}"),
        }
    }

    fn of_token(token: &str, form: TokenForm) -> Option<Self> {
        let plain = match form {
            TokenForm::Plain => token,
            TokenForm::Awkward => token.strip_prefix(AWKWARD)?,
        };
        let mut parts = plain.split(',');
        let set = parts.next().map(str::to_owned).filter(|set| !set.is_empty());
        let mut number = || {
            let part = parts.next()?;
            if part.is_empty() { Some(None) } else { part.parse::<i64>().ok().map(Some) }
        };
        let (from, until) = (number()?, number()?);
        let (offset, lost) = (number()??, number()??);
        Some(Self {
            selection: Selection { set, from, until },
            offset: usize::try_from(offset).ok()?,
            lost: usize::try_from(lost).ok()?,
        })
    }

    fn of_arguments(arguments: &Arguments, profile: &Profile) -> Result<Self, String> {
        let date = |name: &str, end: bool| match arguments.get(name) {
            None => Ok(None),
            Some(text) if text.len() > 10 && refuses_seconds(profile) => Err(error(
                "badArgument",
                &format!("{name}: this repository has the granularity YYYY-MM-DD"),
            )),
            Some(text) => instant(text, end)
                .map(Some)
                .ok_or_else(|| error("badArgument", &format!("{name}: no date"))),
        };
        let (from, until) = (date("from", false)?, date("until", true)?);
        if from.is_some_and(|from| until.is_some_and(|until| from > until)) {
            return Err(error("badArgument", "from is later than until"));
        }
        let set = arguments.get("set").map(str::to_owned);
        Ok(Self { selection: Selection { set, from, until }, offset: 0, lost: 0 })
    }
}

fn refuses_seconds(profile: &Profile) -> bool {
    profile.refuses_seconds || profile.granularity == Some("YYYY-MM-DD")
}

/// Seconds since 1970 of a date in one of the two forms; a day is its first or its last second.
fn instant(text: &str, end: bool) -> Option<i64> {
    if text.len() == 10 {
        let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        let time = if end { day.and_hms_opt(23, 59, 59) } else { day.and_hms_opt(0, 0, 0) };
        return Some(time?.and_utc().timestamp());
    }
    let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%SZ").ok()?;
    Some(time.and_utc().timestamp())
}

/// Number of the page (from 0) that a request for a list asks for.
pub(super) fn page_of(arguments: &Arguments, profile: &Profile) -> Option<usize> {
    matches!(arguments.get("verb"), Some("ListRecords" | "ListIdentifiers")).then(|| {
        let token = arguments.get("resumptionToken");
        let position = token.and_then(|token| Position::of_token(token, profile.token));
        position.map_or(0, |position| (position.offset + position.lost) / profile.page_size.max(1))
    })
}

/// The answer to a request, whole.
pub(super) fn answer(shared: &Shared, arguments: &Arguments, fault: Option<&Fault>) -> String {
    let profile = shared.profile().clone();
    let holding = shared.holding();
    let verb = arguments.get("verb").unwrap_or_default();
    let body = match (fault, verb) {
        (Some(Fault::BadToken), _) => error("badResumptionToken", "the token has expired"),
        (Some(Fault::NoRecordsMatch), _) => error("noRecordsMatch", "there is nothing"),
        (Some(Fault::UnknownErrors), _) => {
            "<error code=\"serverBusy\">please wait</error><error code=\"\"/>".to_owned()
        }
        (_, "Identify") => identify(shared, &profile, &holding),
        (_, "ListMetadataFormats") => {
            let (namespace, schema) = profile.format.namespace();
            format!(
                "<ListMetadataFormats><metadataFormat><metadataPrefix>{}</metadataPrefix><schema>{schema}</schema><metadataNamespace>{namespace}</metadataNamespace></metadataFormat></ListMetadataFormats>",
                profile.format.prefix()
            )
        }
        (_, "ListSets") => {
            let sets = ["parity", "parity:even", "parity:odd", "tenth"];
            let sets = sets
                .map(|set| format!("<set><setSpec>{set}</setSpec><setName>{set}</setName></set>"));
            format!("<ListSets>{}</ListSets>", sets.concat())
        }
        (_, "GetRecord") => get_record(arguments, &profile, &holding),
        (_, "ListRecords" | "ListIdentifiers") => {
            list(shared, arguments, &profile, &holding, fault).unwrap_or_else(|error| error)
        }
        _ => error("badVerb", "no such verb"),
    };
    let arguments = arguments.0.iter().fold(String::new(), |mut all, (name, value)| {
        let known =
            ["verb", "metadataPrefix", "set", "from", "until", "identifier", "resumptionToken"];
        if known.contains(&name.as_str()) {
            let _infallible = write!(all, " {name}=\"{}\"", escape(value));
        }
        all
    });
    let mut text = String::with_capacity(body.len() + 512);
    let _infallible = write!(
        text,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n<responseDate>{}</responseDate><request{arguments}>{}</request>\n{body}\n</OAI-PMH>\n",
        utc(profile.now()),
        shared.base_url,
    );
    text
}

fn error(code: &str, text: &str) -> String {
    format!("<error code=\"{code}\">{}</error>", escape(text))
}

fn identify(shared: &Shared, profile: &Profile, holding: &Holding) -> String {
    let earliest = holding.entries().iter().map(|entry| entry.datestamp).min().unwrap_or(0);
    let granularity = profile.granularity.map(|it| format!("<granularity>{it}</granularity>"));
    let compression = if profile.gzip { "<compression>gzip</compression>" } else { "" };
    format!(
        "<Identify><repositoryName>Double</repositoryName><baseURL>{}</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>double@example.org</adminEmail><earliestDatestamp>{}</earliestDatestamp><deletedRecord>{}</deletedRecord>{}{compression}</Identify>",
        shared.base_url,
        profile.datestamp(earliest),
        profile.deleted_record,
        granularity.unwrap_or_default(),
    )
}

fn get_record(arguments: &Arguments, profile: &Profile, holding: &Holding) -> String {
    let wanted = arguments.get("identifier").and_then(number_of);
    let found = holding.entries().iter().position(|entry| {
        Some(entry.number) == wanted
            && !entry.gone
            && (!entry.deleted || profile.deleted_record != "no")
    });
    match found {
        Some(_) if arguments.get("metadataPrefix") != Some(profile.format.prefix()) => {
            error("cannotDisseminateFormat", "no such format")
        }
        Some(position) => {
            let mut out = String::from("<GetRecord>");
            holding.write(&mut out, position as u32, profile, profile.upper(0));
            out.push_str("</GetRecord>");
            out
        }
        None => error("idDoesNotExist", "no such record"),
    }
}

fn list(
    shared: &Shared,
    arguments: &Arguments,
    profile: &Profile,
    holding: &Holding,
    fault: Option<&Fault>,
) -> Result<String, String> {
    let at = match arguments.get("resumptionToken") {
        Some(token) => Position::of_token(token, profile.token)
            .ok_or_else(|| error("badResumptionToken", "not one of ours"))?,
        None => match arguments.get("metadataPrefix") {
            None => return Err(error("badArgument", "metadataPrefix is missing")),
            Some(prefix) if prefix == profile.format.prefix() => {
                Position::of_arguments(arguments, profile)?
            }
            Some(_) => return Err(error("cannotDisseminateFormat", "no such format")),
        },
    };
    let all = holding.select(&at.selection, profile);
    let size = all.len().saturating_sub(at.lost);
    if size == 0 {
        return Err(error("noRecordsMatch", "nothing matches"));
    }
    let served = shared.served.load(Ordering::Relaxed);
    // Position `n` of the list, in the order of this request.
    let nth = |n: usize| match profile.order {
        Order::Stable => all.get(n).copied(),
        Order::Backwards => all.get(all.len().wrapping_sub(n + 1)).copied(),
        Order::Shuffled => all.get((n + served as usize * 37) * 7919 % all.len().max(1)).copied(),
    };
    let page_size = profile.page_size.max(1);
    let (mut start, mut end) = (at.offset + at.lost, at.offset + at.lost + page_size);
    let mut next = Position { offset: at.offset + page_size, ..at.clone() };
    let page = start / page_size;
    let upper = profile.upper(page);
    match fault {
        Some(Fault::FirstPageAgain) => (start, end) = (0, page_size),
        Some(Fault::EmptyPage) => {
            end = start;
            next = at.clone();
        }
        Some(Fault::NothingThere) => {
            end = start;
            next.offset = all.len();
        }
        Some(Fault::Repeats(count)) => start = start.saturating_sub(*count),
        Some(Fault::Shrinks(count)) => next.lost += count,
        Some(Fault::TokenBack(pages)) => {
            next.offset = at.offset.saturating_sub(pages.saturating_sub(1) * page_size);
        }
        Some(Fault::SameToken) => next = at.clone(),
        _ => {}
    }
    let headers = arguments.get("verb") == Some("ListIdentifiers");
    let mut out = String::with_capacity((end - start) * if headers { 200 } else { 1700 } + 512);
    out.push_str(if headers { "<ListIdentifiers>\n" } else { "<ListRecords>\n" });
    let middle = (start + end.min(all.len())) / 2;
    for (n, position) in (start..end).filter_map(|n| nth(n).map(|position| (n, position))) {
        let begin = out.len();
        if headers {
            holding.write_header(&mut out, position, profile, upper);
        } else {
            holding.write(&mut out, position, profile, upper);
        }
        if n == middle && !headers {
            spoil(&mut out, begin, fault);
        }
    }
    let more = next.offset + next.lost < all.len();
    let first = arguments.get("resumptionToken").is_none() && !more;
    let wanted = match fault {
        Some(Fault::NoToken) => None,
        Some(Fault::EmptyToken) => Some(String::new()),
        _ if more => Some(escape(&next.token(profile.token))),
        _ if first || profile.no_final_token => None,
        _ => Some(String::new()),
    };
    if let Some(token) = wanted {
        let size = match profile.list_size {
            ListSize::Absent => String::new(),
            ListSize::Right => format!(" completeListSize=\"{size}\""),
            ListSize::TooSmall => format!(" completeListSize=\"{}\"", size / 2),
            ListSize::TooLarge => format!(" completeListSize=\"{}\"", size * 3),
            ListSize::Words => " completeListSize=\"viele\"".to_owned(),
        };
        let _infallible = write!(
            out,
            "<resumptionToken{size} cursor=\"{}\">{token}</resumptionToken>",
            at.offset
        );
    }
    out.push_str(if headers { "</ListIdentifiers>" } else { "</ListRecords>" });
    Ok(out)
}

/// Spoils the record that begins at a position.
fn spoil(out: &mut String, begin: usize, fault: Option<&Fault>) {
    let Some(record) = out.get(begin..).map(str::to_owned) else { return };
    let spoiled = match fault {
        // In the language, so that title and author can still be compared.
        Some(Fault::ControlCharacters) => record.replacen(">fr<", ">f\u{3}r\u{c}\u{fffe}<", 1),
        Some(Fault::BrokenRecord) => record.replacen("</dc:title>", "</dc:titre>", 1),
        _ => return,
    };
    out.truncate(begin);
    out.push_str(&spoiled);
}
