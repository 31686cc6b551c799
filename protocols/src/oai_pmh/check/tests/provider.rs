//! A provider in miniature that can be broken in one way at a time.

use super::faults::Fault;
use crate::oai_pmh::check::answer::{Ask, Method, Received, Reply};
use crate::oai_pmh::datestamp::format;
use crate::oai_pmh::{Datestamp, Granularity};
use percent_encoding::percent_decode_str;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// 2026-01-01T00:00:00Z.
pub const NOW: i64 = 1_767_225_600;
/// 2024-01-01T00:30:00Z.
const FIRST: i64 = 1_704_069_000;
pub const BASE: &str = "http://p.example.org/oai";
const DC_SCHEMA: &str = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd";
const OTHER_SCHEMA: &str = "http://p.example.org/other.xsd";

/// What kind of provider it is when nothing is broken.
#[derive(Debug, Clone, Copy)]
pub struct Nature {
    pub records: usize,
    pub page: usize,
    pub granularity: Granularity,
    pub sets: bool,
    pub deleted: bool,
}

impl Default for Nature {
    fn default() -> Self {
        let granularity = Granularity::Second;
        Self { records: 130, page: 50, granularity, sets: true, deleted: true }
    }
}

#[derive(Debug, Clone)]
struct Record {
    n: usize,
    id: String,
    stamp: i64,
    sets: Vec<&'static str>,
    deleted: bool,
}

#[derive(Debug)]
pub struct Provider {
    nature: Nature,
    fault: Option<Fault>,
    records: Vec<Record>,
    requests: u64,
    walks: u64,
    used: BTreeSet<String>,
    served: BTreeMap<u64, usize>,
}

type Arguments = Vec<(String, String)>;

struct Failure(&'static str, String);

fn failure(code: &'static str) -> Failure {
    Failure(code, "no".to_owned())
}

/// Part of a list.
struct Selected {
    page: Vec<Record>,
    token: String,
}

impl Provider {
    pub fn new(nature: Nature, fault: Option<Fault>) -> Self {
        let mut nature = nature;
        match fault {
            Some(Fault::Latency) => nature.records = 600,
            Some(Fault::SmallPages) => nature.page = 10,
            Some(Fault::UnsplitToken) => nature.records = 40,
            Some(Fault::FinerAccepted) => nature.granularity = Granularity::Day,
            Some(Fault::SetsWithoutHierarchy | Fault::SetIgnoredWithoutHierarchy) => {
                nature.sets = false;
            }
            _ => {}
        }
        let records = (0..nature.records)
            .map(|n| Record {
                n,
                id: format!("oai:p.example.org:rec{n}"),
                stamp: FIRST + n as i64 * 7200,
                sets: if nature.sets { vec![["a:x", "a:y", "b"][n % 3]] } else { vec![] },
                deleted: nature.deleted && n % 10 == 9,
            })
            .collect();
        let mut provider = Self {
            nature,
            fault,
            records,
            requests: 0,
            walks: 0,
            used: BTreeSet::new(),
            served: BTreeMap::new(),
        };
        provider.spoil();
        provider
    }

    fn spoil(&mut self) {
        match self.fault {
            Some(Fault::SetUnlisted) => self.records[4].sets.push("c"),
            Some(Fault::SetsWithoutHierarchy) => self.records[4].sets.push("a"),
            Some(Fault::IdentifierWithoutScheme) => self.records[4].id = "rec4".to_owned(),
            Some(Fault::FutureDatestamp) => self.records[129].stamp = NOW + 365 * 86_400,
            _ => {}
        }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    pub fn answer(&mut self, ask: &Ask) -> Received {
        self.requests += 1;
        let posted = ask.method == Method::Post;
        if self.is(Fault::Silent) && posted && ask.query == "verb=Identify" {
            return Received::Failed("no answer in 60 seconds".to_owned());
        }
        let mut reply = Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/xml; charset=UTF-8".to_owned())],
            now: NOW,
            elapsed_ms: if self.is(Fault::Latency) { 20 } else { 5 },
            ..Reply::default()
        };
        if self.is(Fault::RetryAfterDate) && self.requests == 3 {
            reply.status = 503;
            let date = "Thu, 01 Jan 2026 00:00:10 GMT".to_owned();
            reply.headers.push(("retry-after".to_owned(), date));
            return Received::Reply(reply);
        }
        if self.is(Fault::PostRefused) && posted {
            reply.status = 405;
            return Received::Reply(reply);
        }
        if self.is(Fault::NulFallsOver) && ask.query.contains("%00") {
            reply.status = 500;
            return Received::Reply(reply);
        }
        if self.is(Fault::ContentTypeHtml) {
            reply.headers[0].1 = "text/html".to_owned();
        }
        let arguments = split(&ask.query);
        let outcome = self.respond(&arguments, &mut reply);
        reply.body = self.document(&arguments, outcome, &mut reply.status);
        let accepts = ask.accept_encoding.is_some_and(|e| e.contains("gzip;q=1"));
        if accepts || self.is(Fault::AlwaysCompressed) {
            reply.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
            if self.is(Fault::CompressionBroken) {
                reply.unpacking = Some("corrupt deflate stream".to_owned());
                reply.body.clear();
            }
        }
        Received::Reply(reply)
    }

    fn document(
        &self,
        arguments: &Arguments,
        outcome: Result<String, Failure>,
        status: &mut u16,
    ) -> Vec<u8> {
        let is_sets = arguments.iter().any(|(_, value)| value == "ListSets");
        if self.is(Fault::HtmlPage) && is_sets && arguments.len() == 1 {
            return b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>".to_vec();
        }
        let mut out = match self.fault {
            Some(Fault::NoDeclaration) => String::new(),
            Some(Fault::Latin1Declared) => {
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>".to_owned()
            }
            _ => "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned(),
        };
        if self.is(Fault::Doctype) {
            out.push_str("<!DOCTYPE OAI-PMH>");
        }
        let ns = "http://www.openarchives.org/OAI/2.0/";
        let location = if self.is(Fault::SchemaLocationHttps) {
            "https://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
        } else {
            "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
        };
        let now = match self.fault {
            Some(Fault::ClockBehind) => format(NOW - 3600, Granularity::Second),
            Some(Fault::ResponseDateOffset) => "2026-01-01T00:00:00+00:00".to_owned(),
            _ => format(NOW, Granularity::Second),
        };
        write!(
            out,
            "<OAI-PMH xmlns=\"{ns}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"{ns} {location}\"><responseDate>{now}</responseDate><request"
        )
        .unwrap();
        let code = outcome.as_ref().err().map(|failure| failure.0);
        let bare = matches!(code, Some("badVerb" | "badArgument"));
        if bare && self.is(Fault::RequestNotBare) && code == Some("badArgument") {
            out.push_str(" verb=\"ListRecords\"");
        }
        for (name, value) in arguments.iter().filter(|_| !bare) {
            if !(self.is(Fault::RequestArgumentsMissing) && name == "metadataPrefix") {
                write!(out, " {name}=\"{}\"", escape(value)).unwrap();
            }
        }
        let url = if self.is(Fault::RequestUrlWithQuery) {
            "http://p.example.org/oai?"
        } else {
            self.base()
        };
        write!(out, ">{url}</request>").unwrap();
        match outcome {
            Ok(content) => out.push_str(&content),
            Err(Failure(code, message)) => {
                if self.is(Fault::ErrorStatus) {
                    *status = 404;
                }
                write!(out, "<error code=\"{code}\">{message}</error>").unwrap();
                if self.is(Fault::ErrorAndRecord) && code == "cannotDisseminateFormat" {
                    let record = self.record(&self.records[0], "oai_dc", true);
                    write!(out, "<GetRecord>{record}</GetRecord>").unwrap();
                }
            }
        }
        out.push_str("</OAI-PMH>");
        if self.is(Fault::BytesNotUtf8) {
            return out
                .replace("été", "\u{1}")
                .bytes()
                .map(|b| if b == 1 { 0xE9 } else { b })
                .collect();
        }
        out.into_bytes()
    }

    fn base(&self) -> &'static str {
        if self.is(Fault::BaseUrlElsewhere) { "http://elsewhere.example.org/oai" } else { BASE }
    }

    fn respond(&mut self, arguments: &Arguments, reply: &mut Reply) -> Result<String, Failure> {
        let verbs: Vec<&str> =
            arguments.iter().filter(|(n, _)| n == "verb").map(|(_, v)| v.as_str()).collect();
        let verb = match verbs.as_slice() {
            [] if self.is(Fault::VerbMissingAccepted) => "Identify",
            [] => return Err(failure("badVerb")),
            [_, _, ..] if !self.is(Fault::VerbRepeatedAccepted) => return Err(failure("badVerb")),
            [verb, ..] => verb,
        };
        if self.is(Fault::OrderMatters) && arguments[0].0 != "verb" {
            return Err(failure("badVerb"));
        }
        let allowed: &[&str] = match verb {
            "Identify" => &[],
            "ListSets" => &["resumptionToken"],
            "ListMetadataFormats" => &["identifier"],
            "GetRecord" => &["identifier", "metadataPrefix"],
            "ListIdentifiers" | "ListRecords" => {
                &["metadataPrefix", "set", "from", "until", "resumptionToken"]
            }
            _ if self.is(Fault::VerbIllegalAccepted) => return Ok(self.identify()),
            _ => return Err(failure("badVerb")),
        };
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, value) in arguments.iter().filter(|(name, _)| name != "verb") {
            let known = allowed.contains(&name.as_str());
            if !known && !self.is(Fault::ArgumentIllegalAccepted) && verbs.len() == 1 {
                return Err(failure("badArgument"));
            }
            if taken.insert(name, value).is_some() && !self.is(Fault::ArgumentRepeatedAccepted) {
                return Err(failure("badArgument"));
            }
        }
        match verb {
            "Identify" => Ok(self.identify()),
            "ListSets" => self.sets(&taken),
            "ListMetadataFormats" => self.formats(&taken),
            "GetRecord" => self.get(&taken),
            _ => self.list(verb, &taken, reply),
        }
    }

    fn identify(&self) -> String {
        let email = if self.is(Fault::LocalEmail) {
            "root@localhost.localdomain"
        } else {
            "oai@p.example.org"
        };
        let earliest = match self.fault {
            Some(Fault::EarliestInDays) => format(FIRST, Granularity::Day),
            Some(Fault::EarliestTooLate) => format(FIRST + 86_400, self.nature.granularity),
            _ => format(FIRST, self.nature.granularity),
        };
        let policy = if self.is(Fault::DeletedThoughNo) || !self.nature.deleted {
            "no"
        } else {
            "persistent"
        };
        let deleted = format!("<deletedRecord>{policy}</deletedRecord>");
        let granularity =
            format!("<granularity>{}</granularity>", self.nature.granularity.as_str());
        let both = if self.is(Fault::StructureOrder) {
            granularity + &deleted
        } else {
            deleted + &granularity
        };
        let gzip = if self.is(Fault::CompressionUndeclared) {
            ""
        } else {
            "<compression>gzip</compression>"
        };
        let domain = if self.is(Fault::OtherDomain) { "q.example.org" } else { "p.example.org" };
        let delimiter = if self.is(Fault::DescriptionBroken) { "/" } else { ":" };
        format!(
            "<Identify><repositoryName>P</repositoryName><baseURL>{}</baseURL><protocolVersion>2.0</protocolVersion>\
             <adminEmail>{email}</adminEmail><earliestDatestamp>{earliest}</earliestDatestamp>{both}{gzip}\
             <description><oai-identifier xmlns=\"http://www.openarchives.org/OAI/2.0/oai-identifier\"><scheme>oai</scheme>\
             <repositoryIdentifier>{domain}</repositoryIdentifier><delimiter>{delimiter}</delimiter>\
             <sampleIdentifier>oai:{domain}:rec1</sampleIdentifier></oai-identifier></description></Identify>",
            self.base()
        )
    }

    fn sets(&self, taken: &BTreeMap<&str, &str>) -> Result<String, Failure> {
        if taken.contains_key("resumptionToken") && !self.is(Fault::JunkAccepted) {
            return Err(failure("badResumptionToken"));
        }
        if !self.nature.sets {
            return Err(failure("noSetHierarchy"));
        }
        let listed: &[&str] = match self.fault {
            Some(Fault::SetListedTwice) => &["a", "a:x", "a:y", "b", "b"],
            Some(Fault::SetOrphan) => &["a:x", "a:y", "b"],
            _ => &["a", "a:x", "a:y", "b"],
        };
        let sets = listed
            .iter()
            .map(|set| format!("<set><setSpec>{set}</setSpec><setName>{set}</setName></set>"))
            .collect::<String>();
        Ok(format!("<ListSets>{sets}</ListSets>"))
    }

    fn formats(&self, taken: &BTreeMap<&str, &str>) -> Result<String, Failure> {
        let mut prefixes = vec!["oai_dc", "other"];
        if let Some(id) = taken.get("identifier") {
            self.find(id)?;
            match self.fault {
                Some(Fault::FormatOfItemMissing) => prefixes = vec!["other"],
                Some(Fault::OtherVerbAnswered) => return Ok(self.identify()),
                _ => {}
            }
        } else if self.is(Fault::FormatListedTwice) {
            prefixes.push("other");
        }
        let schema = if self.is(Fault::DublinCoreSchema) {
            "http://p.example.org/dc.xsd"
        } else {
            DC_SCHEMA
        };
        let list = prefixes
            .iter()
            .map(|prefix| {
                let (schema, namespace) = match *prefix {
                    "oai_dc" => (schema, "http://www.openarchives.org/OAI/2.0/oai_dc/"),
                    _ => (OTHER_SCHEMA, "http://p.example.org/other"),
                };
                format!(
                    "<metadataFormat><metadataPrefix>{prefix}</metadataPrefix><schema>{schema}</schema>\
                     <metadataNamespace>{namespace}</metadataNamespace></metadataFormat>"
                )
            })
            .collect::<String>();
        Ok(format!("<ListMetadataFormats>{list}</ListMetadataFormats>"))
    }

    fn find(&self, id: &str) -> Result<&Record, Failure> {
        if id.contains('%') {
            return Err(failure("badArgument"));
        }
        self.records.iter().find(|record| record.id == id).ok_or_else(|| match self.fault {
            Some(Fault::UnknownIdentifierCode) => failure("badArgument"),
            Some(Fault::HostileEchoed) => Failure("idDoesNotExist", format!("nobody is {id}")),
            _ => failure("idDoesNotExist"),
        })
    }

    fn get(&self, taken: &BTreeMap<&str, &str>) -> Result<String, Failure> {
        let prefix = self.prefix(taken)?;
        let id = taken.get("identifier").ok_or_else(|| failure("badArgument"))?;
        let mut record = self.find(id)?.clone();
        if !record.deleted && self.is(Fault::GetWithoutSets) {
            record.sets.clear();
        }
        if self.is(Fault::GetRevives) {
            record.deleted = false;
        }
        Ok(format!("<GetRecord>{}</GetRecord>", self.record(&record, prefix, false)))
    }

    fn prefix<'a>(&self, taken: &BTreeMap<&str, &'a str>) -> Result<&'a str, Failure> {
        match taken.get("metadataPrefix") {
            Some(prefix @ (&"oai_dc" | &"other")) => Ok(prefix),
            Some(_) if self.is(Fault::UnknownFormatCode) => Err(failure("noRecordsMatch")),
            Some(_) => Err(failure("cannotDisseminateFormat")),
            None if self.is(Fault::ArgumentMissingAccepted) => Ok("oai_dc"),
            None => Err(failure("badArgument")),
        }
    }

    fn date(&self, taken: &BTreeMap<&str, &str>, name: &str) -> Result<Option<Datestamp>, Failure> {
        let Some(text) = taken.get(name) else { return Ok(None) };
        match Datestamp::parse(text) {
            Some(date) => {
                let finer = date.granularity > self.nature.granularity;
                if finer && !self.is(Fault::FinerAccepted) {
                    return Err(failure("badArgument"));
                }
                Ok(Some(date))
            }
            None if self.is(Fault::ImpossibleAccepted)
                && text.len() == 10
                && text.matches('-').count() == 2 =>
            {
                Ok(Datestamp::parse("2010-01-01"))
            }
            None if self.is(Fault::SyntaxAccepted) && (text.len() != 10 || !text.contains('-')) => {
                Ok(None)
            }
            None => Err(failure("badArgument")),
        }
    }

    fn list(
        &mut self,
        verb: &str,
        taken: &BTreeMap<&str, &str>,
        reply: &mut Reply,
    ) -> Result<String, Failure> {
        let exclusive = taken.contains_key("resumptionToken")
            && taken.len() > 1
            && !self.is(Fault::ExclusiveIgnored);
        if exclusive {
            return Err(failure("badArgument"));
        }
        let mut state =
            State { verb: verb.to_owned(), prefix: "oai_dc".to_owned(), ..State::default() };
        if let Some(token) = taken.get("resumptionToken") {
            state = self.resume(token, verb)?;
            if self.is(Fault::Latency) {
                reply.elapsed_ms += state.offset as u64 * 2;
            }
        } else {
            taken.get("metadataPrefix").copied().map_or_else(
                || {
                    if self.is(Fault::ArgumentMissingAccepted) {
                        Ok(())
                    } else {
                        Err(failure("badArgument"))
                    }
                },
                |_| Ok(()),
            )?;
            self.prefix(taken)?.clone_into(&mut state.prefix);
            let (from, until) = (self.date(taken, "from")?, self.date(taken, "until")?);
            if let (Some(from), Some(until)) = (from, until) {
                if from.granularity != until.granularity && !self.is(Fault::MixedAccepted) {
                    return Err(failure("badArgument"));
                }
                if from.seconds > until.last_second() {
                    let lenient = self.is(Fault::ReversedCode);
                    return Err(failure(if lenient { "noRecordsMatch" } else { "badArgument" }));
                }
            }
            state.from = from.map(|d| d.seconds);
            state.until = until.map(|d| d.last_second());
            if self.is(Fault::UntilIsMidnight) {
                state.until = until.map(|d| d.seconds);
            }
            if self.is(Fault::FromExclusive) {
                state.from = state.from.map(|from| from + 1);
            }
            if self.is(Fault::UntilIgnored) {
                state.until = None;
            }
            if self.is(Fault::FutureIsEverything) {
                state.from = state.from.filter(|from| *from < NOW);
            }
            if self.is(Fault::BeforeEarliestCode) && state.until.is_some_and(|until| until < FIRST)
            {
                return Err(failure("badArgument"));
            }
            if let Some(set) = taken.get("set") {
                if !self.nature.sets && !self.is(Fault::SetIgnoredWithoutHierarchy) {
                    return Err(failure("noSetHierarchy"));
                }
                let known = ["a", "a:x", "a:y", "b"].contains(set);
                if !known && !self.is(Fault::UnknownSetIsEverything) && self.nature.sets {
                    return Err(failure("noRecordsMatch"));
                }
                let ignored = !known || (self.is(Fault::SetIgnored) && *set == "b");
                state.set = Some((*set).to_owned()).filter(|_| !ignored);
            }
            self.walks += 1;
            state.walk = self.walks;
        }
        let selected = self.select(&state)?;
        let content = selected
            .page
            .iter()
            .map(|record| match verb {
                "ListIdentifiers" => self.header(record, true),
                _ => self.record(record, &state.prefix, true),
            })
            .collect::<String>();
        Ok(format!("<{verb}>{content}{}</{verb}>", selected.token))
    }

    fn select(&mut self, state: &State) -> Result<Selected, Failure> {
        let within = |record: &&Record| {
            let in_set = |set: &String| {
                record.sets.iter().any(|own| {
                    own == set
                        || (own.starts_with(&format!("{set}:"))
                            && !self.is(Fault::ParentWithoutChildren))
                })
            };
            let lost = self.is(Fault::LostToDates)
                && record.n == self.records.len() - 2
                && state.from.is_some();
            let granule = |stamp: i64| match self.nature.granularity {
                Granularity::Day => stamp - stamp.rem_euclid(86_400),
                Granularity::Second => stamp,
            };
            state.from.is_none_or(|from| granule(record.stamp) >= from)
                && state.until.is_none_or(|until| granule(record.stamp) <= until)
                && state.set.as_ref().is_none_or(in_set)
                && !lost
        };
        let all: Vec<Record> = self.records.iter().filter(within).cloned().collect();
        let offset = if self.is(Fault::PageOneAgain) { 0 } else { state.offset };
        let mut page: Vec<Record> =
            all.iter().skip(offset).take(self.nature.page).cloned().collect();
        if page.is_empty() {
            return Err(failure(if state.offset > 0 {
                "badResumptionToken"
            } else {
                "noRecordsMatch"
            }));
        }
        if self.is(Fault::Duplicate) && state.offset > 0 && state.verb == "ListRecords" {
            page[0] = all[offset - 1].clone();
        }
        let served = self.served.entry(state.walk).or_default();
        *served = (*served).max(state.offset);
        let more = state.offset + self.nature.page < all.len();
        Ok(Selected { token: self.token(state, all.len(), more), page })
    }

    fn token(&self, state: &State, size: usize, more: bool) -> String {
        let split = more || state.offset > 0;
        if !split && !self.is(Fault::UnsplitToken) || !more && self.is(Fault::NoFinalToken) {
            return String::new();
        }
        let mut attributes = String::new();
        let size = match self.fault {
            Some(Fault::SizeWrong) => size + 7,
            Some(Fault::SizeChanges) => size + state.offset,
            _ => size,
        };
        write!(attributes, " completeListSize=\"{size}\"").unwrap();
        let cursor = if self.is(Fault::CursorWrong) { state.offset + 1 } else { state.offset };
        if !(self.is(Fault::CursorSometimes) && state.offset > 0) {
            write!(attributes, " cursor=\"{cursor}\"").unwrap();
        }
        if more {
            let life = if self.is(Fault::ShortLife) { 60 } else { 86_400 };
            let expires = format(NOW + life, Granularity::Second);
            write!(attributes, " expirationDate=\"{expires}\"").unwrap();
        }
        let value = if more {
            let next = if self.is(Fault::TokenLoop) && state.offset > 0 {
                50
            } else {
                state.offset + self.nature.page
            };
            State { offset: next, ..state.clone() }.write()
        } else {
            String::new()
        };
        format!("<resumptionToken{attributes}>{value}</resumptionToken>")
    }

    fn resume(&mut self, token: &str, verb: &str) -> Result<State, Failure> {
        let bad = || failure("badResumptionToken");
        let lenient = self.is(Fault::TokenUnsigned) || self.is(Fault::TokenFlippable);
        let state = match State::read(token, lenient, self.is(Fault::TokenUnsigned)) {
            Some(state) => state,
            None if self.is(Fault::JunkAccepted) && !token.contains('|') => {
                State { verb: verb.to_owned(), prefix: "oai_dc".to_owned(), ..State::default() }
            }
            None => return Err(bad()),
        };
        if state.verb != verb && !self.is(Fault::TokenOfAnyVerb) {
            return Err(bad());
        }
        if self.is(Fault::TokenOnce) && !self.used.insert(token.to_owned()) {
            return Err(bad());
        }
        let served = self.served.get(&state.walk).copied().unwrap_or_default();
        if self.is(Fault::TokenLatestOnly) && state.offset < served {
            return Err(bad());
        }
        Ok(State { verb: verb.to_owned(), ..state })
    }

    fn header(&self, record: &Record, of_identifiers: bool) -> String {
        let mut granularity = self.nature.granularity;
        if self.is(Fault::DatestampInDays) && record.n == 3 {
            granularity = Granularity::Day;
        }
        let odd = self.is(Fault::IdentifiersDiffer) && of_identifiers && record.n == 5;
        let stamp = format(record.stamp + i64::from(odd), granularity);
        let status = if record.deleted { " status=\"deleted\"" } else { "" };
        let sets =
            record.sets.iter().map(|set| format!("<setSpec>{set}</setSpec>")).collect::<String>();
        format!(
            "<header{status}><identifier>{}</identifier><datestamp>{stamp}</datestamp>{sets}</header>",
            record.id
        )
    }

    fn record(&self, record: &Record, prefix: &str, listed: bool) -> String {
        let header = self.header(record, false);
        if record.deleted {
            return format!("<record>{header}</record>");
        }
        let n = record.n;
        let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
        if prefix == "other" {
            return format!(
                "<record>{header}<metadata><o:o xmlns:o=\"http://p.example.org/other\" {xsi} \
                 xsi:schemaLocation=\"http://p.example.org/other {OTHER_SCHEMA}\">{n}</o:o></metadata></record>"
            );
        }
        let mut title = format!("<dc:title xml:lang=\"fr\">Un été {n}</dc:title>");
        match self.fault {
            Some(Fault::ControlCharacter) if n == 60 && listed => {
                title = "<dc:title>\u{3}</dc:title>".to_owned()
            }
            Some(Fault::DublinCoreExtra) if n == 7 => {
                title.push_str("<dc:recordID>7</dc:recordID>")
            }
            Some(Fault::DublinCorePoor) if n == 7 => title.clear(),
            Some(Fault::EncodedTwice) if n == 7 => title = "<dc:title>Ã©tÃ©</dc:title>".to_owned(),
            Some(Fault::GetContentDiffers) if !listed => {
                title = "<dc:title>Other</dc:title>".to_owned()
            }
            _ => {}
        }
        let location = if self.is(Fault::RecordWithoutSchema) {
            String::new()
        } else {
            format!(
                "xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/ {DC_SCHEMA}\""
            )
        };
        let mut about = String::new();
        if n.is_multiple_of(7) {
            let altered = if self.is(Fault::ProvenanceBroken) { "maybe" } else { "true" };
            write!(
                about,
                "<about><provenance xmlns=\"http://www.openarchives.org/OAI/2.0/provenance\"><originDescription \
                 harvestDate=\"2025-01-01T00:00:00Z\" altered=\"{altered}\"><baseURL>http://q.example.org/oai</baseURL>\
                 <identifier>oai:q.example.org:{n}</identifier><datestamp>2020-01-01</datestamp><metadataNamespace>\
                 http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace></originDescription></provenance></about>"
            )
            .unwrap();
        }
        if n.is_multiple_of(5) {
            let attribute = if self.is(Fault::RightsBroken) { "href" } else { "ref" };
            write!(
                about,
                "<about><rights xmlns=\"http://www.openarchives.org/OAI/2.0/rights/\"><rightsReference \
                 {attribute}=\"http://creativecommons.org/publicdomain/mark/1.0/\"/></rights></about>"
            )
            .unwrap();
        }
        format!(
            "<record>{header}<metadata><oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\" {xsi} {location}>{title}<dc:identifier>http://p.example.org/{n}\
             </dc:identifier><dc:type>Image</dc:type><dc:language>fr</dc:language></oai_dc:dc></metadata>{about}</record>"
        )
    }
}

/// What a token holds.
#[derive(Debug, Clone, Default)]
struct State {
    verb: String,
    prefix: String,
    offset: usize,
    walk: u64,
    from: Option<i64>,
    until: Option<i64>,
    set: Option<String>,
}

impl State {
    /// `verb|offset|prefix|walk|set|from|until|padding|sum`
    fn write(&self) -> String {
        let text = |number: Option<i64>| number.map(|n| format!("x{n}")).unwrap_or_default();
        let payload = format!(
            "{}|{}|{}|w{}|{}|{}|{}|paddingpaddingpaddingpaddingpaddingpaddingpadding",
            self.verb,
            self.offset,
            self.prefix,
            self.walk,
            self.set.clone().unwrap_or_default(),
            text(self.from),
            text(self.until)
        );
        format!("{payload}|s{}", sum(&payload))
    }

    fn read(token: &str, unsigned: bool, forgiving: bool) -> Option<Self> {
        let (payload, signature) = token.rsplit_once('|')?;
        if !unsigned && signature != format!("s{}", sum(payload)) {
            return None;
        }
        let parts: Vec<&str> = payload.split('|').collect();
        let [verb, offset, prefix, walk, set, from, until, _] = parts.as_slice() else {
            return None;
        };
        let number = |text: &str| text.strip_prefix('x').and_then(|n| n.parse().ok());
        let offset = match offset.parse::<usize>() {
            Ok(offset) => offset,
            Err(_) if forgiving => 0,
            Err(_) => return None,
        };
        Some(Self {
            verb: (*verb).to_owned(),
            prefix: (*prefix).to_owned(),
            offset,
            walk: walk.trim_start_matches('w').parse().ok()?,
            set: Some((*set).to_owned()).filter(|set| !set.is_empty()),
            from: number(from),
            until: number(until),
        })
    }
}

fn sum(text: &str) -> u32 {
    text.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)))
}

fn split(query: &str) -> Arguments {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
            (decode(name), decode(value))
        })
        .collect()
}

fn escape(text: &str) -> String {
    let legal: String = text.chars().filter(|c| crate::xml::is_legal(*c)).collect();
    quick_xml::escape::escape(&legal).into_owned()
}
