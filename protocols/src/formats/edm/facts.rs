//! What the tiers depend on, taken from an EDM record, or from a merged record by way of the very
//! elements that the writer would write, without making XML of them.

use super::model::{Node, Tree};
use super::write::describe;
use crate::formats::ObjectContext;
use crate::formats::rights::accepted;
use domain::merge::MergedRecord;
use domain::quality::content::{self, Medium, is_embeddable};
use domain::quality::metadata::{self, Class, Entity, Statement};
use domain::quality::packed::Quality;
use domain::quality::pattern::{self, Names};
use domain::record::EdmType;
use domain::rights::ImageRight;

/// The elements of EDM of a published object, as a tree.
pub fn tree(record: &MergedRecord, context: &ObjectContext<'_>) -> Node {
    let mut tree = Tree::new();
    describe(&mut tree, record, context);
    tree.finish()
}

/// The quality of a published object: tiers and patterns. (P1 needs the other objects.)
pub fn quality(record: &MergedRecord, context: &ObjectContext<'_>) -> Assessments {
    let tree = tree(record, context);
    let metadata = metadata::assess(&metadata(&tree));
    let content = content::assess(&content_of(record));
    let patterns = pattern::find(&names(&tree));
    Assessments { content, metadata, patterns }
}

/// All that is said of the quality of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assessments {
    /// Content tier and what stands in its way.
    pub content: content::Assessment,
    /// Metadata tier and its parts.
    pub metadata: metadata::Assessment,
    /// Problem patterns.
    pub patterns: Vec<pattern::Pattern>,
}

impl Assessments {
    /// What is stored of it.
    pub fn quality(&self) -> Quality {
        Quality::new(&self.content, &self.metadata, &self.patterns)
    }
}

/// What the metadata tier of a record depends on.
pub fn metadata(rdf: &Node) -> metadata::Facts<'_> {
    let thing = rdf.all("edm:ProvidedCHO").next();
    let statements = thing
        .iter()
        .flat_map(|thing| &thing.children)
        .filter(|node| node.name != "edm:type")
        .map(|node| Statement {
            property: &node.name,
            text: has_text(node),
            language: node.attribute("xml:lang").is_some_and(|lang| !lang.trim().is_empty()),
            link: node.resource(),
        })
        .collect();
    metadata::Facts { statements, entities: rdf.children.iter().filter_map(entity).collect() }
}

fn has_text(node: &Node) -> bool {
    !node.leading_text().trim().is_empty()
}

fn entity(node: &Node) -> Option<Entity<'_>> {
    let class = match node.name.as_str() {
        "edm:Agent" => Class::Agent,
        "skos:Concept" => Class::Concept,
        "edm:Place" => Class::Place,
        "edm:TimeSpan" => Class::TimeSpan,
        _ => return None,
    };
    let says = |names: &[&str]| {
        names.iter().any(|name| node.all(name).any(|n| has_text(n) || n.resource().is_some()))
    };
    let there = |name: &str| node.all(name).next().is_some();
    let labelled = says(&["skos:prefLabel"]);
    Some(Entity {
        about: node.attribute("rdf:about")?,
        class,
        label_with_language: node.all("skos:prefLabel").any(|label| {
            has_text(label) && label.attribute("xml:lang").is_some_and(|l| !l.trim().is_empty())
        }),
        complete: match class {
            Class::Agent => {
                labelled
                    && says(&[
                        "edm:begin",
                        "edm:end",
                        "rdaGr2:dateOfBirth",
                        "rdaGr2:dateOfDeath",
                        "rdaGr2:placeOfBirth",
                        "rdaGr2:placeOfDeath",
                        "rdaGr2:professionOrOccupation",
                    ])
            }
            Class::Concept => {
                labelled
                    && says(&[
                        "skos:note",
                        "skos:broader",
                        "skos:narrower",
                        "skos:exactMatch",
                        "skos:closeMatch",
                        "skos:related",
                    ])
            }
            Class::Place => labelled && there("wgs84_pos:lat") && there("wgs84_pos:long"),
            Class::TimeSpan => says(&["edm:begin"]) && says(&["edm:end"]),
        },
    })
}

/// What the content tier of a record depends on, as far as the record says it: Europeana itself
/// fetches the files and looks. A page and a thumbnail that are named are taken to be there.
pub fn content(rdf: &Node) -> content::Facts<'_> {
    let aggregation = rdf.all("ore:Aggregation").next();
    let links = |name: &'static str| {
        aggregation.into_iter().flat_map(move |a| a.all(name)).filter_map(Node::resource)
    };
    let rights = links("edm:rights").next().unwrap_or_default();
    let edm_type = rdf
        .all("edm:ProvidedCHO")
        .flat_map(|thing| thing.all("edm:type"))
        .find_map(|node| EdmType::parse(&node.text));
    let media = links("edm:isShownBy")
        .chain(links("edm:hasView"))
        .map(|url| {
            let resource =
                rdf.all("edm:WebResource").find(|node| node.attribute("rdf:about") == Some(url));
            let said = |name: &str| {
                resource
                    .and_then(|r| r.children.iter().find(|c| c.name == name))
                    .map(|n| n.text.trim())
            };
            let number = |name: &str| said(name).and_then(|t| t.parse().ok()).unwrap_or_default();
            let own = resource
                .and_then(|r| r.children.iter().find(|c| c.name == "edm:rights"))
                .and_then(Node::resource);
            Medium {
                mime: said("ebucore:hasMimeType").unwrap_or_default(),
                width: number("ebucore:width"),
                height: number("ebucore:height"),
                rights: own.unwrap_or(rights),
                embeddable: is_embeddable(url),
            }
        })
        .collect::<Vec<_>>();
    content::Facts {
        edm_type: edm_type.unwrap_or(EdmType::Text),
        landing_page: links("edm:isShownAt").next().is_some(),
        thumbnail: links("edm:object").next().is_some() || !media.is_empty(),
        media,
    }
}

/// What the content tier of a published object depends on: its images in the size in which our own
/// image service gives them out. Each object has a page.
pub fn content_of(record: &MergedRecord) -> content::Facts<'_> {
    let media: Vec<Medium<'_>> = record
        .images
        .iter()
        .filter(|image| image.rights.image != ImageRight::None)
        .map(|image| {
            let (width, height) = shown(image.width, image.height, image.rights.image.max_side());
            Medium {
                mime: "image/jpeg",
                width,
                height,
                rights: accepted(&image.rights.statement),
                embeddable: false,
            }
        })
        .collect();
    let thumbnail = !media.is_empty();
    content::Facts { edm_type: record.edm_type, media, landing_page: true, thumbnail }
}

/// Width and height of an image whose longer side is at most `side` pixels.
fn shown(width: u32, height: u32, side: Option<u32>) -> (u32, u32) {
    let longer = width.max(height);
    match side {
        Some(side) if side < longer => {
            let scale = |n: u32| {
                let scaled = u64::from(n) * u64::from(side) / u64::from(longer);
                u32::try_from(scaled).unwrap_or(side).max(1)
            };
            (scale(width), scale(height))
        }
        _ => (width, height),
    }
}

/// Titles, descriptions and identifiers of a record, for the problem patterns.
pub fn names(rdf: &Node) -> Names<'_> {
    let mut names = Names::default();
    for node in rdf.all("edm:ProvidedCHO").take(1).flat_map(|thing| &thing.children) {
        let text = node.text.trim();
        let language = node.attribute("xml:lang").unwrap_or_default();
        match node.name.as_str() {
            "dc:title" if !text.is_empty() => names.titles.push((text, language)),
            "dc:description" => match node.resource() {
                _ if !text.is_empty() => names.descriptions.push((text, language)),
                // A description elsewhere is one; its length nobody knows here.
                Some(uri) => names.descriptions.push((uri, "\u{0}link")),
                None => {}
            },
            "dc:identifier" if !text.is_empty() => names.identifiers.push(text),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests;
