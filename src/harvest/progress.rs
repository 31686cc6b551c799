//! Progress of a harvest: a bar on a terminal, plain lines in a log.

use crate::store::run::Run;
use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines of a log: at most one in so long …
const LINE_EVERY: Duration = Duration::from_secs(5);
/// … unless so many rows went by.
const LINE_ROWS: i64 = 10_000;

/// Where progress is shown. Cheap to clone; the clones show the same run.
#[derive(Debug, Clone)]
pub struct Progress {
    inner: Arc<Inner>,
}

#[derive(Debug)]
enum Inner {
    Silent,
    Lines(Mutex<Lines>),
    Bar(ProgressBar),
}

#[derive(Debug, Default)]
struct Lines {
    source: String,
    last: Option<Instant>,
    rows: i64,
    bytes: u64,
    total: Option<u64>,
}

impl Progress {
    /// Shows nothing.
    pub fn silent() -> Self {
        Self { inner: Arc::new(Inner::Silent) }
    }

    /// Plain lines at level `info`, at most every five seconds or every 10,000 rows.
    pub fn lines() -> Self {
        Self { inner: Arc::new(Inner::Lines(Mutex::new(Lines::default()))) }
    }

    /// A bar on the terminal's standard error.
    pub fn bar() -> Self {
        Self { inner: Arc::new(Inner::Bar(ProgressBar::no_length())) }
    }

    /// A bar when standard error is a terminal, else plain lines.
    pub fn auto() -> Self {
        use std::io::IsTerminal as _;
        if std::io::stderr().is_terminal() { Self::bar() } else { Self::lines() }
    }

    /// A run begins, or goes on.
    pub fn begin(&self, source: &str, run: &Run) {
        match &*self.inner {
            Inner::Silent => {}
            Inner::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                source.clone_into(&mut lines.source);
                lines.rows = run.counts.rows;
            }
            Inner::Bar(bar) => {
                bar.set_style(ProgressStyle::default_spinner());
                bar.set_prefix(source.to_owned());
                bar.enable_steady_tick(Duration::from_millis(200));
            }
        }
    }

    /// How much there is to read, in bytes, when that is known.
    pub fn total_bytes(&self, total: u64) {
        match &*self.inner {
            Inner::Silent => {}
            Inner::Lines(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).total = Some(total);
            }
            Inner::Bar(bar) => {
                bar.set_length(total);
                let template = "{prefix} {wide_bar} {bytes}/{total_bytes} {eta} {msg}";
                // The template is a literal that indicatif understands; else the spinner stays.
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style);
                }
            }
        }
    }

    /// How much was read so far, in bytes.
    pub fn at_byte(&self, position: u64) {
        match &*self.inner {
            Inner::Silent => {}
            Inner::Lines(lines) => {
                lines.lock().unwrap_or_else(PoisonError::into_inner).bytes = position;
            }
            Inner::Bar(bar) => bar.set_position(position),
        }
    }

    /// A page was committed.
    pub fn page(&self, run: &Run) {
        match &*self.inner {
            Inner::Silent => {}
            Inner::Lines(lines) => {
                let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                let due = lines.last.is_none_or(|last| last.elapsed() >= LINE_EVERY)
                    || run.counts.rows - lines.rows >= LINE_ROWS;
                if due {
                    lines.last = Some(Instant::now());
                    lines.rows = run.counts.rows;
                    let percent = lines
                        .total
                        .filter(|total| *total > 0)
                        .map(|total| lines.bytes.saturating_mul(100) / total);
                    line(&lines.source, run, percent, "harvesting");
                }
            }
            Inner::Bar(bar) => bar.set_message(summary(run)),
        }
    }

    /// The run ended, or was left to be resumed.
    pub fn end(&self, run: &Run) {
        match &*self.inner {
            Inner::Silent => {}
            Inner::Lines(lines) => {
                let lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
                line(&lines.source, run, None, "harvest ended");
            }
            Inner::Bar(bar) => bar.finish_with_message(format!("{} {}", run.status, summary(run))),
        }
    }
}

fn line(source: &str, run: &Run, percent: Option<u64>, message: &str) {
    let counts = run.counts;
    tracing::info!(
        source,
        run = run.run_id,
        status = run.status,
        reason = run.reason,
        percent,
        pages = counts.pages,
        rows = counts.rows,
        created = counts.created,
        updated = counts.updated,
        unchanged = counts.unchanged,
        deleted = counts.deleted,
        quarantined = counts.quarantined,
        images = counts.images,
        "{message}"
    );
}

fn summary(run: &Run) -> String {
    let c = run.counts;
    format!(
        "{} rows, {} new, {} changed, {} quarantined",
        c.rows, c.created, c.updated, c.quarantined
    )
}
