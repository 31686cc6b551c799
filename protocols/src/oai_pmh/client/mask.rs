//! Takes confidential elements out of a page before it is stored (invariant 8).

use super::page::{Page, Shape, from_element, scope_of};
use super::scan::{Tags, elements, tag_name};
use crate::formats::{self, field_name};
use crate::oai_pmh::about::About;
use crate::xml::{Element, Node};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// What stands in place of a record that could not be read and may hold confidential values.
pub const WITHHELD: &str = "(withheld: it names a field that this source masks)";

impl Page {
    /// Takes out what is masked: by the name of its element, or by the name that the reader of
    /// `format` gives to its value. Entities to which only masked elements pointed go with them.
    /// Records that could not be read are withheld as a whole when they name a masked field, and
    /// what stands around the records keeps only what the protocol knows. Names count wherever they
    /// stand: in tags, in comments and CDATA, in escaped markup, behind a `<` that no `>` follows.
    /// Returns how many records and passages were touched.
    pub fn mask(&mut self, format: &str, is_masked: &dyn Fn(&str) -> bool) -> usize {
        let mut mask = Mask { format, is_masked, known: HashMap::new() };
        if let Shape::Foreign(_) = self.shape {
            let hit = mask.hits(&self.text);
            if hit {
                WITHHELD.clone_into(&mut self.text);
            }
            return usize::from(hit);
        }
        let scope = scope_of(&self.text);
        let mut replaced: Vec<(Range<usize>, String)> = Vec::new();
        let mut around = Vec::new();
        let mut at = 0;
        let spans = self.records.iter().map(|r| &r.span).chain(self.broken.iter().map(|b| &b.span));
        let mut spans: Vec<Range<usize>> = spans.cloned().collect();
        spans.sort_by_key(|span| span.start);
        for span in spans {
            around.push(at..span.start.max(at));
            at = span.end.max(at);
        }
        around.push(at..self.text.len());
        for passage in around {
            let inside = self.text.get(passage.clone()).unwrap_or_default();
            if mask.hits(inside) {
                replaced.push((passage, essential(inside)));
            }
        }
        for record in &mut self.records {
            let fragment = self.text.get(record.span.clone()).unwrap_or_default();
            let by_reader = record.metadata.as_ref().is_some_and(|m| !mask.by_reader(m).is_empty());
            if !mask.hits(fragment) && !by_reader {
                continue;
            }
            let span = record.span.clone();
            let header_only = record.metadata.is_none() && !record.deleted;
            let xml = match Element::parse(fragment, &scope) {
                Ok(parsed) => {
                    let mut element = parsed.value;
                    mask.clean(&mut element, record.deleted);
                    let xml = element.to_xml();
                    let issues = std::mem::take(&mut record.issues);
                    if let Ok(clean) = from_element(element, &scope, header_only, issues) {
                        let position = record.position;
                        *record =
                            super::HarvestedRecord { position, span: 0..0, masked: true, ..clean };
                    } else {
                        record.metadata = None;
                        record.about = About::default();
                        record.masked = true;
                    }
                    xml
                }
                Err(_) => String::new(),
            };
            replaced.push((span, xml));
        }
        for broken in &mut self.broken {
            let whole = self.text.get(broken.span.clone()).unwrap_or_default();
            if mask.hits(whole) || mask.hits(&broken.body) || mask.any_name_of_readers() {
                WITHHELD.clone_into(&mut broken.body);
                // It may cite the content.
                "it could not be read, and it may hold a masked field"
                    .clone_into(&mut broken.detail);
                replaced.push((broken.span.clone(), String::new()));
            }
        }
        let touched = replaced.len();
        replaced.sort_by_key(|(span, _)| (span.start, span.end));
        for (span, xml) in replaced.into_iter().rev() {
            if self.text.get(span.clone()).is_some() {
                self.text.replace_range(span, &xml);
            }
        }
        if touched > 0 {
            // The spans no longer fit the text.
            self.records.iter_mut().for_each(|record| record.span = 0..0);
            self.broken.iter_mut().for_each(|broken| broken.span = 0..0);
        }
        touched
    }
}

/// Takes out of the metadata of one record that came in a file what [`Page::mask`] takes out of a
/// page.
#[must_use]
pub fn mask_metadata(
    format: &str,
    metadata: Element,
    is_masked: &dyn Fn(&str) -> bool,
) -> Option<Element> {
    let mut mask = Mask { format, is_masked, known: HashMap::new() };
    let mut record = Element::parse("<record><metadata/></record>", &[]).ok()?.value;
    if let Some(Node::Element(part)) = record.children.first_mut() {
        part.children = vec![Node::Element(metadata)];
    }
    mask.clean(&mut record, false);
    let Some(Node::Element(mut part)) = record.children.pop() else { return None };
    match part.children.pop() {
        Some(Node::Element(metadata)) => Some(metadata),
        _ => None,
    }
}

/// Whether a text that could not be read may hold what is masked.
pub fn may_hold_masked(format: &str, text: &str, is_masked: &dyn Fn(&str) -> bool) -> bool {
    let mut mask = Mask { format, is_masked, known: HashMap::new() };
    mask.hits(text) || mask.any_name_of_readers()
}

struct Mask<'m> {
    format: &'m str,
    is_masked: &'m dyn Fn(&str) -> bool,
    /// Answers for tags, by what was asked.
    known: HashMap<String, bool>,
}

impl Mask<'_> {
    /// Whether a text names a masked field anywhere behind a `<`, written so or escaped.
    fn hits(&mut self, text: &str) -> bool {
        let escaped = text.match_indices("&lt;").map(|(at, found)| at + found.len());
        let numbers = text.match_indices("&#").filter_map(|(at, _)| {
            let rest = text.get(at..at + 6)?.to_ascii_lowercase();
            (rest.starts_with("&#60;") || rest == "&#x3c;")
                .then(|| at + rest.find(';').unwrap_or(0) + 1)
        });
        let plain = text.match_indices('<').map(|(at, found)| at + found.len());
        for at in plain.chain(escaped).chain(numbers) {
            let Some(rest) = text.get(at..) else { continue };
            if let Some(name) = tag_name(rest.strip_prefix('/').unwrap_or(rest))
                && self.hit(name, rest)
            {
                return true;
            }
        }
        false
    }

    fn hit(&mut self, name: &str, rest: &str) -> bool {
        let local = name.rsplit(':').next().unwrap_or(name);
        // What a field of MARC is, its tag says.
        let tag = matches!(local, "datafield" | "controlfield").then(|| marc_tag(rest)).flatten();
        let asked = match tag {
            Some(tag) => format!("{name} {tag}"),
            None => name.to_owned(),
        };
        if let Some(known) = self.known.get(&asked) {
            return *known;
        }
        let mut answer = names(name).iter().any(|name| (self.is_masked)(name));
        if let Some(tag) = tag {
            let codes = ('a'..='z').chain('0'..='9').map(|code| format!(".{code}"));
            let suffixes: Vec<String> =
                ["", ".creator"].map(str::to_owned).into_iter().chain(codes).collect();
            answer |= ["marc", "unimarc"].iter().any(|prefix| {
                suffixes.iter().any(|suffix| (self.is_masked)(&format!("{prefix}:{tag}{suffix}")))
            });
        }
        if self.known.len() < 10_000 {
            self.known.insert(asked, answer);
        }
        answer
    }

    /// Whether a name is masked that a reader gives and no tag bears: what cannot be read may then
    /// hold its value under any tag.
    fn any_name_of_readers(&mut self) -> bool {
        if let Some(known) = self.known.get("") {
            return *known;
        }
        let answer = formats::names_of_readers().any(|name| (self.is_masked)(name));
        self.known.insert(String::new(), answer);
        answer
    }

    fn by_reader(&self, metadata: &Element) -> HashSet<usize> {
        formats::masked_elements(self.format, metadata, self.is_masked)
    }

    /// Takes out of a record what is masked; of a deleted one all but the header.
    fn clean(&mut self, record: &mut Element, deleted: bool) {
        if deleted {
            record
                .children
                .retain(|node| matches!(node, Node::Element(part) if part.local == "header"));
        }
        for node in &mut record.children {
            let Node::Element(part) = node else { continue };
            if part.local == "metadata" {
                // Markup that was sent as text is read like the rest, or goes.
                let text = part.text();
                if part.elements().next().is_none()
                    && self.hits(&text)
                    && let Ok(inner) = Element::parse(text.trim(), &[])
                {
                    part.children = vec![Node::Element(inner.value)];
                }
                for child in part.children.iter_mut().filter_map(|node| match node {
                    Node::Element(child) => Some(child),
                    Node::Text(_) => None,
                }) {
                    let hits = self.by_reader(child);
                    let mut numbers = HashSet::new();
                    number(child, &hits, &mut 0, &mut numbers);
                    prune(child, &numbers, &mut 0);
                }
            }
            let mut uris = Vec::new();
            remove(part, self.is_masked, &mut uris);
            for child in &mut part.children {
                if let Node::Element(child) = child {
                    drop_entities(child, &uris);
                }
            }
        }
        self.silence(record);
    }

    /// Replaces texts, attributes and namespaces that hold masked markup.
    fn silence(&mut self, element: &mut Element) {
        element.attributes.retain(|attribute| !self.hits(&attribute.name));
        for attribute in &mut element.attributes {
            if self.hits(&attribute.value) {
                WITHHELD.clone_into(&mut attribute.value);
            }
            attribute.namespace.take_if(|uri| self.hits(uri));
        }
        element.namespace.take_if(|uri| self.hits(uri));
        for node in &mut element.children {
            match node {
                Node::Element(child) => self.silence(child),
                Node::Text(text) => {
                    if self.hits(text) {
                        WITHHELD.clone_into(text);
                    }
                }
            }
        }
    }
}

/// The `tag` of a field of MARC, from what stands behind its `<`.
fn marc_tag(rest: &str) -> Option<&str> {
    let head = rest.split(['>', '<']).next()?;
    let (_, value) = head.split_once("tag")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    value.get(..3)
}

/// What a passage around the records says in terms of the protocol; nothing else stays.
fn essential(passage: &str) -> String {
    const KEPT: [&str; 6] =
        ["OAI-PMH", "ListRecords", "GetRecord", "ListIdentifiers", "Repository", "Identify"];
    const WHOLE: [&str; 4] = ["responseDate", "request", "error", "resumptionToken"];
    let mut out = String::new();
    let mut whole: HashMap<&str, Vec<Element>> = HashMap::new();
    for local in WHOLE {
        let mut found = elements(passage, local);
        found.reverse();
        whole.insert(local, found);
    }
    for tag in Tags::new(passage) {
        if KEPT.contains(&tag.local()) {
            out.push_str(passage.get(tag.start..tag.end).unwrap_or_default());
        } else if let Some(local) = WHOLE.iter().find(|local| tag.opens(local))
            && let Some(mut element) = whole.get_mut(local).and_then(Vec::pop)
        {
            element.children.retain(|node| matches!(node, Node::Text(_)));
            // Its namespace is that of the passage, which keeps the declaration.
            element.namespace = None;
            out.push_str(&element.to_xml());
        }
    }
    out
}

/// Names by which a tag of unknown namespace might be masked.
fn names(qualified: &str) -> Vec<String> {
    let local = qualified.rsplit(':').next().unwrap_or(qualified);
    std::iter::once(qualified.to_owned())
        .chain(formats::PREFIXES.iter().map(|prefix| format!("{prefix}:{local}")))
        .chain([local.to_owned()])
        .collect()
}

fn remove(element: &mut Element, is_masked: &dyn Fn(&str) -> bool, uris: &mut Vec<String>) {
    element.children.retain(|node| match node {
        Node::Element(child) if is_masked(&field_name(child)) || is_masked(&qualified(child)) => {
            uris.extend(child.attribute("resource").map(str::to_owned));
            false
        }
        _ => true,
    });
    for node in &mut element.children {
        if let Node::Element(child) = node {
            remove(child, is_masked, uris);
        }
    }
}

/// The name as written.
fn qualified(element: &Element) -> String {
    let colon = if element.prefix.is_empty() { "" } else { ":" };
    format!("{}{colon}{}", element.prefix, element.local)
}

/// Turns addresses of elements into their numbers in document order.
fn number(element: &Element, hits: &HashSet<usize>, at: &mut usize, numbers: &mut HashSet<usize>) {
    for child in element.elements() {
        *at += 1;
        if hits.contains(&formats::address(child)) {
            numbers.insert(*at);
        }
        number(child, hits, at, numbers);
    }
}

/// Removes the elements of those numbers.
fn prune(element: &mut Element, numbers: &HashSet<usize>, at: &mut usize) {
    element.children.retain_mut(|node| {
        let Node::Element(child) = node else { return true };
        *at += 1;
        let masked = numbers.contains(at);
        prune(child, numbers, at);
        !masked
    });
}

fn drop_entities(root: &mut Element, uris: &[String]) {
    let still_used: Vec<bool> = uris.iter().map(|uri| refers(root, uri)).collect();
    root.children.retain(|node| match node {
        Node::Element(child) => !uris
            .iter()
            .zip(&still_used)
            .any(|(uri, used)| !used && child.attribute("about") == Some(uri.as_str())),
        Node::Text(_) => true,
    });
}

fn refers(element: &Element, uri: &str) -> bool {
    element.elements().any(|child| child.attribute("resource") == Some(uri) || refers(child, uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_elements_are_in_no_byte_of_what_is_kept() {
        let body = r##"<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/" xmlns:x="http://purl.org/dc/terms/"><ListRecords>
<record><header><identifier>a</identifier><setSpec>s</setSpec></header><metadata><rdf:RDF xmlns:rdf="r" xmlns:edm="http://www.europeana.eu/schemas/edm/"><edm:ProvidedCHO><x:spatial rdf:resource="#p"/><x:medium>bois</x:medium></edm:ProvidedCHO><edm:Place rdf:about="#p"><label>SECRET</label></edm:Place></rdf:RDF></metadata></record>
<record><header><identifier>b</identifier></header><metadata><x:spatial>SECRET<y></x:spatial></metadata></record>
<record><header><identifier>c</identifier></header><metadata><d><x:medium>fer</x:medium></d></metadata></record>
</ListRecords></OAI-PMH>"##;
        let mut page = Page::parse(body.as_bytes());
        assert_eq!((page.records.len(), page.broken.len()), (2, 1));
        assert_eq!(page.mask("edm", &|name| name.eq_ignore_ascii_case("DCTERMS:SPATIAL")), 2);
        assert!(!format!("{page:?}").contains("SECRET"));
        let again = Page::parse(page.text.as_bytes());
        assert_eq!(again.records.len(), 2);
        assert_eq!(again.records[0].identifier, "a");
        assert_eq!(again.records[0].sets, ["s"]);
        assert_eq!(
            again.records[0].metadata.as_ref().unwrap().find("medium").unwrap().text(),
            "bois"
        );
    }

    #[test]
    fn a_page_without_masked_fields_stays_as_it_came() {
        let body = "<OAI-PMH><GetRecord><record><header><identifier>a</identifier></header><metadata><a>1</a></metadata></record></GetRecord></OAI-PMH>";
        let mut page = Page::parse(body.as_bytes());
        assert_eq!(page.mask("edm", &|_| false), 0);
        assert_eq!(page.text, body);
    }

    /// One record between two good ones, of a source that masks `dc:rights`.
    fn masked(record: &str) -> Page {
        let good = |id: &str| {
            format!(
                "<record><header><identifier>{id}</identifier></header><metadata><dc:dc xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>t</dc:title></dc:dc></metadata></record>"
            )
        };
        let body = format!(
            "<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords>{}{record}{}<resumptionToken>next</resumptionToken></ListRecords></OAI-PMH>",
            good("1"),
            good("2")
        );
        let mut page = Page::parse(body.as_bytes());
        page.mask("oai_dc", &|name| name == "dc:rights");
        page
    }

    #[test]
    fn wherever_a_masked_element_hides_its_value_is_gone_and_the_neighbours_are_not() {
        let record = |inside: &str| {
            format!("<record><header><identifier>x</identifier></header>{inside}</record>")
        };
        let tombstone = "<record><header status='deleted'><identifier>x</identifier></header><metadata><dc><dc:rights>SECRET</dc:rights></dc></metadata></record>";
        let long = "y".repeat(100_000);
        for bad in [
            tombstone.to_owned(),
            record("<metadata><dc><rights>SECRET</rights></dc></metadata>"),
            record(
                "<metadata><dc><title>t</title></dc></metadata><about><r><dc:rights>SECRET</dc:rights></r></about>",
            ),
            record("<metadata><a/><dc><rights>SECRET</rights></dc></metadata>"),
            record(
                "<metadata><dc><title>t</title><!-- <dc:rights>SECRET</dc:rights> --></dc></metadata>",
            ),
            record(
                "<metadata><dc><title><![CDATA[<dc:rights>SECRET</dc:rights>]]></title></dc></metadata>",
            ),
            record("<metadata>&lt;dc>&lt;dc:rights>SECRET&lt;/dc:rights>&lt;/dc></metadata>"),
            record("<metadata><dc><dc:rights SECRET <b></dc></metadata>"),
            record("<metadata><dc><dc:rights>SECRET<b></dc></metadata>"),
            record(&format!(
                "<metadata><dc><title>{long}</title><dc:rights>SECRET<b></dc></metadata>"
            )),
            record("<metadata><dc><title><dc:rights>SECRET</title></dc></metadata>"),
            "<record><dc:rights>SECRET</dc:rights></record>".to_owned(),
            "<!-- <record><dc:rights>SECRET</dc:rights></record> -->".to_owned(),
            "<stray><dc:rights>SECRET</dc:rights></stray>".to_owned(),
            "<record><header><identifier>x</identifier></header><metadata><dc><dc:rights>SECRET"
                .to_owned(),
        ] {
            let page = masked(&bad);
            assert!(!format!("{page:?}").contains("SECRET"), "{page:?}");
            let again = Page::parse(page.text.as_bytes());
            for page in [&page, &again] {
                let ids: Vec<_> = page.records.iter().map(|r| r.identifier.as_str()).collect();
                assert!(ids.contains(&"1") && ids.contains(&"2"), "{bad}: {ids:?}");
                assert_eq!(page.token.as_ref().unwrap().value, "next", "{bad}");
                assert_eq!(page.shape, Shape::Whole, "{bad}");
            }
        }
    }

    #[test]
    fn a_tombstone_that_was_masked_stays_a_tombstone() {
        let page = masked(
            "<record><header status='deleted'><identifier>x</identifier></header><metadata><dc><dc:rights>SECRET</dc:rights></dc></metadata></record>",
        );
        let again = Page::parse(page.text.as_bytes());
        assert_eq!(again.records.iter().filter(|record| record.deleted).count(), 1);
    }

    #[test]
    fn a_field_of_marc_is_masked_by_its_tag_and_subfield() {
        let field = "<datafield tag='541' ind1=' ' ind2=' '><subfield code='a'>SECRET</subfield><subfield code='d'>1990</subfield></datafield>";
        let marc = |inside: &str| {
            format!(
                "<OAI-PMH><ListRecords><record><header><identifier>x</identifier></header><metadata><record xmlns='http://www.loc.gov/MARC21/slim'><leader>00000ckc a22</leader>{inside}</record></metadata></record></ListRecords></OAI-PMH>"
            )
        };
        for name in ["marc:541", "marc:541.a"] {
            let mut page = Page::parse(marc(field).as_bytes());
            page.mask("marc21", &|asked| asked == name || asked.starts_with(&format!("{name}.")));
            assert!(!format!("{page:?}").contains("SECRET"), "{name}");
            assert_eq!(page.text.contains("1990"), name == "marc:541.a");
            let mut page = Page::parse(marc(&format!("{field}<b>")).as_bytes());
            assert_eq!(page.broken.len(), 1);
            page.mask("marc21", &|asked| asked == name);
            assert!(!format!("{page:?}").contains("SECRET"), "{name}");
        }
    }

    #[test]
    fn a_value_is_masked_by_the_name_that_the_reader_gives_it() {
        let lido = "<lido xmlns='http://www.lido-schema.org'><descriptiveMetadata><objectIdentificationWrap><repositoryWrap><repositorySet><repositoryName><legalBodyName><appellationValue>SECRET</appellationValue></legalBodyName></repositoryName><workID>1</workID></repositorySet></repositoryWrap></objectIdentificationWrap></descriptiveMetadata></lido>";
        let page = |inside: &str| {
            format!(
                "<OAI-PMH><ListRecords><record><header><identifier>x</identifier></header><metadata>{inside}</metadata></record></ListRecords></OAI-PMH>"
            )
        };
        let mut good = Page::parse(page(lido).as_bytes());
        good.mask("lido", &|name| name == "lido:repositoryName");
        assert!(!format!("{good:?}").contains("SECRET") && good.text.contains("workID"));
        let mut broken = Page::parse(page(&lido.replace("</lido>", "</b>")).as_bytes());
        broken.mask("lido", &|name| name == "lido:repositoryName");
        assert!(!format!("{broken:?}").contains("SECRET"));
        let mut other = Page::parse(page("<x xmlns='urn:x'><a><b>SECRET</b></a></x>").as_bytes());
        other.mask("raw", &|name| name == "a.b");
        assert!(!format!("{other:?}").contains("SECRET"));
    }
}
