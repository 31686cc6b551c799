//! The columns of a delimited file: names, key, mask.

use super::row::{CONTENT_KEY, Rules};

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name; the second of a name is `name#2`. Empty: a column without a name, which is kept in
    /// the page and gives no field.
    pub name: String,
    /// It never enters.
    pub masked: bool,
}

/// All columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// In file order.
    pub list: Vec<Column>,
    /// Positions of the key columns, in the order in which they are tried.
    pub keys: Vec<usize>,
    /// Rows without a key are named by their content.
    pub by_content: bool,
}

impl Columns {
    /// Makes columns from the names of a header. White space around a name is taken off and runs
    /// of it inside (headers of several lines) become one space.
    ///
    /// # Errors
    /// When no column is a key: every row would be quarantined, and a complete run without
    /// records would delete what is there.
    pub fn new(names: impl IntoIterator<Item = String>, rules: &Rules) -> Result<Self, String> {
        let mut list: Vec<Column> = Vec::new();
        let mut plain: Vec<String> = Vec::new();
        for name in names {
            let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
            let name = name.trim_matches('\u{FEFF}').to_owned();
            let before = plain.iter().filter(|n| **n == name).count();
            let unique = if before > 0 && !name.is_empty() {
                format!("{name}#{}", before + 1)
            } else {
                name.clone()
            };
            let masked = !name.is_empty() && ((rules.masked)(&name) || (rules.masked)(&unique));
            list.push(Column { name: unique, masked });
            plain.push(name);
        }
        let keys: Vec<usize> = rules
            .keys
            .iter()
            .filter_map(|key| position(&list, key))
            .filter(|at| list.get(*at).is_some_and(|column| !column.masked))
            .collect();
        let by_content = rules.keys.iter().any(|key| key == CONTENT_KEY);
        if keys.is_empty() && !by_content {
            let names: Vec<&str> = plain.iter().map(String::as_str).take(40).collect();
            return Err(format!(
                "no column identifies the records: expected {}, found {}; set file.key in the \
                 schedule",
                if rules.keys.is_empty() { "file.key".to_owned() } else { rules.keys.join(" or ") },
                names.join(", ").chars().take(600).collect::<String>()
            ));
        }
        Ok(Self { list, keys, by_content })
    }

    /// The header line of a page: masked columns are left out.
    pub fn header(&self) -> impl Iterator<Item = &str> {
        self.list.iter().filter(|column| !column.masked).map(|column| column.name.as_str())
    }

    /// The first and the last masked column.
    pub fn masked_span(&self) -> Option<(usize, usize)> {
        let first = self.list.iter().position(|column| column.masked)?;
        let last = self.list.iter().rposition(|column| column.masked)?;
        Some((first, last))
    }
}

/// The column of a name: as written, else whatever the case.
fn position(list: &[Column], key: &str) -> Option<usize> {
    let lower = key.to_lowercase();
    list.iter()
        .position(|column| column.name == key)
        .or_else(|| list.iter().position(|column| column.name.to_lowercase() == lower))
}

/// Writes one line of the canonical form of delimited pages: RFC 4180 with line feeds.
pub fn write_line<'a>(cells: impl Iterator<Item = &'a str>, to: &mut Vec<u8>) {
    let begin = to.len();
    for (number, cell) in cells.enumerate() {
        if number > 0 {
            to.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            to.push(b'"');
            to.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            to.push(b'"');
        } else {
            to.extend_from_slice(cell.as_bytes());
        }
    }
    if to.len() == begin {
        // One empty cell: an empty line would be no row at all.
        to.extend_from_slice(b"\"\"");
    }
    to.push(b'\n');
}
