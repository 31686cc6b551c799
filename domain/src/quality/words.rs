//! The verdicts in words that a producer understands, in French and in English.

use super::content::{self, LicenceCap, Obstacle};
use super::metadata::{self, Class, MetadataTier};
use super::packed::Barrier;

/// A language of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// French.
    Fr,
    /// English.
    En,
}

impl Language {
    /// One of two texts.
    pub fn choose<'t>(self, fr: &'t str, en: &'t str) -> &'t str {
        match self {
            Self::Fr => fr,
            Self::En => en,
        }
    }
}

/// What keeps content from the next tier, without numbers: for counts.
pub fn barrier(barrier: Barrier, language: Language) -> &'static str {
    let (fr, en) = match barrier {
        Barrier::None => ("Rien : palier le plus haut", "Nothing: the highest tier"),
        Barrier::NoMedia => ("Pas d'image ni de fichier", "No image or file"),
        Barrier::WrongMedia => ("Fichier d'une autre nature", "File of another kind"),
        Barrier::NoThumbnail => ("Pas de vignette possible", "No thumbnail possible"),
        Barrier::TooSmall => ("Image trop petite", "Image too small"),
        Barrier::ClosedLicence => {
            ("Droits réservés ou non évalués", "In copyright or not evaluated")
        }
        Barrier::RestrictedLicence => ("Réutilisation sous conditions", "Reuse with conditions"),
    };
    match language {
        Language::Fr => fr,
        Language::En => en,
    }
}

/// What is missing for the next content tier.
pub fn content_missing(found: &content::Assessment, language: Language) -> Option<String> {
    let text = |fr: &str, en: &str| language.choose(fr, en).to_owned();
    Some(match found.obstacle? {
        Obstacle::NoMedia => text(
            "Joindre une image (ou un fichier) que l'on peut montrer, de 100 000 pixels au moins",
            "Add an image (or file) that may be shown, of 100,000 pixels at least",
        ),
        Obstacle::WrongMedia => text(
            "Joindre un fichier de la nature de l'objet : une image pour une image, un son pour un son",
            "Add a file of the object's own kind: an image for an image, sound for sound",
        ),
        Obstacle::NoThumbnail => text(
            "Joindre une image dont on peut faire une vignette",
            "Add an image that a thumbnail can be made of",
        ),
        Obstacle::TooSmall { pixels, wanted } => match language {
            Language::Fr => format!(
                "Une image plus grande : {} pixels, il en faut {}",
                grouped(pixels, '\u{202f}'),
                grouped(wanted, '\u{202f}')
            ),
            Language::En => format!(
                "A larger image: {} pixels, {} are wanted",
                grouped(pixels, ','),
                grouped(wanted, ',')
            ),
        },
        Obstacle::Licence(LicenceCap::Restricted) => text(
            "Une licence libre (domaine public, CC0, CC BY, CC BY-SA) au lieu d'une licence à conditions",
            "An open licence (public domain, CC0, CC BY, CC BY-SA) in the place of one with conditions",
        ),
        Obstacle::Licence(_) => text(
            "Une licence qui permet la réutilisation : l'image est sous droits ou n'a pas de droits déclarés",
            "A licence that allows reuse: the image is in copyright or has no rights declared",
        ),
    })
}

/// What is missing for the next metadata tier: one sentence for each part that stands in the way.
pub fn metadata_missing(found: &metadata::Assessment, language: Language) -> Vec<String> {
    let tier = found.tier();
    let mut missing = Vec::new();
    if tier == MetadataTier::C {
        return missing;
    }
    let next = MetadataTier::of_rank(tier.rank() + 1);
    if found.language < next {
        let (total, without) = (found.qualifying.len(), found.without_language.len());
        let names: Vec<&str> = found.without_language.iter().copied().take(6).collect();
        let names = names.join(", ");
        missing.push(match language {
            _ if total == 0 => language
                .choose(
                    "Un titre ou une description, avec leur langue",
                    "A title or description, with its language",
                )
                .to_owned(),
            Language::Fr => format!(
                "La langue (xml:lang) de {without} champs sur {total} ; sans langue : {names}"
            ),
            Language::En => {
                format!("The language (xml:lang) of {without} fields of {total}; without: {names}")
            }
        });
    }
    if found.enabling < next {
        let want = match next {
            MetadataTier::A | MetadataTier::Zero => 1,
            MetadataTier::B => 3,
            MetadataTier::C => 4,
        };
        let have = found.elements.len();
        let absent: Vec<&str> = [Class::Agent, Class::Concept, Class::Place, Class::TimeSpan]
            .into_iter()
            .filter(|class| !found.groups.contains(class))
            .map(|class| group(class, language))
            .collect();
        let absent = absent.join(", ");
        missing.push(match language {
            Language::Fr => format!(
                "Plus de champs qui situent l'objet : {have}, il en faut {want} de deux groupes ; absents : {absent}"
            ),
            Language::En => format!(
                "More fields that say who, what, where, when: {have}, {want} of two groups are wanted; absent: {absent}"
            ),
        });
    }
    if found.contextual < next {
        let want = if next == MetadataTier::C { 2 } else { 1 };
        let have = found.complete.len();
        let incomplete: Vec<&str> =
            found.incomplete.iter().map(|class| complete_when(*class, language)).collect();
        let begun = if incomplete.is_empty() {
            String::new()
        } else {
            let label = language.choose(" ; à compléter : ", "; to be completed: ");
            format!("{label}{}", incomplete.join(", "))
        };
        missing.push(match language {
            Language::Fr => format!(
                "Des entités liées et complètes (période datée, lieu avec coordonnées, personne avec dates, concept relié) : {have}, il en faut {want}{begun}"
            ),
            Language::En => format!(
                "Linked, complete entities (period with dates, place with coordinates, person with dates, concept with relations): {have}, {want} wanted{begun}"
            ),
        });
    }
    missing
}

fn group(class: Class, language: Language) -> &'static str {
    let (fr, en) = match class {
        Class::Agent => ("auteur", "maker"),
        Class::Concept => ("type ou matériau", "type or material"),
        Class::Place => ("lieu", "place"),
        Class::TimeSpan => ("date ou période", "date or period"),
    };
    match language {
        Language::Fr => fr,
        Language::En => en,
    }
}

fn complete_when(class: Class, language: Language) -> &'static str {
    let (fr, en) = match class {
        Class::Agent => {
            ("personne (nom, et dates ou profession)", "person (name, and dates or profession)")
        }
        Class::Concept => (
            "concept (libellé, et définition ou relation)",
            "concept (label, and note or relation)",
        ),
        Class::Place => ("lieu (nom, latitude, longitude)", "place (name, latitude, longitude)"),
        Class::TimeSpan => ("période (début et fin)", "period (begin and end)"),
    };
    match language {
        Language::Fr => fr,
        Language::En => en,
    }
}

fn grouped(n: u64, by: char) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(by);
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use metadata::{Facts, Statement, assess};

    #[test]
    fn what_is_missing_is_said_with_numbers() {
        let content = content::Assessment {
            tier: 1,
            before_licence: 1,
            obstacle: Some(Obstacle::TooSmall { pixels: 120_000, wanted: 420_000 }),
        };
        assert_eq!(
            content_missing(&content, Language::En).unwrap(),
            "A larger image: 120,000 pixels, 420,000 are wanted"
        );
        let statement =
            |property, language| Statement { property, text: true, language, link: None };
        let found = assess(&Facts {
            statements: vec![
                statement("dc:title", false),
                statement("dc:type", false),
                statement("dc:source", false),
                statement("dcterms:medium", true),
            ],
            entities: Vec::new(),
        });
        assert_eq!(found.tier(), MetadataTier::A);
        assert_eq!(
            metadata_missing(&found, Language::Fr),
            [
                "La langue (xml:lang) de 3 champs sur 4 ; sans langue : dc:source, dc:title, dc:type",
                "Plus de champs qui situent l'objet : 2, il en faut 3 de deux groupes ; absents : auteur, lieu, date ou période",
                "Des entités liées et complètes (période datée, lieu avec coordonnées, personne avec dates, concept relié) : 0, il en faut 1",
            ]
        );
    }
}
