//! Identify (section 4.2) and what its description containers say. The order of elements is that of
//! OAI-PMH.xsd; the containers are those of the guidelines `oai-identifier`, `friends`, `branding`,
//! `rights` and `toolkit`.

use crate::oai_pmh::datestamp::{self, Granularity};
use crate::xml::Writer;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const OAI_IDENTIFIER: &str = "http://www.openarchives.org/OAI/2.0/oai-identifier";
const FRIENDS: &str = "http://www.openarchives.org/OAI/2.0/friends/";
const BRANDING: &str = "http://www.openarchives.org/OAI/2.0/branding/";
const RIGHTS: &str = "http://www.openarchives.org/OAI/2.0/rights/";
const METADATA: &str = "http://www.openarchives.org/OAI/2.0/entity#metadata";
const TOOLKIT: &str = "http://oai.dlib.vt.edu/OAI/metadata/toolkit";

/// What Identify says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepositoryDescription {
    /// Name.
    pub name: String,
    /// E-mail of who runs it.
    pub admin_email: String,
    /// Lower bound of every datestamp.
    pub earliest_datestamp: i64,
    /// Domain in `oai:{domain}:{object}`.
    pub identifier_domain: String,
    /// An identifier that exists, or could.
    pub sample_identifier: String,
    /// Content codings that are really served.
    pub compression: Vec<&'static str>,
    /// Base URLs of other repositories; none, no container.
    pub friends: Vec<String>,
    /// Icon of the collection.
    pub branding: Option<Branding>,
    /// URI of the rights of the metadata of every record.
    pub metadata_rights: Option<String>,
    /// Version of the program, when it may say what it is.
    pub toolkit_version: Option<String>,
}

/// The `collectionIcon` of the branding container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Branding {
    /// Picture.
    pub url: String,
    /// Where a click on it leads.
    pub link: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
}

impl RepositoryDescription {
    /// Writes the content of the `Identify` element.
    pub(super) fn write(&self, w: &mut Writer, base_url: &str) {
        w.text("repositoryName", &[], &self.name);
        w.text("baseURL", &[], base_url);
        w.text("protocolVersion", &[], "2.0");
        w.text("adminEmail", &[], &self.admin_email);
        let earliest = datestamp::format(self.earliest_datestamp, Granularity::Second);
        w.text("earliestDatestamp", &[], &earliest);
        w.text("deletedRecord", &[], "persistent");
        w.text("granularity", &[], Granularity::Second.as_str());
        for coding in &self.compression {
            w.text("compression", &[], coding);
        }
        // The schema wants a domain name with a dot; without one (localhost) there is nothing to say.
        if self.identifier_domain.contains('.') {
            open(w, "oai-identifier", OAI_IDENTIFIER, &format!("{OAI_IDENTIFIER}.xsd"), &[]);
            w.text("scheme", &[], "oai");
            w.text("repositoryIdentifier", &[], &self.identifier_domain);
            w.text("delimiter", &[], ":");
            w.text("sampleIdentifier", &[], &self.sample_identifier);
            close(w);
        }
        if let Some(rights) = &self.metadata_rights {
            let schema = "http://www.openarchives.org/OAI/2.0/rightsManifest.xsd";
            open(w, "rightsManifest", RIGHTS, schema, &[("appliesTo", METADATA)]);
            w.open("rights", &[]);
            w.empty("rightsReference", &[("ref", rights)]);
            w.close();
            close(w);
        }
        if !self.friends.is_empty() {
            let schema = "http://www.openarchives.org/OAI/2.0/friends.xsd";
            open(w, "friends", FRIENDS, schema, &[]);
            for friend in &self.friends {
                w.text("baseURL", &[], friend);
            }
            close(w);
        }
        if let Some(branding) = &self.branding {
            branding.write(w);
        }
        if let Some(version) = &self.toolkit_version {
            open(w, "toolkit", TOOLKIT, &format!("{TOOLKIT}.xsd"), &[]);
            w.text("title", &[], "Passerelle");
            w.open("author", &[]);
            w.text("name", &[], &self.name);
            w.text("email", &[], &self.admin_email);
            w.close();
            w.text("version", &[], version);
            close(w);
        }
    }
}

impl Branding {
    fn write(&self, w: &mut Writer) {
        let schema = "http://www.openarchives.org/OAI/2.0/branding.xsd";
        open(w, "branding", BRANDING, schema, &[]);
        w.open("collectionIcon", &[]);
        w.text("url", &[], &self.url);
        let mut optional = |name, value: Option<&str>| {
            if let Some(value) = value {
                w.text(name, &[], value);
            }
        };
        optional("link", self.link.as_deref());
        optional("title", self.title.as_deref());
        optional("width", self.width.map(|n| n.to_string()).as_deref());
        optional("height", self.height.map(|n| n.to_string()).as_deref());
        w.close();
        close(w);
    }
}

/// Opens `description` and the container in it.
fn open(w: &mut Writer, name: &'static str, namespace: &str, schema: &str, more: &[(&str, &str)]) {
    let location = format!("{namespace} {schema}");
    let mut attributes =
        vec![("xmlns", namespace), ("xmlns:xsi", XSI), ("xsi:schemaLocation", location.as_str())];
    attributes.extend(more);
    w.open("description", &[]);
    w.open(name, &attributes);
}

fn close(w: &mut Writer) {
    w.close();
    w.close();
}
