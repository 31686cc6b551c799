//! The `about` containers of a record, out and in: `provenance` (one for every chain of origins)
//! and `rights` (of the metadata, not of the thing), as the implementation guidelines of OAI say.

use crate::xml::{Element, Writer, any_uri};
use domain::merge::MergedRecord;
use domain::provenance::{Origin, Step, bounded};

/// Namespace and schema of provenance containers.
pub const PROVENANCE: [&str; 2] = [
    "http://www.openarchives.org/OAI/2.0/provenance",
    "http://www.openarchives.org/OAI/2.0/provenance.xsd",
];
/// Namespace and schema of rights containers.
pub const RIGHTS: [&str; 2] = [
    "http://www.openarchives.org/OAI/2.0/rights/",
    "http://www.openarchives.org/OAI/2.0/rights.xsd",
];
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// Deepest nesting of originDescription that is looked at.
const MAX_NESTING: usize = 64;

/// What the `about` containers of a harvested record say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// Where the partner had it from: chains, each nearest step first, as [`bounded`] leaves them.
    pub chains: Vec<Vec<Step>>,
    /// Licence of the metadata.
    pub rights: Option<String>,
}

impl About {
    /// Reads the `about` children of a record. What is not understood is left out.
    pub fn of(record: &Element) -> Self {
        let mut about = Self::default();
        for content in record.elements().filter(|e| e.local == "about").flat_map(Element::elements)
        {
            match content.local.as_str() {
                // The schema wants one originDescription; who lists several means several origins.
                "provenance" => about.chains.extend(
                    content.elements().filter(|e| e.local == "originDescription").map(chain),
                ),
                "rights" if about.rights.is_none() => {
                    about.rights = content
                        .child("rightsReference")
                        .and_then(|reference| reference.attribute("ref"))
                        .map(|uri| uri.trim().to_owned())
                        .filter(|uri| is_reference(uri));
                }
                _ => {}
            }
        }
        about.chains = bounded(about.chains);
        about
    }

    /// Writes the containers down again, for a page of which something had to be taken out.
    pub fn to_xml(&self) -> String {
        let mut w = Writer::fragment();
        for chain in self.chains.iter().filter(|chain| !chain.is_empty()) {
            provenance(&mut w, |w| steps(w, chain));
        }
        if let Some(uri) = &self.rights {
            rights(&mut w, uri);
        }
        w.finish()
    }
}

fn is_reference(uri: &str) -> bool {
    uri.len() <= domain::provenance::MAX_TEXT && any_uri(uri).is_some_and(|same| same == uri)
}

fn chain(origin: &Element) -> Vec<Step> {
    let mut chain = Vec::new();
    let mut next = Some(origin);
    while let Some(origin) = next.filter(|_| chain.len() < MAX_NESTING) {
        let text = |local: &str| {
            origin.child(local).map(|e| e.text().trim().to_owned()).unwrap_or_default()
        };
        let attribute = |local: &str| origin.attribute(local).map(str::trim).unwrap_or_default();
        chain.push(Step {
            base_url: text("baseURL"),
            identifier: text("identifier"),
            datestamp: text("datestamp"),
            metadata_namespace: text("metadataNamespace"),
            harvest_date: attribute("harvestDate").to_owned(),
            // Who does not say that it was left alone may have altered it.
            altered: !matches!(attribute("altered"), "false" | "0"),
        });
        next = origin.child("originDescription");
    }
    chain
}

/// Writes the `about` containers of a record: a provenance for every chain of every member that was
/// harvested by OAI-PMH, in the order of the members, then the rights of the metadata.
///
/// `altered` says for each member (by its place) whether what is disseminated differs from what it
/// sent. Members without a datestamp or namespace have no container: the schema wants both. The
/// licence is the one that a member stated for its metadata, the most trusted first: nobody's
/// metadata is made freer here; else `metadata_rights`, the repository's own.
pub fn write(
    record: &MergedRecord,
    metadata_rights: &str,
    altered: &dyn Fn(usize, &Origin) -> bool,
) -> String {
    let mut w = Writer::fragment();
    let origins = || {
        let members = record.members.iter().enumerate();
        members.filter_map(|(place, member)| Some((place, member.origin.as_deref()?)))
    };
    for (place, origin) in origins().filter(|(_, origin)| origin.is_sound()) {
        let Some(parts) = Parts::of(origin) else { continue };
        let altered = altered(place, origin);
        if origin.chains.is_empty() {
            provenance(&mut w, |w| {
                parts.open(w, altered);
                w.close();
            });
        }
        for chain in &origin.chains {
            provenance(&mut w, |w| {
                parts.open(w, altered);
                steps(w, chain);
                w.close();
            });
        }
    }
    let stated = origins().find_map(|(_, origin)| origin.metadata_rights.as_deref());
    rights(&mut w, stated.unwrap_or(metadata_rights));
    w.finish()
}

fn provenance(w: &mut Writer, content: impl FnOnce(&mut Writer)) {
    let [namespace, schema] = PROVENANCE;
    w.open("about", &[]);
    let location = format!("{namespace} {schema}");
    w.open(
        "provenance",
        &[("xmlns", namespace), ("xmlns:xsi", XSI), ("xsi:schemaLocation", &location)],
    );
    content(w);
    w.close();
    w.close();
}

/// The steps of a chain, each inside the one before it; the chain ends before what is no address.
fn steps(w: &mut Writer, chain: &[Step]) {
    let mut opened = 0;
    for step in chain.iter().take_while(|step| step.is_sound()) {
        let Some(parts) = Parts::of_step(step) else { break };
        parts.open(w, step.altered);
        opened += 1;
    }
    for _ in 0..opened {
        w.close();
    }
}

/// An originDescription in its written form.
struct Parts<'a> {
    base_url: std::borrow::Cow<'a, str>,
    identifier: std::borrow::Cow<'a, str>,
    namespace: std::borrow::Cow<'a, str>,
    datestamp: &'a str,
    harvest_date: &'a str,
}

impl<'a> Parts<'a> {
    fn of(origin: &'a Origin) -> Option<Self> {
        Some(Self {
            base_url: any_uri(&origin.base_url)?,
            identifier: any_uri(&origin.identifier)?,
            namespace: any_uri(&origin.metadata_namespace)?,
            datestamp: &origin.datestamp,
            harvest_date: &origin.harvest_date,
        })
    }

    fn of_step(step: &'a Step) -> Option<Self> {
        Some(Self {
            base_url: any_uri(&step.base_url)?,
            identifier: any_uri(&step.identifier)?,
            namespace: any_uri(&step.metadata_namespace)?,
            datestamp: &step.datestamp,
            harvest_date: &step.harvest_date,
        })
    }

    /// Opens the element; it is for the caller to close it.
    fn open(&self, w: &mut Writer, altered: bool) {
        let altered = if altered { "true" } else { "false" };
        w.open("originDescription", &[("harvestDate", self.harvest_date), ("altered", altered)]);
        w.text("baseURL", &[], &self.base_url);
        w.text("identifier", &[], &self.identifier);
        w.text("datestamp", &[], self.datestamp);
        w.text("metadataNamespace", &[], &self.namespace);
    }
}

fn rights(w: &mut Writer, uri: &str) {
    let Some(uri) = any_uri(uri) else { return };
    let [namespace, schema] = RIGHTS;
    w.open("about", &[]);
    let location = format!("{namespace} {schema}");
    w.open(
        "rights",
        &[("xmlns", namespace), ("xmlns:xsi", XSI), ("xsi:schemaLocation", &location)],
    );
    w.empty("rightsReference", &[("ref", &uri)]);
    w.close();
    w.close();
}

#[cfg(test)]
mod tests;
