//! Names of kinds, properties, links, facets and rights statements.

use super::Lang;
use crate::search::Facet;
use domain::record::{Kind, LinkKind, Property};

/// Picks by language.
fn pick(lang: Lang, fr: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

/// What the thing is, in the singular.
pub fn kind_label(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::MuseumObject => pick(lang, "Objet de musée", "Museum object"),
        Kind::Monument => pick(lang, "Monument", "Monument"),
        Kind::MovableObject => pick(lang, "Objet mobilier", "Movable object"),
        Kind::Photograph => pick(lang, "Photographie", "Photograph"),
        Kind::Museum => pick(lang, "Musée", "Museum"),
        Kind::Agent => pick(lang, "Personne", "Person"),
        Kind::Other => pick(lang, "Document", "Document"),
    }
}

/// What the things are, in the plural.
pub fn kind_plural(kind: Kind, lang: Lang) -> &'static str {
    match kind {
        Kind::MuseumObject => pick(lang, "Objets de musée", "Museum objects"),
        Kind::Monument => pick(lang, "Monuments", "Monuments"),
        Kind::MovableObject => pick(lang, "Objets mobiliers", "Movable objects"),
        Kind::Photograph => pick(lang, "Photographies", "Photographs"),
        Kind::Museum => pick(lang, "Musées", "Museums"),
        Kind::Agent => pick(lang, "Personnes", "People"),
        Kind::Other => pick(lang, "Documents", "Documents"),
    }
}

/// The bases of the French ministry by their names; another base by its own.
pub fn base_label(base: &str, lang: Lang) -> String {
    let known = match base {
        "joconde" => pick(lang, "Joconde · collections des musées", "Joconde · museum collections"),
        "merimee" => pick(lang, "Mérimée · architecture", "Mérimée · architecture"),
        "palissy" => pick(lang, "Palissy · objets mobiliers", "Palissy · movable heritage"),
        "memoire" => pick(lang, "Mémoire · photographies", "Mémoire · photographs"),
        "mnr" => pick(lang, "Rose Valland · MNR", "Rose Valland · MNR"),
        "museofile" => pick(lang, "Muséofile · musées", "Muséofile · museums"),
        "autor" => pick(lang, "Autor · artistes", "Autor · artists"),
        "enluminures" => pick(lang, "Enluminures", "Illuminated manuscripts"),
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    let mut chars = base.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What a property is called on the page of a thing of this kind.
pub fn property_label(kind: Kind, property: Property, lang: Lang) -> &'static str {
    match (kind, property) {
        (Kind::Museum | Kind::Agent, Property::Title) => return pick(lang, "Nom", "Name"),
        (Kind::Museum | Kind::Agent, Property::Alternative) => {
            return pick(lang, "Autre nom", "Other name");
        }
        (Kind::Monument, Property::Creator) => {
            return pick(lang, "Maître d’œuvre", "Architect or master builder");
        }
        (Kind::Monument, Property::Created) => return pick(lang, "Construction", "Construction"),
        (Kind::Monument, Property::Provenance) => {
            return pick(lang, "Histoire et protection", "History and protection");
        }
        (Kind::Monument | Kind::Museum, Property::Spatial) => {
            return pick(lang, "Localisation", "Location");
        }
        (Kind::Photograph, Property::Creator) => return pick(lang, "Photographe", "Photographer"),
        (Kind::Photograph, Property::Created) => {
            return pick(lang, "Date de prise de vue", "Date of the photograph");
        }
        (Kind::Photograph, Property::Spatial) => {
            return pick(lang, "Lieu représenté", "Place shown");
        }
        (Kind::Photograph, Property::Subject) => return pick(lang, "Sujet", "Subject"),
        _ => {}
    }
    match property {
        Property::Title => pick(lang, "Titre", "Title"),
        Property::Alternative => pick(lang, "Autre titre", "Other title"),
        Property::Identifier => pick(lang, "Référence et inventaire", "Reference and inventory"),
        Property::Type => pick(lang, "Dénomination", "Object type"),
        Property::Creator => pick(lang, "Auteur", "Maker"),
        Property::Contributor => pick(lang, "Contributeur", "Contributor"),
        Property::Publisher => pick(lang, "Éditeur", "Publisher"),
        Property::Created => pick(lang, "Date de création", "Date made"),
        Property::Issued => pick(lang, "Date de publication", "Date published"),
        Property::Date => pick(lang, "Date", "Date"),
        Property::Temporal => pick(lang, "Époque, style", "Period, style"),
        Property::Spatial => pick(lang, "Lieu", "Place"),
        Property::CurrentLocation => pick(lang, "Lieu de conservation", "Current location"),
        Property::Medium => pick(lang, "Matériaux et techniques", "Materials and techniques"),
        Property::Extent => pick(lang, "Dimensions", "Dimensions"),
        Property::Subject => pick(lang, "Sujet représenté", "Subject shown"),
        Property::Description => pick(lang, "Description", "Description"),
        Property::Provenance => pick(lang, "Historique, acquisition", "History, acquisition"),
        Property::Language => pick(lang, "Langue", "Language"),
        Property::Format => pick(lang, "Format", "Format"),
        Property::Source => pick(lang, "Source", "Source"),
        Property::Relation => pick(lang, "Relation", "Relation"),
        Property::IsReferencedBy => {
            pick(lang, "Bibliographie, expositions", "Bibliography, exhibitions")
        }
        Property::IsPartOf => pick(lang, "Fait partie de", "Part of"),
        Property::Rights => pick(lang, "Mention de droits", "Rights notice"),
    }
}

/// What a group of links is called.
pub fn link_label(kind: LinkKind, lang: Lang) -> &'static str {
    match kind {
        LinkKind::RepresentationOf => pick(lang, "Représente", "Shows"),
        LinkKind::RepresentedBy => pick(lang, "Photographies", "Photographs"),
        LinkKind::PartOf => pick(lang, "Fait partie de", "Part of"),
        LinkKind::HasPart => pick(lang, "Comprend", "Includes"),
        LinkKind::KeptIn => pick(lang, "Conservé dans", "Kept in"),
        LinkKind::Keeps => pick(lang, "Abrite", "Houses"),
        LinkKind::HeldBy => pick(lang, "Musée", "Museum"),
        LinkKind::RelatedTo => pick(lang, "En relation", "Related"),
    }
}

/// What a facet is called.
pub fn facet_label(facet: Facet, lang: Lang) -> &'static str {
    match facet {
        Facet::Base => pick(lang, "Base", "Database"),
        Facet::Kind => pick(lang, "Nature", "Kind"),
        Facet::Image => pick(lang, "Image", "Image"),
        Facet::Type => pick(lang, "Dénomination", "Object type"),
        Facet::Creator => pick(lang, "Auteur", "Maker"),
        Facet::Period => pick(lang, "Siècle", "Century"),
        Facet::Place => pick(lang, "Lieu", "Place"),
        Facet::Provider => pick(lang, "Institution", "Institution"),
        Facet::Rights => pick(lang, "Réutilisation", "Reuse"),
        Facet::Flag => pick(lang, "Manquant ou volé", "Missing or stolen"),
    }
}

/// What a value of a facet is called.
pub fn facet_value_label(facet: Facet, value: &str, lang: Lang) -> String {
    match facet {
        Facet::Base => base_label(value, lang),
        Facet::Kind => {
            Kind::parse(value).map_or_else(|| value.to_owned(), |k| kind_plural(k, lang).to_owned())
        }
        Facet::Image => match value {
            "yes" => pick(lang, "Avec image", "With image").to_owned(),
            "no" => pick(lang, "Sans image", "Without image").to_owned(),
            _ => value.to_owned(),
        },
        Facet::Period => {
            value.parse::<i32>().map_or_else(|_| value.to_owned(), |n| century_label(n, lang))
        }
        Facet::Rights => rights_class_label(value, lang).to_owned(),
        Facet::Flag => flag_label(value, lang).to_owned(),
        Facet::Type | Facet::Creator | Facet::Place | Facet::Provider => value.to_owned(),
    }
}

/// What a class of reuse is called; an unknown one is not named.
pub fn rights_class_label(class: &str, lang: Lang) -> &'static str {
    match class {
        "open" => pick(lang, "Réutilisation libre", "Free to reuse"),
        "restricted" => pick(lang, "Sous conditions", "With conditions"),
        "none" => pick(lang, "Droits non précisés", "Rights not stated"),
        _ => "?",
    }
}

/// What a flag is called.
pub fn flag_label(flag: &str, lang: Lang) -> &'static str {
    match flag {
        "missing" => pick(lang, "Manquant", "Missing"),
        "stolen" => pick(lang, "Volé", "Stolen"),
        _ => pick(lang, "Signalé", "Flagged"),
    }
}

fn century_label(n: i32, lang: Lang) -> String {
    let era = match (n < 0, lang) {
        (false, _) => "",
        (true, Lang::Fr) => " av. J.-C.",
        (true, Lang::En) => " BC",
    };
    let n = n.unsigned_abs();
    match lang {
        Lang::Fr => {
            let suffix = if n == 1 { "er" } else { "e" };
            format!("{}{suffix} siècle{era}", roman(n))
        }
        Lang::En => {
            let suffix = match (n % 10, n % 100) {
                (1, unit) if unit != 11 => "st",
                (2, unit) if unit != 12 => "nd",
                (3, unit) if unit != 13 => "rd",
                _ => "th",
            };
            format!("{n}{suffix} century{era}")
        }
    }
}

fn roman(mut n: u32) -> String {
    let mut text = String::new();
    for (value, letters) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
        while n >= value && text.len() < 16 {
            text.push_str(letters);
            n -= value;
        }
    }
    text
}

/// What a rights statement is called; a URI that is not known is shown as it is.
pub fn statement_label(uri: &str, lang: Lang) -> String {
    let path = uri.trim_start_matches("https://").trim_start_matches("http://");
    if let Some(code) = path.strip_prefix("rightsstatements.org/vocab/") {
        let known = match code.split('/').next().unwrap_or("") {
            "CNE" => pick(lang, "Droits non évalués", "Copyright not evaluated"),
            "UND" => pick(lang, "Droits indéterminés", "Copyright undetermined"),
            "NKC" => pick(lang, "Pas de droit connu", "No known copyright"),
            "InC" => pick(lang, "Protégé par le droit d’auteur", "In copyright"),
            "InC-OW-EU" => pick(lang, "Protégé, œuvre orpheline", "In copyright, EU orphan work"),
            "InC-EDU" => pick(
                lang,
                "Protégé, usage éducatif permis",
                "In copyright, educational use permitted",
            ),
            "InC-NC" => pick(
                lang,
                "Protégé, usage non commercial permis",
                "In copyright, non-commercial use permitted",
            ),
            "InC-RUU" => pick(
                lang,
                "Protégé, ayant droit introuvable",
                "In copyright, rights-holder unlocatable",
            ),
            "NoC-NC" => pick(
                lang,
                "Libre de droits, usage non commercial",
                "No copyright, non-commercial use only",
            ),
            "NoC-OKLR" => pick(
                lang,
                "Libre de droits, autres restrictions",
                "No copyright, other restrictions",
            ),
            "NoC-CR" => pick(
                lang,
                "Libre de droits, restrictions contractuelles",
                "No copyright, contractual restrictions",
            ),
            _ => "",
        };
        if !known.is_empty() {
            return known.to_owned();
        }
    }
    if path.starts_with("creativecommons.org/publicdomain/mark") {
        return pick(lang, "Domaine public", "Public domain").to_owned();
    }
    if path.starts_with("creativecommons.org/publicdomain/zero") {
        return "CC0".to_owned();
    }
    if let Some(rest) = path.strip_prefix("creativecommons.org/licenses/") {
        let mut parts = rest.split('/');
        let licence = parts.next().unwrap_or("").to_uppercase();
        let version = parts.next().unwrap_or("");
        return format!("CC {licence} {version}").trim_end().to_owned();
    }
    if path.contains("etalab") {
        return pick(lang, "Licence Ouverte (Etalab)", "Open Licence (Etalab)").to_owned();
    }
    uri.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn centuries_are_written_as_each_language_does() {
        assert_eq!(facet_value_label(Facet::Period, "18", Lang::Fr), "XVIIIe siècle");
        assert_eq!(facet_value_label(Facet::Period, "1", Lang::Fr), "Ier siècle");
        assert_eq!(facet_value_label(Facet::Period, "-2", Lang::En), "2nd century BC");
        assert_eq!(facet_value_label(Facet::Period, "21", Lang::En), "21st century");
        assert_eq!(facet_value_label(Facet::Period, "14", Lang::Fr), "XIVe siècle");
    }

    #[test]
    fn statements_have_names_and_unknown_ones_stay_themselves() {
        let fr = |uri| statement_label(uri, Lang::Fr);
        assert_eq!(fr("http://rightsstatements.org/vocab/CNE/1.0/"), "Droits non évalués");
        assert_eq!(fr("http://creativecommons.org/licenses/by-sa/4.0/"), "CC BY-SA 4.0");
        assert_eq!(fr("http://creativecommons.org/publicdomain/mark/1.0/"), "Domaine public");
        assert_eq!(fr("https://example.org/terms"), "https://example.org/terms");
    }
}
