//! METS: the description of its logical root, by whatever format it holds (MODS, Dublin Core), and
//! the images of its best file group.

use super::{Known, Sink, at, http};
use crate::xml::Element;

/// Names of the fields of the wrapper.
pub(super) const NAMES: &[&str] = &[
    "mets:identifier",
    "mets:label",
    "mets:image",
    "mets:thumbnail",
    "mets:owner",
    "mets:license",
    "mets:url",
];
/// Most images that are taken.
const MAX_IMAGES: usize = 2000;

pub(super) fn read(format: &str, root: &Element, sink: &mut Sink<'_>) {
    let root = root.find("mets").unwrap_or(root);
    if let Some(id) = root.attribute("OBJID").map(str::to_owned) {
        sink.put("mets:identifier", &id, None, http(&id), root);
    }
    match description(root) {
        Some((known, inside)) => known.read(format, inside, sink),
        None => sink.issue("no_description", "mets/dmdSec", ""),
    }
    if !sink.fields.iter().any(|field| field.name.ends_with(":title"))
        && let Some(label) = root.attribute("LABEL")
    {
        sink.put("mets:label", label, None, None, root);
    }
    for amd in root.elements().filter(|e| e.local == "amdSec") {
        for (local, name) in
            [("owner", "mets:owner"), ("license", "mets:license"), ("presentation", "mets:url")]
        {
            if let Some(found) = amd.find(local) {
                let text = found.text();
                sink.put(name, &text, None, http(&text), found);
            }
        }
    }
    files(root, sink);
}

/// The described root: what the first division of the logical structure points to, else the first
/// description that a reader knows.
fn description(root: &Element) -> Option<(Known, &Element)> {
    let sections: Vec<&Element> = root.elements().filter(|e| e.local == "dmdSec").collect();
    let logical = root
        .elements()
        .filter(|e| e.local == "structMap")
        .find(|e| e.attribute("TYPE").is_some_and(|t| t.eq_ignore_ascii_case("logical")));
    let first = logical.and_then(|map| division(map, 0));
    let pointed = first.and_then(|ids| {
        let ids: Vec<&str> = ids.split_whitespace().collect();
        sections.iter().copied().find(|s| s.attribute("ID").is_some_and(|id| ids.contains(&id)))
    });
    pointed.into_iter().chain(sections).find_map(|section| {
        at(section, &["mdWrap", "xmlData"]).into_iter().find_map(|data| {
            let whole = data.elements().find_map(|inside| {
                let known = Known::of(inside)?;
                (known != Known::Mets && inside.elements().next().is_some())
                    .then_some((known, inside))
            });
            // Dublin Core without a container.
            whole.or_else(|| {
                data.elements().any(super::is_dublin_core).then_some((Known::DublinCore, data))
            })
        })
    })
}

/// Descriptions that the first division which has any points to.
fn division(parent: &Element, depth: usize) -> Option<&str> {
    let first = parent.elements().find(|e| e.local == "div")?;
    match first.attribute("DMDID") {
        Some(ids) => Some(ids),
        None if depth < 10 => division(first, depth + 1),
        None => None,
    }
}

fn files(root: &Element, sink: &mut Sink<'_>) {
    let mut groups = Vec::new();
    for section in root.elements().filter(|e| e.local == "fileSec") {
        // The addresses of one picture stand in several groups.
        sink.look("mets:image", section);
        groups.extend(section.elements().filter(|e| e.local == "fileGrp"));
    }
    let usage = |group: &Element| group.attribute("USE").unwrap_or_default().to_ascii_uppercase();
    let rank = |group: &Element| match usage(group).as_str() {
        "PRESENTATION" | "MAX" => 0,
        "DEFAULT" => 1,
        name if name.contains("THUMB") || name.contains("FULLTEXT") || name.contains("ALTO") => 9,
        name if name.contains("MASTER") || name.contains("IMAGE") => 2,
        _ => 3,
    };
    let pictured = |group: &&&Element| rank(group) < 9 && images(group).next().is_some();
    if let Some(best) = groups.iter().filter(pictured).min_by_key(|group| rank(group)) {
        for (href, source) in images(best).take(MAX_IMAGES) {
            sink.put("mets:image", href, None, http(href), source);
        }
    }
    if let Some(small) = groups.iter().find(|group| usage(group).contains("THUMB"))
        && let Some((href, source)) = images(small).next()
    {
        sink.put("mets:thumbnail", href, None, http(href), source);
    }
}

/// Addresses of the pictures of a group.
fn images(group: &Element) -> impl Iterator<Item = (&str, &Element)> {
    group
        .elements()
        .filter(|e| e.local == "file")
        .filter(|file| {
            file.attribute("MIMETYPE")
                .is_none_or(|mime| mime.trim().to_ascii_lowercase().starts_with("image"))
        })
        .filter_map(|file| {
            let locator = file.child("FLocat")?;
            Some((http(locator.attribute("href")?)?, locator))
        })
}
