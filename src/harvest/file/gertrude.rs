//! Gertrude's three files (pop.md 2.0.2): `|` between values, quotes that only stand around them,
//! names of Mémoire's fields that are others, pictures found by number.

use super::row::{ReadError, Row, RowReader, Rules};
use super::xml::ELEMENT;
use domain::source_record::Field;
use std::sync::Arc;

/// Names of fields of Gertrude's photographs, and what Mémoire calls them.
const RENAMED: [(&str, &str); 4] =
    [("AUT", "AUTP"), ("EMET", "IDPROD"), ("AUTR", "AUTOEU"), ("DOC", "PRECOR")];
/// Fields that make Mémoire's address, in order.
const ADDRESS: [&str; 2] = ["LIEU", "ADRS"];
/// Letters and digits that a number of a picture has at least.
const SHORTEST: usize = 5;

/// The base that one of Gertrude's files is for, by its name.
pub fn base(name: &str) -> Option<&'static str> {
    let name = name.rsplit(['/', '\\']).next()?.to_ascii_uppercase();
    let rest = name.strip_prefix("GERTRUDE_XMLTO")?;
    ["PALISSY", "MEMOIRE", "MERIMEE"].into_iter().find(|base| rest.starts_with(base))
}

/// The rules of a source, so that a field is masked under both its names.
pub fn rules(rules: &Rules, base: &str) -> Rules {
    if base != "MEMOIRE" {
        return rules.clone();
    }
    let masked = Arc::clone(&rules.masked);
    let masked = move |name: &str| {
        masked(name)
            || RENAMED.iter().any(|(from, to)| *from == name && masked(to))
            || (ADDRESS.contains(&name) && masked("ADRESSE"))
    };
    Rules { masked: Arc::new(masked), ..rules.clone() }
}

/// Reads the rows of one of the three.
pub struct GertrudeReader {
    /// What cuts the rows.
    pub inner: Box<dyn RowReader>,
    /// [`base`].
    pub base: &'static str,
    /// Names of the pictures of the delivery, in lower case.
    pub pictures: Arc<[String]>,
}

impl std::fmt::Debug for GertrudeReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GertrudeReader").field("base", &self.base).finish_non_exhaustive()
    }
}

impl RowReader for GertrudeReader {
    fn head(&self, body: &mut Vec<u8>) {
        self.inner.head(body);
    }

    fn next_row(&mut self, body: &mut Vec<u8>) -> Result<Option<Row>, ReadError> {
        let Some(row) = self.inner.next_row(body)? else { return Ok(None) };
        let Row::Record { local_id, mut fields, issues } = row else { return Ok(Some(row)) };
        for field in &mut fields {
            if let Some(bare) = bare(&field.value) {
                field.value = bare;
            }
        }
        if self.base == "MEMOIRE" {
            self.photograph(&mut fields);
        }
        fields.push(Field::new(ELEMENT, self.base));
        let local_id = bare(&local_id).unwrap_or(local_id);
        Ok(Some(Row::Record { local_id, fields, issues }))
    }

    fn offset(&self) -> u64 {
        self.inner.offset()
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), ReadError> {
        self.inner.skip_to(offset)
    }
}

impl GertrudeReader {
    fn photograph(&self, fields: &mut Vec<Field>) {
        let has = |fields: &[Field], name: &str| {
            fields.iter().any(|field| field.name == name && !field.value.trim().is_empty())
        };
        for (from, to) in RENAMED {
            if !has(fields, to) {
                fields
                    .iter_mut()
                    .filter(|f| f.name == from)
                    .for_each(|f| to.clone_into(&mut f.name));
            }
        }
        let parts: Vec<String> = ADDRESS
            .iter()
            .filter_map(|name| fields.iter().find(|field| field.name == *name))
            .map(|field| field.value.trim().to_owned())
            .filter(|part| !part.is_empty())
            .collect();
        if !parts.is_empty() && !has(fields, "ADRESSE") {
            fields.retain(|field| !ADDRESS.contains(&field.name.as_str()));
            fields.push(Field::new("ADRESSE", parts.join(" ; ")));
        }
        if has(fields, "IMG") || has(fields, "REFIMG") {
            return;
        }
        let number = ["NOMI", "NUMI"]
            .iter()
            .find_map(|name| fields.iter().find(|field| field.name == *name))
            .map(|field| field.value.trim().to_lowercase())
            .filter(|number| number.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST);
        if let Some(number) = number {
            let named = self.pictures.iter().filter(|name| name.contains(&number));
            fields.extend(named.map(|name| Field::new("IMG", name.as_str())));
        }
    }
}

/// A value without the quotes around it.
fn bare(value: &str) -> Option<String> {
    let inner = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.replace("\"\"", "\""))
}
