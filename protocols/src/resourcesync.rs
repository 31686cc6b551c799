//! ResourceSync 1.1 documents (ANSI/NISO Z39.99-2017), as sitemaps with the `rs:` vocabulary.
//!
//! A source offers a description (section 6.1), a capability list (section 9), resource lists
//! (section 10), resource dumps (section 11) and change lists (section 12). Lists that are too long
//! for one document are split, with an index in front of them.

use crate::oai_pmh::datestamp::{Granularity, format};
use crate::xml::Writer;

/// Namespace of sitemaps.
pub const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// Namespace of the ResourceSync terms.
pub const TERMS: &str = "http://www.openarchives.org/rs/terms/";

/// What a document is, as `rs:md/@capability` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Where everything begins (section 6.1).
    Description,
    /// What is offered for one set of resources (section 9).
    CapabilityList,
    /// All resources as they are (section 10).
    ResourceList,
    /// All resources, packed (section 11.1).
    ResourceDump,
    /// Inside a package (section 11.2).
    ResourceDumpManifest,
    /// What changed, oldest first (section 12).
    ChangeList,
}

impl Capability {
    /// The name in the documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Description => "description",
            Self::CapabilityList => "capabilitylist",
            Self::ResourceList => "resourcelist",
            Self::ResourceDump => "resourcedump",
            Self::ResourceDumpManifest => "resourcedump-manifest",
            Self::ChangeList => "changelist",
        }
    }
}

/// How a resource changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// New, or there again.
    Created,
    /// Another content.
    Updated,
    /// Gone.
    Deleted,
}

impl Change {
    /// The name in the documents.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// One entry of a list. Times are seconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// URL of the resource or document.
    pub loc: String,
    /// Last change of a resource.
    pub modified: Option<i64>,
    /// Capability of a document.
    pub capability: Option<Capability>,
    /// What happened to it, in change lists.
    pub change: Option<Change>,
    /// MIME type.
    pub media_type: Option<&'static str>,
    /// Bytes.
    pub length: Option<u64>,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: Option<String>,
    /// Place in a package.
    pub path: Option<String>,
    /// The snapshot that a part was taken at.
    pub at: Option<i64>,
    /// Change lists: first second.
    pub from: Option<i64>,
    /// Change lists: last second; absent in the one that is still open.
    pub until: Option<i64>,
    /// Links: relation and target.
    pub links: Vec<(&'static str, String)>,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is.
    pub capability: Capability,
    /// Whether its entries are other documents of the same capability (`sitemapindex`).
    pub index: bool,
    /// Moment of the snapshot, for lists of resources.
    pub at: Option<i64>,
    /// Change lists: first second.
    pub from: Option<i64>,
    /// Change lists: last second.
    pub until: Option<i64>,
    /// Links: relation (`up`, `index`, `describedby`) and target.
    pub links: Vec<(&'static str, String)>,
    /// Entries in order.
    pub entries: Vec<Entry>,
}

impl Document {
    /// A document without times and links.
    pub fn new(capability: Capability, entries: Vec<Entry>) -> Self {
        Self {
            capability,
            index: false,
            at: None,
            from: None,
            until: None,
            links: Vec::new(),
            entries,
        }
    }

    /// The document as XML.
    pub fn write(&self) -> String {
        let mut w = Writer::document();
        let root = if self.index { "sitemapindex" } else { "urlset" };
        w.open(root, &[("xmlns", SITEMAP), ("xmlns:rs", TERMS)]);
        links(&mut w, &self.links);
        let times = [("at", self.at), ("from", self.from), ("until", self.until)];
        let times = written(&times);
        let mut attributes = vec![("capability", self.capability.as_str())];
        attributes.extend(times.iter().map(|(name, time)| (*name, time.as_str())));
        w.empty("rs:md", &attributes);
        for entry in &self.entries {
            w.open(if self.index { "sitemap" } else { "url" }, &[]);
            entry.write(&mut w);
            w.close();
        }
        w.finish()
    }
}

impl Entry {
    /// An entry that leads to a document.
    pub fn document(loc: String, capability: Capability) -> Self {
        Self { loc, capability: Some(capability), ..Self::default() }
    }

    fn write(&self, w: &mut Writer) {
        w.text("loc", &[], &self.loc);
        if let Some(modified) = self.modified {
            w.text("lastmod", &[], &format(modified, Granularity::Second));
        }
        let length = self.length.map(|length| length.to_string());
        let hash = self.sha256.as_ref().map(|sha256| format!("sha-256:{sha256}"));
        // Of changes `lastmod` is the state, `datetime` the change (section 12, since 1.1).
        let changed = self.modified.filter(|_| self.change.is_some());
        let times =
            [("datetime", changed), ("at", self.at), ("from", self.from), ("until", self.until)];
        let times = written(&times);
        let texts = [
            ("capability", self.capability.map(Capability::as_str)),
            ("change", self.change.map(Change::as_str)),
            ("hash", hash.as_deref()),
            ("length", length.as_deref()),
            ("type", self.media_type),
            ("path", self.path.as_deref()),
        ];
        let attributes: Vec<(&str, &str)> = texts
            .iter()
            .filter_map(|(name, value)| Some((*name, (*value)?)))
            .chain(times.iter().map(|(name, time)| (*name, time.as_str())))
            .collect();
        if !attributes.is_empty() {
            w.empty("rs:md", &attributes);
        }
        links(w, &self.links);
    }
}

fn written(times: &[(&'static str, Option<i64>)]) -> Vec<(&'static str, String)> {
    times
        .iter()
        .filter_map(|(name, time)| Some((*name, format((*time)?, Granularity::Second))))
        .collect()
}

fn links(w: &mut Writer, links: &[(&'static str, String)]) {
    for (relation, target) in links {
        w.empty("rs:ln", &[("rel", relation), ("href", target)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: i64 = 1_767_225_600;

    fn resource(id: &str) -> Entry {
        Entry {
            loc: format!("https://example.org/object/{id}.edm.xml"),
            modified: Some(AT - 60),
            media_type: Some("application/rdf+xml"),
            links: vec![("describes", format!("https://example.org/id/{id}"))],
            ..Entry::default()
        }
    }

    #[test]
    fn a_resource_list_names_its_moment_and_its_resources() {
        let mut list =
            Document::new(Capability::ResourceList, vec![resource("a_1"), resource("a&b")]);
        list.at = Some(AT);
        list.links = vec![("up", "https://example.org/resourcesync/capabilitylist.xml".to_owned())];
        insta::assert_snapshot!(list.write());
    }

    #[test]
    fn an_index_of_change_lists_closes_all_but_the_last() {
        let part = |n: u32, until: Option<i64>| Entry {
            loc: format!("https://example.org/resourcesync/changelist/{n}.xml"),
            from: Some(AT + i64::from(n) * 60),
            until,
            ..Entry::default()
        };
        let mut index =
            Document::new(Capability::ChangeList, vec![part(0, Some(AT + 60)), part(1, None)]);
        index.index = true;
        index.from = Some(AT);
        insta::assert_snapshot!(index.write());
    }

    #[test]
    fn a_change_list_says_what_happened() {
        let change = |id: &str, change| Entry { change: Some(change), ..resource(id) };
        let mut list = Document::new(
            Capability::ChangeList,
            vec![
                change("a", Change::Created),
                change("a", Change::Updated),
                change("a", Change::Deleted),
            ],
        );
        list.from = Some(AT - 60);
        insta::assert_snapshot!(list.write());
    }

    #[test]
    fn a_manifest_tells_where_a_resource_is_in_the_package() {
        let entry = Entry {
            path: Some("/resources/a.xml".to_owned()),
            length: Some(12),
            sha256: Some("00ff".to_owned()),
            ..resource("a")
        };
        let mut manifest = Document::new(Capability::ResourceDumpManifest, vec![entry]);
        manifest.at = Some(AT);
        insta::assert_snapshot!(manifest.write());
    }
}
