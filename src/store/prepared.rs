//! What of a page can be made ready before the transaction begins: JSON, hashes, the compressed
//! body. Nothing of it needs the database.

use super::StoreError;
use super::page::{IncomingRecord, PageCommit};
use super::quarantine::Quarantined;
use super::rows::text;
use super::source_record::{image_id, origin_text};
use crate::hex::hex;
use domain::identifier::SourceId;
use domain::issue::Issue;
use domain::record::Record;
use serde::ser::Error as _;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::HashMap;
use zstd::bulk::Compressor;

/// Compression level of raw pages. Level 3 saves 6 % of them and takes twice as long.
const LEVEL: i32 = 1;
/// Longest public id made of a source and a local identifier, the room for an image's rank
/// included: [`domain::identifier::ObjectId::parse`] takes 512.
const LONGEST_ID: usize = 500;

/// The body of a page as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Body {
    /// Bytes before compression.
    pub byte_count: i64,
    /// SHA-256 (hex) before compression.
    pub sha256: String,
    /// Compressed with zstd.
    pub compressed: Vec<u8>,
}

impl Body {
    /// Compresses a body.
    ///
    /// # Errors
    /// What zstd says.
    pub fn of(body: &[u8]) -> std::io::Result<Self> {
        Ok(Self {
            byte_count: body.len() as i64,
            sha256: hex(&Sha256::digest(body)),
            compressed: compress(body)?,
        })
    }

    /// The body as it was.
    ///
    /// # Errors
    /// What zstd says.
    pub fn read(&self) -> std::io::Result<Vec<u8>> {
        zstd::bulk::decompress(&self.compressed, self.byte_count as usize)
    }
}

/// Compresses with the tables of the last time: to make and to clear them costs as much as a page.
fn compress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    thread_local! {
        static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    }
    COMPRESSOR.with_borrow_mut(|place| match place {
        Some(compressor) => compressor.compress(body),
        None => place.insert(Compressor::new(LEVEL)?).compress(body),
    })
}

/// What a record says, ready to be written.
#[derive(Debug, Clone)]
pub struct Content {
    /// The source record as JSON.
    pub fields: String,
    /// [`Content::record`] as JSON.
    pub record_json: String,
    /// Where it came from, as JSON.
    pub origin: Option<String>,
    /// What the crosswalk made of it.
    pub record: Record,
    /// Complaints.
    pub issues: Vec<Issue>,
    /// SHA-256 (hex) of everything that a reader could notice.
    pub content_hash: String,
}

impl Content {
    /// Writes the JSON of a record. `fields` and `origin` are that of its source record.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], which the types rule out.
    pub fn new(
        fields: String,
        origin: Option<String>,
        record: Record,
        issues: Vec<Issue>,
        content_hash: impl FnOnce(&str, &[Issue]) -> String,
    ) -> Result<Self, StoreError> {
        let corrupt = |source| StoreError::Corrupt { what: "source_record.record", source };
        let mut json = Vec::with_capacity(2 * fields.len());
        serde_json::to_writer(&mut json, &record).map_err(corrupt)?;
        let record_json =
            String::from_utf8(json).map_err(|error| corrupt(serde_json::Error::custom(error)))?;
        let content_hash = content_hash(&record_json, &issues);
        Ok(Self { fields, record_json, origin, record, issues, content_hash })
    }
}

/// A record of a page.
#[derive(Debug, Clone)]
pub struct PreparedRecord {
    /// Position in the page, from 0.
    pub position: i64,
    /// Identifier in the source.
    pub local_id: String,
    /// Datestamp of the source.
    pub datestamp: Option<String>,
    /// The source says that it is deleted.
    pub deleted: bool,
    /// SHA-256 (hex) of what was received and of how it is read. Two records with the same one
    /// say the same.
    pub source_hash: String,
    /// What it says; `None` when the store has it already, as `source_hash` tells.
    pub content: Option<Box<Content>>,
}

/// A page ready to be committed.
#[derive(Debug, Clone)]
pub struct PreparedPage {
    /// Run that it belongs to.
    pub run_id: i64,
    /// Source.
    pub source_id: SourceId,
    /// Number in the run, from 1.
    pub number: i64,
    /// URL with arguments, or file and range of rows.
    pub location: String,
    /// As received, masked fields taken out.
    pub body: Body,
    /// Rows or records received.
    pub rows: i64,
    /// What was read, in order, each identifier once.
    pub records: Vec<PreparedRecord>,
    /// Records that only repeated an equal one of the page.
    pub repeated: i64,
    /// What could not be read.
    pub quarantined: Vec<Quarantined>,
    /// Where the next page begins (JSON); `None` leaves the checkpoint as it is.
    pub checkpoint: Option<String>,
    /// Identifiers of records that are still there, although the page does not bring them: they
    /// are not deleted by absence.
    pub seen: Vec<String>,
    /// Deletions are noted, and done when the run ends ([`super::Store::end_run`]); else at once.
    pub hold_deletions: bool,
    /// The page is read again: it is stored already, under this key.
    pub replayed: Option<i64>,
    /// Now, seconds since the epoch.
    pub now: i64,
}

impl PreparedPage {
    /// Prepares a page whose records are all to be compared by content. Takes some milliseconds.
    ///
    /// # Errors
    /// [`StoreError::Page`] when the body cannot be compressed.
    pub fn of(page: &PageCommit, source: &SourceId) -> Result<Self, StoreError> {
        let records = page.records.iter().map(PreparedRecord::of).collect::<Result<_, _>>()?;
        let body = Body::of(&page.body).map_err(|source| StoreError::Page {
            run_id: page.run_id,
            number: page.number,
            source,
        })?;
        let mut prepared = Self {
            run_id: page.run_id,
            source_id: source.clone(),
            number: page.number,
            location: page.location.clone(),
            body,
            rows: (page.records.len() + page.quarantined.len()) as i64,
            records,
            repeated: 0,
            quarantined: page.quarantined.clone(),
            checkpoint: page.checkpoint.clone(),
            seen: page.seen.clone(),
            hold_deletions: page.hold_deletions,
            replayed: page.replayed,
            now: page.now,
        };
        prepared.refuse();
        Ok(prepared)
    }

    /// Takes out what cannot be written: records without identifier, with one that is too long,
    /// and all but the last of those with the same one.
    pub fn refuse(&mut self) {
        let mut last: HashMap<String, (i64, String, bool)> =
            HashMap::with_capacity(self.records.len());
        let mut taken = Vec::with_capacity(self.records.len());
        // From the end, since the last one wins.
        for record in std::mem::take(&mut self.records).into_iter().rev() {
            let refuse = |code: &str, detail: String| {
                let body = record.content.as_ref().map_or("", |content| &content.fields);
                Quarantined::new(record.position, code, detail, body.as_bytes())
            };
            let local_id = &record.local_id;
            if local_id.is_empty() {
                let detail = "the record has no identifier".to_owned();
                self.quarantined.push(refuse("no_identifier", detail));
                continue;
            }
            // The public form of a byte is at most three.
            if local_id.len() > LONGEST_ID / 4
                && image_id(&self.source_id, local_id, 99_999).as_str().len() > LONGEST_ID
            {
                let start: String = local_id.chars().take(80).collect();
                let detail = format!("identifier `{start}…`: its public form is longer than 500");
                self.quarantined.push(refuse("identifier_too_long", detail));
                continue;
            }
            match last.get(local_id.as_str()) {
                None => {
                    let key = (record.position, record.source_hash.clone(), record.deleted);
                    last.insert(local_id.clone(), key);
                    taken.push(record);
                }
                Some((_, hash, deleted))
                    if *hash == record.source_hash && *deleted == record.deleted =>
                {
                    self.repeated += 1;
                }
                Some((position, ..)) => {
                    let detail = format!(
                        "identifier `{local_id}` comes again at position {position} with other \
                         content, which is taken"
                    );
                    self.quarantined.push(refuse("repeated_identifier", detail));
                }
            }
        }
        taken.reverse();
        self.records = taken;
        self.quarantined.sort_by_key(|row| row.position);
    }
}

impl PreparedRecord {
    fn of(incoming: &IncomingRecord) -> Result<Self, StoreError> {
        let source_record = &incoming.source_record;
        let corrupt = |source| StoreError::Corrupt { what: "source_record.fields", source };
        let content = Content::new(
            serde_json::to_string(source_record).map_err(corrupt)?,
            origin_text(source_record)?,
            incoming.record.clone(),
            incoming.issues.clone(),
            |_, _| incoming.content_hash.clone(),
        )?;
        Ok(Self {
            position: incoming.position,
            local_id: text(&source_record.local_id).into_owned(),
            datestamp: source_record.datestamp.clone(),
            deleted: source_record.deleted,
            source_hash: incoming.content_hash.clone(),
            content: Some(Box::new(content)),
        })
    }
}
