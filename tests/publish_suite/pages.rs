//! The form in which the objects of a page come from the database.

use crate::world::{World, record};
use domain::record::{Kind, Property};
use passerelle::store::object::{ObjectQuery, ObjectStatus};

on_both! {
    async fn no_text_of_a_record_can_break_a_page_apart(bench) {
        let world = World::new(bench.open().await).await;
        let title = "one\u{1e}two\u{1f}three\nfour 'five' \\ \"six\" é \u{10ffff}";
        world.put("joconde", vec![
            ("A1", Some(record(Kind::MuseumObject, "A1", title))),
            ("A2", Some(record(Kind::MuseumObject, "A2", "plain"))),
            ("A3", Some(record(Kind::MuseumObject, "A3", "gone"))),
        ]).await;
        world.settle().await;
        world.put("joconde", vec![("A3", None)]).await;
        world.settle().await;
        let query = ObjectQuery { until: i64::MAX, limit: 10, with_record: true, ..ObjectQuery::default() };
        let listed = world.store.list_objects(&query).await.unwrap();
        assert_eq!(listed.len(), 3);
        let ids: Vec<String> = listed.iter().map(|object| object.object_id.clone()).collect();
        for object in &listed {
            assert_eq!(world.store.object(&object.object_id).await.unwrap().as_ref(), Some(object));
        }
        assert_eq!(world.store.objects(&ids).await.unwrap(), listed);
        let first = listed[0].record.as_ref().unwrap();
        assert_eq!(first.first(Property::Title), Some(title));
        assert_eq!(listed[0].title, title.replace(['\u{1e}', '\u{1f}'], " "));
        assert_eq!((listed[2].title.as_str(), &listed[2].status), ("gone", &ObjectStatus::Deleted));
        assert!(listed[2].record.is_none() && !listed[2].sets.is_empty());
        let headers = ObjectQuery { with_record: false, ..query };
        for (header, object) in world.store.list_objects(&headers).await.unwrap().iter().zip(&listed) {
            assert_eq!((&header.object_id, &header.status, &header.sets), (&object.object_id, &object.status, &object.sets));
            assert!(header.record.is_none());
        }
    }
}
