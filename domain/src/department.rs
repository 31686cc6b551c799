//! The departments of France: numbers and names (code officiel géographique of 2024, the overseas
//! collectivities that keep monuments or museums among them).
//!
//! Sources write the number (`35`, `1`, `02A`) or the name in any spelling; both lead to the number.

use crate::fold::fold;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Number and name.
const DEPARTMENTS: [(&str, &str); 109] = [
    ("01", "Ain"),
    ("02", "Aisne"),
    ("03", "Allier"),
    ("04", "Alpes-de-Haute-Provence"),
    ("05", "Hautes-Alpes"),
    ("06", "Alpes-Maritimes"),
    ("07", "Ardèche"),
    ("08", "Ardennes"),
    ("09", "Ariège"),
    ("10", "Aube"),
    ("11", "Aude"),
    ("12", "Aveyron"),
    ("13", "Bouches-du-Rhône"),
    ("14", "Calvados"),
    ("15", "Cantal"),
    ("16", "Charente"),
    ("17", "Charente-Maritime"),
    ("18", "Cher"),
    ("19", "Corrèze"),
    ("20", "Corse"),
    ("21", "Côte-d'Or"),
    ("22", "Côtes-d'Armor"),
    ("23", "Creuse"),
    ("24", "Dordogne"),
    ("25", "Doubs"),
    ("26", "Drôme"),
    ("27", "Eure"),
    ("28", "Eure-et-Loir"),
    ("29", "Finistère"),
    ("2A", "Corse-du-Sud"),
    ("2B", "Haute-Corse"),
    ("30", "Gard"),
    ("31", "Haute-Garonne"),
    ("32", "Gers"),
    ("33", "Gironde"),
    ("34", "Hérault"),
    ("35", "Ille-et-Vilaine"),
    ("36", "Indre"),
    ("37", "Indre-et-Loire"),
    ("38", "Isère"),
    ("39", "Jura"),
    ("40", "Landes"),
    ("41", "Loir-et-Cher"),
    ("42", "Loire"),
    ("43", "Haute-Loire"),
    ("44", "Loire-Atlantique"),
    ("45", "Loiret"),
    ("46", "Lot"),
    ("47", "Lot-et-Garonne"),
    ("48", "Lozère"),
    ("49", "Maine-et-Loire"),
    ("50", "Manche"),
    ("51", "Marne"),
    ("52", "Haute-Marne"),
    ("53", "Mayenne"),
    ("54", "Meurthe-et-Moselle"),
    ("55", "Meuse"),
    ("56", "Morbihan"),
    ("57", "Moselle"),
    ("58", "Nièvre"),
    ("59", "Nord"),
    ("60", "Oise"),
    ("61", "Orne"),
    ("62", "Pas-de-Calais"),
    ("63", "Puy-de-Dôme"),
    ("64", "Pyrénées-Atlantiques"),
    ("65", "Hautes-Pyrénées"),
    ("66", "Pyrénées-Orientales"),
    ("67", "Bas-Rhin"),
    ("68", "Haut-Rhin"),
    ("69", "Rhône"),
    ("70", "Haute-Saône"),
    ("71", "Saône-et-Loire"),
    ("72", "Sarthe"),
    ("73", "Savoie"),
    ("74", "Haute-Savoie"),
    ("75", "Paris"),
    ("76", "Seine-Maritime"),
    ("77", "Seine-et-Marne"),
    ("78", "Yvelines"),
    ("79", "Deux-Sèvres"),
    ("80", "Somme"),
    ("81", "Tarn"),
    ("82", "Tarn-et-Garonne"),
    ("83", "Var"),
    ("84", "Vaucluse"),
    ("85", "Vendée"),
    ("86", "Vienne"),
    ("87", "Haute-Vienne"),
    ("88", "Vosges"),
    ("89", "Yonne"),
    ("90", "Territoire de Belfort"),
    ("91", "Essonne"),
    ("92", "Hauts-de-Seine"),
    ("93", "Seine-Saint-Denis"),
    ("94", "Val-de-Marne"),
    ("95", "Val-d'Oise"),
    ("971", "Guadeloupe"),
    ("972", "Martinique"),
    ("973", "Guyane"),
    ("974", "La Réunion"),
    ("975", "Saint-Pierre-et-Miquelon"),
    ("976", "Mayotte"),
    ("977", "Saint-Barthélemy"),
    ("978", "Saint-Martin"),
    ("984", "Terres australes et antarctiques françaises"),
    ("986", "Wallis-et-Futuna"),
    ("987", "Polynésie française"),
    ("988", "Nouvelle-Calédonie"),
];

/// Spellings that are not the name of today.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("cotes-du-nord", "22"),
    ("loire-inferieure", "44"),
    ("seine-inferieure", "76"),
    ("charente-inferieure", "17"),
    ("basses-pyrenees", "64"),
    ("basses-alpes", "04"),
    ("reunion", "974"),
];

static BY_NAME: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let names = DEPARTMENTS.iter().map(|(number, name)| (slug(name), *number));
    names.chain(OTHER_NAMES.iter().map(|(name, number)| ((*name).to_owned(), *number))).collect()
});

fn slug(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The number of the department that a text names or numbers, `None` when there is none.
///
/// # Example
/// ```
/// use domain::department::number;
/// assert_eq!(number("35"), Some("35"));
/// assert_eq!(number("ille et vilaine"), Some("35"));
/// assert_eq!(number("1"), Some("01"));
/// assert_eq!(number("02a"), Some("2A"));
/// assert_eq!(number("Bretagne"), None);
/// ```
pub fn number(text: &str) -> Option<&'static str> {
    let trimmed = text.trim().trim_start_matches('0');
    let padded = if trimmed.len() == 1 { format!("0{trimmed}") } else { trimmed.to_uppercase() };
    DEPARTMENTS
        .iter()
        .find(|(number, _)| *number == padded)
        .map(|(number, _)| *number)
        .or_else(|| BY_NAME.get(slug(text).as_str()).copied())
}

/// The name of the department of that number.
pub fn name(number: &str) -> Option<&'static str> {
    DEPARTMENTS.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// Number and name of every department, collectivities overseas among them.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEPARTMENTS.into_iter()
}

/// Names of before, and names without their article, with the number of today.
pub fn former_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    OTHER_NAMES.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_department_is_found_by_number_and_by_name() {
        for (code, title) in DEPARTMENTS {
            assert_eq!(number(code), Some(code));
            assert_eq!(number(title), Some(code));
            assert_eq!(number(&title.to_uppercase()), Some(code));
            assert_eq!(name(code), Some(title));
        }
    }

    #[test]
    fn former_names_lead_to_the_number_and_nothing_else_does() {
        assert_eq!(number("Seine-Inférieure"), Some("76"));
        for other in ["", "0", "00", "99", "20A", "Seine", "France", "é"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
