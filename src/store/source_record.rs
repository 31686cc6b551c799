//! Source records: what hangs on them (names, keys, links, images, issues, rights), their
//! tombstones, and reading them back verbatim.

use super::rows::{self, Cell, json_of, json_of_texts};
use super::seen;
use super::{Dialect, Store, StoreError};
use domain::identifier::{ObjectId, SourceId};
use domain::issue::Issue;
use domain::provenance::Origin;
use domain::record::Record;
use domain::rights::ImageRight;
use domain::source_record::SourceRecord;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

/// Longest name, key or link target, in bytes: PostgreSQL indexes no row beyond 2,704 bytes.
const LONGEST_NAME: usize = 1024;
/// Complaints about one record that are stored.
const MOST_ISSUES: usize = 100;
/// Live records that may have a key before it is too common to tell anything.
pub(crate) const MOST_HOLDERS: i64 = 32;
/// Source records of one object that are read.
const MOST_MEMBERS: i64 = 1000;

/// A stored source record, verbatim.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecordRow {
    /// Key.
    pub record_id: i64,
    /// Source.
    pub source_id: String,
    /// As received.
    pub source_record: SourceRecord,
    /// What the crosswalk made of it.
    pub record: Record,
    /// Complaints.
    pub issues: Vec<Issue>,
}

/// The right to the images of a record as the column `image_right` holds it: `none`,
/// `reduced:{pixels}` or `full`.
pub fn image_right_text(right: ImageRight) -> String {
    match right {
        ImageRight::None => "none".to_owned(),
        ImageRight::Reduced(side) => format!("reduced:{side}"),
        ImageRight::Full => "full".to_owned(),
    }
}

/// Reads [`image_right_text`]; what is not of that form allows nothing.
pub fn image_right_of(text: &str) -> ImageRight {
    match text.strip_prefix("reduced:").map(str::parse) {
        Some(Ok(side)) => ImageRight::Reduced(side),
        None if text == "full" => ImageRight::Full,
        Some(Err(_)) | None => ImageRight::None,
    }
}

/// The origin of a record as the column `origin` holds it.
pub(super) fn origin_text(record: &SourceRecord) -> Result<Option<String>, StoreError> {
    let corrupt = |source| StoreError::Corrupt { what: "source_record.origin", source };
    record.origin.as_ref().map(|origin| serde_json::to_string(origin).map_err(corrupt)).transpose()
}

/// Reads [`origin_text`].
pub(super) fn origin_of(text: Option<&str>) -> Result<Option<Box<Origin>>, StoreError> {
    let corrupt = |source| StoreError::Corrupt { what: "source_record.origin", source };
    text.map(|text| serde_json::from_str(text).map_err(corrupt)).transpose()
}

/// Identifier of the image of that rank (from 1) of a record, as it stands in IIIF URLs.
pub fn image_id(source: &SourceId, local_id: &str, rank: usize) -> ObjectId {
    ObjectId::of(source, &format!("{local_id}/{rank}"))
}

/// Marks records for reconciliation. `do update` rather than `do nothing`: on PostgreSQL a mark
/// that a reconciliation is about to delete would else count as there, and the change be missed.
pub(super) async fn mark_stale(
    connection: &mut AnyConnection,
    dialect: Dialect,
    ids: &[i64],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    // In ascending order, so that two writers never wait for each other in a circle.
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let sql = format!(
        "insert into stale_record (record_id) select id from {} ids where true \
         on conflict (record_id) do update set record_id = excluded.record_id",
        dialect.json_integer_list(1, "id")
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).execute(&mut *connection).await?;
    Ok(())
}

/// Takes away what hangs on records, but for their images.
async fn clear(
    connection: &mut AnyConnection,
    dialect: Dialect,
    ids: &[i64],
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    let json = json_of(ids);
    for table in ["issue", "record_name", "record_key", "record_link", "candidate_target"] {
        let sql = format!("delete from {table} where {}", dialect.integer_in("record_id", 1));
        sqlx::query(AssertSqlSafe(sql)).bind(json.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The certain keys of records.
async fn keys_of(
    connection: &mut AnyConnection,
    dialect: Dialect,
    ids: &[i64],
) -> Result<Vec<String>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "select distinct certain_key from record_key where record_id in {}",
        dialect.json_integers(1)
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(json_of(ids)).fetch_all(&mut *connection).await?;
    rows.iter().map(|row| Ok(row.try_get("certain_key")?)).collect()
}

/// Marks the records that still have one of these keys: with a holder gone, a key that told
/// nothing may tell something again. A key with more holders than [`MOST_HOLDERS`] still tells
/// nothing, and is left alone.
async fn mark_stale_holders(
    connection: &mut AnyConnection,
    dialect: Dialect,
    keys: &[String],
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "insert into stale_record (record_id) select distinct k.record_id from record_key k \
         where k.certain_key in {} and (select count(*) from (select 1 from record_key o \
         where o.certain_key = k.certain_key limit {}) few) <= {MOST_HOLDERS} \
         order by k.record_id on conflict (record_id) do update set record_id = excluded.record_id",
        dialect.json_texts(1),
        MOST_HOLDERS + 1,
    );
    let json = json_of_texts(keys.iter().map(String::as_str));
    sqlx::query(AssertSqlSafe(sql)).bind(json).execute(&mut *connection).await?;
    Ok(())
}

/// Turns records into tombstones: nothing hangs on them any more, their last content stays.
pub(super) async fn tombstone(
    connection: &mut AnyConnection,
    dialect: Dialect,
    ids: &[i64],
    now: i64,
) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    clear(connection, dialect, ids).await?;
    let json = json_of(ids);
    for table in ["image", "rights_decision"] {
        let sql = format!("delete from {table} where {}", dialect.integer_in("record_id", 1));
        sqlx::query(AssertSqlSafe(sql)).bind(json.as_str()).execute(&mut *connection).await?;
    }
    seen::gone(connection, dialect, &json).await?;
    let sql = format!(
        "update source_record set deleted = 1, changed_at = $2 where {}",
        dialect.integer_in("record_id", 1)
    );
    sqlx::query(AssertSqlSafe(sql)).bind(json).bind(now).execute(&mut *connection).await?;
    mark_stale(connection, dialect, ids).await
}

/// A record with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) id: i64,
    pub(super) local_id: &'a str,
    pub(super) record: &'a Record,
    pub(super) issues: &'a [Issue],
}

/// Makes what hangs on records equal to what the crosswalk made of them.
/// `known` are those among them that were in the store before.
pub(super) async fn replace(
    connection: &mut AnyConnection,
    dialect: Dialect,
    source: &SourceId,
    written: &[Written<'_>],
    known: &[i64],
    now: i64,
) -> Result<(), StoreError> {
    let keys_before = keys_of(connection, dialect, known).await?;
    clear(connection, dialect, known).await?;
    let mut issues = Vec::new();
    let mut names = Vec::new();
    let mut keys = Vec::new();
    let mut links = Vec::new();
    let mut proposals = Vec::new();
    let mut images = Vec::new();
    let mut rights = Vec::new();
    for Written { id, local_id, record, issues: found } in written {
        let mut complaints: Vec<Issue> = found.iter().take(MOST_ISSUES).cloned().collect();
        let mut fits = |text: &str, path: &str| {
            let fits = text.len() <= LONGEST_NAME;
            if !fits {
                complaints.push(Issue::new("name_too_long", path, text));
            }
            fits
        };
        for name in record.names.iter().filter(|name| fits(name, "names")) {
            names.push([name.as_str().into(), (*id).into()]);
        }
        for key in record.certain_keys.iter().filter(|key| fits(key, "certain_keys")) {
            keys.push([key.as_str().into(), (*id).into()]);
        }
        for link in record.links.iter().filter(|link| fits(&link.target, "links")) {
            links.push([(*id).into(), link.kind.as_str().into(), link.target.as_str().into()]);
        }
        for target in record.candidate_targets.iter().filter(|t| fits(t, "candidate_targets")) {
            proposals.push([(*id).into(), target.as_str().into()]);
        }
        for (number, issue) in complaints.iter().enumerate() {
            issues.push([
                (*id).into(),
                (number as i64).into(),
                issue.code.chars().take(100).collect::<String>().into(),
                issue.path.as_str().into(),
                issue.value.as_str().into(),
            ]);
        }
        for (position, image) in record.images.iter().enumerate() {
            let rank = position + 1;
            images.push([
                image_id(source, local_id, rank).as_str().into(),
                source.as_str().into(),
                (*id).into(),
                (rank as i64).into(),
                image.location.as_str().into(),
                image.credit.as_deref().into(),
                image.label.as_deref().into(),
                "pending".into(),
            ]);
        }
        rights.push([
            (*id).into(),
            image_right_text(record.rights.image).into(),
            i64::from(record.rights.metadata_open).into(),
            record.rights.statement.as_str().into(),
            record.rights.rule.as_str().into(),
            record.rights.trigger.as_str().into(),
            now.into(),
        ]);
    }
    rows::insert(
        connection,
        dialect,
        "insert into issue (record_id, number, code, path, value)",
        issues,
        "",
    )
    .await?;
    // A record may say a name twice.
    let once = "on conflict do nothing";
    rows::insert(connection, dialect, "insert into record_name (name, record_id)", names, once)
        .await?;
    mark_stale_holders(connection, dialect, &keys_before).await?;
    rows::insert(
        connection,
        dialect,
        "insert into record_key (certain_key, record_id)",
        keys,
        once,
    )
    .await?;
    rows::insert(
        connection,
        dialect,
        "insert into record_link (record_id, kind, target)",
        links,
        once,
    )
    .await?;
    rows::insert(
        connection,
        dialect,
        "insert into candidate_target (record_id, target)",
        proposals,
        once,
    )
    .await?;
    rows::insert(
        connection,
        dialect,
        "insert into rights_decision (record_id, image_right, metadata_open, statement, rule, \
         triggered_by, decided_at)",
        rights,
        "on conflict (record_id) do update set image_right = excluded.image_right, \
         metadata_open = excluded.metadata_open, statement = excluded.statement, \
         rule = excluded.rule, triggered_by = excluded.triggered_by, \
         decided_at = excluded.decided_at",
    )
    .await?;
    replace_images(connection, dialect, images, known).await
}

/// An image whose location did not change keeps its status and what was measured.
async fn replace_images(
    connection: &mut AnyConnection,
    dialect: Dialect,
    images: Vec<[Cell; 8]>,
    known: &[i64],
) -> Result<(), StoreError> {
    if !known.is_empty() {
        let kept = images.iter().filter_map(|[id, ..]| match id {
            Cell::Text(id) => Some(id.as_str()),
            Cell::Integer(_) | Cell::MaybeInteger(_) | Cell::Maybe(_) => None,
        });
        let sql = format!(
            "delete from image where {} and not ({})",
            dialect.integer_in("record_id", 1),
            dialect.text_in("image_id", 2)
        );
        sqlx::query(AssertSqlSafe(sql))
            .bind(json_of(known))
            .bind(json_of_texts(kept))
            .execute(&mut *connection)
            .await?;
    }
    let same = "case when image.location = excluded.location then image";
    rows::insert(
        connection,
        dialect,
        "insert into image (image_id, source_id, record_id, rank, location, credit, label, status)",
        images,
        &format!(
            "on conflict (image_id) do update set record_id = excluded.record_id, \
             location = excluded.location, credit = excluded.credit, label = excluded.label, \
             status = {same}.status else excluded.status end, reason = {same}.reason end, \
             path = {same}.path end, width = {same}.width end, height = {same}.height end, \
             format = {same}.format end, byte_count = {same}.byte_count end, \
             sha256 = {same}.sha256 end, checked_at = {same}.checked_at end, \
             code = {same}.code end, etag = {same}.etag end, \
             last_modified = {same}.last_modified end, check_at = {same}.check_at end"
        ),
    )
    .await?;
    Ok(())
}

impl Store {
    /// The source records that are members of an object, the most trusted source first, verbatim,
    /// with the rights in force. At most 1,000.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source_records_of(
        &self,
        object_id: &str,
    ) -> Result<Vec<SourceRecordRow>, StoreError> {
        let rows = sqlx::query(
            "select r.record_id, r.source_id, r.fields, r.record, r.origin from cluster c \
             join source_record r on r.cluster_id = c.cluster_id \
             join source s on s.source_id = r.source_id \
             where c.object_id = $1 and r.deleted = 0 \
             order by s.trust, r.source_id, r.local_id limit $2",
        )
        .bind(object_id)
        .bind(MOST_MEMBERS)
        .fetch_all(self.reader())
        .await?;
        let corrupt = |what| move |source| StoreError::Corrupt { what, source };
        let mut members = Vec::with_capacity(rows.len());
        for row in &rows {
            let fields: &str = row.try_get("fields")?;
            let record: &str = row.try_get("record")?;
            let mut source_record: SourceRecord =
                serde_json::from_str(fields).map_err(corrupt("source_record.fields"))?;
            source_record.origin = origin_of(row.try_get("origin")?)?;
            let record: Record =
                serde_json::from_str(record).map_err(corrupt("source_record.record"))?;
            members.push(SourceRecordRow {
                record_id: row.try_get("record_id")?,
                source_id: row.try_get("source_id")?,
                source_record,
                record,
                issues: Vec::new(),
            });
        }
        let names: Vec<(String, String)> = members
            .iter()
            .map(|m| (m.source_id.clone(), m.source_record.local_id.clone()))
            .collect();
        let names: Vec<(&str, &str)> =
            names.iter().map(|(s, l)| (s.as_str(), l.as_str())).collect();
        let overrides = self.overrides_of(object_id, &names).await?;
        for (member, own) in members.iter_mut().zip(&names) {
            let rights = &mut member.record.rights;
            *rights = overrides.over(rights, Some(object_id), &names, *own);
        }
        let ids: Vec<i64> = members.iter().map(|member| member.record_id).collect();
        let sql = format!(
            "select record_id, code, path, value from issue where {} \
             order by record_id, number",
            self.dialect().integer_in("record_id", 1)
        );
        let rows =
            sqlx::query(AssertSqlSafe(sql)).bind(json_of(&ids)).fetch_all(self.reader()).await?;
        for row in &rows {
            let record_id: i64 = row.try_get("record_id")?;
            let issue = Issue {
                code: row.try_get("code")?,
                path: row.try_get("path")?,
                value: row.try_get("value")?,
            };
            if let Some(member) = members.iter_mut().find(|member| member.record_id == record_id) {
                member.issues.push(issue);
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_of_another_form_allows_nothing() {
        for right in [ImageRight::Full, ImageRight::Reduced(800), ImageRight::None] {
            assert_eq!(image_right_of(&image_right_text(right)), right);
        }
        for bad in ["none", "", "Full", "reduced", "reduced:", "reduced:-1", "\"full\""] {
            assert_eq!(image_right_of(bad), ImageRight::None, "{bad}");
        }
    }
}
