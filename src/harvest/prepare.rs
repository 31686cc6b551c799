//! From a page as it was read to a page that can be committed: masks, hashes, the crosswalk.

use super::HarvestError;
use super::session::RawPage;
use crate::config::source::SourceConfig;
use crate::crosswalk::Crosswalk;
use crate::hex::hex;
use crate::store::Store;
use crate::store::prepared::{Body, Content, PreparedPage, PreparedRecord};
use crate::store::run::Quarantined;
use domain::identifier::{ObjectId, SourceId};
use domain::issue::Issue;
use domain::json::{push_member, push_text, push_texts};
use domain::source_record::{SourceRecord, push_fields};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

/// Bytes of the public id that an identifier may make: [`ObjectId::parse`] takes 512, and the id
/// of an image adds its rank.
const LONGEST_ID: usize = 500;

/// What prepares the pages of one source.
#[derive(Debug)]
pub(super) struct Preparation {
    store: Store,
    source: SourceId,
    crosswalk: Arc<Crosswalk>,
    /// Hash of all that decides what comes of a source record, beside the record.
    reading: [u8; 32],
    /// The source had records when the session was opened.
    known: bool,
}

/// A page whose masked fields are taken out, with the hash of every record.
#[derive(Debug)]
pub(super) struct Draft {
    location: String,
    body: Body,
    rows: i64,
    records: Vec<DraftRecord>,
    quarantined: Vec<Quarantined>,
    checkpoint: Option<String>,
    seen: Vec<String>,
    replayed: Option<i64>,
}

#[derive(Debug)]
struct DraftRecord {
    position: i64,
    source_record: SourceRecord,
    issues: Vec<Issue>,
    json: SourceJson,
    digest: [u8; 32],
    source_hash: String,
}

/// A source record as the store keeps it.
#[derive(Debug)]
struct SourceJson {
    record: String,
    origin: Option<String>,
}

impl Draft {
    /// Hash of every record by identifier, as the store keeps them.
    pub(super) fn hashes(&self) -> HashMap<String, String> {
        let stored = |id: &str| crate::store::storable(id).into_owned();
        self.records
            .iter()
            .map(|r| (stored(&r.source_record.local_id), r.source_hash.clone()))
            .collect()
    }

    /// The records by position.
    pub(super) fn source_records(&self) -> impl Iterator<Item = (i64, &SourceRecord)> {
        self.records.iter().map(|record| (record.position, &record.source_record))
    }
}

impl Preparation {
    /// Whether a field, though stored, must not be shown.
    pub(super) fn is_private(&self, field: &str) -> bool {
        self.crosswalk.is_private(field)
    }

    pub(super) fn new(
        store: Store,
        config: &SourceConfig,
        crosswalk: Arc<Crosswalk>,
        known: bool,
    ) -> Self {
        let reading = super::reading::reading(config);
        Self { store, source: config.id.clone(), crosswalk, reading, known }
    }

    /// Takes masked fields out and computes hashes. Records take, in order, the positions that no
    /// quarantined row holds.
    pub(super) fn draft(&self, page: RawPage, body: Body) -> Draft {
        let rows = (page.records.len() + page.quarantined.len()) as i64;
        let taken: BTreeSet<i64> = page.quarantined.iter().map(|q| q.position).collect();
        let mut free = (0..).filter(|position| !taken.contains(position));
        let mut records = Vec::with_capacity(page.records.len());
        let mut quarantined = page.quarantined;
        // Folding a name costs more than looking it up, and the fields of a page repeat.
        let mut masked: HashMap<String, bool> = HashMap::new();
        let mut buffer = Vec::new();
        for (mut source_record, issues) in page.records {
            let position = free.next().unwrap_or(0);
            if let Some(refused) = self.refused(position, &source_record) {
                quarantined.push(refused);
                continue;
            }
            let may_be_masked = self.crosswalk.masks_anything();
            source_record.fields.retain(|field| {
                if !may_be_masked {
                    return true;
                }
                if let Some(known) = masked.get(&field.name) {
                    return !known;
                }
                let is_masked = self.crosswalk.is_masked(&field.name);
                masked.insert(field.name.clone(), is_masked);
                !is_masked
            });
            let (digest, json) = came(&mut buffer, &source_record);
            let mut hash = Sha256::new_with_prefix(self.reading);
            hash.update(digest);
            if !issues.is_empty() {
                hash.update(serde_json::to_vec(&issues).unwrap_or_default());
            }
            let source_hash = hex(&hash.finalize());
            records.push(DraftRecord {
                position,
                source_record,
                issues,
                json,
                digest,
                source_hash,
            });
        }
        Draft {
            location: page.location,
            body,
            rows,
            records,
            quarantined,
            checkpoint: page.checkpoint,
            seen: page.seen,
            replayed: page.replayed,
        }
    }

    /// Whether the identifier makes a public id that is too long.
    fn refused(&self, position: i64, record: &SourceRecord) -> Option<Quarantined> {
        // A byte of it makes three at most.
        if record.local_id.len() <= LONGEST_ID / 4 {
            return None;
        }
        let id_bytes = ObjectId::of(&self.source, &record.local_id).as_str().len();
        (id_bytes > LONGEST_ID).then(|| Quarantined {
            position,
            code: "identifier_too_long".to_owned(),
            detail: format!(
                "the identifier makes a public id of {id_bytes} bytes; {LONGEST_ID} are \
                 allowed: is the key the right field?"
            ),
            body: record.local_id.bytes().take(65_536).collect(),
            local_id: None,
        })
    }

    /// Hashes of what the store has of these records.
    pub(super) async fn known(
        &self,
        draft: &Draft,
    ) -> Result<HashMap<String, String>, HarvestError> {
        // A page is replayed because the crosswalk may be another.
        if !self.known || draft.replayed.is_some() {
            return Ok(HashMap::new());
        }
        let local_ids = draft.records.iter().map(|record| record.source_record.local_id.as_str());
        Ok(self.store.source_hashes(self.source.as_str(), local_ids).await?)
    }

    /// Applies the crosswalk to the records that are not in `known` as they came.
    pub(super) fn prepare(
        &self,
        draft: &Draft,
        (run_id, number): (i64, i64),
        known: &HashMap<String, String>,
        now: i64,
    ) -> Result<PreparedPage, HarvestError> {
        let mut records = Vec::with_capacity(draft.records.len());
        for record in &draft.records {
            let DraftRecord { position, source_record, issues, json, digest, source_hash } = record;
            let local_id = crate::store::storable(&source_record.local_id).into_owned();
            let content = if known.get(&local_id) == Some(source_hash) && !source_record.deleted {
                None
            } else {
                let parsed = self.crosswalk.apply(source_record);
                let issues = issues.iter().cloned().chain(parsed.issues).collect();
                let (fields, origin) = (json.record.clone(), json.origin.clone());
                let hash = |record: &str, issues: &[Issue]| content_hash(digest, record, issues);
                Some(Box::new(Content::new(fields, origin, parsed.value, issues, hash)?))
            };
            records.push(PreparedRecord {
                position: *position,
                local_id,
                datestamp: source_record.datestamp.clone(),
                deleted: source_record.deleted,
                source_hash: source_hash.clone(),
                content,
            });
        }
        let mut page = PreparedPage {
            run_id,
            source_id: self.source.clone(),
            number,
            location: draft.location.clone(),
            body: draft.body.clone(),
            rows: draft.rows,
            records,
            repeated: 0,
            quarantined: draft.quarantined.clone(),
            checkpoint: draft.checkpoint.clone(),
            seen: draft.seen.clone(),
            hold_deletions: true,
            replayed: draft.replayed,
            now,
        };
        page.refuse();
        Ok(page)
    }
}

/// SHA-256 over what came from the source, and its JSON. The source's own datestamp is left out: a
/// source that stamps its records anew every night did not change them (invariant 1). So are the
/// dates of its origin and of the origins before that.
fn came(buffer: &mut Vec<u8>, source: &SourceRecord) -> ([u8; 32], SourceJson) {
    // What is hashed: `["id",false,["set"],[{field}]]{origin}`. What is stored has the same parts.
    buffer.clear();
    buffer.push(b'[');
    push_text(buffer, &source.local_id);
    let local_id = 1..buffer.len();
    let deleted: &str = if source.deleted { "true" } else { "false" };
    buffer.push(b',');
    buffer.extend_from_slice(deleted.as_bytes());
    buffer.push(b',');
    let from = buffer.len();
    push_texts(buffer, &source.sets);
    let sets = from..buffer.len();
    buffer.push(b',');
    let from = buffer.len();
    push_fields(buffer, &source.fields);
    let fields = from..buffer.len();
    buffer.push(b']');
    if let Some(origin) = &source.origin {
        // Where it came from is part of what is published of it, when it came is not.
        origin.push_json(buffer, false);
    }
    let digest = Sha256::digest(&buffer).into();

    let part = |range: Range<usize>| buffer.get(range).unwrap_or_default();
    let mut record = Vec::with_capacity(buffer.len() + 96);
    record.extend_from_slice(b"{\"local_id\":");
    record.extend_from_slice(part(local_id));
    record.extend_from_slice(b",\"deleted\":");
    record.extend_from_slice(deleted.as_bytes());
    if let Some(datestamp) = &source.datestamp {
        push_member(&mut record, "datestamp", datestamp);
    }
    if !source.sets.is_empty() {
        record.extend_from_slice(b",\"sets\":");
        record.extend_from_slice(part(sets));
    }
    record.extend_from_slice(b",\"fields\":");
    record.extend_from_slice(part(fields));
    record.push(b'}');
    let origin = source.origin.as_ref().map(|origin| {
        let mut json = Vec::with_capacity(256);
        origin.push_json(&mut json, true);
        text(json)
    });
    (digest, SourceJson { record: text(record), origin })
}

/// JSON is made of texts, so it is one.
fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_default()
}

/// A hash over everything that a reader could notice: 32 hexadecimal digits over what came, 32 over
/// what was made of it.
fn content_hash(came: &[u8; 32], record: &str, issues: &[Issue]) -> String {
    let mut made = Sha256::new_with_prefix("[");
    made.update(record);
    made.update(",");
    if issues.is_empty() {
        made.update("[]");
    } else {
        // These types have no map with keys that JSON refuses, so writing them cannot fail.
        made.update(serde_json::to_vec(issues).unwrap_or_default());
    }
    made.update("]");
    let made = made.finalize();
    hex(came.iter().take(16).chain(made.iter().take(16)).copied().collect::<Vec<_>>().as_slice())
}
