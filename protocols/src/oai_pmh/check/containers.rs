//! Optional containers that have schemas: descriptions of Identify and ListSets, about.

use super::schema::{Type, matches};
use crate::oai_pmh::Datestamp;
use crate::xml::strict::{Element, XSI};

const OAI_IDENTIFIER: &str = "http://www.openarchives.org/OAI/2.0/oai-identifier";
const FRIENDS: &str = "http://www.openarchives.org/OAI/2.0/friends/";
const BRANDING: &str = "http://www.openarchives.org/OAI/2.0/branding/";
const PROVENANCE: &str = "http://www.openarchives.org/OAI/2.0/provenance";
const RIGHTS: &str = "http://www.openarchives.org/OAI/2.0/rights/";
/// Deepest chain of origins that is looked at.
const CHAIN: usize = 50;

/// Complaints about a description; containers that are not known are passed over.
pub(super) fn description(element: &Element) -> Vec<String> {
    let mut complaints = Vec::new();
    match (element.namespace.as_str(), element.name.as_str()) {
        (OAI_IDENTIFIER, "oai-identifier") => oai_identifier(element, &mut complaints),
        (FRIENDS, "friends") => {
            for friend in &element.children {
                if friend.name != "baseURL" || !is_url(friend.text.trim()) {
                    complaints.push(format!("friends: <{}> {}", friend.name, friend.text.trim()));
                }
            }
        }
        (BRANDING, "branding") => branding(element, &mut complaints),
        _ => {}
    }
    complaints
}

fn is_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

fn names(element: &Element) -> Vec<&str> {
    element.children.iter().map(|child| child.name.as_str()).collect()
}

fn oai_identifier(element: &Element, complaints: &mut Vec<String>) {
    let expected = ["scheme", "repositoryIdentifier", "delimiter", "sampleIdentifier"];
    if names(element) != expected {
        complaints.push(format!("oai-identifier holds {}", names(element).join(", ")));
        return;
    }
    let value = |name: &str| element.value(name).unwrap_or_default();
    if value("scheme") != "oai" || value("delimiter") != ":" {
        complaints.push("oai-identifier: the scheme is oai and the delimiter `:`".to_owned());
    }
    let domain = value("repositoryIdentifier");
    if !is_domain(domain) {
        complaints
            .push(format!("oai-identifier: repositoryIdentifier `{domain}` is no domain name"));
    }
    let sample = value("sampleIdentifier");
    if !sample.starts_with(&format!("oai:{domain}:")) {
        complaints
            .push(format!("oai-identifier: sampleIdentifier `{sample}` is not of `{domain}`"));
    }
}

/// `[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+`
fn is_domain(text: &str) -> bool {
    let good = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    text.contains('.') && text.split('.').all(good)
}

fn branding(element: &Element, complaints: &mut Vec<String>) {
    for (at, child) in element.children.iter().enumerate() {
        match child.name.as_str() {
            "collectionIcon" if at == 0 => {
                if !child.value("url").is_some_and(|url| matches(Type::Uri, url) && !url.is_empty())
                {
                    complaints.push("branding: collectionIcon has no url".to_owned());
                }
                for side in ["width", "height"] {
                    if child.value(side).is_some_and(|value| value.parse::<u64>().is_err()) {
                        complaints.push(format!("branding: {side} is no number"));
                    }
                }
            }
            "metadataRendering" => {
                for name in ["metadataNamespace", "mimeType"] {
                    if child.attribute(name).is_none() {
                        complaints.push(format!("branding: metadataRendering without {name}"));
                    }
                }
            }
            other => complaints.push(format!("branding: <{other}> is not expected here")),
        }
    }
}

/// What an `about` container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// `provenance`.
    Provenance,
    /// `rights`.
    Rights,
    /// Another one, which is not looked into.
    Other,
}

/// Kind and complaints of the content of an `about`.
pub(super) fn about(element: &Element) -> (About, Vec<String>) {
    let mut complaints = Vec::new();
    match (element.namespace.as_str(), element.name.as_str()) {
        (PROVENANCE, "provenance") => {
            if element.children.is_empty() {
                complaints.push("provenance is empty".to_owned());
            }
            for child in &element.children {
                origin(child, CHAIN, &mut complaints);
            }
            (About::Provenance, complaints)
        }
        (RIGHTS, "rights") => {
            match element.children.as_slice() {
                [only] if only.name == "rightsReference" => {
                    if !only
                        .attribute("ref")
                        .is_some_and(|r| matches(Type::Uri, r) && !r.is_empty())
                    {
                        complaints.push("rightsReference without ref".to_owned());
                    }
                }
                [only] if only.name == "rightsDefinition" => {
                    if only.children.len() != 1 {
                        complaints.push("rightsDefinition holds one element".to_owned());
                    }
                }
                _ => complaints
                    .push("rights holds one rightsReference or one rightsDefinition".to_owned()),
            }
            (About::Rights, complaints)
        }
        _ => (About::Other, complaints),
    }
}

fn origin(element: &Element, depth: usize, complaints: &mut Vec<String>) {
    let mut say = |what: String| complaints.push(format!("originDescription: {what}"));
    if element.name != "originDescription" || element.namespace != PROVENANCE {
        say(format!("<{}> is not expected here", element.name));
        return;
    }
    let attribute = |name: &str| element.attribute(name).unwrap_or_default();
    if Datestamp::parse(attribute("harvestDate")).is_none() {
        say(format!("harvestDate is `{}`", attribute("harvestDate")));
    }
    if !matches!(attribute("altered"), "true" | "false" | "0" | "1") {
        say(format!("altered is `{}`", attribute("altered")));
    }
    for a in element.attributes.iter().filter(|a| a.namespace != XSI) {
        if !matches!(a.name.as_str(), "harvestDate" | "altered") {
            say(format!("no attribute `{}` is allowed", a.name));
        }
    }
    let expected = ["baseURL", "identifier", "datestamp", "metadataNamespace"];
    let found = names(element);
    let (first, rest) = found.split_at_checked(expected.len()).unwrap_or((&found, &[]));
    if first != expected || !matches!(rest, [] | ["originDescription"]) {
        say(format!("holds {}", found.join(", ")));
    }
    for name in ["baseURL", "identifier", "metadataNamespace"] {
        let value = element.value(name).unwrap_or_default();
        if value.is_empty() || !matches(Type::Uri, value) {
            say(format!("{name} is `{value}`"));
        }
    }
    let datestamp = element.value("datestamp").unwrap_or_default();
    if Datestamp::parse(datestamp).is_none() {
        say(format!("datestamp is `{datestamp}`"));
    }
    if let Some(parent) = element.child("originDescription").filter(|_| depth > 0) {
        origin(parent, depth - 1, complaints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::strict as xml;

    fn read(text: &str) -> Element {
        xml::parse(text).root.unwrap()
    }

    #[test]
    fn a_chain_of_origins_is_followed() {
        let chain = |inner: &str, altered: &str| {
            format!(
                "<provenance xmlns='{PROVENANCE}'><originDescription harvestDate='2024-01-01T00:00:00Z' altered='{altered}'>\
                 <baseURL>http://a.org/oai</baseURL><identifier>oai:a:1</identifier><datestamp>2023-01-01</datestamp>\
                 <metadataNamespace>http://www.openarchives.org/OAI/2.0/oai_dc/</metadataNamespace>{inner}\
                 </originDescription></provenance>"
            )
        };
        assert_eq!(about(&read(&chain("", "true"))), (About::Provenance, vec![]));
        assert_eq!(about(&read(&chain("", "yes"))).1, ["originDescription: altered is `yes`"]);
        let inner = "<originDescription harvestDate='soon' altered='false'/>";
        assert!(about(&read(&chain(inner, "true"))).1.len() >= 4);
        assert!(!about(&read(&format!("<rights xmlns='{RIGHTS}'/>"))).1.is_empty());
    }

    #[test]
    fn descriptions_are_looked_into_and_strangers_left_alone() {
        let good = format!(
            "<oai-identifier xmlns='{OAI_IDENTIFIER}'><scheme>oai</scheme><repositoryIdentifier>a.example.org\
             </repositoryIdentifier><delimiter>:</delimiter><sampleIdentifier>oai:a.example.org:1</sampleIdentifier>\
             </oai-identifier>"
        );
        assert_eq!(description(&read(&good)), Vec::<String>::new());
        assert_eq!(description(&read(&good.replace("oai:a.", "oai:b."))).len(), 1);
        assert_eq!(description(&read(&good.replace("a.example.org", "localhost"))).len(), 1);
        assert_eq!(description(&read("<toolkit xmlns='urn:x'/>")), Vec::<String>::new());
        let friends = format!("<friends xmlns='{FRIENDS}'><baseURL>nowhere</baseURL></friends>");
        assert_eq!(description(&read(&friends)).len(), 1);
    }
}
