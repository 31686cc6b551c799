//! The command line: parse, call, print.

pub mod check_edm;
pub mod check_oai;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod gateway;
pub mod images;
pub mod import;
pub mod logging;
pub mod output;
pub mod reconcile;
pub mod report;
pub mod review;
pub mod rights;
pub mod serve;
pub mod sources;
pub mod vocabularies;

use crate::config::settings::Settings;
use crate::config::source::HarvestMode;
use clap::{Parser, Subcommand};
use gateway::Gateway;
use std::path::PathBuf;
use std::process::ExitCode;

/// Harvesting and interoperability gateway for cultural heritage.
///
/// It harvests records from producer databases and partners, reconciles duplicates, and serves the
/// result as OAI-PMH, IIIF and a search front.
#[derive(Debug, Parser)]
#[command(name = "passerelle", version, about)]
pub struct Cli {
    /// Settings file. Default: $PASSERELLE_CONFIG, else passerelle.toml when it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of database, index and derived images, whatever the settings say.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Folder of the schedules, whatever the settings say.
    #[arg(long, global = true, value_name = "FOLDER")]
    pub schedules: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Load the project's own samples, harvest a partner that the demo itself plays, and serve.
    Demo(demo::DemoArguments),
    /// Serve OAI-PMH, IIIF and the search front; schedule and do the work too.
    Serve {
        /// Address to listen on, whatever the settings say.
        #[arg(long, value_name = "ADDRESS")]
        listen: Option<String>,
        /// Only serve: another process (`passerelle work`) schedules and works.
        #[arg(long)]
        no_work: bool,
    },
    /// Schedule and do the work, without serving.
    Work,
    /// Harvest one source now, then reconcile and publish.
    Harvest {
        /// Source id: the name of its schedule file.
        source: String,
        /// Read everything, or only what changed; default: what the schedule says.
        #[arg(long, value_enum)]
        mode: Option<ModeArgument>,
        /// Stop after the harvest: do not look at images, reconcile, publish or index.
        #[arg(long)]
        only: bool,
    },
    /// Import one file into a source, or say what it would do and keep it for approval.
    ///
    /// A file is a partial delivery: what is not in it stays, unless --complete is said.
    Import(import::ImportArguments),
    /// Look at images, reconcile, publish and index whatever is stale; or try reconciliation on a
    /// plain set of records.
    Reconcile {
        /// What to do; default: whatever is stale.
        #[command(subcommand)]
        command: Option<reconcile::ReconcileCommand>,
    },
    /// Rebuild the search index from the publication log.
    Reindex,
    /// List sources with their latest runs, or release what the brake holds back.
    Sources {
        /// What to do; default: list.
        #[command(subcommand)]
        command: Option<sources::SourcesCommand>,
    },
    /// Read the kept pages of a source again, without touching the partner.
    ///
    /// Pages are read since the last complete harvest of everything began. What comes out the same
    /// is not touched, nothing is deleted.
    Replay {
        /// Source id: the name of its schedule file.
        source: String,
        /// Only the pages of this run.
        #[arg(long, value_name = "RUN")]
        run: Option<i64>,
        /// Stop after the replay: do not look at images, reconcile, publish or index.
        #[arg(long)]
        only: bool,
    },
    /// Decide on pairs of records: list candidates, link, unlink.
    #[command(subcommand)]
    Review(review::ReviewCommand),
    /// Link report of the images that records name, and another try of those that failed.
    #[command(subcommand)]
    Images(images::ImagesCommand),
    /// Explain why something is shown or not, and decide over the rules.
    #[command(subcommand)]
    Rights(rights::RightsCommand),
    /// Say what the mapping of a source, as it is now, would change in what is stored.
    Crosswalk {
        /// Source id.
        source: String,
        /// Only count: how many records would change and how many objects would be re-dated.
        /// The next harvest applies the mapping; `passerelle replay` does it at once for OAI-PMH
        /// sources.
        #[arg(long, required = true)]
        dry_run: bool,
    },
    /// List the vocabularies of the settings, or fetch again those that have a URL.
    #[command(subcommand)]
    Vocabularies(vocabularies::VocabulariesCommand),
    /// Write what is published to files.
    #[command(subcommand)]
    Export(export::ExportCommand),
    /// Print every mistake in settings and schedules, with file, line and what is allowed; or, with
    /// a subcommand, check something else.
    #[command(args_conflicts_with_subcommands = true)]
    Check {
        /// What to check in the place of settings and schedules.
        #[command(subcommand)]
        what: Option<CheckCommand>,
    },
    /// Report on the quality of a source, of an institution, or of everything: tiers of Europeana,
    /// issues in POP's severities, worst objects, trend over runs.
    Report(report::ReportArguments),
    /// Say whether this machine has what the gateway needs.
    Doctor,
    /// Bring the schema of the database up to date.
    Migrate,
}

/// What `check` can look at beside settings and schedules.
#[derive(Debug, Subcommand)]
pub enum CheckCommand {
    /// Report card of an OAI-PMH provider, of stored answers, or of a static repository.
    ///
    /// Exit status 0: all rules hold; 1: some are broken; 2: it could not be checked.
    Oai(check_oai::CheckOaiArguments),
    /// Would Europeana take these EDM records, at which tier, and what is missing for the next.
    Edm(check_edm::CheckEdmArguments),
    /// Would Europeana take what is published: validity of every object, ids that could collide.
    Europeana(check_edm::CheckEuropeanaArguments),
}

/// `--mode` of `harvest`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum ModeArgument {
    /// Everything.
    Full,
    /// What changed since the last complete run.
    Incremental,
}

impl From<ModeArgument> for HarvestMode {
    fn from(mode: ModeArgument) -> Self {
        match mode {
            ModeArgument::Full => Self::Full,
            ModeArgument::Incremental => Self::Incremental,
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// Whatever stopped it, with its causes.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let mut settings = Settings::load(cli.config.as_deref())?;
    if let Some(data) = cli.data {
        settings.data = data;
    }
    if let Some(schedules) = cli.schedules {
        settings.schedules = schedules;
    }
    logging::start(settings.log_format);
    match cli.command {
        Command::Demo(arguments) => demo::run(settings, arguments).await?,
        Command::Serve { listen, no_work } => {
            if let Some(listen) = listen {
                settings.listen = listen;
            }
            serve::serve(Gateway::open(settings).await?, !no_work).await?;
        }
        Command::Work => serve::work(Gateway::open(settings).await?).await?,
        Command::Harvest { source, mode, only } => {
            let gateway = Gateway::open(settings).await?;
            return sources::harvest(&gateway, &source, mode.map(Into::into), only).await;
        }
        Command::Import(arguments) => {
            return import::run(&Gateway::open(settings).await?, arguments).await;
        }
        Command::Reconcile { command: Some(command) } => reconcile::run(&command)?,
        Command::Reconcile { command: None } => {
            let gateway = Gateway::open(settings).await?;
            gateway.settle(&serve::cancel_on_signal()).await?;
        }
        Command::Reindex => sources::reindex(&Gateway::open(settings).await?).await?,
        Command::Sources { command } => {
            sources::run(&Gateway::open(settings).await?, command).await?;
        }
        Command::Replay { source, run, only } => {
            let gateway = Gateway::open(settings).await?;
            return sources::replay(&gateway, &source, run, only).await;
        }
        Command::Review(command) => review::run(&Gateway::open(settings).await?, command).await?,
        Command::Images(command) => images::run(&Gateway::open(settings).await?, command).await?,
        Command::Rights(command) => rights::run(&Gateway::open(settings).await?, command).await?,
        Command::Crosswalk { source, dry_run: _ } => {
            export::crosswalk(&Gateway::open(settings).await?, &source).await?;
        }
        Command::Vocabularies(command) => return vocabularies::run(&settings, command).await,
        Command::Export(command) => export::run(&Gateway::open(settings).await?, command).await?,
        Command::Check { what: None } => return Ok(doctor::check(&settings)),
        Command::Check { what: Some(CheckCommand::Oai(arguments)) } => {
            return Ok(check_oai::run(arguments).await);
        }
        Command::Check { what: Some(CheckCommand::Edm(arguments)) } => {
            return Ok(check_edm::files(&arguments));
        }
        Command::Check { what: Some(CheckCommand::Europeana(arguments)) } => {
            return check_edm::published(&Gateway::open(settings).await?, &arguments).await;
        }
        Command::Report(arguments) => {
            report::run(&Gateway::open(settings).await?, arguments).await?;
        }
        Command::Doctor => return doctor::doctor(&settings).await,
        Command::Migrate => {
            crate::store::Store::open(&settings.database_url()).await?;
            output::line("The schema is up to date.");
        }
    }
    Ok(ExitCode::SUCCESS)
}
