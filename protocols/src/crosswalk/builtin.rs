//! The tables that come with the program.

use super::Table;

/// Names of the built-in tables, as `mapping` in a schedule takes them.
pub const BUILTIN_NAMES: [&str; 18] = [
    "autor",
    "ead",
    "edm",
    "enluminures",
    "generic",
    "iiif",
    "joconde",
    "lido",
    "marc21",
    "memoire",
    "merimee",
    "mnr",
    "mods",
    "museofile",
    "oai_dc",
    "palissy",
    "qdc",
    "unimarc",
];

/// The TOML of the built-in table of that name: what a reader of fingerprints hashes.
pub fn builtin_text(name: &str) -> Option<&'static str> {
    Some(match name {
        "autor" => include_str!("../../tables/autor.toml"),
        "ead" => include_str!("../../tables/ead.toml"),
        "edm" => include_str!("../../tables/edm.toml"),
        "enluminures" => include_str!("../../tables/enluminures.toml"),
        "generic" => include_str!("../../tables/generic.toml"),
        "iiif" => include_str!("../../tables/iiif.toml"),
        "joconde" => include_str!("../../tables/joconde.toml"),
        "lido" => include_str!("../../tables/lido.toml"),
        "marc21" => include_str!("../../tables/marc21.toml"),
        "memoire" => include_str!("../../tables/memoire.toml"),
        "merimee" => include_str!("../../tables/merimee.toml"),
        "mnr" => include_str!("../../tables/mnr.toml"),
        "mods" => include_str!("../../tables/mods.toml"),
        "museofile" => include_str!("../../tables/museofile.toml"),
        "oai_dc" => include_str!("../../tables/oai_dc.toml"),
        "palissy" => include_str!("../../tables/palissy.toml"),
        "qdc" => include_str!("../../tables/qdc.toml"),
        "unimarc" => include_str!("../../tables/unimarc.toml"),
        _ => return None,
    })
}

impl Table {
    /// The built-in table of that name; see [`BUILTIN_NAMES`].
    pub fn builtin(name: &str) -> Option<Self> {
        // A test parses every one of them, so `ok` hides nothing.
        builtin_text(name).and_then(|toml| Self::parse(toml).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_table_has_no_mistake() {
        let mistakes: Vec<String> = BUILTIN_NAMES
            .iter()
            .filter_map(|name| {
                Table::parse(builtin_text(name).unwrap())
                    .err()
                    .map(|error| format!("{name}: {error}"))
            })
            .collect();
        assert_eq!(mistakes, Vec::<String>::new());
    }
}
