//! The parts of the gateway, opened once, and the chain from harvest to index.

use crate::clock::now;
use crate::config::settings::Settings;
use crate::config::source::{HarvestMode, SourceConfig};
use crate::config::{self, Mistake};
use crate::crosswalk::private::PrivateFields;
use crate::crosswalk::reference::Reference;
use crate::fetch::Fetcher;
use crate::harvest::import::{self, ImportError};
use crate::harvest::{self, HarvestError, Progress};
use crate::images::Images;
use crate::jobs::{JobHandler, Outcome, Task};
use crate::search::Search;
use crate::store::run::{Run, SourceRow};
use crate::store::{Store, StoreError};
use crate::web::App;
use crate::{publish, quality, reconcile};
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the index follows a publication that is under way.
const FOLLOW_EVERY: Duration = Duration::from_secs(3);

/// Seconds until an import that found a run of its source open tries again.
const WAIT_FOR_RUN: i64 = 15;

/// Everything that a command needs.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Settings.
    pub settings: Arc<Settings>,
    /// Database.
    pub store: Store,
    /// Configured sources, by id.
    pub sources: Arc<[SourceConfig]>,
    /// Image service.
    pub images: Images,
    /// Search index.
    pub search: Search,
    /// Outgoing requests.
    pub fetcher: Fetcher,
}

impl Gateway {
    /// Opens database, index and images, and makes the stored sources equal to the schedules.
    ///
    /// # Errors
    /// Whatever cannot be opened; every mistake in the schedules.
    pub async fn open(settings: Settings) -> anyhow::Result<Self> {
        let mut sources = if settings.schedules.exists() {
            config::load_folder(&settings.schedules).map_err(|mistakes| all(&mistakes))?
        } else {
            Vec::new()
        };
        let reference = Reference::of(&settings.reference).with_cache(settings.vocabulary_folder());
        for source in &mut sources {
            source.reference = reference.clone();
        }
        std::fs::create_dir_all(&settings.data)
            .with_context(|| format!("folder {}", settings.data.display()))?;
        let store = Store::open(&settings.database_url()).await?;
        for source in &sources {
            store.upsert_source(&row(source)?, now()).await?;
        }
        let fetcher = Fetcher::of(settings.contact())?;
        let images = Images::open(&settings, store.clone())?.with_fetcher(fetcher.clone());
        let search = Search::open(&settings.index_folder())?;
        Ok(Self {
            settings: Arc::new(settings),
            store,
            sources: sources.into(),
            images,
            search,
            fetcher,
        })
    }

    /// The state that handlers share.
    ///
    /// # Errors
    /// When the signing key cannot be read or made.
    pub async fn app(&self) -> anyhow::Result<App> {
        Ok(App {
            store: self.store.clone(),
            settings: self.settings.clone(),
            images: self.images.clone(),
            search: self.search.clone(),
            token_key: self.store.secret("resumption_token_key").await?.into(),
            private_fields: Arc::new(PrivateFields::new(&self.sources)),
            clock: crate::clock::Clock::default(),
            harvesters: Arc::default(),
        })
    }

    /// A configured source.
    ///
    /// # Errors
    /// When there is none of that name; the message lists those that there are.
    pub fn source(&self, id: &str) -> anyhow::Result<&SourceConfig> {
        self.sources.iter().find(|source| source.id.as_str() == id).with_context(|| {
            let known: Vec<&str> = self.sources.iter().map(|source| source.id.as_str()).collect();
            format!(
                "no source `{id}`: {} holds {}",
                self.settings.schedules.display(),
                if known.is_empty() { "no schedule".to_owned() } else { known.join(", ") }
            )
        })
    }

    /// Harvests one source, without what follows.
    ///
    /// # Errors
    /// When the run cannot begin; a run that stops early is a `partial` run, not an error.
    pub async fn harvest(
        &self,
        source: &SourceConfig,
        mode: Option<HarvestMode>,
        cancel: &CancellationToken,
    ) -> anyhow::Result<Run> {
        let run = harvest::harvest(
            &self.store,
            &self.fetcher,
            source,
            mode,
            Progress::auto(),
            cancel.clone(),
        )
        .await
        .with_context(|| format!("harvest of {}", source.id))?;
        Ok(run)
    }

    /// Waits until lists show everything that is published: they stop short of the second in
    /// progress (invariant 4), so this takes a second at most.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn wait_until_listed(&self, cancel: &CancellationToken) -> anyhow::Result<()> {
        let last = self.store.last_seq().await?;
        let entries = self.store.publications_after(last - 1, 1).await?;
        let Some(entry) = entries.first() else { return Ok(()) };
        while !cancel.is_cancelled()
            && self.store.publication_horizon(now()).await? < entry.datestamp
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Lets the index follow the publication log. When another process (`serve`) writes this
    /// index, it follows by itself.
    async fn index(&self) -> anyhow::Result<()> {
        match self.search.follow(&self.store).await {
            Ok(objects) => tracing::info!(objects, "indexed"),
            Err(error) if error.is_locked() => {
                tracing::info!("another process writes the index and follows by itself");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Does everything that follows a harvest until nothing is stale: images, reconciliation,
    /// publication, index.
    ///
    /// # Errors
    /// Whatever stops a stage; the next call goes on where this one stopped.
    pub async fn settle(&self, cancel: &CancellationToken) -> anyhow::Result<()> {
        self.store.end_rights_overrides(now()).await?;
        let ingested = self.images.ingest_pending(&self.sources, cancel).await?;
        tracing::info!(?ingested, "looked at images");
        let reconciled = reconcile::run(&self.store, cancel).await?;
        tracing::info!(?reconciled, "reconciled");
        // The index follows while the log grows: the two use different processors.
        let done = CancellationToken::new();
        let following =
            tokio::spawn(follow_until(self.search.clone(), self.store.clone(), done.clone()));
        let published = publish::run(&self.store, now, cancel).await;
        done.cancel();
        let ended = following.await;
        let published = published?;
        ended?;
        tracing::info!(?published, "published");
        self.index().await?;
        let assessed = quality::follow(&self.store, cancel).await?;
        tracing::info!(assessed, "assessed");
        Ok(())
    }
}

impl Gateway {
    /// Looks at an import, or applies it: at another time when a run of its source is open.
    async fn import(
        &self,
        source: &str,
        import_id: i64,
        cancel: &CancellationToken,
    ) -> anyhow::Result<Outcome> {
        let config = self.source(source)?;
        let progress = Progress::lines();
        match import::run(&self.store, config, import_id, progress, cancel).await {
            Ok(import) => {
                tracing::info!(source.id = source, import = import_id, status = import.status);
                let ended = !cancel.is_cancelled();
                Ok(if ended { Outcome::Done } else { Outcome::Interrupted })
            }
            Err(ImportError::Harvest(HarvestError::Store(StoreError::RunOpen(_)))) => {
                tracing::info!(source.id = source, import = import_id, "waits for an open run");
                Ok(Outcome::Later(now() + WAIT_FOR_RUN))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Lets the index follow every few seconds until `done`. What goes wrong here goes wrong again when
/// the index follows for the last time, and is told then.
async fn follow_until(search: Search, store: Store, done: CancellationToken) {
    let mut ticks = tokio::time::interval(FOLLOW_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        tokio::select! {
            () = done.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if search.follow(&store).await.is_err() {
            return;
        }
    }
}

impl JobHandler for Gateway {
    async fn run(&self, task: Task, cancel: CancellationToken) -> anyhow::Result<Outcome> {
        match task {
            Task::Harvest { source } => {
                let config = self.source(&source)?;
                let run = match self.harvest(config, None, &cancel).await {
                    Ok(run) => run,
                    Err(error) => {
                        let Some(HarvestError::NotBefore { not_before, .. }) =
                            error.downcast_ref::<HarvestError>()
                        else {
                            return Err(error);
                        };
                        tracing::info!(source.id = source, not_before, "asked to come later");
                        return Ok(Outcome::Later(*not_before));
                    }
                };
                tracing::info!(
                    source.id = source,
                    run.id = run.run_id,
                    run.status = run.status,
                    "harvested"
                );
                let state = self.store.harvest_state(&source).await?;
                if let Some(at) =
                    state.not_before.filter(|at| *at > now() && !cancel.is_cancelled())
                {
                    return Ok(Outcome::Later(at));
                }
            }
            Task::Import { source, import } => return self.import(&source, import, &cancel).await,
            Task::Images => {
                self.images.ingest_pending(&self.sources, &cancel).await?;
            }
            Task::Reconcile => {
                reconcile::run(&self.store, &cancel).await?;
            }
            Task::Publish => {
                publish::run(&self.store, now, &cancel).await?;
            }
            Task::Index => {
                self.index().await?;
                quality::follow(&self.store, &cancel).await?;
            }
        }
        Ok(if cancel.is_cancelled() { Outcome::Interrupted } else { Outcome::Done })
    }
}

/// The stored form of a schedule.
fn row(source: &SourceConfig) -> anyhow::Result<SourceRow> {
    Ok(SourceRow {
        source_id: source.id.to_string(),
        base: source.base().to_owned(),
        label: source.label.clone(),
        kind: source.kind.as_str().to_owned(),
        trust: i64::from(source.trust),
        settings: serde_json::to_string(source)?,
        etag: None,
        last_modified: None,
        harvested_until: None,
    })
}

/// All mistakes as one error.
fn all(mistakes: &[Mistake]) -> anyhow::Error {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    anyhow::anyhow!("the schedules have mistakes:\n{}", lines.join("\n"))
}
