//! What manifests call things, in French and English.

use domain::record::Property;
use iiif::presentation::LanguageMap;

/// The label of a property in `metadata`.
pub fn property(property: Property) -> LanguageMap {
    let (french, english) = match property {
        Property::Title => ("Titre", "Title"),
        Property::Alternative => ("Autre titre", "Alternative title"),
        Property::Identifier => ("Référence", "Reference"),
        Property::Type => ("Dénomination", "Object type"),
        Property::Creator => ("Auteur", "Creator"),
        Property::Contributor => ("Contributeur", "Contributor"),
        Property::Publisher => ("Éditeur", "Publisher"),
        Property::Created => ("Date de création", "Date created"),
        Property::Issued => ("Date de publication", "Date issued"),
        Property::Date => ("Date", "Date"),
        Property::Temporal => ("Période", "Period"),
        Property::Spatial => ("Lieu", "Place"),
        Property::CurrentLocation => ("Lieu de conservation", "Current location"),
        Property::Medium => ("Matériaux et techniques", "Materials and techniques"),
        Property::Extent => ("Dimensions", "Dimensions"),
        Property::Subject => ("Sujet", "Subject"),
        Property::Description => ("Description", "Description"),
        Property::Provenance => ("Historique", "Provenance"),
        Property::Language => ("Langue", "Language"),
        Property::Format => ("Format", "Format"),
        Property::Source => ("Source", "Source"),
        Property::Relation => ("Relation", "Relation"),
        Property::IsReferencedBy => ("Bibliographie et expositions", "References"),
        Property::IsPartOf => ("Fait partie de", "Part of"),
        Property::Rights => ("Droits", "Rights"),
    };
    LanguageMap::both(french, english)
}

/// Language of values that name none: the bases of the ministry are in French; of a proper name, an
/// inventory number or a partner's text nothing is known.
pub fn default_language(base: &str, property: Property) -> &'static str {
    let name = matches!(
        property,
        Property::Identifier
            | Property::Creator
            | Property::Contributor
            | Property::Publisher
            | Property::Extent
            | Property::Language
    );
    if name || known_base(base).is_none() { "none" } else { "fr" }
}

/// Name of a base as people write it.
pub fn base_name(base: &str) -> &str {
    known_base(base).unwrap_or(base)
}

/// Label of a base.
pub fn base(base: &str) -> LanguageMap {
    LanguageMap::of("none", base_name(base))
}

fn known_base(base: &str) -> Option<&'static str> {
    match base {
        "joconde" => Some("Joconde"),
        "merimee" => Some("Mérimée"),
        "palissy" => Some("Palissy"),
        "memoire" => Some("Mémoire"),
        "mnr" => Some("Rose-Valland (MNR)"),
        "museo" | "museofile" => Some("Muséofile"),
        "autor" => Some("Autor"),
        "enluminures" => Some("Enluminures"),
        _ => None,
    }
}
