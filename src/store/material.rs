//! What a publication reads: clusters that changed, their members, and what is around them.

use super::cluster::json_rows;
use super::object::status_of;
use super::packed::{LINES_A_PART, RECORD, UNIT};
use super::rows::{json_of, json_of_texts};
use super::source_record::origin_of;
use super::{ObjectStatus, StoreError, Tx};
use crate::parallel::in_parts;
use domain::merge::{MasterImage, MemberInput, MergedRecord, PartnerService};
use domain::provenance::Origin;
use domain::record::{LinkKind, Record};
use sqlx::{AssertSqlSafe, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Of `source_record r`: it was reconciled at least once. A new record is in a cluster of its own
/// from its page on, but nothing may lead there before it is known where the record belongs.
const MET: &str = "(not exists (select 1 from stale_record w where w.record_id = r.record_id) \
     or exists (select 1 from cluster c join object o on o.object_id = c.object_id \
     where c.cluster_id = r.cluster_id))";

/// A cluster to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleCluster {
    /// Key.
    pub cluster_id: i64,
    /// Name of its object.
    pub object_id: String,
    /// Object of the cluster in which the record that gave the name is now; another than
    /// `object_id` when it was merged.
    pub place: String,
}

/// The half of a content hash that is over what came from the source, without what was made of it:
/// see [`crate::harvest::content_hash`].
fn received(content_hash: &str) -> &str {
    content_hash.get(..32).unwrap_or(content_hash)
}

/// The live members of a cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterMembers {
    /// Name of its object.
    pub object_id: String,
    /// By age.
    pub members: Vec<MemberInput>,
}

impl ClusterMembers {
    /// Source and local identifier of each.
    pub(super) fn names(&self) -> Vec<(&str, &str)> {
        self.members.iter().map(|m| (m.source.as_str(), m.local_id.as_str())).collect()
    }
}

/// A link from a live record of some cluster to a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IncomingLink {
    /// The name.
    pub target: String,
    /// How, as the linking record states it.
    pub kind: LinkKind,
    /// The record that links.
    pub record_id: i64,
    /// Its cluster.
    pub cluster_id: i64,
}

/// An object as it was published before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// State.
    pub status: ObjectStatus,
    /// Hash of what it said.
    pub content_hash: String,
    /// Leaf sets.
    pub sets: Vec<String>,
    /// Base.
    pub base: String,
    /// Name of its kind.
    pub kind: String,
    /// Display title.
    pub title: String,
}

/// A source, as far as a merged record shows it.
struct SourceFace {
    base: String,
    trust: i64,
    data_provider: String,
}

/// An image by its columns: record, rank, id, status, width, height, format, SHA-256, credit, label.
type ImageColumns = (
    i64,
    i64,
    String,
    String,
    Option<i64>,
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
);
/// A source record by its columns: cluster, key, source, identifier, hash, object.
type Face = (i64, i64, String, String, String, String);
/// A source record with what is in it.
type Member = (Face, Record, Option<Box<Origin>>);

/// The source records of the lines that [`Tx::live_members`] reads, on several cores.
async fn members_of_text(lines: String) -> Result<Vec<Result<Member, StoreError>>, StoreError> {
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Arc<str> = lines.into();
    let mut places = Vec::new();
    let mut start = 0;
    for line in lines.split(RECORD) {
        places.push(start..start + line.len());
        start += line.len() + RECORD.len_utf8();
    }
    let read = in_parts(places, LINES_A_PART, move |places| {
        let lines = places.into_iter().map(|place| lines.get(place).unwrap_or_default());
        lines.map(member_of_line).collect()
    });
    read.await.map_err(|error| StoreError::Stopped(error.to_string()))
}

fn member_of_line(line: &str) -> Result<Member, StoreError> {
    let corrupt = |what| move |source| StoreError::Corrupt { what, source };
    let mut columns = line.splitn(3, UNIT);
    let mut next = || columns.next().unwrap_or_default();
    let face = serde_json::from_str(next()).map_err(corrupt("source_record"))?;
    let origin = origin_of(Some(next()).filter(|origin| !origin.is_empty()))?;
    let record = serde_json::from_str(next()).map_err(corrupt("source_record.record"))?;
    Ok((face, record, origin))
}

impl Tx {
    /// Takes up to `limit` stale clusters and takes their marks away.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn take_stale_clusters(
        &mut self,
        limit: i64,
    ) -> Result<Vec<StaleCluster>, StoreError> {
        let sql = format!(
            "select {} as found from (select s.cluster_id, c.object_id, coalesce(place.object_id, c.object_id) as place \
             from stale_cluster s left join cluster c on c.cluster_id = s.cluster_id \
             left join source_record r on r.record_id = c.named_after \
             left join cluster place on place.cluster_id = r.cluster_id \
             order by s.cluster_id limit $1) stale",
            self.dialect().json_of_rows(&["cluster_id", "object_id", "place"])
        );
        let row = sqlx::query(AssertSqlSafe(sql)).bind(limit).fetch_one(self.connection()).await?;
        let mut rows: Vec<(i64, Option<String>, Option<String>)> =
            json_rows(&row, "stale_cluster")?;
        rows.sort_unstable();
        let ids: Vec<i64> = rows.iter().map(|(cluster_id, ..)| *cluster_id).collect();
        // A mark without a cluster only has to go.
        let clusters = rows
            .into_iter()
            .filter_map(|(cluster_id, object_id, place)| {
                Some(StaleCluster { cluster_id, object_id: object_id?, place: place? })
            })
            .collect();
        let sql = format!(
            "delete from stale_cluster where cluster_id in {}",
            self.dialect().json_integers(1)
        );
        self.run(sql, json_of(&ids)).await?;
        Ok(clusters)
    }

    /// Marks the clusters of objects for publication.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn mark_stale_objects(
        &mut self,
        objects: &BTreeSet<String>,
    ) -> Result<(), StoreError> {
        if objects.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "insert into stale_cluster (cluster_id) select cluster_id from cluster \
             where object_id in {} on conflict do nothing",
            self.dialect().json_texts(1)
        );
        self.run(sql, json_of_texts(objects.iter().map(String::as_str))).await
    }

    /// The live members of clusters with their images, their rights as people and rules have
    /// decided them. Clusters without a live member are absent.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when a stored record cannot be read.
    pub async fn live_members(
        &mut self,
        clusters: &[i64],
    ) -> Result<BTreeMap<i64, ClusterMembers>, StoreError> {
        if clusters.is_empty() {
            return Ok(BTreeMap::new());
        }
        let sources = self.source_faces().await?;
        // As one text: see `packed`.
        let line = self.dialect().json_of_row(&[
            "r.cluster_id",
            "r.record_id",
            "r.source_id",
            "r.local_id",
            "r.content_hash",
            "c.object_id",
        ]);
        let sql = format!(
            "select string_agg({line} || '{UNIT}' || coalesce(r.origin, '') || '{UNIT}' \
             || r.record, '{RECORD}') as lines \
             from source_record r join cluster c on c.cluster_id = r.cluster_id \
             where r.cluster_id in {} and r.deleted = 0",
            self.dialect().json_integers(1)
        );
        let row = sqlx::query(AssertSqlSafe(sql)).bind(json_of(clusters));
        let lines: Option<String> = row.fetch_one(self.connection()).await?.try_get("lines")?;
        let mut found: BTreeMap<i64, ClusterMembers> = BTreeMap::new();
        let mut ids = Vec::with_capacity(clusters.len());
        for member in members_of_text(lines.unwrap_or_default()).await? {
            let (face, record, origin) = member?;
            let (cluster_id, record_id, source, local_id, content_hash, object_id) = face;
            let Some(face) = sources.get(&source) else { continue };
            ids.push(record_id);
            let cluster = found.entry(cluster_id).or_default();
            cluster.object_id = object_id;
            cluster.members.push(MemberInput {
                trust: face.trust,
                record_id,
                source,
                base: record.base.clone().unwrap_or_else(|| face.base.clone()),
                local_id,
                data_provider: face.data_provider.clone(),
                origin,
                received: received(&content_hash).to_owned(),
                record,
                images: Vec::new(),
            });
        }
        for cluster in found.values_mut() {
            cluster.members.sort_unstable_by_key(|member| member.record_id);
        }
        let mut images = self.master_images(&ids).await?;
        for member in found.values_mut().flat_map(|c| &mut c.members) {
            member.images = images.remove(&member.record_id).unwrap_or_default();
        }
        self.override_rights(&mut found).await?;
        Ok(found)
    }

    async fn source_faces(&mut self) -> Result<BTreeMap<String, SourceFace>, StoreError> {
        let rows = sqlx::query("select source_id, base, label, trust, settings from source")
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                let label: String = row.try_get("label")?;
                // The whole schedule; settings of another version may lack either word.
                let settings: serde_json::Value =
                    serde_json::from_str(row.try_get("settings")?).unwrap_or_default();
                let word = |name: &str| {
                    settings.get(name).and_then(serde_json::Value::as_str).map(str::to_owned)
                };
                let face = SourceFace {
                    base: row.try_get("base")?,
                    trust: row.try_get("trust")?,
                    data_provider: word("data_provider").unwrap_or(label),
                };
                Ok((row.try_get("source_id")?, face))
            })
            .collect()
    }

    /// Images of records by rank; failed ones are left out.
    async fn master_images(
        &mut self,
        records: &[i64],
    ) -> Result<BTreeMap<i64, Vec<MasterImage>>, StoreError> {
        let columns = [
            "record_id",
            "rank",
            "image_id",
            "status",
            "width",
            "height",
            "format",
            "sha256",
            "credit",
            "label",
            "path",
        ];
        let from = format!(
            "image where record_id in {} and status <> 'failed'",
            self.dialect().json_integers(1)
        );
        let mut rows: Vec<ImageColumns> =
            self.read("image", &columns, &from, json_of(records)).await?;
        rows.sort_unstable_by_key(|row| (row.0, row.1));
        let mut images: BTreeMap<i64, Vec<MasterImage>> = BTreeMap::new();
        for (record_id, _, image, status, width, height, format, sha256, credit, label, path) in
            rows
        {
            let side = |pixels: Option<i64>| pixels.and_then(|n| u32::try_from(n).ok());
            let probe = match (side(width), side(height), format) {
                (Some(width), Some(height), Some(format)) if status == "ready" => {
                    Some((width, height, format))
                }
                _ => None,
            };
            // An image that stays with its partner has the protocol in place of a file's type.
            let version = probe.as_ref().and_then(|(_, _, format)| format.strip_prefix("iiif/"));
            let service = version.and_then(|version| version.parse().ok()).zip(path);
            let service = service.map(|(version, base)| PartnerService { base, version });
            let image = MasterImage { image, probe, sha256, credit, label, service };
            images.entry(record_id).or_default().push(image);
        }
        Ok(images)
    }

    /// Clusters that names lead to. A name that several live records have leads to the record of
    /// the most trusted source, the oldest among equals.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn clusters_by_name(
        &mut self,
        names: &BTreeSet<&str>,
    ) -> Result<BTreeMap<String, i64>, StoreError> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let from = format!(
            "record_name n join source_record r on r.record_id = n.record_id \
             join source s on s.source_id = r.source_id \
             where n.name in {} and r.deleted = 0 and r.cluster_id is not null and {MET}",
            self.dialect().json_texts(1)
        );
        let columns = ["s.trust", "r.record_id", "n.name", "r.cluster_id"];
        let names = json_of_texts(names.iter().copied());
        let mut rows: Vec<(i64, i64, String, i64)> =
            self.read("record_name", &columns, &from, names).await?;
        // The last one of a name stays: the most trusted.
        rows.sort_unstable_by(|a, b| b.cmp(a));
        Ok(rows.into_iter().map(|(_, _, name, cluster_id)| (name, cluster_id)).collect())
    }

    /// Links of live records towards names, at most `cap` of the oldest of a kind for each name.
    /// What a museum holds is left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incoming_links(
        &mut self,
        names: &BTreeSet<&str>,
        cap: i64,
    ) -> Result<Vec<IncomingLink>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let from = format!(
            "(select l.target, l.kind, l.record_id, r.cluster_id, row_number() over \
                 (partition by l.target, l.kind order by l.record_id) as place \
               from record_link l join source_record r on r.record_id = l.record_id \
               where l.target in {} and l.kind in ('representation_of', 'represented_by', \
                 'part_of', 'has_part', 'kept_in', 'keeps', 'related_to') \
                 and r.deleted = 0 and r.cluster_id is not null and {MET}) link \
             where place <= {cap}",
            self.dialect().json_texts(1)
        );
        let columns = ["kind", "record_id", "target", "cluster_id"];
        let names = json_of_texts(names.iter().copied());
        let mut rows: Vec<(String, i64, String, i64)> =
            self.read("record_link", &columns, &from, names).await?;
        rows.sort_unstable();
        let links = rows.into_iter().filter_map(|(kind, record_id, target, cluster_id)| {
            let kind = LinkKind::parse(&kind)?;
            Some(IncomingLink { target, kind, record_id, cluster_id })
        });
        Ok(links.collect())
    }

    /// Objects as they were published before, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn published(
        &mut self,
        objects: &[&str],
    ) -> Result<BTreeMap<String, Published>, StoreError> {
        let sql = format!(
            "select object_id, status, redirect_to, content_hash, sets, base, kind, title \
             from object where object_id in {}",
            self.dialect().json_texts(1)
        );
        let rows = self.fetch(sql, json_of_texts(objects.iter().copied())).await?;
        rows.iter()
            .map(|row| {
                let published = Published {
                    status: status_of(row.try_get("status")?, row.try_get("redirect_to")?),
                    content_hash: row.try_get("content_hash")?,
                    sets: serde_json::from_str(row.try_get("sets")?)
                        .map_err(|source| StoreError::Corrupt { what: "object.sets", source })?,
                    base: row.try_get("base")?,
                    kind: row.try_get("kind")?,
                    title: row.try_get("title")?,
                };
                Ok((row.try_get("object_id")?, published))
            })
            .collect()
    }

    /// The objects that published objects linked to, by id.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Corrupt`] when a stored record cannot be read.
    pub async fn published_links(
        &mut self,
        objects: &[&str],
    ) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
        let sql = format!(
            "select object_id, record from object where status = 'live' and object_id in {}",
            self.dialect().json_texts(1)
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(json_of_texts(objects.iter().copied()))
            .fetch_all(self.connection())
            .await?;
        rows.iter()
            .map(|row| {
                let record: MergedRecord = serde_json::from_str(row.try_get("record")?)
                    .map_err(|source| StoreError::Corrupt { what: "object.record", source })?;
                let links = record.links.into_iter().filter_map(|link| link.object).collect();
                Ok((row.try_get("object_id")?, links))
            })
            .collect()
    }
}
