//! Pages that were received and wait to be committed.
//!
//! On PostgreSQL they are rows of `page_ahead`. SQLite has one writer, and a page would have to wait
//! for the commit of the one before: there each is a file in a folder beside the database,
//! `{database}-ahead`. Neither is there to outlive a loss of power, after which the harvest asks
//! for the page again, but a file that was not written to its end is never taken for a page.

use super::prepared::Body;
use super::{Dialect, Store, StoreError, rows};
use sqlx::{AnyConnection, Row};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pages of a run that were set aside, in order: number, location, body.
type Pages = Vec<(i64, String, Body)>;

/// What stands before the body in a file, as a line of JSON: location, bytes before compression,
/// their SHA-256, bytes that follow.
type Head = (String, i64, String, usize);

/// The folder of pages of a SQLite file.
#[derive(Debug, Clone)]
pub(super) struct Folder(Arc<Path>);

impl Folder {
    /// The folder that belongs to a database; none where it is no file.
    pub(super) fn of(url: &str) -> Option<Self> {
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = path.split('?').next().unwrap_or(path);
        (!path.is_empty() && !path.contains(":memory:"))
            .then(|| Self(PathBuf::from(format!("{path}-ahead")).into()))
    }

    fn file(&self, run_id: i64, number: i64) -> PathBuf {
        self.0.join(format!("{run_id}-{number}"))
    }

    fn write(&self, run_id: i64, number: i64, bytes: &[u8]) -> Result<(), StoreError> {
        let path = self.file(run_id, number);
        let written = match fs::write(&path, bytes) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&self.0).and_then(|()| fs::write(&path, bytes))
            }
            done => done,
        };
        written.map_err(|source| StoreError::Ahead { path, source })
    }

    /// Numbers of the pages of a run that are here.
    fn numbers(&self, run_id: i64) -> Vec<i64> {
        let Ok(entries) = fs::read_dir(&self.0) else { return Vec::new() };
        let prefix = format!("{run_id}-");
        let mut numbers: Vec<i64> = entries
            .filter_map(|entry| {
                entry.ok()?.file_name().to_str()?.strip_prefix(&prefix)?.parse().ok()
            })
            .collect();
        numbers.sort_unstable();
        numbers
    }

    fn read(&self, run_id: i64, after: i64) -> Pages {
        let numbers = self.numbers(run_id).into_iter().filter(|number| *number > after);
        numbers
            .filter_map(|number| {
                let bytes = fs::read(self.file(run_id, number)).ok()?;
                let (location, body) = read_file(&bytes)?;
                Some((number, location, body))
            })
            .collect()
    }

    /// Forgets one page; that it is not there is no error, and one that stays is not read again.
    fn forget(&self, run_id: i64, number: i64) {
        let _gone = fs::remove_file(self.file(run_id, number));
    }

    fn forget_run(&self, run_id: i64) {
        for number in self.numbers(run_id) {
            self.forget(run_id, number);
        }
    }
}

fn file_of(location: &str, body: &Body) -> Vec<u8> {
    let head = (location, body.byte_count, &body.sha256, body.compressed.len());
    // Texts and numbers have a JSON form.
    let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(&body.compressed);
    bytes
}

fn read_file(bytes: &[u8]) -> Option<(String, Body)> {
    let line = bytes.iter().position(|byte| *byte == b'\n')?;
    let (location, byte_count, sha256, length): Head =
        serde_json::from_slice(bytes.get(..line)?).ok()?;
    let compressed = bytes.get(line + 1..)?.to_vec();
    (compressed.len() == length).then_some((location, Body { byte_count, sha256, compressed }))
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Stopped(error.to_string()))
}

impl Store {
    /// Sets a page aside, to be found by [`Store::kept_pages`] when the harvest is killed before
    /// it is committed. Masked fields must be taken out before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_page(
        &self,
        run_id: i64,
        number: i64,
        location: &str,
        body: &Body,
    ) -> Result<(), StoreError> {
        if let Some(folder) = self.ahead() {
            let (folder, bytes) = (folder.clone(), file_of(location, body));
            return on_disk(move || folder.write(run_id, number, &bytes)).await?;
        }
        sqlx::query(
            "insert into page_ahead (run_id, number, location, byte_count, sha256, body) \
             values ($1, $2, $3, $4, $5, $6) on conflict (run_id, number) do update set \
             location = excluded.location, byte_count = excluded.byte_count, \
             sha256 = excluded.sha256, body = excluded.body",
        )
        .bind(run_id)
        .bind(number)
        .bind(rows::text(location).into_owned())
        .bind(body.byte_count)
        .bind(body.sha256.clone())
        .bind(body.compressed.clone())
        .execute(self.writer())
        .await?;
        Ok(())
    }

    /// Pages of a run that were set aside after page `after`, in order: number, location, body.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn kept_pages(&self, run_id: i64, after: i64) -> Result<Pages, StoreError> {
        // On SQLite too: an older version kept them there.
        let rows = sqlx::query(
            "select number, location, byte_count, sha256, body from page_ahead \
             where run_id = $1 and number > $2 order by number",
        )
        .bind(run_id)
        .bind(after)
        .fetch_all(self.reader())
        .await?;
        let pages = rows.iter().map(|row| {
            let body = Body {
                byte_count: row.try_get("byte_count")?,
                sha256: row.try_get("sha256")?,
                compressed: row.try_get("body")?,
            };
            Ok((row.try_get("number")?, row.try_get("location")?, body))
        });
        let mut pages = pages.collect::<Result<Pages, StoreError>>()?;
        if let Some(folder) = self.ahead() {
            let folder = folder.clone();
            pages.extend(on_disk(move || folder.read(run_id, after)).await?);
        }
        Ok(pages)
    }

    /// Forgets the file of a page that is committed. Nobody has to wait for that.
    pub(super) fn forget_file(&self, run_id: i64, number: i64) {
        if let Some(folder) = self.ahead() {
            let folder = folder.clone();
            drop(tokio::task::spawn_blocking(move || folder.forget(run_id, number)));
        }
    }

    /// Forgets the files of a run that has ended.
    pub(super) async fn forget_files(&self, run_id: i64) -> Result<(), StoreError> {
        match self.ahead() {
            Some(folder) => {
                let folder = folder.clone();
                on_disk(move || folder.forget_run(run_id)).await
            }
            None => Ok(()),
        }
    }
}

/// Forgets the rows of a run up to a page that is committed. On SQLite only at the end: there are
/// none but of an older version.
pub(super) async fn forget(
    connection: &mut AnyConnection,
    dialect: Dialect,
    run_id: i64,
    number: i64,
) -> Result<(), StoreError> {
    if dialect == Dialect::Sqlite && number < i64::MAX {
        return Ok(());
    }
    sqlx::query("delete from page_ahead where run_id = $1 and number <= $2")
        .bind(run_id)
        .bind(number)
        .execute(&mut *connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Folder, file_of, read_file};
    use crate::store::prepared::Body;

    #[test]
    fn a_file_is_read_as_it_was_written_and_a_part_of_it_is_no_page() {
        let body = Body::of(b"<OAI-PMH/>").expect("compressed");
        let bytes = file_of("https://partner.example.org/oai?verb=ListRecords", &body);
        let (location, read) = read_file(&bytes).expect("whole");
        assert_eq!(location, "https://partner.example.org/oai?verb=ListRecords");
        assert_eq!(read.read().expect("decompressed"), b"<OAI-PMH/>");
        for length in 0..bytes.len() {
            assert!(read_file(&bytes[..length]).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn the_folder_lies_beside_the_database() {
        let folder = |url| Folder::of(url).map(|folder| folder.0.display().to_string());
        assert_eq!(
            folder("sqlite:data/passerelle.db").as_deref(),
            Some("data/passerelle.db-ahead")
        );
        assert_eq!(folder("sqlite:///srv/p.db?mode=rwc").as_deref(), Some("/srv/p.db-ahead"));
        assert_eq!(folder("sqlite::memory:"), None);
    }
}
