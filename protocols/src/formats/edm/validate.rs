//! Would Europeana take this EDM external record, and if not, why?
//!
//! Two judges in one: the XML Schema (order, number and type of elements, attributes; tables in
//! [`schema`]) and the rules that Europeana applies after it (Schematron; [`rules`]). The verdicts are
//! those of xmllint with EDM.xsd and of Europeana's rules, on real records and on mutants of them:
//! `conformance-tests/python/edm_agreement.py` compares.
//!
//! Europeana stops at the first violation; here all of them are told, each in words for the person
//! who has to mend it (`domain::issue::catalogue`).

mod datatype;
mod rules;
mod schema;
mod structure;
#[cfg(test)]
mod tests;

use super::model::{self, ModelError, Node};
use domain::issue::Issue;
use std::collections::BTreeSet;

/// Which law a record breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Law {
    /// The XML Schema.
    Schema,
    /// A rule of Europeana, numbered as in the reference: 1 one object, 2 topic, 3 name, 4 language,
    /// 5 links and providers, 6 rights, 7 attributes, 8 vocabularies.
    Rule(u8),
    /// Nothing is broken, but it is not as it should be.
    Advice,
}

impl Law {
    /// `XSD`, `1` to `8`, `advice`.
    pub fn name(self) -> String {
        match self {
            Self::Schema => "XSD".to_owned(),
            Self::Rule(number) => number.to_string(),
            Self::Advice => "advice".to_owned(),
        }
    }
}

/// One violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is broken.
    pub law: Law,
    /// Code, where (`ore:Aggregation/edm:rights`), and the text that is wrong. What the code means and
    /// what to do is in [`domain::issue::catalogue`].
    pub issue: Issue,
    /// Line of the document, from 1.
    pub line: usize,
}

/// Every violation of one record, schema first.
pub fn validate(rdf: &Node) -> Vec<Finding> {
    let mut findings = Vec::new();
    structure::check(rdf, &mut findings);
    rules::check(rdf, &mut findings);
    findings
}

/// Whether nothing that Europeana demands is broken.
pub fn is_valid(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.law == Law::Advice)
}

/// The laws that are broken.
pub fn broken(findings: &[Finding]) -> BTreeSet<Law> {
    findings.iter().map(|finding| finding.law).filter(|law| *law != Law::Advice).collect()
}

/// Validates every record of a document.
///
/// # Errors
/// [`ModelError`] when the text is not well-formed or holds no record.
pub fn validate_document(text: &str) -> Result<Vec<(Node, Vec<Finding>)>, ModelError> {
    let records = model::records(text)?;
    Ok(records
        .into_iter()
        .map(|record| {
            let findings = validate(&record);
            (record, findings)
        })
        .collect())
}

/// Notes a violation.
fn note(
    findings: &mut Vec<Finding>,
    law: Law,
    code: &str,
    path: impl Into<String>,
    value: &str,
    line: usize,
) {
    findings.push(Finding { law, issue: Issue::new(code, path, value), line });
}
