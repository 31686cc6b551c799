//! Mappings that are several tables: one delivery holds records of several bases, and each record
//! says by its own reference which one it belongs to (pop.md 2.0.1 and 2.0.2: Monuments historiques,
//! Gertrude, Renabl).

use crate::harvest::file::xml::ELEMENT;
use domain::source_record::SourceRecord;
use protocols::crosswalk::{Decisions, Table, builtin_text};

/// Name of the mapping for deliveries of the Monuments historiques and the Inventaire.
pub const POP: &str = "pop";

/// Bases of [`POP`]; the first is for records that do not say.
const BASES: [&str; 4] = ["merimee", "palissy", "memoire", "autor"];

/// One table of a mapping.
#[derive(Debug, Clone)]
pub struct Branch {
    /// Base of the records that it is for, where the mapping has several.
    pub base: Option<&'static str>,
    /// The table.
    pub table: Table,
    /// Decisions that were made with its rules.
    pub decisions: Decisions,
}

impl Branch {
    /// A table of a base.
    pub fn new(base: Option<&'static str>, table: Table) -> Self {
        Self { base, table, decisions: Decisions::default() }
    }
}

/// The tables of one mapping, at least one.
#[derive(Debug, Clone)]
pub struct Family {
    first: Branch,
    others: Vec<Branch>,
}

impl Family {
    /// The family of a mapping of that name.
    pub fn builtin(name: &str) -> Option<Self> {
        if name != POP {
            return None;
        }
        let mut branches = BASES
            .into_iter()
            .filter_map(|base| Some(Branch::new(Some(base), Table::builtin(base)?)));
        Some(Self { first: branches.next()?, others: branches.collect() })
    }

    /// A mapping of one table.
    pub fn single(table: Table) -> Self {
        Self { first: Branch::new(None, table), others: Vec::new() }
    }

    /// What the tables of a built-in family are written as, one after the other.
    pub fn builtin_text(name: &str) -> Option<String> {
        (name == POP).then(|| {
            BASES.iter().filter_map(|base| builtin_text(base)).collect::<Vec<_>>().concat()
        })
    }

    /// Every table.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        std::iter::once(&self.first).chain(&self.others).map(|branch| &branch.table)
    }

    /// The table for records that do not say their base.
    pub fn first(&self) -> &Branch {
        &self.first
    }

    /// The table of a record: the only one, or the one that the name of its element says, else the
    /// prefix of its reference. `None`: neither says.
    pub fn of(&self, record: &SourceRecord) -> Option<&Branch> {
        if self.others.is_empty() {
            return Some(&self.first);
        }
        let element = record.fields.iter().find(|field| field.name == ELEMENT);
        let base = element
            .and_then(|field| base_of_element(&field.value))
            .or_else(|| base_of_reference(&record.local_id, record))?;
        std::iter::once(&self.first).chain(&self.others).find(|branch| branch.base == Some(base))
    }
}

fn base_of_element(name: &str) -> Option<&'static str> {
    match name.to_ascii_uppercase().as_str() {
        "MERIMEE" => Some("merimee"),
        "PALISSY" => Some("palissy"),
        "ILLUSTRATION" | "MEMOIRE" => Some("memoire"),
        "AUTOR" => Some("autor"),
        _ => None,
    }
}

/// Prefixes of references, longer ones first where one begins with the other.
const PREFIXES: [(&str, &str); 23] = [
    ("SJDP", "merimee"),
    ("AJDP", "memoire"),
    ("JDP", "palissy"),
    ("SAP", "memoire"),
    ("PA", "merimee"),
    ("IA", "merimee"),
    ("EA", "merimee"),
    ("JA", "merimee"),
    ("MI", "merimee"),
    ("PM", "palissy"),
    ("IM", "palissy"),
    ("EM", "palissy"),
    ("IV", "memoire"),
    ("OA", "memoire"),
    ("MH", "memoire"),
    ("AR", "memoire"),
    ("AP", "memoire"),
    ("OR", "autor"),
    ("AW", "autor"),
    ("AA", "autor"),
    ("AB", "autor"),
    ("MV", "autor"),
    ("AC", "autor"),
];

fn base_of_reference(reference: &str, record: &SourceRecord) -> Option<&'static str> {
    let reference = reference.trim().to_ascii_uppercase();
    let (prefix, base) = PREFIXES.iter().find(|(prefix, _)| reference.starts_with(prefix))?;
    // AC stands for persons of Autor and for buildings with the label "architecture contemporaine".
    let stands = record.fields.iter().any(|field| matches!(field.name.as_str(), "TICO" | "COM"));
    Some(if *prefix == "AC" && stands { "merimee" } else { base })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::source_record::Field;

    fn base(reference: &str, fields: &[(&str, &str)]) -> Option<&'static str> {
        let record = SourceRecord {
            local_id: reference.to_owned(),
            deleted: false,
            datestamp: None,
            sets: Vec::new(),
            origin: None,
            fields: fields.iter().map(|(name, value)| Field::new(*name, *value)).collect(),
        };
        Family::builtin(POP).unwrap().of(&record).and_then(|branch| branch.base)
    }

    #[test]
    fn a_reference_says_its_base() {
        for (reference, expected) in [
            ("PA00078014", Some("merimee")),
            ("IA30001143", Some("merimee")),
            ("SJDP000001", Some("merimee")),
            ("PM01000107", Some("palissy")),
            ("JDP0000001", Some("palissy")),
            ("IVR54_19940100123NUC", Some("memoire")),
            ("APMH00011345", Some("memoire")),
            ("AJDP00001", Some("memoire")),
            ("AW00001", Some("autor")),
            ("AC00001", Some("autor")),
            ("XX1", None),
        ] {
            assert_eq!(base(reference, &[("TITR", "x")]), expected, "{reference}");
        }
        assert_eq!(base("AC00001", &[("TICO", "Maison")]), Some("merimee"));
    }

    #[test]
    fn the_element_of_a_record_speaks_before_its_reference() {
        let of = base("IVR53_1", &[(ELEMENT, "ILLUSTRATION")]);
        assert_eq!(of, Some("memoire"));
        assert_eq!(base("PA1", &[(ELEMENT, "PALISSY")]), Some("palissy"));
    }
}
