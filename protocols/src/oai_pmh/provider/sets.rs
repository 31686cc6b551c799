//! What sets are called and how they are described in ListSets (section 4.6).

use crate::formats::oai_dc;
use crate::xml::Writer;
use domain::department;
use std::collections::BTreeMap;

const DC: &str = "http://purl.org/dc/elements/1.1/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What the data call things.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// Base → label of its most trusted source.
    pub bases: BTreeMap<String, String>,
    /// Source → label.
    pub sources: BTreeMap<String, String>,
    /// Reference of a museum → its name.
    pub museums: BTreeMap<String, String>,
}

/// A set as ListSets shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDescription {
    /// setSpec.
    pub spec: String,
    /// setName.
    pub name: String,
    /// What is in it: French, English. Empty for a set that only a source could explain.
    pub descriptions: Vec<(&'static str, String)>,
}

impl SetDescription {
    /// Names and describes a set. A set that is not one of ours is called by its last word.
    pub fn of(spec: &str, names: &Names) -> Self {
        let (name, descriptions) = match spec.split_once(':') {
            None => root(spec),
            Some((root, rest)) => member(root, rest, names),
        };
        let name = name.unwrap_or_else(|| spec.rsplit(':').next().unwrap_or(spec).to_owned());
        let descriptions =
            descriptions.map(|(fr, en)| vec![("fr", fr), ("en", en)]).unwrap_or_default();
        Self { spec: spec.to_owned(), name, descriptions }
    }

    /// Writes the `set` element.
    pub(super) fn write(&self, w: &mut Writer) {
        w.open("set", &[]);
        w.text("setSpec", &[], &self.spec);
        w.text("setName", &[], &self.name);
        if !self.descriptions.is_empty() {
            let location = format!("{} {}", oai_dc::NAMESPACE, oai_dc::SCHEMA);
            w.open("setDescription", &[]);
            w.open(
                "oai_dc:dc",
                &[
                    ("xmlns:oai_dc", oai_dc::NAMESPACE),
                    ("xmlns:dc", DC),
                    ("xmlns:xsi", XSI),
                    ("xsi:schemaLocation", &location),
                ],
            );
            w.text("dc:title", &[], &self.name);
            for (lang, text) in &self.descriptions {
                w.text("dc:description", &[("xml:lang", lang)], text);
            }
            w.close();
            w.close();
        }
        w.close();
    }
}

/// Name and descriptions (French, English), as far as they are known.
type Known = (Option<String>, Option<(String, String)>);

fn known(name: &str, fr: &str, en: &str) -> Known {
    (Some(name.to_owned()), Some((fr.to_owned(), en.to_owned())))
}

fn root(spec: &str) -> Known {
    match spec {
        "base" => known(
            "Bases",
            "Toutes les notices, par base documentaire.",
            "All records, by documentary base.",
        ),
        "source" => known(
            "Sources",
            "Toutes les notices, par source moissonnée.",
            "All records, by harvested source.",
        ),
        "museum" => known(
            "Musées",
            "Les notices rattachées à un musée, par référence Muséofile.",
            "Records that belong to a museum, by Muséofile reference.",
        ),
        "department" => known(
            "Départements",
            "Les notices localisées en France, par département.",
            "Records located in France, by department.",
        ),
        "rights" => known(
            "Droits",
            "Toutes les notices, selon la réutilisation que leur déclaration de droits permet.",
            "All records, by the reuse that their rights statement allows.",
        ),
        "media" => {
            known("Médias", "Les notices qui montrent un média.", "Records that show a medium.")
        }
        "type" => known(
            "Types",
            "Toutes les notices, par type Europeana (edm:type).",
            "All records, by Europeana type (edm:type).",
        ),
        "tier" => known(
            "Niveaux de qualité",
            "Les notices, par niveau de qualité Europeana.",
            "Records, by Europeana quality tier.",
        ),
        _ => (None, None),
    }
}

fn member(root: &str, rest: &str, names: &Names) -> Known {
    match (root, rest) {
        ("base", base) => {
            let name = base_name(base)
                .map(str::to_owned)
                .or_else(|| names.bases.get(base).cloned())
                .unwrap_or_else(|| base.to_owned());
            let fr = format!("Les notices de la base {name}.");
            let en = format!("Records of the base {name}.");
            (Some(name), Some((fr, en)))
        }
        ("source", source) => {
            let name = names.sources.get(source).cloned().unwrap_or_else(|| source.to_owned());
            let fr = format!("Les notices auxquelles la source {name} contribue.");
            let en = format!("Records that the source {name} contributes to.");
            (Some(name), Some((fr, en)))
        }
        ("museum", reference) => match names.museums.get(reference) {
            Some(name) => known(
                name,
                &format!("Les notices de {name} (Muséofile {reference})."),
                &format!("Records of {name} (Muséofile {reference})."),
            ),
            None => (None, None),
        },
        ("department", number) => match department::name(number) {
            Some(name) => known(
                &format!("{name} ({number})"),
                &format!("Les notices localisées dans le département {name} ({number})."),
                &format!("Records located in the department {name} ({number})."),
            ),
            None => (None, None),
        },
        ("rights", "open") => known(
            "Réutilisation libre",
            "Domaine public, CC0, CC BY et CC BY-SA.",
            "Public domain, CC0, CC BY and CC BY-SA.",
        ),
        ("rights", "restricted") => known(
            "Réutilisation sous conditions",
            "Les autres licences Creative Commons, NoC-NC, NoC-OKLR et InC-EDU.",
            "The other Creative Commons licences, NoC-NC, NoC-OKLR and InC-EDU.",
        ),
        ("rights", "permission") => known(
            "Réutilisation sur autorisation",
            "Sous droits, ou sans mention de droits.",
            "In copyright, or without a rights notice.",
        ),
        ("media", "image") => known(
            "Avec image",
            "Les notices dont au moins une image peut être montrée.",
            "Records with at least one image that may be shown.",
        ),
        ("type", kind) => edm_type(kind),
        _ => (None, None),
    }
}

fn edm_type(kind: &str) -> Known {
    let (fr, en) = match kind {
        "IMAGE" => ("Images", "images"),
        "TEXT" => ("Textes", "texts"),
        "SOUND" => ("Enregistrements sonores", "sound recordings"),
        "VIDEO" => ("Vidéos", "videos"),
        "3D" => ("Objets en 3D", "3D objects"),
        _ => return (None, None),
    };
    known(fr, &format!("{fr} (edm:type {kind})."), &format!("Records of {en} (edm:type {kind})."))
}

/// The bases of POP by their own names.
fn base_name(base: &str) -> Option<&'static str> {
    Some(match base {
        "joconde" => "Joconde",
        "merimee" => "Mérimée",
        "palissy" => "Palissy",
        "memoire" => "Mémoire",
        "mnr" => "MNR Rose-Valland",
        "museo" | "museofile" => "Muséofile",
        "autor" => "Autor",
        "enluminures" => "Enluminures",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_called_what_the_data_call_them() {
        let names = Names {
            bases: [("partner".to_owned(), "Partenaire".to_owned())].into(),
            sources: [("joconde-2025".to_owned(), "Joconde, export de 2025".to_owned())].into(),
            museums: [("M0017".to_owned(), "Musée du Louvre".to_owned())].into(),
        };
        for (spec, expected) in [
            ("base", "Bases"),
            ("base:joconde", "Joconde"),
            ("base:partner", "Partenaire"),
            ("base:unknown", "unknown"),
            ("source:joconde-2025", "Joconde, export de 2025"),
            ("museum:M0017", "Musée du Louvre"),
            ("museum:M9999", "M9999"),
            ("department:35", "Ille-et-Vilaine (35)"),
            ("department:bretagne", "bretagne"),
            ("rights:open", "Réutilisation libre"),
            ("type:3D", "Objets en 3D"),
            ("type:SMELL", "SMELL"),
            ("museum:M1:x", "x"),
            ("theirs:a:b", "b"),
        ] {
            assert_eq!(SetDescription::of(spec, &names).name, expected, "{spec}");
        }
        assert!(SetDescription::of("theirs:a:b", &names).descriptions.is_empty());
        assert_eq!(SetDescription::of("media:image", &names).descriptions.len(), 2);
    }
}
