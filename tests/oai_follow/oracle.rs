//! What is true in the end.

use crate::site::Site;
use domain::merge::sets_with_ancestors;
use domain::record::Property;
use passerelle::store::object::{ObjectQuery, ObjectRow, ObjectStatus};
use std::collections::BTreeMap;

/// Every object, from the store.
pub(crate) async fn objects(site: &Site) -> Vec<ObjectRow> {
    let query = ObjectQuery {
        until: i64::MAX,
        limit: 100_000,
        with_record: true,
        ..ObjectQuery::default()
    };
    site.store.list_objects(&query).await.unwrap()
}

/// Identifier → datestamp and title of what lives, in a set or everywhere.
pub(crate) async fn living(site: &Site, set: Option<&str>) -> BTreeMap<String, (i64, String)> {
    let within =
        |object: &ObjectRow| set.is_none_or(|set| sets_with_ancestors(&object.sets).contains(set));
    objects(site)
        .await
        .into_iter()
        .filter(|object| object.status == ObjectStatus::Live && within(object))
        .map(|o| (format!("oai:gateway.test:{}", o.object_id), (o.datestamp, o.title)))
        .collect()
}

/// The store holds what the writers wrote: every live record is in one object, with its title; what
/// is deleted or closed is in none. The writers, not the store, say so.
pub(crate) async fn store_says_what_writers_wrote(site: &Site) {
    let model = site.model.lock().unwrap().clone();
    let mut place: BTreeMap<(String, String), String> = BTreeMap::new();
    for object in objects(site).await {
        let Some(record) = object.record else {
            assert_ne!(object.status, ObjectStatus::Live);
            continue;
        };
        for member in &record.members {
            let id = (member.source.clone(), member.local_id.clone());
            let written = model[&id].as_ref().unwrap_or_else(|| panic!("{id:?} was deleted"));
            assert!(written.rights.metadata_open, "{id:?} is closed");
            let title = &written.get(Property::Title)[0].text;
            let titles: Vec<&str> =
                record.get(Property::Title).iter().map(|v| v.value.text.as_str()).collect();
            assert!(titles.contains(&title.as_str()), "{id:?} says {title}, object {titles:?}");
            for set in &written.sets {
                assert!(
                    object.sets.contains(set),
                    "{id:?} is in {set}, object in {:?}",
                    object.sets
                );
            }
            let other = place.insert(id.clone(), object.object_id.clone());
            assert_eq!(other, None, "{id:?} is in two objects");
        }
    }
    for (id, record) in &model {
        let Some(record) = record.as_ref().filter(|record| record.rights.metadata_open) else {
            continue;
        };
        let hidden_by_another = model.values().flatten().any(|other| {
            !other.rights.metadata_open
                && other.certain_keys.iter().any(|key| record.certain_keys.contains(key))
        });
        assert!(place.contains_key(id) || hidden_by_another, "{id:?} is in no object");
    }
}
