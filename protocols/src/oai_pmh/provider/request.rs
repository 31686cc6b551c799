//! From the raw query or form to a request, with every argument error that there is (section 3.6).

use crate::oai_pmh::{Datestamp, ErrorCode, OaiError, Verb};
use std::borrow::Cow;

/// Longest query that is looked at, in bytes. Our longest token has less than a thousand.
pub const MAX_QUERY: usize = 8 * 1024;

/// The arguments as they came, for the `request` element of the answer.
pub type Arguments = Vec<(String, String)>;

/// Which list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// From the beginning.
    New {
        /// Format.
        metadata_prefix: String,
        /// setSpec.
        set: Option<String>,
        /// First second.
        from: Option<Datestamp>,
        /// Last second (of a day, see [`Datestamp::last_second`]).
        until: Option<Datestamp>,
    },
    /// Where a token says.
    Resumed(String),
}

/// A request whose arguments are in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Identify.
    Identify,
    /// ListMetadataFormats, of all or of one item.
    ListMetadataFormats {
        /// The item.
        identifier: Option<String>,
    },
    /// ListSets.
    ListSets {
        /// Where to go on.
        token: Option<String>,
    },
    /// GetRecord.
    GetRecord {
        /// The item.
        identifier: String,
        /// Format.
        metadata_prefix: String,
    },
    /// ListIdentifiers.
    ListIdentifiers(Selection),
    /// ListRecords.
    ListRecords(Selection),
}

impl Request {
    /// Its verb.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Identify => Verb::Identify,
            Self::ListMetadataFormats { .. } => Verb::ListMetadataFormats,
            Self::ListSets { .. } => Verb::ListSets,
            Self::GetRecord { .. } => Verb::GetRecord,
            Self::ListIdentifiers(_) => Verb::ListIdentifiers,
            Self::ListRecords(_) => Verb::ListRecords,
        }
    }
}

/// Reads a query string or a form, `application/x-www-form-urlencoded`.
///
/// Returns the arguments too, which the answer repeats.
///
/// # Errors
/// `badVerb` or every `badArgument` that there is; the answer repeats no arguments then.
pub fn parse(query: &str) -> Result<(Request, Arguments), Vec<OaiError>> {
    if query.len() > MAX_QUERY {
        return Err(vec![bad(format!("the request is longer than {MAX_QUERY} bytes"))]);
    }
    let arguments = split(query);
    let verb = verb(&arguments)?;
    let mut errors = Vec::new();
    let taken = Taken::of(verb, &arguments, &mut errors);
    let request = taken.request(verb, &mut errors);
    match request {
        Some(request) if errors.is_empty() => Ok((request, arguments)),
        _ => Err(errors),
    }
}

fn split(query: &str) -> Arguments {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Percent-decoding with `+` for a blank. Bytes that are not UTF-8 become U+FFFD, which no value
/// that we know contains.
fn decode(text: &str) -> String {
    let spaced: Cow<'_, str> =
        if text.contains('+') { Cow::Owned(text.replace('+', " ")) } else { Cow::Borrowed(text) };
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

fn verb(arguments: &Arguments) -> Result<Verb, Vec<OaiError>> {
    let bad_verb = |message: &str| Err(vec![OaiError::new(ErrorCode::BadVerb, message)]);
    let mut verbs = arguments.iter().filter(|(name, _)| name == "verb").map(|(_, value)| value);
    let Some(verb) = verbs.next() else {
        return bad_verb(
            "the argument verb is missing; expected one of Identify, ListMetadataFormats, ListSets, GetRecord, ListIdentifiers, ListRecords",
        );
    };
    if verbs.next().is_some() {
        return bad_verb("the argument verb is repeated");
    }
    match Verb::parse(verb) {
        Some(verb) => Ok(verb),
        None => bad_verb(
            "the verb is not one of Identify, ListMetadataFormats, ListSets, GetRecord, ListIdentifiers, ListRecords",
        ),
    }
}

/// Arguments by name, each there at most once.
#[derive(Default)]
struct Taken {
    identifier: Option<String>,
    metadata_prefix: Option<String>,
    set: Option<String>,
    from: Option<String>,
    until: Option<String>,
    token: Option<String>,
}

impl Taken {
    fn of(verb: Verb, arguments: &Arguments, errors: &mut Vec<OaiError>) -> Self {
        let allowed: &[&str] = match verb {
            Verb::Identify => &[],
            Verb::ListMetadataFormats => &["identifier"],
            Verb::ListSets => &["resumptionToken"],
            Verb::GetRecord => &["identifier", "metadataPrefix"],
            Verb::ListIdentifiers | Verb::ListRecords => {
                &["metadataPrefix", "set", "from", "until", "resumptionToken"]
            }
        };
        let mut taken = Self::default();
        for (name, value) in arguments.iter().filter(|(name, _)| name != "verb") {
            if !allowed.contains(&name.as_str()) {
                let name: String = name.chars().take(40).collect();
                errors.push(bad(format!("{} takes no argument `{name}`", verb.as_str())));
                continue;
            }
            let place = match name.as_str() {
                "identifier" => &mut taken.identifier,
                "metadataPrefix" => &mut taken.metadata_prefix,
                "set" => &mut taken.set,
                "from" => &mut taken.from,
                "until" => &mut taken.until,
                _ => &mut taken.token,
            };
            if place.is_some() {
                errors.push(bad(format!("the argument {name} is repeated")));
            } else if value.is_empty() {
                errors.push(bad(format!("the argument {name} is empty")));
            }
            *place = Some(value.clone());
        }
        if taken.token.is_some() && taken.others().any(Option::is_some) {
            errors
                .push(bad("resumptionToken is an exclusive argument: send it with the verb alone"));
        }
        taken
    }

    fn others(&self) -> impl Iterator<Item = &Option<String>> {
        [&self.identifier, &self.metadata_prefix, &self.set, &self.from, &self.until].into_iter()
    }

    fn request(self, verb: Verb, errors: &mut Vec<OaiError>) -> Option<Request> {
        match verb {
            Verb::Identify => Some(Request::Identify),
            Verb::ListSets => Some(Request::ListSets { token: self.token }),
            Verb::ListMetadataFormats => {
                check_identifier(self.identifier.as_deref(), errors);
                Some(Request::ListMetadataFormats { identifier: self.identifier })
            }
            Verb::GetRecord => {
                check_identifier(self.identifier.as_deref(), errors);
                if self.identifier.is_none() {
                    errors.push(bad("the argument identifier is missing"));
                }
                let prefix = take_prefix(self.metadata_prefix, errors);
                Some(Request::GetRecord { identifier: self.identifier?, metadata_prefix: prefix? })
            }
            Verb::ListIdentifiers => self.selection(errors).map(Request::ListIdentifiers),
            Verb::ListRecords => self.selection(errors).map(Request::ListRecords),
        }
    }

    fn selection(self, errors: &mut Vec<OaiError>) -> Option<Selection> {
        if let Some(token) = self.token {
            return Some(Selection::Resumed(token));
        }
        let metadata_prefix = take_prefix(self.metadata_prefix, errors);
        if let Some(set) = self.set.as_deref().filter(|set| !set.is_empty())
            && !set.split(':').all(is_word)
        {
            errors.push(bad("the argument set is not a setSpec: words of A-Z a-z 0-9 - _ . ! ~ * ' ( ) joined by colons"));
        }
        let from = take_date("from", self.from.as_deref(), errors);
        let until = take_date("until", self.until.as_deref(), errors);
        if let (Some(from), Some(until)) = (from, until) {
            if from.granularity != until.granularity {
                errors.push(bad("from and until must have the same granularity"));
            } else if from.seconds > until.seconds {
                errors.push(bad("from is later than until"));
            }
        }
        Some(Selection::New { metadata_prefix: metadata_prefix?, set: self.set, from, until })
    }
}

fn bad(message: impl Into<String>) -> OaiError {
    OaiError::new(ErrorCode::BadArgument, message)
}

fn take_prefix(prefix: Option<String>, errors: &mut Vec<OaiError>) -> Option<String> {
    match prefix {
        None => errors.push(bad("the argument metadataPrefix is missing")),
        Some(prefix) if prefix.is_empty() || is_word(&prefix) => return Some(prefix),
        Some(_) => errors.push(bad("the argument metadataPrefix holds a character other than A-Z a-z 0-9 - _ . ! ~ * ' ( )")),
    }
    None
}

fn take_date(name: &str, value: Option<&str>, errors: &mut Vec<OaiError>) -> Option<Datestamp> {
    let value = value.filter(|value| !value.is_empty())?;
    let date = Datestamp::parse(value);
    if date.is_none() {
        errors.push(bad(format!(
            "the argument {name} is not a date of the calendar in the form YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"
        )));
    }
    date
}

/// `metadataPrefix`, or one part of a setSpec.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&b))
}

fn check_identifier(identifier: Option<&str>, errors: &mut Vec<OaiError>) {
    if identifier.is_some_and(|identifier| !identifier.is_empty() && !is_uri_reference(identifier))
    {
        errors.push(bad("the argument identifier is not a URI"));
    }
}

/// Whether a text may stand where XML Schema wants `anyURI`: what is refused here could not be
/// repeated in a valid answer. An identifier without scheme is let through; it does not exist.
fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    let characters =
        bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-._~:/?#@!$&'()*+,;=%".contains(b));
    let escapes = text.split('%').skip(1).all(|rest| {
        rest.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    });
    let fragments = text.split('#').count() <= 2;
    let head = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = head.split_once(':').is_none_or(|(scheme, _)| {
        scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    let authority = !text.contains("//") || url::Url::parse(text).is_ok();
    characters && escapes && fragments && scheme && authority
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(query: &str) -> Vec<String> {
        match parse(query) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.code.to_string()).collect(),
        }
    }

    #[test]
    fn a_missing_illegal_or_repeated_verb_is_bad_verb() {
        for query in [
            "",
            "verb=",
            "verb=identify",
            "verb=Identify&verb=Identify",
            "metadataPrefix=oai_dc",
            "verb",
        ] {
            assert_eq!(codes(query), ["badVerb"], "{query}");
        }
    }

    #[test]
    fn every_argument_error_is_told() {
        for (query, expected) in [
            ("verb=Identify&set=a", 1),
            ("verb=ListRecords", 1),
            ("verb=ListRecords&metadataPrefix=", 1),
            ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", 1),
            ("verb=ListRecords&metadataPrefix=oai%20dc", 1),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-30", 1),
            (
                "verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-03&until=2026-02-03T00:00:00Z",
                1,
            ),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-04&until=2026-02-03", 1),
            ("verb=ListRecords&metadataPrefix=oai_dc&set=a::b", 1),
            ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", 1),
            ("verb=ListRecords&resumptionToken=", 1),
            ("verb=ListRecords&resumptionToken=a&resumptionToken=b", 1),
            ("verb=GetRecord", 2),
            ("verb=GetRecord&identifier=a&metadataPrefix=oai_dc&x=1&y=2", 2),
            ("verb=GetRecord&metadataPrefix=oai_dc&identifier=invalid%22id", 1),
            ("verb=ListMetadataFormats&identifier=%00", 1),
            ("verb=ListMetadataFormats&identifier=1:2", 1),
        ] {
            assert_eq!(codes(query), vec!["badArgument"; expected], "{query}");
        }
    }

    #[test]
    fn a_request_is_read_with_its_arguments_in_any_order() {
        let (request, arguments) =
            parse("until=2024-01-02&metadataPrefix=oai_dc&verb=ListRecords&set=base%3Ajoconde&from=2024-01-01").unwrap();
        assert_eq!(
            request,
            Request::ListRecords(Selection::New {
                metadata_prefix: "oai_dc".to_owned(),
                set: Some("base:joconde".to_owned()),
                from: Datestamp::parse("2024-01-01"),
                until: Datestamp::parse("2024-01-02"),
            })
        );
        assert_eq!(arguments.len(), 5);
        assert!(parse("verb=GetRecord&identifier=really_wrong_id&metadataPrefix=oai_dc").is_ok());
        assert!(parse("&verb=ListSets&").is_ok());
    }

    proptest! {
        #[test]
        fn any_query_is_read_or_refused(query in "(verb=(GetRecord|ListRecords|ListSets))?(&[a-zA-Z]{0,14}=[%+a-zA-Z0-9:]{0,12}){0,5}") {
            if let Err(errors) = parse(&query) {
                prop_assert!(!errors.is_empty());
            }
        }

        #[test]
        fn no_text_makes_it_panic(query in any::<String>()) {
            let _either = parse(&query);
        }
    }
}
