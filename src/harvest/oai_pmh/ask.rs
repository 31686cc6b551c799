//! One request of a harvest: in its turn, tried again with growing pauses, and later when the
//! server says so.

use crate::config::source::SourceConfig;
use crate::fetch::{FetchError, FetchOptions, Fetcher, retry};
use crate::store::{Store, StoreError};
use bytes::Bytes;
use protocols::oai_pmh::client::Unanswered;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Seconds until a server that is too busy, and does not say for how long, is asked by another
/// run.
const BUSY: i64 = 300;

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    /// The body of an answer with status 2xx.
    Body(Bytes),
    /// None, after all attempts, and why.
    Nothing(Unanswered, String),
    /// The program was asked to stop.
    Cancelled,
}

/// Asks for the pages of one source.
#[derive(Debug)]
pub struct Asker {
    fetcher: Fetcher,
    store: Store,
    cancel: CancellationToken,
    source: String,
    options: FetchOptions,
    attempts: u32,
    delay: Duration,
    /// When the run has used up its time.
    deadline: Option<Instant>,
}

impl Asker {
    /// For a source, as its schedule says.
    pub fn new(
        fetcher: &Fetcher,
        store: &Store,
        config: &SourceConfig,
        cancel: &CancellationToken,
    ) -> Self {
        let options = FetchOptions::of(config);
        let minutes = Duration::from_secs(config.harvest.max_minutes.saturating_mul(60));
        Self {
            fetcher: fetcher.clone(),
            store: store.clone(),
            cancel: cancel.clone(),
            source: config.id.to_string(),
            attempts: options.attempts,
            // Attempts are counted here, where a pause can be broken off and remembered.
            options: FetchOptions { attempts: 1, ..options },
            delay: Duration::from_millis(config.politeness.delay_ms),
            deadline: Instant::now().checked_add(minutes),
        }
    }

    /// Asks until there is an answer or no hope of one.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot take note of when to come again.
    pub async fn ask(&self, url: &str) -> Result<Answer, StoreError> {
        let mut failures = 0;
        let mut asked_to_wait = false;
        loop {
            if self.is_out_of_time() {
                let text = "the run has used up its time (harvest.max_minutes)".to_owned();
                return Ok(Answer::Nothing(Unanswered::OutOfTime, text));
            }
            let request = async {
                let _turn = self.fetcher.turn(url, self.delay).await;
                self.fetcher.get(url, &self.options).await
            };
            let fetched = tokio::select! {
                biased;
                () = self.cancel.cancelled() => return Ok(Answer::Cancelled),
                fetched = request => fetched,
            };
            let error = match fetched {
                Ok(fetched) => {
                    if asked_to_wait {
                        self.store.set_not_before(&self.source, None).await?;
                    }
                    return Ok(Answer::Body(fetched.body));
                }
                Err(error) => error,
            };
            let (why, asked) = kind(&error);
            if matches!(why, Unanswered::Refused | Unanswered::Gone) {
                return Ok(Answer::Nothing(why, error.to_string()));
            }
            failures += 1;
            let own = retry::pause(failures, retry::random());
            let wait = asked.map_or(own, |asked| asked.max(own));
            if let Some(asked) = asked {
                asked_to_wait = true;
                self.come_back_in(asked.as_secs()).await?;
            }
            let late = self
                .deadline
                .is_some_and(|deadline| Instant::now().checked_add(wait) > Some(deadline));
            if failures >= self.attempts || wait > retry::LONGEST_ASKED || late {
                if why == Unanswered::Later && asked.is_none() {
                    self.come_back_in(BUSY.unsigned_abs()).await?;
                }
                let text = match asked {
                    Some(asked) => format!("{error}; it asks to wait {} s", asked.as_secs()),
                    None => format!("{error} ({failures} attempts)"),
                };
                return Ok(Answer::Nothing(why, text));
            }
            tracing::warn!(
                source = self.source,
                %error,
                wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
                attempt = failures,
                "trying again"
            );
            if !self.pause(wait).await {
                return Ok(Answer::Cancelled);
            }
        }
    }

    /// Waits; `false` when the program was asked to stop meanwhile.
    pub async fn pause(&self, wait: Duration) -> bool {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            () = self.fetcher.pause(wait) => true,
        }
    }

    fn is_out_of_time(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Persisted: a restart does not make the server's wish void.
    async fn come_back_in(&self, seconds: u64) -> Result<(), StoreError> {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        let at = crate::clock::now().saturating_add(seconds);
        self.store.set_not_before(&self.source, Some(at)).await
    }
}

/// What an error means for the harvest, and how long the server asks to wait.
fn kind(error: &FetchError) -> (Unanswered, Option<Duration>) {
    match error {
        FetchError::Status { status: 404 | 410, .. } => (Unanswered::Gone, None),
        FetchError::Status { status: 429 | 503, retry_after, .. } => {
            (Unanswered::Later, *retry_after)
        }
        FetchError::Status { status, retry_after, .. } if retry::is_passing(*status) => {
            (Unanswered::Server, *retry_after)
        }
        FetchError::ComeBackLater { wait, .. } => (Unanswered::Later, Some(*wait)),
        FetchError::Connection { .. } => (Unanswered::Transport, None),
        // Another cut of the list may have shorter pages.
        FetchError::TooLarge { .. } => (Unanswered::Server, None),
        _ => (Unanswered::Refused, None),
    }
}
