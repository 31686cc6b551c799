//! `review`: human decisions on pairs of records.

use super::gateway::{Gateway, now};
use super::{output, serve};
use clap::Subcommand;

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
    let (decision, link) = match command {
        ReviewCommand::List { limit } => {
            for pair in gateway.store.candidates(limit).await? {
                output::line(format_args!("{}\t{}\t{}", pair.a, pair.b, pair.rule));
            }
            return Ok(());
        }
        ReviewCommand::Link(decision) => (decision, true),
        ReviewCommand::Unlink(decision) => (decision, false),
    };
    gateway
        .store
        .add_review(&decision.a, &decision.b, link, &decision.author, &decision.reason, now())
        .await?;
    gateway.settle(&serve::cancel_on_signal()).await?;
    output::line("Decided and published.");
    Ok(())
}
