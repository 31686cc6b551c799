//! ListMetadataFormats (section 4.4), of the repository and of items.

use super::answer::Ask;
use super::record;
use super::rule::Rule;
use super::session::{Format, Session, Stop};
use super::walk::Walked;
use crate::oai_pmh::Verb;
use std::collections::BTreeSet;

/// Formats beside the walked one whose first page is looked at.
const OTHERS: usize = 6;

/// Lists the formats of the repository.
pub(super) async fn list(s: &mut Session) -> Result<(), Stop> {
    let answer = s.get(&[("verb", "ListMetadataFormats")]).await?;
    if !s.came(Rule::FormatDublinCore, Verb::ListMetadataFormats, &answer) {
        return Ok(());
    }
    s.known.formats = formats_of(answer.of(Verb::ListMetadataFormats));
    let formats = s.known.formats.clone();
    let prefixes: Vec<&str> = formats.iter().map(|format| format.prefix.as_str()).collect();
    let url = &answer.request;
    let good = formats.iter().any(|format| {
        format.prefix == "oai_dc"
            && format.schema == "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
            && format.namespace == "http://www.openarchives.org/OAI/2.0/oai_dc/"
    });
    s.expect(Rule::FormatDublinCore, good, url, || {
        format!("the formats are {}", prefixes.join(", "))
    });
    let distinct: BTreeSet<&str> = prefixes.iter().copied().collect();
    let good = distinct.len() == prefixes.len() && !distinct.contains("all");
    s.expect(Rule::FormatList, good, url, || format!("the formats are {}", prefixes.join(", ")));
    s.report.facts.insert("formats", prefixes.join(", "));
    Ok(())
}

/// Formats in a ListMetadataFormats element.
pub(super) fn formats_of(list: Option<&crate::xml::strict::Element>) -> Vec<Format> {
    let formats = list.into_iter().flat_map(|list| list.all("metadataFormat"));
    formats
        .map(|format| {
            let value = |name: &str| format.value(name).unwrap_or_default().to_owned();
            Format {
                prefix: value("metadataPrefix"),
                schema: value("schema"),
                namespace: value("metadataNamespace"),
            }
        })
        .collect()
}

/// Formats of an item, formats that there are not, and the first page of the other formats.
pub(super) async fn of_items(s: &mut Session, walked: &Walked) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let known: BTreeSet<String> = s.known.formats.iter().map(|f| f.prefix.clone()).collect();
    s.refused(
        Rule::IdentifierUnknown,
        Ask::get(&[("verb", "ListMetadataFormats"), ("identifier", super::NOBODY)]),
        &["idDoesNotExist"],
    )
    .await?;
    let live = walked.headers.iter().find(|header| !header.deleted);
    if let Some(header) = live {
        let id = header.identifier.as_str();
        let answer = s.get(&[("verb", "ListMetadataFormats"), ("identifier", id)]).await?;
        let own: Vec<String> = formats_of(answer.of(Verb::ListMetadataFormats))
            .into_iter()
            .map(|format| format.prefix)
            .collect();
        let good = own.contains(&prefix) && own.iter().all(|prefix| known.contains(prefix));
        s.expect(Rule::FormatItem, good, &answer.request, || {
            format!(
                "{id} comes in {prefix}; its formats are: {}, {}",
                own.join(", "),
                answer.summary()
            )
        });
        s.refused(
            Rule::FormatUnknown,
            Ask::get(&[
                ("verb", "GetRecord"),
                ("identifier", id),
                ("metadataPrefix", super::NO_FORMAT),
            ]),
            &["cannotDisseminateFormat"],
        )
        .await?;
    }
    for verb in ["ListRecords", "ListIdentifiers"] {
        s.refused(
            Rule::FormatUnknown,
            Ask::get(&[("verb", verb), ("metadataPrefix", super::NO_FORMAT)]),
            &["cannotDisseminateFormat"],
        )
        .await?;
    }
    for other in known.iter().filter(|other| **other != prefix).take(OTHERS) {
        let answer = s.get(&[("verb", "ListRecords"), ("metadataPrefix", other)]).await?;
        let good = answer.of(Verb::ListRecords).is_some() || answer.codes() == ["noRecordsMatch"];
        s.expect(Rule::FormatItem, good, &answer.request, || {
            format!("{other} is listed as a format and gives {}", answer.summary())
        });
        for item in answer.items() {
            record::judge(s, &item, other, answer.response_date(), &answer.request);
        }
    }
    Ok(())
}
