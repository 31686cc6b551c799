//! EAD 2002 (and EAD3, which has the same names where it matters): one record is one finding aid.
//!
//! The fields are those of its highest level; components are named, not read apart.

use super::{Sink, all, at, http};
use crate::xml::Element;

/// Names of the fields.
pub(super) const NAMES: &[&str] = &[
    "ead:identifier",
    "ead:title",
    "ead:reference",
    "ead:date",
    "ead:creator",
    "ead:repository",
    "ead:level",
    "ead:language",
    "ead:description",
    "ead:history",
    "ead:subject",
    "ead:place",
    "ead:name",
    "ead:type",
    "ead:rights",
    "ead:access",
    "ead:image",
    "ead:url",
    "ead:component",
    "ead:publisher",
    "ead:extent",
    "ead:titleproper",
    "ead:physdesc",
    "ead:note",
];
/// Most components that are named.
const MAX_COMPONENTS: usize = 500;

pub(super) fn read(root: &Element, sink: &mut Sink<'_>) {
    let header = root.find("eadheader").or_else(|| root.find("control"));
    if let Some(header) = header {
        let id = header.child("eadid").or_else(|| header.child("recordid"));
        if let Some(id) = id {
            sink.text("ead:identifier", id);
            if let Some(url) =
                id.attribute("url").or_else(|| id.attribute("instanceurl")).and_then(http)
            {
                sink.put("ead:url", url, None, Some(url), id);
            }
        } else {
            sink.issue("no_eadid", "eadheader", "");
        }
        for title in at(header, &["filedesc", "titlestmt", "titleproper"]) {
            sink.text("ead:titleproper", title);
        }
        for publisher in at(header, &["filedesc", "publicationstmt", "publisher"]) {
            sink.text("ead:publisher", publisher);
        }
    }
    let level = root.find("archdesc").unwrap_or(root);
    if let Some(name) = level.attribute("level") {
        sink.put("ead:level", name, None, None, level);
    }
    described(level, sink);
    components(level, sink);
    if !sink.fields.iter().any(|field| field.name == "ead:title") {
        sink.issue("no_unittitle", "archdesc/did", "");
    }
}

fn described(level: &Element, sink: &mut Sink<'_>) {
    for did in all(level, "did") {
        for e in did.elements() {
            match e.local.as_str() {
                "unittitle" => {
                    sink.text("ead:title", e);
                    // Dates and places may stand inside the title only.
                    e.elements().filter(|d| d.local == "unitdate").for_each(|d| date(d, sink));
                }
                "unitid" => sink.text("ead:reference", e),
                "unitdate" | "unitdatestructured" => date(e, sink),
                "origination" => each(
                    e,
                    &["persname", "corpname", "famname", "name", "part"],
                    "ead:creator",
                    sink,
                ),
                "repository" => each(e, &["corpname", "name"], "ead:repository", sink),
                "langmaterial" => each(e, &["language"], "ead:language", sink),
                "physdesc" | "physdescset" | "physdescstructured" => {
                    let parts = e
                        .elements()
                        .filter(|p| matches!(p.local.as_str(), "extent" | "dimensions"));
                    let mut any = false;
                    for part in parts {
                        sink.text("ead:extent", part);
                        any = true;
                    }
                    e.elements()
                        .filter(|p| p.local == "genreform")
                        .for_each(|p| sink.text("ead:type", p));
                    e.elements()
                        .filter(|p| p.local == "physfacet")
                        .for_each(|p| sink.text("ead:physdesc", p));
                    if !any {
                        sink.text("ead:physdesc", e);
                    }
                }
                "abstract" => sink.text("ead:description", e),
                "note" | "didnote" => sink.text("ead:note", e),
                "dao" | "daogrp" | "daoset" => digital(e, sink),
                _ => {}
            }
        }
    }
    for e in level.elements() {
        match e.local.as_str() {
            "scopecontent" | "odd" => without_head(e, "ead:description", sink),
            "custodhist" | "acqinfo" | "bioghist" => without_head(e, "ead:history", sink),
            "userestrict" => without_head(e, "ead:rights", sink),
            "accessrestrict" => without_head(e, "ead:access", sink),
            "controlaccess" => access(e, sink, 0),
            "dao" | "daogrp" | "daoset" => digital(e, sink),
            _ => {}
        }
    }
}

fn date(e: &Element, sink: &mut Sink<'_>) {
    let text = e.text();
    match e.attribute("normal").filter(|_| text.trim().is_empty()) {
        Some(normal) => sink.put("ead:date", normal, None, None, e),
        None => sink.text("ead:date", e),
    }
}

/// The named parts, or the whole when there are none.
fn each(e: &Element, parts: &[&str], name: &str, sink: &mut Sink<'_>) {
    let mut any = false;
    for part in e.elements().filter(|part| parts.contains(&part.local.as_str())) {
        sink.text(name, part);
        any = true;
    }
    if !any {
        sink.text(name, e);
    }
}

fn without_head(e: &Element, name: &str, sink: &mut Sink<'_>) {
    let mut parts = e.elements().filter(|part| part.local != "head").peekable();
    if parts.peek().is_none() {
        sink.text(name, e);
        return;
    }
    let text: Vec<_> = parts.map(Element::text).collect();
    sink.put(name, &text.join(" "), None, None, e);
}

fn access(e: &Element, sink: &mut Sink<'_>, depth: usize) {
    for term in e.elements() {
        match term.local.as_str() {
            "geogname" => sink.text("ead:place", term),
            "persname" | "corpname" | "famname" | "name" => sink.text("ead:name", term),
            "genreform" => sink.text("ead:type", term),
            "subject" | "function" | "occupation" | "title" => sink.text("ead:subject", term),
            "controlaccess" | "list" | "item" if depth < 10 => access(term, sink, depth + 1),
            _ => {}
        }
    }
}

/// Digital objects: pictures are images, what else has an address is a page.
fn digital(e: &Element, sink: &mut Sink<'_>) {
    if let Some(href) = e.attribute("href").map(str::trim).filter(|href| !href.is_empty()) {
        let role = e.attribute("role").unwrap_or_default().to_ascii_lowercase();
        let path = href.split(['?', '#']).next().unwrap_or(href).to_ascii_lowercase();
        let picture = role.contains("image")
            || [".jpg", ".jpeg", ".png", ".tif", ".tiff", ".gif", ".jp2"]
                .iter()
                .any(|end| path.ends_with(end));
        let name = if picture { "ead:image" } else { "ead:url" };
        sink.put(name, href, None, http(href), e);
    }
    e.elements()
        .filter(|part| matches!(part.local.as_str(), "dao" | "daoloc"))
        .for_each(|part| digital(part, sink));
}

/// Components by reference and title, from the first level down.
fn components(level: &Element, sink: &mut Sink<'_>) {
    let mut count = 0;
    let mut named = 0;
    for dsc in all(level, "dsc") {
        component(dsc, &mut count, &mut named, sink);
    }
    if count > 0 {
        sink.issue("components_not_split", "archdesc/dsc", &count.to_string());
    }
}

fn component(parent: &Element, count: &mut usize, named: &mut usize, sink: &mut Sink<'_>) {
    for c in parent.elements() {
        let local = c.local.as_str();
        let numbered = local.len() == 3
            && local.starts_with('c')
            && local.ends_with(|d: char| d.is_ascii_digit());
        if local != "c" && !numbered {
            continue;
        }
        *count += 1;
        // Whoever looks for what is masked must see all of them.
        if *named < MAX_COMPONENTS || sink.is_looking() {
            let title = at(c, &["did", "unittitle"]);
            let reference = at(c, &["did", "unitid"]);
            if let Some(title) = title.first() {
                let reference = reference.first().map(|e| super::sink::clean(&e.text()));
                let text = match reference.filter(|r| !r.is_empty()) {
                    Some(reference) => format!("{reference}: {}", title.text()).into(),
                    None => title.text(),
                };
                sink.put("ead:component", &text, None, None, c);
                *named += 1;
            }
        }
        component(c, count, named, sink);
    }
}
