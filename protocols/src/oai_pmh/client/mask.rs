//! Takes confidential elements out of a page before it is stored (invariant 8).

use super::page::Page;
use super::scan::Tags;
use crate::formats::field_name;
use crate::xml::{Element, Node};

/// What stands in place of a record that could not be read and may hold confidential values.
pub const WITHHELD: &str = "(withheld: it names a field that this source masks)";

impl Page {
    /// Takes the elements whose field name is masked out of records and text; entities to which
    /// only they pointed go with them. Records that could not be read are withheld as a whole when
    /// they name a masked field. Returns how many records were touched.
    pub fn mask(&mut self, is_masked: &dyn Fn(&str) -> bool) -> usize {
        let mut replaced = Vec::new();
        let text = &self.text;
        for record in &mut self.records {
            let Some(metadata) = &mut record.metadata else { continue };
            let mut uris = Vec::new();
            if !remove(metadata, is_masked, &mut uris) {
                continue;
            }
            drop_entities(metadata, &uris);
            record.masked = true;
            // The record is written anew from what is left; header and `about` are kept as they are
            // only in their values.
            let name = Tags::from(text, record.span.start).next().map_or("record", |tag| tag.name);
            let prefix =
                name.rsplit_once(':').map(|(prefix, _)| format!("{prefix}:")).unwrap_or_default();
            let mut xml = format!("<{prefix}record><{prefix}header>");
            let mut put = |name: &str, value: &str| {
                let value = crate::xml::write::escape(value);
                xml.extend(["<", &prefix, name, ">", &value, "</", &prefix, name, ">"]);
            };
            put("identifier", &record.identifier);
            if let Some(datestamp) = &record.datestamp {
                put("datestamp", datestamp);
            }
            record.sets.iter().for_each(|set| put("setSpec", set));
            let metadata = metadata.to_xml();
            let rest = format!(
                "</{prefix}header><{prefix}metadata>{metadata}</{prefix}metadata>{about}</{prefix}record>",
                about = record.about.to_xml(),
            );
            replaced.push((record.span.clone(), xml + &rest));
        }
        for broken in &mut self.broken {
            if Tags::new(&broken.body).any(|tag| names(tag.name).iter().any(|name| is_masked(name)))
            {
                WITHHELD.clone_into(&mut broken.body);
                replaced.push((broken.span.clone(), String::new()));
            }
        }
        let touched = replaced.len();
        replaced.sort_by_key(|(span, _)| span.start);
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

/// Names by which a tag of unknown namespace might be masked.
fn names(qualified: &str) -> [String; 4] {
    let local = qualified.rsplit(':').next().unwrap_or(qualified);
    [
        qualified.to_owned(),
        format!("dc:{local}"),
        format!("dcterms:{local}"),
        format!("edm:{local}"),
    ]
}

fn remove(element: &mut Element, is_masked: &dyn Fn(&str) -> bool, uris: &mut Vec<String>) -> bool {
    let before = element.children.len();
    element.children.retain(|node| match node {
        Node::Element(child) if is_masked(&field_name(child)) => {
            uris.extend(child.attribute("resource").map(str::to_owned));
            false
        }
        _ => true,
    });
    let mut removed = element.children.len() < before;
    for node in &mut element.children {
        if let Node::Element(child) = node {
            removed |= remove(child, is_masked, uris);
        }
    }
    removed
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
        assert_eq!(page.mask(&|name| name.eq_ignore_ascii_case("DCTERMS:SPATIAL")), 2);
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
        assert_eq!(page.mask(&|_| false), 0);
        assert_eq!(page.text, body);
    }
}
