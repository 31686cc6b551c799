//! MODS 3.

use super::sink::{clean, language};
use super::{Sink, all, at, http, preferred};
use crate::xml::Element;
use domain::fold::fold;

/// Names of the fields.
pub(super) const NAMES: &[&str] = &[
    "mods:title",
    "mods:titleAlternative",
    "mods:creator",
    "mods:contributor",
    "mods:publisher",
    "mods:place",
    "mods:dateCreated",
    "mods:dateIssued",
    "mods:date",
    "mods:edition",
    "mods:typeOfResource",
    "mods:type",
    "mods:genre",
    "mods:language",
    "mods:form",
    "mods:extent",
    "mods:physicalNote",
    "mods:format",
    "mods:abstract",
    "mods:tableOfContents",
    "mods:note",
    "mods:subject",
    "mods:subjectPlace",
    "mods:subjectDate",
    "mods:subjectName",
    "mods:coordinates",
    "mods:classification",
    "mods:identifier",
    "mods:physicalLocation",
    "mods:shelfLocator",
    "mods:url",
    "mods:image",
    "mods:thumbnail",
    "mods:accessCondition",
    "mods:accessRestriction",
    "mods:rights",
    "mods:isPartOf",
    "mods:relatedItem",
    "mods:recordIdentifier",
    "mods:recordContentSource",
];
/// Roles of who made the thing: relator codes and terms.
const MAKERS: [&str; 33] = [
    "cre",
    "aut",
    "art",
    "pht",
    "eng",
    "etr",
    "ill",
    "scl",
    "arc",
    "cmp",
    "ctg",
    "drm",
    "lth",
    "ltg",
    "prm",
    "drt",
    "dsr",
    "creator",
    "author",
    "artist",
    "photographer",
    "engraver",
    "sculptor",
    "architect",
    "composer",
    "cartographer",
    "auteur",
    "artiste",
    "photographe",
    "graveur",
    "sculpteur",
    "architecte",
    "verfasser",
];

pub(super) fn read(root: &Element, sink: &mut Sink<'_>) {
    let record = if root.local.eq_ignore_ascii_case("modsCollection") {
        super::only(root, "mods", sink).unwrap_or(root)
    } else {
        root
    };
    for e in record.elements() {
        match e.local.to_ascii_lowercase().as_str() {
            "titleinfo" => title(e, sink),
            "name" => name(e, sink),
            "origininfo" => origin(e, sink),
            "typeofresource" => {
                sink.text("mods:typeOfResource", e);
                let said = e.text().to_lowercase();
                let kinds = [
                    ("text", "TEXT"),
                    ("notated music", "TEXT"),
                    ("still image", "IMAGE"),
                    ("cartographic", "IMAGE"),
                    ("sound", "SOUND"),
                    ("moving image", "VIDEO"),
                ];
                if let Some((_, kind)) = kinds.iter().find(|(word, _)| said.contains(word)) {
                    sink.put("mods:type", kind, None, None, e);
                }
            }
            "genre" => sink.text("mods:genre", e),
            "language" => {
                let terms: Vec<&Element> = all(e, "languageTerm").collect();
                let code = terms.iter().find(|t| t.attribute("type") == Some("code"));
                match code.or(terms.first()) {
                    Some(term) => sink.put("mods:language", &term.text(), None, None, e),
                    None => sink.text("mods:language", e),
                }
            }
            "physicaldescription" => physical(e, sink),
            "abstract" => sink.text("mods:abstract", e),
            "tableofcontents" => sink.text("mods:tableOfContents", e),
            "note" => sink.text("mods:note", e),
            "subject" => subject(e, sink),
            "classification" => sink.text("mods:classification", e),
            "identifier" => {
                let text = e.text();
                sink.put("mods:identifier", &text, None, http(&text), e);
            }
            "location" => location(e, sink),
            "accesscondition" => {
                let text = e.text();
                let uri = e.attribute("href").and_then(http).or_else(|| http(&text));
                sink.put("mods:accessCondition", &text, language(e), uri, e);
                // MODS 3.8, accessCondition, type: what is said here restricts, or says that
                // nothing does.
                let kind = e.attribute("type").map(fold).unwrap_or_default();
                if matches!(kind.as_str(), "restriction on access" | "restrictiononaccess") {
                    sink.put("mods:accessRestriction", &text, language(e), None, e);
                }
                if let Some(uri) = uri {
                    sink.put("mods:rights", uri, None, Some(uri), e);
                }
            }
            "relateditem" => related(e, sink),
            "recordinfo" => {
                all(e, "recordIdentifier").for_each(|id| sink.text("mods:recordIdentifier", id));
                all(e, "recordContentSource")
                    .for_each(|source| sink.text("mods:recordContentSource", source));
            }
            _ => {}
        }
    }
    if sink.fields.is_empty() {
        sink.issue("metadata_empty", &root.local, &root.text());
    }
}

/// A title with its parts.
fn title_of(info: &Element) -> String {
    let mut text = String::new();
    for (local, before) in [
        ("nonSort", ""),
        ("title", " "),
        ("subTitle", " : "),
        ("partNumber", ". "),
        ("partName", ". "),
    ] {
        for part in all(info, local) {
            let part = clean(&part.text());
            if part.is_empty() {
                continue;
            }
            let elided = local == "title" && text.ends_with('\'');
            if !text.is_empty() && !elided {
                text.push_str(before);
            }
            text.push_str(&part);
        }
    }
    if text.is_empty() { clean(&info.text()) } else { text }
}

fn title(info: &Element, sink: &mut Sink<'_>) {
    let name =
        if info.attribute("type").is_some() { "mods:titleAlternative" } else { "mods:title" };
    let lang = all(info, "title").find_map(language).or_else(|| language(info));
    sink.put(name, &title_of(info), lang, None, info);
}

/// A name: as it is displayed, else family before given, dates in parentheses.
fn name_of(name: &Element) -> String {
    let parts: Vec<(&str, String)> = all(name, "namePart")
        .map(|part| (part.attribute("type").unwrap_or_default(), clean(&part.text())))
        .filter(|(_, text)| !text.is_empty())
        .collect();
    let of =
        |kind: &'static str| parts.iter().filter(move |(k, _)| *k == kind).map(|(_, t)| t.as_str());
    let plain: Vec<&str> = of("").collect();
    let mut text = if plain.is_empty() {
        of("family").chain(of("given")).collect::<Vec<_>>().join(", ")
    } else {
        plain.join(", ")
    };
    if text.is_empty() {
        return all(name, "displayForm").map(|e| clean(&e.text())).next().unwrap_or_default();
    }
    for date in of("date") {
        text.extend([" (", date, ")"]);
    }
    text
}

fn name(e: &Element, sink: &mut Sink<'_>) {
    let roles: Vec<String> =
        at(e, &["role", "roleTerm"]).iter().map(|r| clean(&r.text()).to_lowercase()).collect();
    let is =
        |wanted: &[&str]| roles.iter().any(|role| wanted.contains(&role.trim_end_matches('.')));
    let field = if is(&["pbl", "publisher", "éditeur"]) {
        "mods:publisher"
    } else if roles.is_empty() || is(&MAKERS) {
        "mods:creator"
    } else {
        "mods:contributor"
    };
    let uri = e.attribute("valueURI").and_then(http);
    let text = name_of(e);
    // Some write the same name once in each part of the record.
    if !sink.has(field, &text) || sink.is_looking() {
        sink.put(field, &text, None, uri, e);
    }
}

fn origin(e: &Element, sink: &mut Sink<'_>) {
    let mut points: Vec<(&str, &Element)> = Vec::new();
    for part in e.elements() {
        let local = part.local.to_ascii_lowercase();
        match local.as_str() {
            "place" => {
                for term in all(part, "placeTerm").filter(|t| t.attribute("type") != Some("code")) {
                    sink.text("mods:place", term);
                }
            }
            "publisher" => sink.text("mods:publisher", part),
            "edition" => sink.text("mods:edition", part),
            "datecreated" => points.push(("mods:dateCreated", part)),
            "dateissued" | "copyrightdate" => points.push(("mods:dateIssued", part)),
            "dateother" | "datevalid" => points.push(("mods:date", part)),
            _ => {}
        }
    }
    for (index, (name, part)) in points.iter().enumerate() {
        let text = part.text();
        match part.attribute("point") {
            Some("start") => {
                let end = points
                    .iter()
                    .skip(index + 1)
                    .find(|(n, p)| n == name && p.attribute("point") == Some("end"));
                let range = match end {
                    Some((_, end)) if clean(&end.text()) != clean(&text) => {
                        format!("{}/{}", clean(&text), clean(&end.text())).into()
                    }
                    _ => text,
                };
                once(name, &range, part, sink);
            }
            Some("end")
                if points
                    .iter()
                    .any(|(n, p)| n == name && p.attribute("point") == Some("start")) =>
            {
                sink.look(name, part);
            }
            _ => once(name, &text, part, sink),
        }
    }
}

fn once(name: &str, text: &str, source: &Element, sink: &mut Sink<'_>) {
    if !sink.has(name, text) || sink.is_looking() {
        sink.put(name, text, None, None, source);
    }
}

fn physical(e: &Element, sink: &mut Sink<'_>) {
    for part in e.elements() {
        match part.local.to_ascii_lowercase().as_str() {
            "form" => sink.text("mods:form", part),
            "extent" => sink.text("mods:extent", part),
            "note" => sink.text("mods:physicalNote", part),
            "internetmediatype" => sink.text("mods:format", part),
            _ => {}
        }
    }
}

fn subject(e: &Element, sink: &mut Sink<'_>) {
    let inherited = e.attribute("valueURI").and_then(http);
    let alone = e.elements().count() == 1;
    if e.elements().next().is_none() {
        sink.text("mods:subject", e);
    }
    for part in e.elements() {
        let own = part.attribute("valueURI").and_then(http);
        // The address of a subject of several parts is that of all of them together.
        let uri = own.or(inherited.filter(|_| alone));
        let text = match part.local.to_ascii_lowercase().as_str() {
            "name" => name_of(part),
            "titleinfo" => title_of(part),
            "hierarchicalgeographic" => {
                let levels: Vec<String> = part.elements().map(|l| clean(&l.text())).collect();
                levels.join(", ")
            }
            _ => part.text().into_owned(),
        };
        let name = match part.local.to_ascii_lowercase().as_str() {
            "geographic" | "hierarchicalgeographic" => "mods:subjectPlace",
            "temporal" => "mods:subjectDate",
            "name" => "mods:subjectName",
            "cartographics" => {
                all(part, "coordinates").for_each(|c| sink.text("mods:coordinates", c));
                continue;
            }
            "geographiccode" => continue,
            _ => "mods:subject",
        };
        sink.put(name, &text, language(part).or_else(|| language(e)), uri, part);
    }
}

fn location(e: &Element, sink: &mut Sink<'_>) {
    for part in e.elements() {
        match part.local.to_ascii_lowercase().as_str() {
            "physicallocation" => sink.text("mods:physicalLocation", part),
            "shelflocator" => sink.text("mods:shelfLocator", part),
            "holdingsimple" => at(part, &["copyInformation", "shelfLocator"])
                .into_iter()
                .for_each(|shelf| sink.text("mods:shelfLocator", shelf)),
            "url" => {
                let said = format!(
                    "{} {}",
                    part.attribute("access").unwrap_or_default(),
                    part.attribute("displayLabel").unwrap_or_default()
                )
                .to_ascii_lowercase();
                let name = if said.contains("preview") || said.contains("thumbnail") {
                    "mods:thumbnail"
                } else if said.contains("raw object") {
                    "mods:image"
                } else {
                    "mods:url"
                };
                let text = part.text();
                sink.put(name, &text, None, http(&text), part);
            }
            _ => {}
        }
    }
}

fn related(e: &Element, sink: &mut Sink<'_>) {
    let host = matches!(e.attribute("type"), Some("host" | "series"));
    let name = if host { "mods:isPartOf" } else { "mods:relatedItem" };
    let titles: Vec<&Element> = all(e, "titleInfo").collect();
    let ids: Vec<_> = at(e, &["location", "url"])
        .into_iter()
        .chain(all(e, "identifier"))
        .map(Element::text)
        .collect();
    let uri = e.attribute("href").and_then(http).or_else(|| ids.iter().find_map(|id| http(id)));
    match preferred(&titles) {
        Some(title) => sink.put(name, &title_of(title), None, uri, e),
        None => sink.put(name, ids.first().map_or("", |id| id), None, uri, e),
    }
}
