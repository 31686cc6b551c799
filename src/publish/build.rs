//! From stale clusters to the objects that really changed.

use super::{PublishError, PublishReport};
use crate::parallel::in_parts;
use crate::store::material::{ClusterMembers, IncomingLink, Published, StaleCluster};
use crate::store::publisher::ObjectWrite;
use crate::store::{Change, ObjectStatus, StoreError, Tx};
use domain::merge::{InverseLink, MergedRecord, Neighbour, Surroundings, merge, stored_form};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Clusters that are merged at once on one core: some milliseconds.
const CLUSTERS_A_PART: usize = 64;
/// Links of a kind read for each name; a merged record shows no more.
const LINKS_A_NAME: i64 = 200;

/// Merges the clusters and returns what differs from what was published. Objects that were linked
/// and are not any more are marked, since they showed the link too.
pub(super) async fn changes(
    tx: &mut Tx,
    clusters: &[StaleCluster],
    report: &mut PublishReport,
) -> Result<Vec<ObjectWrite>, PublishError> {
    if clusters.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = clusters.iter().map(|c| c.cluster_id).collect();
    let mut members = tx.live_members(&ids).await?;
    let (around, mut inverse) = surroundings(tx, &members).await?;
    let names: Vec<&str> = clusters.iter().map(|c| c.object_id.as_str()).collect();
    let mut published = tx.published(&names).await?;

    let looks = clusters.iter().map(|cluster| Look {
        found: members.remove(&cluster.cluster_id),
        towards: inverse.remove(&cluster.cluster_id).unwrap_or_default(),
        before: published.remove(&cluster.object_id),
        cluster: cluster.clone(),
    });
    let around = Arc::new(around);
    let seen = in_parts(looks.collect(), CLUSTERS_A_PART, move |looks| {
        looks.into_iter().map(|look| look.difference(&around)).collect()
    });
    let seen = seen.await.map_err(|error| StoreError::Stopped(error.to_string()))?;

    let mut writes = Vec::new();
    let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (cluster, difference) in clusters.iter().zip(seen) {
        let (write, objects) = difference?;
        if let Some(objects) = objects {
            links.insert(cluster.object_id.clone(), objects);
        }
        if let Some(write) = write {
            match write.change {
                Change::Create => report.created += 1,
                Change::Update => report.updated += 1,
                Change::Delete => report.deleted += 1,
                Change::Merge => report.merged += 1,
            }
            writes.push(write);
        }
    }

    let changed: Vec<&str> = writes
        .iter()
        .filter(|write| write.change != Change::Create)
        .map(|write| write.object_id.as_str())
        .collect();
    if !changed.is_empty() {
        let mut lost: BTreeSet<String> = BTreeSet::new();
        for (object, before) in tx.published_links(&changed).await? {
            let now = links.remove(&object).unwrap_or_default();
            lost.extend(before.difference(&now).cloned());
        }
        // Those of this batch have just been merged without the link.
        lost.retain(|object| !names.contains(&object.as_str()));
        tx.mark_stale_objects(&lost).await?;
    }
    Ok(writes)
}

/// A cluster with all that decides what becomes of it.
struct Look {
    cluster: StaleCluster,
    found: Option<ClusterMembers>,
    towards: Vec<InverseLink>,
    before: Option<Published>,
}

impl Look {
    /// What is to be written, if anything, and, of a live object, the objects that it links to.
    fn difference(
        self,
        around: &Surroundings,
    ) -> Result<(Option<ObjectWrite>, Option<BTreeSet<String>>), PublishError> {
        let Self { cluster, found, towards, before } = self;
        let closed = found.is_some();
        let merged =
            found.and_then(|found| merge(&cluster.object_id, found.members, &towards, around));
        let Some(record) = merged else {
            let before = before.as_ref();
            return Ok((before.and_then(|before| tombstone(&cluster, before, closed)), None));
        };
        let objects = record.links.iter().filter_map(|link| link.object.clone()).collect();
        let write = live(&cluster, record, before.as_ref()).map_err(|source| {
            PublishError::Json { object_id: cluster.object_id.clone(), source }
        })?;
        Ok((write, Some(objects)))
    }
}

/// Where the links of the clusters lead, and which links lead to them.
async fn surroundings(
    tx: &mut Tx,
    members: &BTreeMap<i64, ClusterMembers>,
) -> Result<(Surroundings, BTreeMap<i64, Vec<InverseLink>>), PublishError> {
    let records = || members.values().flat_map(|c| &c.members).map(|m| &m.record);
    let targets: BTreeSet<&str> =
        records().flat_map(|r| &r.links).map(|link| link.target.as_str()).collect();
    let names: BTreeSet<&str> = records().flat_map(|r| &r.names).map(String::as_str).collect();
    let by_name = tx.clusters_by_name(&targets).await?;
    let incoming = tx.incoming_links(&names, LINKS_A_NAME).await?;
    let strangers: BTreeSet<i64> = by_name
        .values()
        .copied()
        .chain(incoming.iter().map(|link| link.cluster_id))
        .filter(|cluster| !members.contains_key(cluster))
        .collect();
    let strangers: Vec<i64> = strangers.into_iter().collect();
    let others = tx.live_members(&strangers).await?;

    let cluster = |id: &i64| members.get(id).or_else(|| others.get(id));
    let neighbours: BTreeMap<String, Neighbour> = members
        .values()
        .chain(others.values())
        .filter_map(|c| Some((c.object_id.clone(), Neighbour::of(&c.members)?)))
        .collect();
    let names = by_name
        .iter()
        .filter_map(|(name, id)| Some((name.clone(), cluster(id)?.object_id.clone())))
        .collect();

    let mut by_target: BTreeMap<&str, Vec<&IncomingLink>> = BTreeMap::new();
    for link in &incoming {
        by_target.entry(&link.target).or_default().push(link);
    }
    let mut inverse: BTreeMap<i64, Vec<InverseLink>> = BTreeMap::new();
    for (id, found) in members {
        let towards: BTreeSet<(i64, &IncomingLink)> = found
            .members
            .iter()
            .flat_map(|m| &m.record.names)
            .filter_map(|name| by_target.get(name.as_str()))
            .flatten()
            .map(|link| (link.record_id, *link))
            .collect();
        let links = towards.into_iter().filter_map(|(_, link)| {
            let from = cluster(&link.cluster_id)?;
            let record = from.members.iter().find(|m| m.record_id == link.record_id)?;
            let name = record.record.names.first().cloned();
            Some(InverseLink {
                kind: link.kind,
                object: from.object_id.clone(),
                name: name.unwrap_or_else(|| format!("{}:{}", record.source, record.local_id)),
            })
        });
        inverse.insert(*id, links.collect());
    }
    Ok((Surroundings { names, neighbours }, inverse))
}

/// The live object, when it differs from what was published.
fn live(
    cluster: &StaleCluster,
    record: MergedRecord,
    before: Option<&Published>,
) -> Result<Option<ObjectWrite>, serde_json::Error> {
    let (base, kind) = (record.base.clone(), record.kind.as_str().to_owned());
    let (title, sets) = (record.display_title().to_owned(), record.sets.clone());
    let image_count = record.images.len() as i64;
    let (json, hash) = stored_form(record)?;
    let change = match before {
        Some(before) if before.status == ObjectStatus::Live => {
            if before.content_hash == hash {
                return Ok(None);
            }
            Change::Update
        }
        Some(_) | None => Change::Create,
    };
    Ok(Some(ObjectWrite {
        object_id: cluster.object_id.clone(),
        cluster_id: cluster.cluster_id,
        status: ObjectStatus::Live,
        base,
        kind,
        title,
        content_hash: hash,
        record: json,
        sets,
        sets_before: before.map(|before| before.sets.clone()),
        image_count,
        change,
    }))
}

/// The tombstone of an object that was published, when it is a new one. `closed`: there are live
/// members, but they may not be published; then not even the title stays.
fn tombstone(cluster: &StaleCluster, before: &Published, closed: bool) -> Option<ObjectWrite> {
    let (status, change) = if cluster.place == cluster.object_id {
        (ObjectStatus::Deleted, Change::Delete)
    } else {
        (ObjectStatus::Merged(cluster.place.clone()), Change::Merge)
    };
    if before.status == status {
        return None;
    }
    Some(ObjectWrite {
        object_id: cluster.object_id.clone(),
        cluster_id: cluster.cluster_id,
        status,
        base: before.base.clone(),
        kind: before.kind.clone(),
        title: if closed { String::new() } else { before.title.clone() },
        content_hash: String::new(),
        record: String::new(),
        sets: before.sets.clone(),
        sets_before: Some(before.sets.clone()),
        image_count: 0,
        change,
    })
}
