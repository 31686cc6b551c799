//! What becomes one object, and what stays apart.

use crate::world::{With, World, record};
use domain::linkage::Verdict;
use domain::record::{Kind, LinkKind, Property};
use passerelle::store::review::NewReview;
use passerelle::{publish, reconcile};
use tokio_util::sync::CancellationToken;

fn object(name: &str, title: &str) -> domain::record::Record {
    record(Kind::MuseumObject, name, title)
}

async fn review(world: &World, a: i64, b: i64, verdict: Verdict) {
    let (author, reason) = ("marie".to_owned(), "seen both".to_owned());
    let review =
        NewReview { record_a: a, record_b: b, verdict, author, reason, reviewed_at: world.now() };
    world.store.add_review(&review).await.unwrap();
}

on_both! {
    async fn the_same_reference_by_two_paths_is_one_object_with_the_provenance_of_each_value(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "La Dame").key("same:ref:A")))]).await;
        world.put("partner", vec![("oai:1", Some(object("A", "LA  DAME").key("same:ref:A")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live"]);
        let merged = world.object("joconde_A").await.record.unwrap();
        let title = merged.get(Property::Title);
        assert_eq!(title.len(), 1);
        assert_eq!(title[0].value.text, "La Dame");
        assert_eq!(title[0].sources, ["joconde/A", "partner/oai:1"]);
        assert_eq!(
            merged.sets,
            ["base:joconde", "base:partner", "rights:permission", "source:joconde", "source:partner", "type:TEXT"]
        );
        assert_eq!(merged.data_provider, "Label of joconde");
        assert_eq!(world.store.object_of_local_id("joconde", "A").await.unwrap().as_deref(), Some("joconde_A"));
        assert_eq!(world.store.object_of_local_id("partner", "oai:1").await.unwrap().as_deref(), Some("joconde_A"));
    }

    async fn records_that_name_each_other_join_and_a_one_sided_name_does_not(bench) {
        let world = World::new(bench.open().await).await;
        let pair = "same:jocpal:A:PM1";
        world.put("joconde", vec![
            ("A", Some(object("A", "a").key(pair))),
            ("B", Some(object("B", "b").key("same:jocpal:B:PM2"))),
        ]).await;
        world.put("palissy", vec![
            ("PM1", Some(record(Kind::MovableObject, "PM1", "a").key(pair))),
            ("PM2", Some(record(Kind::MovableObject, "PM2", "b").link(LinkKind::RelatedTo, "ref:B"))),
        ]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "joconde_B live", "palissy_PM2 live"]);
        // The other end shows the link, too.
        let b = world.object("joconde_B").await.record.unwrap();
        assert_eq!(b.links[0].object.as_deref(), Some("palissy_PM2"));
    }

    async fn a_key_that_one_source_gives_twice_joins_nothing_and_joins_again_when_it_is_clear(bench) {
        let world = World::new(bench.open().await).await;
        let key = "same:inv:M1:7";
        world.put("joconde", vec![("A", Some(object("A", "a").key(key)))]).await;
        world.put("partner", vec![("P", Some(object("P", "p").key(key)))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live"]);

        world.put("joconde", vec![("B", Some(object("B", "b").key(key)))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "joconde_B live", "partner_P live"]);

        world.put("joconde", vec![("B", None)]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "joconde_B deleted", "partner_P -> joconde_A"]);

        // The other way: the number is corrected.
        world.put("joconde", vec![("B", Some(object("B", "b").key(key)))]).await;
        world.settle().await;
        world.put("joconde", vec![("B", Some(object("B", "b").key("same:inv:M1:8")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "joconde_B live", "partner_P -> joconde_A"]);
    }

    async fn a_photograph_stays_itself_and_its_image_shows_on_its_monument(bench) {
        let world = World::new(bench.open().await).await;
        let mut photo = record(Kind::Photograph, "AP1", "Vue du choeur")
            .link(LinkKind::RepresentationOf, "ref:PA1").key("same:ref:PA1");
        photo.images = vec![crate::bench::image("AP1.jpg")];
        world.put("merimee", vec![("PA1", Some(record(Kind::Monument, "PA1", "Abbaye").key("same:ref:PA1")))]).await;
        world.put("memoire", vec![("AP1", Some(photo))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["memoire_AP1 live", "merimee_PA1 live"]);
        assert!(world.object("merimee_PA1").await.record.unwrap().images.is_empty());

        // What the images' ingestion does when the master is there.
        bench.execute("update image set status = 'ready', width = 4, height = 3, format = 'image/jpeg'").await;
        bench.execute("insert into stale_record (record_id) select record_id from image").await;
        let report = world.settle().await;
        assert_eq!((report.updated, report.entries()), (2, 2));
        let monument = world.object("merimee_PA1").await.record.unwrap();
        assert_eq!(monument.images.len(), 1);
        assert_eq!(monument.images[0].via.as_deref(), Some("memoire_AP1"));
        assert_eq!(monument.links[0].label, "Vue du choeur");
        let shown = world.store.browse(Some("merimee"), true, None, 10).await.unwrap();
        assert_eq!(shown.len(), 1);

        // The photograph goes, and so does its image.
        world.put("memoire", vec![("AP1", None)]).await;
        world.settle().await;
        let monument = world.object("merimee_PA1").await.record.unwrap();
        assert!(monument.images.is_empty() && monument.links.is_empty());
    }

    async fn links_resolve_whichever_end_comes_first_and_follow_the_title(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a").link(LinkKind::HeldBy, "ref:M1")))]).await;
        world.settle().await;
        let links = world.object("joconde_A").await.record.unwrap().links;
        assert_eq!((links[0].object.as_deref(), links[0].label.as_str()), (None, "M1"));
        for title in ["Musée", "Musée de la ville"] {
            world.put("museofile", vec![("M1", Some(record(Kind::Museum, "M1", title)))]).await;
            world.settle().await;
            let links = world.object("joconde_A").await.record.unwrap().links;
            assert_eq!((links[0].object.as_deref(), links[0].label.as_str()), (Some("museofile_M1"), title));
        }
        assert!(world.object("museofile_M1").await.record.unwrap().links.is_empty());
    }

    async fn what_was_not_reconciled_is_not_published_and_no_link_leads_to_it(bench) {
        let world = World::new(bench.open().await).await;
        let cancel = CancellationToken::new();
        for (name, title) in [("M0", "a"), ("M1", "b")] {
            let picture = object("A", title).link(LinkKind::HeldBy, "ref:M1");
            world.put("joconde", vec![("A", Some(picture))]).await;
            reconcile::run(&world.store, &cancel).await.unwrap();
            // A harvest beside it: its page is there, its records wait.
            let museum = record(Kind::Museum, name, "Musée").link(LinkKind::RelatedTo, "ref:A");
            world.put("museofile", vec![(name, Some(museum))]).await;
            world.set_clock(world.now() + 60);
            publish::run(&world.store, || world.now(), &cancel).await.unwrap();
            let links = world.object("joconde_A").await.record.unwrap().links;
            assert!(!links.iter().any(|link| link.object.as_deref() == Some("museofile_M1")), "{links:?}");
            assert!(world.store.object(&format!("museofile_{name}")).await.unwrap().is_none());
        }
        world.settle().await;
        let links = world.object("joconde_A").await.record.unwrap().links;
        assert!(links.iter().any(|link| link.object.as_deref() == Some("museofile_M1")), "{links:?}");
    }

    async fn a_link_that_is_withdrawn_goes_from_both_ends(bench) {
        let world = World::new(bench.open().await).await;
        world.put("merimee", vec![
            ("PA1", Some(record(Kind::Monument, "PA1", "Château").link(LinkKind::HasPart, "ref:PA2"))),
            ("PA2", Some(record(Kind::Monument, "PA2", "Colombier"))),
        ]).await;
        world.settle().await;
        let part = world.object("merimee_PA2").await.record.unwrap();
        assert_eq!((part.links[0].kind, part.links[0].label.as_str()), (LinkKind::PartOf, "Château"));
        world.put("merimee", vec![("PA1", Some(record(Kind::Monument, "PA1", "Château")))]).await;
        let report = world.settle().await;
        assert_eq!(report.updated, 2);
        assert!(world.object("merimee_PA2").await.record.unwrap().links.is_empty());
    }

    async fn files_that_refer_to_each_other_are_candidates_for_a_person(bench) {
        let world = World::new(bench.open().await).await;
        let monument = |name: &str| record(Kind::Monument, name, name);
        world.put("merimee", vec![("PA1", Some(monument("PA1").candidate("ref:IA1")))]).await;
        world.settle().await;
        assert!(world.store.candidates((0, 0), 10).await.unwrap().is_empty());
        world.put("merimee", vec![("IA1", Some(monument("IA1").candidate("ref:PA1")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["merimee_IA1 live", "merimee_PA1 live"]);
        let pairs = world.store.candidates((0, 0), 10).await.unwrap();
        let (pa, ia) = (world.record_id("merimee", "PA1").await, world.record_id("merimee", "IA1").await);
        assert_eq!(pairs.iter().map(|p| (p.record_a, p.record_b)).collect::<Vec<_>>(), [(pa, ia)]);

        // Two records of one source: only a person may join them.
        review(&world, ia, pa, Verdict::Link).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["merimee_IA1 -> merimee_PA1", "merimee_PA1 live"]);
        assert!(world.store.candidates((0, 0), 10).await.unwrap().is_empty());
    }

    async fn a_person_parts_what_a_key_joined_and_the_old_name_comes_back(bench) {
        let world = World::new(bench.open().await).await;
        world.put("partner", vec![("P", Some(object("P", "p").key("same:ref:A")))]).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "partner_P live"]);

        world.put("joconde", vec![("A", Some(object("A", "a").key("same:ref:A")))]).await;
        world.settle().await;
        // The record seen first gives the name, the most trusted one leads.
        assert_eq!(world.objects().await, ["joconde_A -> partner_P", "partner_P live"]);
        assert_eq!(world.object("partner_P").await.base, "joconde");

        let (a, p) = (world.record_id("joconde", "A").await, world.record_id("partner", "P").await);
        review(&world, a, p, Verdict::NonLink).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "partner_P live"]);
        review(&world, a, p, Verdict::Link).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A -> partner_P", "partner_P live"]);
    }

    async fn a_review_of_an_unknown_record_is_refused(bench) {
        let world = World::new(bench.open().await).await;
        let (author, reason) = (String::new(), String::new());
        let review = NewReview { record_a: 1, record_b: 2, verdict: Verdict::Link, author, reason, reviewed_at: 1 };
        assert!(world.store.add_review(&review).await.is_err());
    }

    async fn redirects_lead_to_the_last_one_when_clusters_merge_twice(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.put("palissy", vec![("B", Some(record(Kind::MovableObject, "B", "b")))]).await;
        world.put("partner", vec![("C", Some(object("C", "c")))]).await;
        world.settle().await;
        world.put("palissy", vec![("B", Some(record(Kind::MovableObject, "B", "b").key("same:ref:x")))]).await;
        world.put("partner", vec![("C", Some(object("C", "c").key("same:ref:x")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "palissy_B live", "partner_C -> palissy_B"]);
        world.put("joconde", vec![("A", Some(object("A", "a").key("same:ref:x")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A live", "palissy_B -> joconde_A", "partner_C -> joconde_A"]);
    }
}
