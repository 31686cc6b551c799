//! Verbs and arguments that must be refused (section 3.6), and odd ones that must break nothing.

use super::answer::Ask;
use super::rule::Rule;
use super::session::{Session, Stop};

/// Asks what is wrong, one mistake at a time. `id` is an identifier that exists.
pub(super) async fn run(s: &mut Session, id: Option<&str>) -> Result<(), Stop> {
    let prefix = s.options.prefix.clone();
    let list = format!("verb=ListRecords&metadataPrefix={prefix}");
    for (rule, query) in [
        (Rule::VerbMissing, String::new()),
        (Rule::VerbMissing, format!("metadataPrefix={prefix}")),
        (Rule::VerbIllegal, "verb=Destroy".to_owned()),
        (Rule::VerbIllegal, "verb=identify".to_owned()),
        (Rule::VerbRepeated, "verb=Identify&verb=Identify".to_owned()),
        (Rule::VerbRepeated, "verb=Identify&verb=ListSets".to_owned()),
    ] {
        s.refused(rule, Ask::raw(query), &["badVerb"]).await?;
    }
    let known = Ask::get(&[("identifier", id.unwrap_or(super::NOBODY))]).query;
    for (rule, query) in [
        (Rule::ArgumentIllegal, "verb=Identify&until=2002-01-01".to_owned()),
        (Rule::ArgumentIllegal, "verb=Identify&colour=red".to_owned()),
        (Rule::ArgumentIllegal, format!("verb=ListMetadataFormats&metadataPrefix={prefix}")),
        (Rule::ArgumentIllegal, format!("verb=GetRecord&{known}&metadataPrefix={prefix}&set=a")),
        (Rule::ArgumentIllegal, format!("{list}&identifier=a")),
        (Rule::ArgumentMissing, "verb=ListRecords".to_owned()),
        (Rule::ArgumentMissing, "verb=ListIdentifiers&from=2001-01-01".to_owned()),
        (Rule::ArgumentMissing, format!("verb=GetRecord&{known}")),
        (Rule::ArgumentMissing, format!("verb=GetRecord&metadataPrefix={prefix}")),
        (Rule::ArgumentRepeated, format!("{list}&metadataPrefix={prefix}")),
        (Rule::ArgumentRepeated, format!("{list}&from=2001-01-01&from=2002-01-01")),
        (Rule::ArgumentRepeated, format!("verb=GetRecord&{known}&{known}&metadataPrefix={prefix}")),
    ] {
        s.refused(rule, Ask::raw(query), &["badArgument"]).await?;
    }
    s.refused(
        Rule::IdentifierUnknown,
        Ask::get(&[
            ("verb", "GetRecord"),
            ("identifier", super::NOBODY),
            ("metadataPrefix", &prefix),
        ]),
        &["idDoesNotExist"],
    )
    .await?;
    for identifier in [
        "invalid%22id",
        "a%3Cb%3E%26%27c",
        "oai%3Aa%00b",
        "oai%3Aa%01b",
        "oai%3A%FF%FE",
        "oai%3A%EF%BF%BE",
        "%",
    ] {
        let ask =
            Ask::raw(format!("verb=GetRecord&identifier={identifier}&metadataPrefix={prefix}"));
        s.refused(Rule::IdentifierHostile, ask.hostile(), &["idDoesNotExist", "badArgument"])
            .await?;
    }
    let ask = Ask::raw("verb=%22%3E%3Cscript%3E");
    s.refused(Rule::IdentifierHostile, ask.hostile(), &["badVerb"]).await
}
