//! `rights explain`: from the texts of every member to what each exit does.

use super::{Format, json_of, text_of};
use crate::cli::gateway::Gateway;
use crate::cli::output;
use crate::crosswalk::Crosswalk;
use crate::store::ObjectStatus;
use crate::store::rights::{OverrideLine, Target};
use anyhow::bail;
use domain::rights::{Explanation, ImageRight, Outcome, RightsDecision};
use serde_json::json;

/// One member of an object.
struct Member {
    name: String,
    /// Absent when the source is configured no longer: then only what was decided is known.
    rules: Option<Explanation>,
    decision: RightsDecision,
}

/// What an exit does with an object.
struct Exit {
    name: &'static str,
    does: String,
}

/// Explains an object.
///
/// # Errors
/// When there is no such object or the store cannot be read.
pub(super) async fn run(gateway: &Gateway, object: &str, format: Format) -> anyhow::Result<()> {
    let store = &gateway.store;
    let row = store.object(object).await?;
    if let Some(ObjectStatus::Merged(into)) = row.as_ref().map(|row| &row.status) {
        bail!("object `{object}` was merged into `{into}`: ask there");
    }
    let rows = store.source_records_of(object).await?;
    if row.is_none() && rows.is_empty() {
        bail!("no object `{object}`; objects are named by their public id (the end of /object/…)");
    }
    let members: Vec<Member> = rows
        .into_iter()
        .map(|row| {
            let source = gateway.sources.iter().find(|source| source.id.as_str() == row.source_id);
            let crosswalk = source.and_then(|source| Crosswalk::for_source(source).ok());
            Member {
                name: format!("{}/{}", row.source_id, row.source_record.local_id),
                rules: crosswalk.map(|c| c.explain_rights(&row.source_record)),
                decision: row.record.rights,
            }
        })
        .collect();
    let log = store.rights_log(Some(&Target::Object(object.to_owned()))).await?;
    let record = row.and_then(|row| row.record);
    let images: Vec<(String, RightsDecision, Option<String>)> = record
        .iter()
        .flat_map(|record| &record.images)
        .map(|image| (image.image.clone(), image.rights.clone(), image.via.clone()))
        .collect();
    let exits = exits(&members, record.is_some(), &images);
    match format {
        Format::Text => print(object, &members, &log, &images, &exits),
        Format::Json => {
            let members: Vec<_> = members
                .iter()
                .map(|member| {
                    json!({
                        "record": member.name,
                        "rules": member.rules,
                        "decision": member.decision,
                    })
                })
                .collect();
            let images: Vec<_> = images
                .iter()
                .map(|(image, rights, via)| {
                    json!({
                        "image": image,
                        "right": rights.image.to_string(),
                        "statement": rights.statement,
                        "lent_by": via,
                    })
                })
                .collect();
            let exits: serde_json::Map<String, serde_json::Value> =
                exits.into_iter().map(|exit| (exit.name.to_owned(), exit.does.into())).collect();
            output::line(serde_json::to_string_pretty(&json!({
                "object": object,
                "published": record.is_some(),
                "members": members,
                "overrides": log.iter().map(json_of).collect::<Vec<_>>(),
                "images": images,
                "exits": exits,
            }))?);
        }
    }
    Ok(())
}

/// What every exit does with the decision. The exits test holds each of them to it.
fn exits(
    members: &[Member],
    published: bool,
    images: &[(String, RightsDecision, Option<String>)],
) -> Vec<Exit> {
    let exit = |name, does: &str| Exit { name, does: does.to_owned() };
    if !published {
        let why = if members.iter().any(|member| !member.decision.metadata_open) {
            "metadata none"
        } else {
            "no live member"
        };
        return vec![
            exit("oai-pmh", &format!("a deleted header without metadata ({why})")),
            exit("resourcesync", "deleted in the change list, absent from the rest"),
            exit("pages, json api", "410 when it was published before, else 404"),
            exit("iiif manifests, images, thumbnails", "404"),
            exit("search, facets, exports", "absent"),
        ];
    }
    let widest = images.iter().map(|(_, rights, _)| rights.image).max();
    let hidden = members.iter().any(|member| member.decision.image == ImageRight::None);
    let metadata = "the metadata whole, without masked and private fields";
    let shown = match widest {
        None => "no image".to_owned(),
        Some(ImageRight::Full) => "images in full".to_owned(),
        Some(right) => {
            format!("images of at most {} pixels a side", right.max_side().unwrap_or_default())
        }
    };
    let note = if hidden { "; own images that may not be shown do not exist there" } else { "" };
    let images_too = format!("{metadata}; addresses of {shown}{note}");
    vec![
        exit("oai-pmh", &format!("{images_too} (edm:isShownBy, edm:object)")),
        exit("resourcesync", &images_too),
        exit("pages, json api, search", &images_too),
        exit("iiif manifests", &format!("one canvas an image: {shown}{note}")),
        exit("image service, thumbnails", &format!("{shown}{note}; a larger one is a 404")),
        exit("exports", &images_too),
    ]
}

fn print(
    object: &str,
    members: &[Member],
    log: &[OverrideLine],
    images: &[(String, RightsDecision, Option<String>)],
    exits: &[Exit],
) {
    output::line(format_args!("object {object}"));
    for member in members {
        output::line(format_args!("\nrecord {}", member.name));
        match &member.rules {
            None => {
                output::line("  its source is configured no longer; rules cannot be tried again");
            }
            Some(explanation) => {
                for tried in &explanation.tried {
                    let what = match tried.outcome {
                        Outcome::Decided => "DECIDED",
                        Outcome::Restricted => "RESTRICTED",
                        Outcome::ClosedMetadata => "CLOSED THE METADATA",
                        Outcome::DoesNotMatch => "does not match",
                        Outcome::ComesLater => "would match, comes later",
                    };
                    output::line(format_args!(
                        "  {} rule {} `{}` on {}: {what}{}",
                        tried.written.file,
                        tried.written.number,
                        tried.rule,
                        tried.fields.join(", "),
                        match (&tried.field, &tried.text) {
                            (Some(field), Some(text)) => format!(": {field} = {text}"),
                            _ => String::new(),
                        },
                    ));
                }
                tell("  rules", &explanation.decision);
            }
        }
        tell("  in force", &member.decision);
    }
    if !log.is_empty() {
        output::line("\ndecisions of people");
        for line in log {
            output::line(text_of(line));
        }
    }
    output::line("\nimages");
    for (image, rights, via) in images {
        let lent = via.as_ref().map(|via| format!(" (lent by {via})")).unwrap_or_default();
        output::line(format_args!("  {image}: {}, {}{lent}", rights.image, rights.statement));
    }
    if images.is_empty() {
        output::line("  none is shown");
    }
    output::line("\nexits");
    for exit in exits {
        output::line(format_args!("  {}: {}", exit.name, exit.does));
    }
}

fn tell(what: &str, decision: &RightsDecision) {
    output::line(format_args!(
        "{what}: metadata {}, image {}, {} ({}{}{})",
        if decision.metadata_open { "open" } else { "none" },
        decision.image,
        decision.statement,
        decision.rule,
        if decision.trigger.is_empty() { "" } else { ", " },
        decision.trigger,
    ));
}
