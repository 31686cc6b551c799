//! Harvest of a producer's database: PostgreSQL, MySQL, MariaDB, SQLite.
//!
//! One `SELECT` of the operator is read as a stream, in the order of its key, in a transaction that
//! cannot write and sees one state of the database; nothing is held but the page that is gathered
//! and the few that wait. After a kill, or when the connection is lost, reading goes on at the key
//! of the last stored row.
//!
//! The statements of the store are one thing, those that other people's databases are asked with
//! another: this is the second and last place that names sqlx.

pub mod address;
pub mod checkpoint;
pub mod column;
pub mod connection;
pub mod dialect;
pub mod fault;
pub mod pager;

use super::reading::reading;
use super::session::now;
use super::{HarvestError, Session, stopped};
use crate::config::database::DatabaseOptions;
use crate::config::source::{HarvestMode, SourceConfig};
use crate::hex::hex;
use crate::store::run::{Ending, Run, RunEnd};
use checkpoint::{Checkpoint, Stage};
use column::{Cell, Column, Scalar};
use connection::Connection;
use dialect::{Part, Question};
use fault::Fault;
use pager::{Layout, Pager, Pages};
use protocols::oai_pmh::client::{AbsenceCheck, ReasonCode, Verdict};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Rows of a page unless the schedule says otherwise.
const PAGE_ROWS: u32 = 500;
/// Pages that wait to be committed.
const PAGES_WAITING: usize = 2;
/// How often all keys are compared when the schedule does not say, in seconds: 7 days.
const ABSENCE_CHECK: i64 = 7 * 86_400;

/// Reads a database from where its open run stands, or from where the run before it stopped.
///
/// # Errors
/// [`HarvestError`] as for [`super::harvest()`].
pub async fn run(
    session: Session,
    config: &SourceConfig,
    cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    let Some(options) = &config.database else {
        let end = RunEnd::Failed("the schedule has no [database]".to_owned());
        return session.finish(end).await;
    };
    let (mut session, mut at) = begin(session, config, options).await?;
    let mut attempts = 0;
    let mut pages_before = session.run().counts.pages;
    loop {
        let (sender, mut pages) = mpsc::channel(PAGES_WAITING);
        let work = Work {
            config: config.clone(),
            options: options.clone(),
            masked: super::file::rules(&session, config),
            from: at.clone(),
        };
        let reader = tokio::spawn(async move { work.read(&sender).await });
        loop {
            let page = tokio::select! {
                biased;
                () = cancel.cancelled() => {
                    reader.abort();
                    return session.leave().await;
                }
                page = pages.recv() => page,
            };
            let Some(page) = page else { break };
            match page {
                Ok(page) => session.commit(page).await?,
                Err(_) => break,
            }
        }
        let read = reader.await.map_err(|error| HarvestError::Internal(error.to_string()))?;
        session.settle().await?;
        let fault = match read {
            Ok(done) => return finish(session, &done).await,
            Err(fault) => fault,
        };
        if session.run().counts.pages > pages_before {
            pages_before = session.run().counts.pages;
            attempts = 0;
        }
        attempts += 1;
        if !fault.passing || attempts >= config.politeness.attempts {
            return give_up(session, &fault).await;
        }
        tracing::warn!(source = %config.id, attempts, fault = fault.text, "read again from the last row");
        if let Some(checkpoint) = stored(&session) {
            at = checkpoint;
        }
        let wait = Duration::from_secs(1 << attempts.min(6));
        tokio::select! {
            () = cancel.cancelled() => return session.leave().await,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn stored(session: &Session) -> Option<Checkpoint> {
    serde_json::from_str(session.checkpoint()?).ok()
}

/// Where to begin: where the open run stands, where the run before stopped, or at the beginning.
async fn begin(
    mut session: Session,
    config: &SourceConfig,
    options: &DatabaseOptions,
) -> Result<(Session, Checkpoint), HarvestError> {
    let reading = hex(&reading(config));
    let state = session.store().harvest_state(config.id.as_str()).await?;
    let incremental = session.run().mode == HarvestMode::Incremental.as_str();
    let until = session.state().and_then(|state| state.harvested_until.clone());
    let from: Option<Scalar> = until
        .filter(|_| incremental && options.watermark.is_some())
        .and_then(|until| serde_json::from_str(&until).ok())
        .map(|until| earlier(until, config.harvest.overlap_s()));
    let every = match config.harvest.absence() {
        AbsenceCheck::Never => None,
        AbsenceCheck::Every(seconds) => Some(seconds),
        // A database that flags what is deleted need not be compared.
        AbsenceCheck::ByDeletedRecord => options.deleted.is_none().then_some(ABSENCE_CHECK),
    };
    let since = state.absence_checked_at.map(|at| now().saturating_sub(at));
    let due = every.is_some_and(|every| since.is_none_or(|since| since >= every));
    let absence = from.is_some() && due;
    let beginning = Checkpoint::begin(reading.clone(), from, absence);
    if session.run().counts.pages > 0 {
        return if let Some(at) = stored(&session).filter(|at| at.reading == reading) {
            Ok((session, at))
        } else {
            let reason = "the way to read the source changed while the run was open";
            Ok((session.restart(reason).await?, beginning))
        };
    }
    if let Some(earlier) = session.stopped_before().await?
        && let Some(text) = &earlier.checkpoint
        && let Ok(at) = serde_json::from_str::<Checkpoint>(text)
        && at.reading == reading
        && at.stage != Stage::End
    {
        tracing::info!(source = %config.id, run = earlier.run_id, "goes on where it stopped");
        session.go_on(&earlier, text).await?;
        return Ok((session, at));
    }
    Ok((session, beginning))
}

/// A time so many seconds earlier; what is no time stays.
fn earlier(watermark: Scalar, seconds: i64) -> Scalar {
    let Scalar::Text(text) = &watermark else { return watermark };
    if seconds == 0 {
        return watermark;
    }
    let by = chrono::Duration::seconds(seconds);
    for form in ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(time) = chrono::DateTime::parse_from_str(text, form)
            && let Some(before) = time.checked_sub_signed(by)
        {
            return Scalar::Text(before.format(form).to_string());
        }
        if let Ok(time) = chrono::NaiveDateTime::parse_from_str(text, form)
            && let Some(before) = time.checked_sub_signed(by)
        {
            return Scalar::Text(before.format(form).to_string());
        }
    }
    if let Ok(day) = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
        && let Some(before) = day.checked_sub_signed(chrono::Duration::days(seconds / 86_400 + 1))
    {
        return Scalar::Text(before.format("%Y-%m-%d").to_string());
    }
    watermark
}

/// What the reading task needs.
struct Work {
    config: SourceConfig,
    options: DatabaseOptions,
    masked: super::file::row::Rules,
    from: Checkpoint,
}

impl Work {
    /// Connects and reads what is left; the pages go to the channel. Returns the end.
    async fn read(self, pages: &Pages) -> Result<Checkpoint, Fault> {
        let address = address::address(&self.config).await?;
        let mut connection = Connection::open(&address).await?;
        let layout = self.layout(&mut connection).await?;
        let mut at = self.from.clone();
        let resumed = at.key.is_some() || at.highest.is_some();
        if let (Some(watermark), false) = (layout.watermark, resumed) {
            at = look_ahead(&mut connection, &layout, watermark, at).await?;
        }
        while at.stage != Stage::End {
            at = stage(&mut connection, &layout, pages, self.config.id.as_str(), at).await?;
        }
        Ok(at)
    }

    /// The columns of the query, when they are what the schedule says.
    async fn layout(&self, connection: &mut Connection) -> Result<Layout, Fault> {
        let options = &self.options;
        let place = connection.place().to_owned();
        let all = connection.columns(&options.query).await?;
        let names: Vec<String> = all.iter().map(|column| column.name.clone()).collect();
        for (at, name) in names.iter().enumerate() {
            if names.iter().take(at).any(|before| before.eq_ignore_ascii_case(name)) {
                return Err(Fault::lasting(format!(
                    "{place}: database.query gives two columns `{name}`; name one of them \
                     otherwise with AS"
                )));
            }
        }
        let mut columns: Vec<Column> =
            all.into_iter().filter(|column| !(self.masked.masked)(&column.name)).collect();
        let find = |key: &str, wanted: &str| -> Result<usize, Fault> {
            let exact = columns.iter().position(|column| column.name == wanted);
            let folded = || columns.iter().position(|c| c.name.eq_ignore_ascii_case(wanted));
            exact.or_else(folded).ok_or_else(|| {
                let masked = names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
                let why = if masked { "is masked" } else { "is not in the result" };
                Fault::lasting(format!(
                    "{place}: database.{key} `{wanted}` {why}; database.query gives {}",
                    names.join(", ")
                ))
            })
        };
        let key = find("key", &options.key)?;
        let watermark = options.watermark.as_deref().map(|name| find("watermark", name));
        let watermark = watermark.transpose()?;
        let deleted = options.deleted.as_deref().map(|name| find("deleted", name)).transpose()?;
        let json: Vec<usize> =
            options.json.iter().map(|name| find("json", name)).collect::<Result<_, _>>()?;
        for (what, at) in [("key", Some(key)), ("watermark", watermark)] {
            let column = at.and_then(|at| columns.get(at));
            if let Some(column) = column.filter(|c| !c.is_comparable(connection.dialect())) {
                return Err(Fault::lasting(format!(
                    "{place}: rows cannot be ordered by database.{what} `{}`, whose type is \
                     neither number nor text nor time; cast it in database.query",
                    column.name
                )));
            }
        }
        for at in json {
            if let Some(column) = columns.get_mut(at) {
                column.json = true;
            }
        }
        let rows_a_page = self.config.file.page_rows.unwrap_or(PAGE_ROWS) as usize;
        Ok(Layout {
            options: options.clone(),
            columns,
            key,
            watermark,
            deleted,
            rules: self.masked.clone(),
            limits: super::file::limits::Limits::default(),
            rows_a_page,
        })
    }
}

fn question(layout: &Layout) -> Result<Question<'_>, Fault> {
    let missing = || Fault::lasting("database.key is not among the columns");
    Ok(Question {
        query: &layout.options.query,
        columns: &layout.columns,
        key: layout.columns.get(layout.key).ok_or_else(missing)?,
        watermark: layout.watermark.and_then(|at| layout.columns.get(at)),
    })
}

/// Notes the largest watermark, from which the next run reads. When it lies before the last one the
/// database is not the one that it was (a backup): then everything is read.
async fn look_ahead(
    connection: &mut Connection,
    layout: &Layout,
    watermark: usize,
    mut at: Checkpoint,
) -> Result<Checkpoint, Fault> {
    let question = question(layout)?;
    let Some(column) = layout.columns.get(watermark) else { return Ok(at) };
    let dialect = connection.dialect();
    let sql = dialect.highest(&question, column, at.from.is_some());
    let behind = Column::of_type(dialect, "behind", "INT8");
    let binds: Vec<Scalar> = at.from.iter().cloned().collect();
    let row = connection.first(&sql, &[column.clone(), behind], &binds).await?;
    if let Some([highest, behind]) = row.as_deref() {
        if let Cell::Scalar(highest) = highest {
            at.highest = Some(highest.clone());
        }
        let is_behind = matches!(behind, Cell::Scalar(number) if number.text() == "1");
        if is_behind || (at.from.is_some() && *highest == Cell::Null) {
            tracing::warn!(
                place = connection.place(),
                watermark = column.name,
                "the largest watermark lies before the one of the last run: everything is read"
            );
            let highest = at.highest.take();
            at = Checkpoint { highest, ..Checkpoint::begin(at.reading, None, false) };
        }
    }
    Ok(at)
}

/// Reads one stage to its end; returns the beginning of the next.
async fn stage(
    connection: &mut Connection,
    layout: &Layout,
    pages: &Pages,
    source: &str,
    at: Checkpoint,
) -> Result<Checkpoint, Fault> {
    let question = question(layout)?;
    let (part, what) = match at.stage {
        Stage::All => (Part::All, "rows"),
        Stage::Unmarked => (Part::Unmarked, "unmarked"),
        Stage::From => (Part::From, "changed"),
        Stage::Keys => (Part::Keys, "keys"),
        Stage::End => return Ok(at),
    };
    let mut binds = Vec::new();
    if part == Part::From {
        binds.extend(at.from.iter().cloned());
        binds.extend(at.watermark.iter().filter(|_| at.key.is_some()).cloned());
    }
    binds.extend(at.key.iter().cloned());
    let sql = connection.dialect().rows(&question, part, at.key.is_some());
    let columns = match part {
        Part::Keys => std::slice::from_ref(question.key),
        _ => layout.columns.as_slice(),
    };
    let name = format!("{source}/{what}");
    let mut pager = Pager::new(layout, pages, &name, at);
    connection.read(&sql, columns, &binds, &mut pager).await?;
    pager.end().await
}

/// Ends a run that was read to its end.
async fn finish(session: Session, at: &Checkpoint) -> Result<Run, HarvestError> {
    let counts = session.run().counts;
    let live = session.store().has_records(&session.run().source_id).await?;
    if at.from.is_none() && counts.rows == counts.quarantined && counts.pages > 0 {
        let text = format!("all {} rows are quarantined", counts.rows);
        return give_up(session, &Fault::lasting(text)).await;
    }
    let chained = session.run().root_run_id != session.run().run_id;
    if at.from.is_none() && counts.rows == 0 && !chained {
        // Complete would delete everything that is there.
        let text = if live {
            "the query gives no row, and the source had records; nothing was deleted"
        } else {
            "the query gives no row"
        };
        return give_up(session, &Fault::lasting(text)).await;
    }
    let store = session.store().clone();
    let source = session.run().source_id.clone();
    let verdict = verdict(&session, at, None);
    let ending = Ending {
        absence: Some(at.sees_all()),
        verdict: serde_json::to_string(&verdict).ok(),
        checkpoint: serde_json::to_string(at).ok(),
        hold: false,
    };
    let run = session.finish_with(RunEnd::Complete, ending).await?;
    if run.status == "complete" {
        let until = at.highest.as_ref().and_then(|highest| serde_json::to_string(highest).ok());
        store.set_source_state(&source, None, None, until.as_deref()).await?;
        if at.sees_all() {
            store.set_absence_checked(&source, now()).await?;
        }
    }
    Ok(run)
}

/// Ends a run that cannot be read to its end: what it has is kept, nothing is deleted by absence,
/// and the next run goes on where it stands.
async fn give_up(session: Session, fault: &Fault) -> Result<Run, HarvestError> {
    let end = stopped(session.run(), fault.text.clone());
    let at = stored(&session);
    let mut verdict = verdict(&session, &at.unwrap_or_else(empty), fault.passing.then_some(()));
    if matches!(end, RunEnd::Failed(_)) { "failed" } else { "partial" }
        .clone_into(&mut verdict.status);
    let ending = Ending {
        absence: Some(false),
        verdict: serde_json::to_string(&verdict).ok(),
        ..Ending::default()
    };
    session.finish_with(end, ending).await
}

fn empty() -> Checkpoint {
    Checkpoint::begin(String::new(), None, false)
}

fn verdict(session: &Session, at: &Checkpoint, lost: Option<()>) -> Verdict {
    let counts = session.run().counts;
    let number = |n: i64| u64::try_from(n).unwrap_or(0);
    Verdict {
        status: "complete".to_owned(),
        code: lost.map(|()| ReasonCode::Transport.as_str().to_owned()),
        pages: number(counts.pages),
        received: number(counts.rows),
        deleted: number(counts.deleted),
        quarantined: number(counts.quarantined),
        whole: at.from.is_none(),
        absence_checked: at.sees_all(),
        ..Verdict::default()
    }
}
