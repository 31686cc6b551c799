//! `review`: human decisions on pairs of records.

use super::gateway::Gateway;
use super::{output, serve};
use crate::clock::now;
use crate::store::review::NewReview;
use anyhow::Context as _;
use clap::Subcommand;
use domain::linkage::Verdict;

/// What to do with a pair. A record is named `{source}/{local id}`.
#[derive(Debug, Subcommand)]
pub enum ReviewCommand {
    /// List pairs that may be the same thing and await a decision.
    List {
        /// Most pairs to print.
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// The two records describe the same thing.
    Link(Decision),
    /// The two records describe different things.
    Unlink(Decision),
}

/// A decision with its author and reason.
#[derive(Debug, clap::Args)]
pub struct Decision {
    /// One record, `{source}/{local id}`.
    pub a: String,
    /// The other.
    pub b: String,
    /// Who decides.
    #[arg(long)]
    pub author: String,
    /// Why.
    #[arg(long, default_value = "")]
    pub reason: String,
}

/// Runs a review command.
///
/// # Errors
/// When a record is unknown or the store fails.
pub async fn run(gateway: &Gateway, command: ReviewCommand) -> anyhow::Result<()> {
    let (decision, verdict) = match command {
        ReviewCommand::List { limit } => {
            for pair in gateway.store.candidates((0, 0), limit).await? {
                let names = gateway.store.record_labels(&[pair.record_a, pair.record_b]).await?;
                output::line(format_args!("{}\t{}", names.join("\t"), pair.rule));
            }
            return Ok(());
        }
        ReviewCommand::Link(decision) => (decision, Verdict::Link),
        ReviewCommand::Unlink(decision) => (decision, Verdict::NonLink),
    };
    let review = NewReview {
        record_a: record(gateway, &decision.a).await?,
        record_b: record(gateway, &decision.b).await?,
        verdict,
        author: decision.author,
        reason: decision.reason,
        reviewed_at: now(),
    };
    gateway.store.add_review(&review).await?;
    gateway.settle(&serve::cancel_on_signal()).await?;
    output::line("Decided and published.");
    Ok(())
}

async fn record(gateway: &Gateway, name: &str) -> anyhow::Result<i64> {
    let (source, local_id) =
        name.split_once('/').with_context(|| format!("`{name}`: expected SOURCE/LOCAL_ID"))?;
    gateway
        .store
        .record_id(source, local_id)
        .await?
        .with_context(|| format!("no record `{local_id}` in source `{source}`"))
}
