//! Identify: who is there, and is it told truly (section 4.2).

use super::containers;
use super::rule::Rule;
use super::session::{Session, Stop};
use crate::oai_pmh::{Datestamp, Granularity, Verb};
use crate::xml::strict::Element;
use url::Url;

/// Asks Identify. `None` when what answers is no OAI-PMH provider: nothing more can be checked.
pub(super) async fn run(s: &mut Session) -> Result<Option<()>, Stop> {
    let answer = s.get(&[("verb", "Identify")]).await?;
    let Some(identify) = answer.of(Verb::Identify) else {
        s.report.unchecked = Some(format!("Identify gave {}", answer.summary()));
        return Ok(None);
    };
    s.known.begun = answer.response_date();
    let text = |name: &str| identify.value(name).filter(|v| !v.is_empty()).map(str::to_owned);
    s.known.base_url = text("baseURL");
    s.known.granularity = text("granularity").and_then(|text| Granularity::parse(&text));
    s.known.earliest = text("earliestDatestamp").and_then(|text| Datestamp::parse_lenient(&text));
    s.known.deleted = text("deletedRecord");
    s.known.compressions = identify.all("compression").map(|c| c.text.trim().to_owned()).collect();
    for (fact, name) in [
        ("repository", "repositoryName"),
        ("granularity", "granularity"),
        ("earliest", "earliestDatestamp"),
        ("deletions", "deletedRecord"),
    ] {
        if let Some(value) = text(name) {
            s.report.facts.insert(fact, value);
        }
    }
    let url = answer.request.clone();
    let base = s.options.base.clone();
    let said = s.known.base_url.clone().unwrap_or_default();
    s.expect(Rule::BaseUrl, same_address(&said, &base), &url, || {
        format!("baseURL is `{said}`, the address used is `{base}`")
    });
    content(s, identify, &url);
    Ok(Some(()))
}

/// What can be said of an Identify element alone, stored ones too.
pub(super) fn content(s: &mut Session, identify: &Element, url: &str) {
    for email in identify.all("adminEmail") {
        let email = email.text.trim();
        s.expect(Rule::AdminEmail, leads_somewhere(email), url, || {
            format!("adminEmail is `{email}`")
        });
    }
    let granularity = identify.value("granularity").and_then(Granularity::parse);
    if let Some(earliest) = identify.value("earliestDatestamp") {
        let good = Datestamp::parse(earliest).map(|d| d.granularity) == granularity;
        s.expect(Rule::EarliestGranularity, good, url, || {
            let granularity = granularity.map_or("missing", Granularity::as_str);
            format!("earliestDatestamp is `{earliest}`, the granularity {granularity}")
        });
    }
    let deleted = identify.value("deletedRecord").unwrap_or_default();
    s.expect(Rule::DeletedSupport, deleted != "no", url, || "deletedRecord is no".to_owned());
    let implied = identify.all("compression").any(|c| c.text.trim() == "identity");
    s.expect(Rule::CompressionDeclared, !implied, url, || {
        "identity is listed as a compression; it goes without saying".to_owned()
    });
    for description in identify.all("description").flat_map(|d| &d.children) {
        let complaints = containers::description(description);
        s.expect(Rule::Descriptions, complaints.is_empty(), url, || complaints.join("; "));
        if description.name == "oai-identifier" {
            s.known.repository_identifier =
                description.value("repositoryIdentifier").map(str::to_owned);
        }
    }
}

/// Whether two addresses are one: case of scheme and host, the usual port and a `?` at the end do
/// not count.
fn same_address(one: &str, two: &str) -> bool {
    let read = |text: &str| Url::parse(text.trim().trim_end_matches('?')).ok();
    match (read(one), read(two)) {
        (Some(one), Some(two)) => one == two,
        _ => false,
    }
}

fn leads_somewhere(email: &str) -> bool {
    let Some((name, domain)) = email.rsplit_once('@') else { return false };
    let domain = domain.to_ascii_lowercase();
    let local = ["localhost", "localdomain", "local", "invalid"];
    !name.is_empty()
        && domain.contains('.')
        && !local.iter().any(|end| domain == *end || domain.ends_with(&format!(".{end}")))
        && domain.bytes().any(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_of_the_machine_itself_lead_nowhere() {
        assert!(leads_somewhere("oai@musee.example.org"));
        for bad in ["root@localhost", "root@localhost.localdomain", "root", "@a.org", "a@10.0.0.1"]
        {
            assert!(!leads_somewhere(bad), "{bad}");
        }
        assert!(same_address("HTTP://Example.org:80/oai?", "http://example.org/oai"));
        assert!(!same_address("https://example.org/oai", "http://example.org/oai"));
    }
}
