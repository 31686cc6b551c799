//! Files of authorities for agents: lists of names, and tables.

use crate::vocabulary::VocabularyError;
use domain::meaning::Agent;
use domain::normalise::agent::{Authorities, canonical_link};

/// Adds a list of names to `authorities`: a line a person or body, the preferred name first, other
/// names after ` = ` (`AACHEN Hans von = VON AACHEN Hans`, the form of the lists of Joconde).
/// Lines that name nobody are passed over. Says how many were taken.
///
/// # Errors
/// [`VocabularyError::Syntax`] when the text is not UTF-8.
pub fn read_list(bytes: &[u8], authorities: &mut Authorities) -> Result<usize, VocabularyError> {
    let text = utf8(bytes)?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !["Liste d", "Mise à jour"].iter().any(|head| line.starts_with(head)))
        .filter(|line| authorities.add_line(line))
        .count())
}

/// Adds a table to `authorities`: columns `name` (as it is to be filed), `other` (other names, cut
/// at `|`), `born`, `died` (`YYYY`, `YYYY-MM` or `YYYY-MM-DD`), `uri` and `same_as` (cut at `|`).
/// Says how many rows were taken.
///
/// # Errors
/// [`VocabularyError::Syntax`] when it is no such table.
pub fn read_table(bytes: &[u8], authorities: &mut Authorities) -> Result<usize, VocabularyError> {
    let text = utf8(bytes)?;
    let header = text.lines().next().unwrap_or_default();
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|sign| header.bytes().filter(|byte| byte == sign).count())
        .unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| VocabularyError::Syntax(error.to_string());
    let columns: Vec<String> =
        reader.headers().map_err(wrong)?.iter().map(str::to_ascii_lowercase).collect();
    if !columns.iter().any(|column| column == "name") {
        return Err(VocabularyError::Syntax(format!(
            "the header must have `name`; it is `{header}`"
        )));
    }
    let mut taken = 0;
    for row in reader.records() {
        let row = row.map_err(wrong)?;
        let mut agent = Agent::default();
        let mut others: Vec<&str> = Vec::new();
        for (column, cell) in columns.iter().zip(&row) {
            let cell = cell.trim();
            let several = || cell.split('|').map(str::trim).filter(|part| !part.is_empty());
            let some = || (!cell.is_empty()).then(|| cell.to_owned());
            match column.as_str() {
                "name" => cell.clone_into(&mut agent.name),
                "other" => others.extend(several()),
                "born" => agent.born = some(),
                "died" => agent.died = some(),
                "uri" => agent.uri = canonical_link(cell),
                "same_as" => agent.same_as = several().filter_map(canonical_link).collect(),
                _ => {}
            }
        }
        if !agent.name.is_empty() {
            authorities.add(agent, &others);
            taken += 1;
        }
    }
    Ok(taken)
}

fn utf8(bytes: &[u8]) -> Result<&str, VocabularyError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        VocabularyError::Syntax(format!("not UTF-8 at byte {}", error.valid_up_to()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_lists_give_the_preferred_name() {
        let mut known = Authorities::new();
        let table = "name;other;born;died;uri\nCorot, Jean-Baptiste Camille;COROT Camille|COROT;1796;1875;https://www.wikidata.org/wiki/Q148475\n";
        assert_eq!(read_table(table.as_bytes(), &mut known), Ok(1));
        let list =
            "Liste des auteurs\n\nMise à jour mai 2014\nAACHEN Hans von = VON AACHEN Hans\n?\n";
        assert_eq!(read_list(list.as_bytes(), &mut known), Ok(1));
        let corot = known.find("Corot, Camille").unwrap();
        assert_eq!(corot.name, "Corot, Jean-Baptiste Camille");
        assert_eq!(corot.uri.as_deref(), Some("http://www.wikidata.org/entity/Q148475"));
        assert_eq!(known.find("VON AACHEN Hans").unwrap().name, "Aachen, Hans von");
        assert!(read_table(b"a,b\n", &mut known).is_err());
    }
}
