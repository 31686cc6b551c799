//! The OAI-PMH partner of the demo: a small repository of fixtures, pure.
//!
//! It is written apart from `protocols` on purpose: what the gateway harvests in the demo must not
//! come out of the gateway's own provider. It pages by ten, so that resumption shows.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Records a page.
const PAGE: usize = 10;

/// The fixtures.
const RECORDS: &str = include_str!("../../demo/partner/records.toml");

const NAMESPACE: &str = "http://www.openarchives.org/OAI/2.0/";
const OAI_DC: &str = "http://www.openarchives.org/OAI/2.0/oai_dc/";

/// The repository.
#[derive(Debug, Clone, Deserialize)]
pub struct Partner {
    #[serde(rename = "record")]
    records: Vec<PartnerRecord>,
}

#[derive(Debug, Clone, Deserialize)]
struct PartnerRecord {
    identifier: String,
    datestamp: String,
    #[serde(default)]
    deleted: bool,
    /// Dublin Core elements in order: name and value.
    dc: Vec<(String, String)>,
}

impl Partner {
    /// The repository of the fixtures in the program.
    ///
    /// # Errors
    /// When the fixtures are damaged.
    pub fn fixtures() -> Result<Self, toml::de::Error> {
        let mut partner: Self = toml::from_str(RECORDS)?;
        partner
            .records
            .sort_by(|a, b| (&a.datestamp, &a.identifier).cmp(&(&b.datestamp, &b.identifier)));
        Ok(partner)
    }

    /// Records, deleted ones included.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Answers one request. `base_url` is the address that it came to, `arguments` are decoded, in
    /// order, `now` is the responseDate (`YYYY-MM-DDThh:mm:ssZ`).
    pub fn answer(&self, base_url: &str, arguments: &[(String, String)], now: &str) -> String {
        let mut known = BTreeMap::new();
        for (name, value) in arguments {
            if known.insert(name.as_str(), value.as_str()).is_some() {
                return envelope(
                    base_url,
                    &BTreeMap::new(),
                    now,
                    &error("badArgument", &format!("argument {name} is repeated")),
                );
            }
        }
        match self.verb(base_url, &known) {
            Ok(body) => envelope(base_url, &known, now, &body),
            Err((code, message)) => {
                let bare = BTreeMap::new();
                let echoed = if matches!(code, "badVerb" | "badArgument") { &bare } else { &known };
                envelope(base_url, echoed, now, &error(code, &message))
            }
        }
    }

    fn verb(
        &self,
        base_url: &str,
        arguments: &BTreeMap<&str, &str>,
    ) -> Result<String, (&'static str, String)> {
        let verb = arguments.get("verb").copied().unwrap_or_default();
        let allowed: &[&str] = match verb {
            "Identify" => &[],
            "ListSets" => &["resumptionToken"],
            "ListMetadataFormats" => &["identifier"],
            "GetRecord" => &["identifier", "metadataPrefix"],
            "ListRecords" | "ListIdentifiers" => {
                &["metadataPrefix", "from", "until", "set", "resumptionToken"]
            }
            other => return Err(("badVerb", format!("verb `{other}` is not one of the six"))),
        };
        if let Some(name) =
            arguments.keys().find(|name| **name != "verb" && !allowed.contains(name))
        {
            return Err(("badArgument", format!("{verb} takes no argument {name}")));
        }
        match verb {
            "Identify" => Ok(self.identify(base_url)),
            "ListSets" => Err(("noSetHierarchy", "this repository has no sets".to_owned())),
            "ListMetadataFormats" => {
                if let Some(identifier) = arguments.get("identifier") {
                    self.find(identifier)?;
                }
                Ok(format!(
                    "<ListMetadataFormats><metadataFormat><metadataPrefix>oai_dc</metadataPrefix><schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</schema><metadataNamespace>{OAI_DC}</metadataNamespace></metadataFormat></ListMetadataFormats>"
                ))
            }
            "GetRecord" => {
                let identifier = arguments
                    .get("identifier")
                    .ok_or(("badArgument", "identifier is missing".to_owned()))?;
                prefix(arguments)?;
                let mut out = String::from("<GetRecord>");
                self.find(identifier)?.write(&mut out, true);
                out.push_str("</GetRecord>");
                Ok(out)
            }
            _ => self.list(verb, arguments),
        }
    }

    fn find(&self, identifier: &str) -> Result<&PartnerRecord, (&'static str, String)> {
        self.records
            .iter()
            .find(|record| record.identifier == identifier)
            .ok_or_else(|| ("idDoesNotExist", format!("there is no record {identifier}")))
    }

    fn identify(&self, base_url: &str) -> String {
        let earliest =
            self.records.first().map_or("1970-01-01T00:00:00Z", |record| record.datestamp.as_str());
        format!(
            "<Identify><repositoryName>Bibliothèque partenaire (démonstration)</repositoryName><baseURL>{}</baseURL><protocolVersion>2.0</protocolVersion><adminEmail>partenaire@example.org</adminEmail><earliestDatestamp>{earliest}</earliestDatestamp><deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>",
            escape(base_url)
        )
    }

    fn list(
        &self,
        verb: &str,
        arguments: &BTreeMap<&str, &str>,
    ) -> Result<String, (&'static str, String)> {
        let (from, until, start) = if let Some(token) = arguments.get("resumptionToken") {
            if arguments.len() > 2 {
                return Err(("badArgument", "resumptionToken stands alone".to_owned()));
            }
            read_token(token)
                .ok_or_else(|| ("badResumptionToken", format!("`{token}` is none of ours")))?
        } else {
            prefix(arguments)?;
            if arguments.contains_key("set") {
                return Err(("noSetHierarchy", "this repository has no sets".to_owned()));
            }
            let from = bound(arguments.get("from").copied(), "T00:00:00Z")?;
            let until = bound(arguments.get("until").copied(), "T23:59:59Z")?;
            (from, until, 0)
        };
        let matching: Vec<&PartnerRecord> = self
            .records
            .iter()
            .filter(|record| {
                (from.is_empty() || record.datestamp >= from)
                    && (until.is_empty() || record.datestamp <= until)
            })
            .collect();
        if matching.is_empty() {
            return Err(("noRecordsMatch", "no record changed in that span".to_owned()));
        }
        let page = matching
            .get(start..)
            .filter(|rest| !rest.is_empty())
            .ok_or_else(|| ("badResumptionToken", "the token is past the end".to_owned()))?;
        let mut out = format!("<{verb}>");
        for record in page.iter().take(PAGE) {
            record.write(&mut out, verb == "ListRecords");
        }
        let size = matching.len();
        if page.len() > PAGE {
            let token = format!("{from}|{until}|{}", start + PAGE);
            let _infallible = write!(
                out,
                "<resumptionToken completeListSize=\"{size}\" cursor=\"{start}\">{}</resumptionToken>",
                escape(&token)
            );
        } else if start > 0 {
            let _infallible =
                write!(out, "<resumptionToken completeListSize=\"{size}\" cursor=\"{start}\"/>");
        }
        let _infallible = write!(out, "</{verb}>");
        Ok(out)
    }
}

impl PartnerRecord {
    fn write(&self, out: &mut String, with_metadata: bool) {
        let status = if self.deleted { " status=\"deleted\"" } else { "" };
        let header = format!(
            "<header{status}><identifier>{}</identifier><datestamp>{}</datestamp></header>",
            escape(&self.identifier),
            self.datestamp
        );
        if !with_metadata {
            out.push_str(&header);
            return;
        }
        let _infallible = write!(out, "<record>{header}");
        if !self.deleted {
            let _infallible = write!(
                out,
                "<metadata><oai_dc:dc xmlns:oai_dc=\"{OAI_DC}\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"{OAI_DC} http://www.openarchives.org/OAI/2.0/oai_dc.xsd\">"
            );
            for (name, value) in &self.dc {
                let _infallible = write!(out, "<dc:{name}>{}</dc:{name}>", escape(value));
            }
            out.push_str("</oai_dc:dc></metadata>");
        }
        out.push_str("</record>");
    }
}

fn prefix(arguments: &BTreeMap<&str, &str>) -> Result<(), (&'static str, String)> {
    match arguments.get("metadataPrefix") {
        None => Err(("badArgument", "metadataPrefix is missing".to_owned())),
        Some(&"oai_dc") => Ok(()),
        Some(other) => {
            Err(("cannotDisseminateFormat", format!("there is no format {other}, only oai_dc")))
        }
    }
}

/// A bound of a span: a day or a second. A day is widened to its first or last second.
fn bound(value: Option<&str>, second: &str) -> Result<String, (&'static str, String)> {
    let Some(value) = value else { return Ok(String::new()) };
    let shape: String = value.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match shape.as_str() {
        "0000-00-00" => Ok(format!("{value}{second}")),
        "0000-00-00T00:00:00Z" => Ok(value.to_owned()),
        _ => Err((
            "badArgument",
            format!("`{value}` is no date of the form YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"),
        )),
    }
}

fn read_token(token: &str) -> Option<(String, String, usize)> {
    let mut parts = token.split('|');
    let (from, until, start) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then(|| (from.to_owned(), until.to_owned(), start))
}

fn error(code: &str, message: &str) -> String {
    format!("<error code=\"{code}\">{}</error>", escape(message))
}

fn envelope(base_url: &str, arguments: &BTreeMap<&str, &str>, now: &str, body: &str) -> String {
    let mut echoed = String::new();
    for (name, value) in arguments {
        let _infallible = write!(echoed, " {name}=\"{}\"", escape(value));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"{NAMESPACE} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\"><responseDate>{now}</responseDate><request{echoed}>{}</request>{body}</OAI-PMH>\n",
        escape(base_url)
    )
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // What XML cannot carry is left out.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> String {
        let arguments: Vec<(String, String)> =
            url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Partner::fixtures().unwrap().answer(
            "http://127.0.0.1:8081/oai",
            &arguments,
            "2026-01-01T00:00:00Z",
        )
    }

    fn token_of(answer: &str) -> Option<&str> {
        let rest = answer.split("<resumptionToken").nth(1)?;
        let (_, rest) = rest.split_once('>')?;
        rest.split_once("</resumptionToken>").map(|(token, _)| token)
    }

    #[test]
    fn a_walk_meets_every_record_once_and_ends_with_an_empty_token() {
        let mut seen = Vec::new();
        let mut answer = ask("verb=ListRecords&metadataPrefix=oai_dc");
        let mut pages = 1;
        loop {
            seen.extend(
                answer
                    .split("<identifier>")
                    .skip(1)
                    .map(|rest| rest.split("</identifier>").next().unwrap().to_owned()),
            );
            let Some(token) = token_of(&answer).map(str::to_owned) else { break };
            answer = ask(&url::form_urlencoded::Serializer::new(String::new())
                .append_pair("verb", "ListRecords")
                .append_pair("resumptionToken", &token)
                .finish());
            pages += 1;
        }
        assert!(answer.contains("cursor=\"30\"/>"), "{answer}");
        assert_eq!(pages, 4);
        let unique: std::collections::BTreeSet<&String> = seen.iter().collect();
        assert_eq!((unique.len(), seen.len()), (40, 40));
    }

    #[test]
    fn deleted_records_have_a_header_only() {
        let answer = ask(
            "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:partenaire.demo.example.org:supprime-1",
        );
        assert!(answer.contains("status=\"deleted\""), "{answer}");
        assert!(!answer.contains("<metadata>"), "{answer}");
    }

    #[test]
    fn each_mistake_has_its_code() {
        for (query, code) in [
            ("verb=Nonsense", "badVerb"),
            ("verb=ListRecords", "badArgument"),
            ("verb=Identify&verb=Identify", "badArgument"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
            ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
            ("verb=ListRecords&metadataPrefix=oai_dc&from=2999-01-01", "noRecordsMatch"),
            ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
            ("verb=GetRecord&metadataPrefix=oai_dc&identifier=nobody", "idDoesNotExist"),
            ("verb=ListSets", "noSetHierarchy"),
        ] {
            assert!(ask(query).contains(&format!("<error code=\"{code}\">")), "{query}");
        }
    }

    #[test]
    fn a_span_of_days_includes_both_ends() {
        let answer =
            ask("verb=ListIdentifiers&metadataPrefix=oai_dc&from=2025-02-02&until=2025-02-02");
        assert!(answer.contains("<datestamp>2025-02-02T"), "{answer}");
        assert!(!answer.contains("<datestamp>2025-03"), "{answer}");
    }
}
