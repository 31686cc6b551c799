//! `rights`: why an image or a record is shown or not, and what people decide about it.

mod explain;

use super::gateway::Gateway;
use super::{output, serve};
use crate::clock::now;
use crate::store::rights::{NewOverride, OverrideLine, Target};
use anyhow::{Context as _, bail};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, SecondsFormat, Utc};
use clap::{Subcommand, ValueEnum};
use domain::rights::{ImageRight, RightsOverride};
use serde_json::json;

/// What to do with rights. An object is named by its public id, a source record `SOURCE/LOCAL_ID`.
#[derive(Debug, Subcommand)]
pub enum RightsCommand {
    /// Say why an object is shown as it is: rules, texts, decisions of people, every exit.
    ///
    /// The answer quotes fields that are not public: it is for the operator.
    Explain {
        /// Object id.
        object: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Decide over the rules, for all members of an object or for one source record.
    ///
    /// What is not said is left to the rules. It takes the place of an earlier decision on the same
    /// thing, outlives every harvest, replay and rebuild, and takes effect at once.
    Override(OverrideArguments),
    /// Withdraw a decision by its number (`rights log`): the rules decide again. It stays in the log.
    Withdraw {
        /// Number of the decision.
        number: u64,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who withdraws it.
        #[arg(long)]
        author: String,
    },
    /// List decisions, withdrawn ones too: who, when, why, and what it was before.
    Log {
        /// Only those about this object or source record.
        target: Option<String>,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What a person decides.
#[derive(Debug, clap::Args)]
pub struct OverrideArguments {
    /// Object id, or SOURCE/LOCAL_ID of one source record.
    pub target: String,
    /// What may be shown of its images: none, full, max:800 (longest side in pixels), max:1200x800
    /// or area:480000.
    #[arg(long, value_parser = image_right)]
    pub image: Option<ImageRight>,
    /// Whether its metadata may be published.
    #[arg(long, value_enum)]
    pub metadata: Option<Metadata>,
    /// Rights statement: an address of creativecommons.org or rightsstatements.org.
    #[arg(long, value_name = "URI")]
    pub statement: Option<String>,
    /// Why.
    #[arg(long)]
    pub reason: String,
    /// Who decides.
    #[arg(long)]
    pub author: String,
    /// Last day (UTC) on which it is in force, YYYY-MM-DD.
    #[arg(long, value_name = "DATE")]
    pub until: Option<NaiveDate>,
}

/// `--metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Metadata {
    /// It is published.
    Open,
    /// The object is withdrawn whole.
    None,
}

fn image_right(text: &str) -> Result<ImageRight, String> {
    ImageRight::parse(text).ok_or_else(|| {
        "allowed: none, full, max:N (longest side in pixels), max:WIDTHxHEIGHT, area:PIXELS"
            .to_owned()
    })
}

/// Runs a rights command.
///
/// # Errors
/// When the object, record or decision is unknown, something is missing, or the store fails.
pub async fn run(gateway: &Gateway, command: RightsCommand) -> anyhow::Result<()> {
    match command {
        RightsCommand::Explain { object, format } => explain::run(gateway, &object, format).await,
        RightsCommand::Override(arguments) => decide(gateway, arguments).await,
        RightsCommand::Withdraw { number, reason, author } => {
            let (author, reason) = (said("author", &author)?, said("reason", &reason)?);
            let store = &gateway.store;
            let target = store.withdraw_rights_override(number, author, reason, now()).await?;
            gateway.settle(&serve::cancel_on_signal()).await?;
            output::line(format_args!(
                "Decision {number} on {target} is withdrawn: the rules decide."
            ));
            Ok(())
        }
        RightsCommand::Log { target, format } => {
            let target = target.as_deref().map(Target::parse);
            let lines = gateway.store.rights_log(target.as_ref()).await?;
            match format {
                Format::Text => lines.iter().for_each(|line| output::line(text_of(line))),
                Format::Json => {
                    let all: Vec<_> = lines.iter().map(json_of).collect();
                    output::line(serde_json::to_string_pretty(&all)?);
                }
            }
            Ok(())
        }
    }
}

async fn decide(gateway: &Gateway, arguments: OverrideArguments) -> anyhow::Result<()> {
    let now = now();
    let until_at = arguments.until.map(day_after).transpose()?;
    if until_at.is_some_and(|until| until <= now) {
        bail!("--until: that day is over; give a day to come or none");
    }
    let decides = RightsOverride {
        number: 0,
        metadata_open: arguments.metadata.map(|metadata| metadata == Metadata::Open),
        image: arguments.image,
        statement: arguments.statement,
    };
    let new = NewOverride {
        target: Target::parse(arguments.target.trim()),
        decides: decides.checked()?,
        author: said("author", &arguments.author)?.to_owned(),
        reason: said("reason", &arguments.reason)?.to_owned(),
        until_at,
    };
    let (number, records) = gateway.store.add_rights_override(&new, now).await?;
    gateway.settle(&serve::cancel_on_signal()).await?;
    output::line(format_args!(
        "Decision {number} on {} is in force and published ({records} source records).",
        new.target
    ));
    if new.decides.image.is_some()
        && let Target::Object(object_id) = &new.target
        && let Some(row) = gateway.store.object(object_id).await?
        && let Some(record) = row.record
    {
        let lent: std::collections::BTreeSet<String> =
            record.images.into_iter().filter_map(|image| image.via).collect();
        if !lent.is_empty() {
            let lent: Vec<String> = lent.into_iter().collect();
            output::line(format_args!(
                "It also shows images of other objects, whose rights are decided there: {}",
                lent.join(", ")
            ));
        }
    }
    Ok(())
}

/// A text that must say something.
fn said<'a>(what: &str, text: &'a str) -> anyhow::Result<&'a str> {
    let text = text.trim();
    if text.is_empty() {
        bail!("--{what}: it is empty; whoever reads the log must know");
    }
    Ok(text)
}

/// Midnight (UTC) after a day.
fn day_after(day: NaiveDate) -> anyhow::Result<i64> {
    let next = day.checked_add_days(Days::new(1)).context("--until: too far away")?;
    Ok(next.and_time(NaiveTime::MIN).and_utc().timestamp())
}

/// A time for people and programs.
fn time(seconds: i64) -> String {
    DateTime::<Utc>::from_timestamp(seconds, 0)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
        .unwrap_or_default()
}

/// What a decision decides, in words.
fn decided(decides: &RightsOverride) -> String {
    let mut said = Vec::new();
    if let Some(open) = decides.metadata_open {
        said.push(format!("metadata {}", if open { "open" } else { "none" }));
    }
    if let Some(image) = decides.image {
        said.push(format!("image {image}"));
    }
    if let Some(statement) = &decides.statement {
        said.push(statement.clone());
    }
    said.join(", ")
}

#[expect(clippy::format_push_string, reason = "a line for people, once a decision")]
fn text_of(line: &OverrideLine) -> String {
    let mut text = format!(
        "{}\t{}\t{}\t{} by {}: {}",
        line.decides.number,
        line.target,
        decided(&line.decides),
        time(line.decided_at),
        line.author,
        line.reason
    );
    if let Some(until) = line.until_at {
        text += &format!("; until {}", time(until));
    }
    for was in line.before.as_array().into_iter().flatten() {
        let word = |key: &str| was.get(key).and_then(serde_json::Value::as_str).unwrap_or("");
        let closed = was.get("metadata_open") == Some(&json!(false));
        text += &format!(
            "\n\tbefore: {}: image {}, {}{} ({}{}{})",
            word("record"),
            word("image"),
            word("statement"),
            if closed { ", metadata none" } else { "" },
            word("rule"),
            if word("trigger").is_empty() { "" } else { ", " },
            word("trigger"),
        );
    }
    if let Some((at, by, why)) = &line.withdrawn {
        text += &format!("\n\twithdrawn {} by {by}: {why}", time(*at));
    }
    text
}

fn json_of(line: &OverrideLine) -> serde_json::Value {
    json!({
        "number": line.decides.number,
        "target": line.target,
        "image": line.decides.image.map(|image| image.to_string()),
        "metadata": line.decides.metadata_open.map(|open| if open { "open" } else { "none" }),
        "statement": line.decides.statement,
        "author": line.author,
        "reason": line.reason,
        "decided_at": time(line.decided_at),
        "until": line.until_at.map(time),
        "before": line.before,
        "withdrawn": line.withdrawn.as_ref().map(|(at, by, why)| json!({
            "at": time(*at), "by": by, "reason": why,
        })),
    })
}
