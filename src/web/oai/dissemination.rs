//! From rows to records: metadata in the format asked for, and what is said about it.

use super::Provider;
use crate::parallel::in_parts;
use crate::store::StoreError;
use crate::store::object::ObjectRow;
use crate::store::received::ReceivedRow;
use domain::merge::{MemberRef, MergedRecord};
use protocols::formats::raw::{self, Content, Metadata, Received};
use protocols::formats::{Format, ObjectContext, may_be_unaltered, says_the_same};
use protocols::oai_pmh::about;
use protocols::oai_pmh::provider::response::Record;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Records that are written at once on one core: some tenths of a millisecond.
const RECORDS_A_PART: usize = 32;

/// What the sources of one object sent, and which of it is disseminated exactly so.
#[derive(Default)]
struct Sent {
    rows: Vec<ReceivedRow>,
    /// By source and identifier.
    metadata: BTreeMap<(String, String), Metadata>,
}

impl Provider<'_> {
    /// The records of rows in a format. What the sources sent is read only where the format shows
    /// it, or where nothing else tells whether the record was altered.
    pub(super) async fn records(
        &self,
        rows: Vec<ObjectRow>,
        format: Format,
    ) -> Result<Vec<Record>, StoreError> {
        let wanted: Vec<&str> = rows
            .iter()
            .filter(|row| {
                row.record.as_ref().is_some_and(|record| {
                    format == Format::Raw || may_be_unaltered(format, record, &self.context(row))
                })
            })
            .map(|row| row.object_id.as_str())
            .collect();
        let mut sent = self.sent(&wanted, format).await?;
        let rows = rows.into_iter().map(|row| (sent.remove(&row.object_id), row)).collect();
        let (app, url, now, horizon) =
            (self.app.clone(), self.url.to_owned(), self.now, self.horizon);
        let written = in_parts(rows, RECORDS_A_PART, move |rows| {
            let provider = Provider { app: &app, url: &url, now, horizon };
            rows.into_iter().map(|(sent, row)| provider.record(&row, format, sent)).collect()
        });
        written.await.map_err(|error| StoreError::Stopped(error.to_string()))
    }

    fn record(&self, row: &ObjectRow, format: Format, sent: Option<Sent>) -> Record {
        let header = self.header(row);
        let Some(record) = &row.record else {
            return Record { header, metadata: None, about: String::new() };
        };
        let (metadata, about) = if let Some(sent) = sent {
            self.compared(row, record, format, sent)
        } else {
            let metadata = format.write(record, &self.context(row));
            (metadata, about::write(record, self.metadata_rights(), &|_, _| true))
        };
        Record { header, metadata: Some(metadata), about }
    }

    fn context<'a>(&'a self, row: &'a ObjectRow) -> ObjectContext<'a> {
        ObjectContext {
            object_id: &row.object_id,
            public_url: self.url,
            provider: &self.app.settings.repository.provider,
        }
    }

    fn metadata_rights(&self) -> &str {
        &self.app.settings.repository.metadata_rights
    }

    /// Metadata and `about` of an object whose source records are at hand.
    fn compared(
        &self,
        row: &ObjectRow,
        record: &MergedRecord,
        format: Format,
        mut sent: Sent,
    ) -> (String, String) {
        let context = self.context(row);
        if format != Format::Raw {
            let metadata = format.write(record, &context);
            let same = sent
                .rows
                .first()
                .is_some_and(|row| says_the_same(format, &metadata, &row.source_record.fields));
            return (metadata, about::write(record, self.metadata_rights(), &|_, _| !same));
        }
        let is_member = |row: &ReceivedRow, member: &MemberRef| {
            row.source_id == member.source && row.source_record.local_id == member.local_id
        };
        let about = about::write(record, self.metadata_rights(), &|place, origin| {
            // In the envelope a record is what it was unless something was taken out of it, or its
            // page is no longer kept.
            let whole = record.members.get(place).and_then(|member| {
                let key = (member.source.clone(), member.local_id.clone());
                sent.metadata.get(&key).map(|metadata| !metadata.curtailed)
            });
            origin.masked || whole != Some(true)
        });
        // Only who is a member as published: a record that came since waits for its publication.
        sent.rows.retain(|row| record.members.iter().any(|member| is_member(row, member)));
        let received: Vec<Received> = sent
            .rows
            .into_iter()
            .map(|mut row| {
                let key = (row.source_id, row.source_record.local_id);
                let content = if let Some(metadata) = sent.metadata.remove(&key) {
                    Content::Metadata(metadata.xml)
                } else {
                    let private = &self.app.private_fields;
                    let mut fields = std::mem::take(&mut row.source_record.fields);
                    fields.retain(|field| !private.is_private(&key.0, &field.name));
                    Content::Fields(fields)
                };
                let datestamp = row.source_record.datestamp;
                Received { source: key.0, identifier: key.1, datestamp, content }
            })
            .collect();
        (raw::write(&received, &context), about)
    }

    /// What the sources of objects sent. Each stored page is read once, whatever the number of
    /// records that are in it, and one at a time, so that no more than one is in memory.
    async fn sent(
        &self,
        objects: &[&str],
        format: Format,
    ) -> Result<BTreeMap<String, Sent>, StoreError> {
        let mut sent: BTreeMap<String, Sent> = BTreeMap::new();
        if objects.is_empty() {
            return Ok(sent);
        }
        let mut pages: BTreeMap<(i64, String), BTreeSet<String>> = BTreeMap::new();
        for row in self.store().received(objects).await? {
            if let Some(page) = row.page_id.filter(|_| format == Format::Raw) {
                pages
                    .entry((page, row.source_id.clone()))
                    .or_default()
                    .insert(row.source_record.local_id.clone());
            }
            sent.entry(row.object_id.clone()).or_default().rows.push(row);
        }
        let mut found: BTreeMap<(String, String), Metadata> = BTreeMap::new();
        for ((page, source), identifiers) in pages {
            let Some(body) = self.store().page_body(page).await? else { continue };
            let private = Arc::clone(&self.app.private_fields);
            let of = source.clone();
            let read = tokio::task::spawn_blocking(move || {
                raw::metadata_in(&body, &identifiers, &|field| private.is_private(&of, field))
            });
            // A page that stops its reader is as good as none: the fields are shown.
            for (identifier, metadata) in read.await.unwrap_or_default() {
                found.insert((source.clone(), identifier), metadata);
            }
        }
        for sent in sent.values_mut() {
            for row in &sent.rows {
                let key = (row.source_id.clone(), row.source_record.local_id.clone());
                if let Some(metadata) = found.remove(&key) {
                    sent.metadata.insert(key, metadata);
                }
            }
        }
        Ok(sent)
    }
}
