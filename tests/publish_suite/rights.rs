//! Decisions of people on rights: in force at once, for good, and with a trail.

use crate::world::{With as _, World, record};
use domain::record::{Kind, Record};
use domain::rights::{CC0, IN_COPYRIGHT, ImageRight, RightsOverride};
use passerelle::store::object::ObjectStatus;
use passerelle::store::rights::{NewOverride, OverrideError, Target};

fn object(name: &str, title: &str) -> Record {
    record(Kind::MuseumObject, name, title)
}

fn decision(target: &str, decides: RightsOverride) -> NewOverride {
    NewOverride {
        target: Target::parse(target),
        decides,
        author: "A. Martin".to_owned(),
        reason: "letter of the family".to_owned(),
        until_at: None,
    }
}

fn image(right: ImageRight) -> RightsOverride {
    RightsOverride { image: Some(right), ..RightsOverride::default() }
}

fn closed() -> RightsOverride {
    RightsOverride { metadata_open: Some(false), ..RightsOverride::default() }
}

impl World {
    async fn decide(&self, target: &str, decides: RightsOverride) -> u64 {
        let (number, _) =
            self.store.add_rights_override(&decision(target, decides), self.now()).await.unwrap();
        self.settle().await;
        number
    }

    async fn right(&self, id: &str) -> ImageRight {
        self.object(id).await.record.unwrap().rights.image
    }
}

on_both! {
    async fn an_override_is_published_outlives_a_harvest_and_can_be_withdrawn(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        assert_eq!(world.right("joconde_A").await, ImageRight::Full);
        let first = world.object("joconde_A").await.datestamp;

        let number = world.decide("joconde_A", image(ImageRight::Reduced(300))).await;
        let row = world.object("joconde_A").await;
        assert!(row.datestamp > first);
        let rights = row.record.unwrap().rights;
        assert_eq!((rights.image, rights.rule.as_str()), (ImageRight::Reduced(300), "override"));
        assert_eq!(rights.written, None, "where it is written is not for the public");

        // The same again and something new: the decision stands.
        world.put("joconde", vec![("A", Some(object("A", "a, mended")))]).await;
        world.settle().await;
        assert_eq!(world.object("joconde_A").await.title, "a, mended");
        assert_eq!(world.right("joconde_A").await, ImageRight::Reduced(300));
        // It went away and came back.
        world.put("joconde", vec![("A", None)]).await;
        world.settle().await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        assert_eq!(world.right("joconde_A").await, ImageRight::Reduced(300));

        let at = world.now();
        let target =
            world.store.withdraw_rights_override(number, "B. Roy", "withdrawn", at).await.unwrap();
        assert_eq!(target, "joconde_A");
        world.settle().await;
        assert_eq!(world.right("joconde_A").await, ImageRight::Full);
        let again = world.store.withdraw_rights_override(number, "B. Roy", "x", at).await;
        assert!(matches!(again, Err(OverrideError::NotInForce(_, _))), "{again:?}");
    }

    async fn the_log_keeps_who_when_why_and_what_was_before(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        world.decide("joconde_A", image(ImageRight::None)).await;
        let statement =
            RightsOverride { statement: Some(CC0.to_owned()), ..image(ImageRight::Full) };
        world.decide("joconde_A", statement).await;
        world.decide("joconde/A", image(ImageRight::Reduced(100))).await;

        let object = Target::Object("joconde_A".to_owned());
        let log = world.store.rights_log(Some(&object)).await.unwrap();
        assert_eq!(log, world.store.rights_log(None).await.unwrap());
        let targets: Vec<&str> = log.iter().map(|line| line.target.as_str()).collect();
        assert_eq!(targets, ["joconde_A", "joconde_A", "joconde/A"]);
        let before: Vec<&str> =
            log.iter().map(|line| line.before[0]["image"].as_str().unwrap()).collect();
        assert_eq!(before, ["full", "none", "full"]);
        let withdrawn = log[0].withdrawn.as_ref().unwrap();
        assert_eq!((withdrawn.1.as_str(), withdrawn.2.as_str()), (
            "A. Martin",
            "replaced by a later override",
        ));
        assert!(log[1].withdrawn.is_none() && log[2].withdrawn.is_none());
        assert!(log.iter().all(|line| line.author == "A. Martin" && !line.reason.is_empty()));
        // Of two in force the stricter one counts.
        assert_eq!(world.right("joconde_A").await, ImageRight::Reduced(100));
    }

    async fn closed_metadata_withdraws_the_object_and_a_withdrawal_brings_it_back(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "secret title")))]).await;
        world.settle().await;
        let number = world.decide("joconde_A", closed()).await;
        let gone = world.object("joconde_A").await;
        assert_eq!((gone.status, gone.title.as_str()), (ObjectStatus::Deleted, ""));
        let received = world.store.received(&["joconde_A"]).await.unwrap();
        assert!(received.is_empty(), "the raw record is closed too");
        // A second thought while it is closed, and back.
        let now = world.now();
        world.store.withdraw_rights_override(number, "B", "mistake", now).await.unwrap();
        world.settle().await;
        assert_eq!(world.object("joconde_A").await.title, "secret title");
    }

    async fn an_override_of_an_object_holds_for_members_to_come_and_survives_a_merge(bench) {
        let world = World::new(bench.open().await).await;
        world.put("partner", vec![("P", Some(object("P", "p").key("same:ref:A")))]).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        world.decide("joconde_A", image(ImageRight::None)).await;
        assert_eq!(world.right("partner_P").await, ImageRight::Full);
        // Joconde's record joins the older one of the partner: its object is merged away.
        world.put("joconde", vec![("A", Some(object("A", "a").key("same:ref:A")))]).await;
        world.settle().await;
        assert_eq!(world.objects().await, ["joconde_A -> partner_P", "partner_P live"]);
        assert_eq!(world.right("partner_P").await, ImageRight::None);
        // There is nothing to decide at the old name, and the message says where.
        let late = world.store.add_rights_override(&decision("joconde_A", closed()), 1).await;
        let error = late.unwrap_err().to_string();
        assert!(error.contains("partner_P"), "{error}");
        // Withdrawn by its number, the merged object is published again.
        world.store.withdraw_rights_override(1, "B", "x", world.now()).await.unwrap();
        world.settle().await;
        assert_eq!(world.right("partner_P").await, ImageRight::Full);
    }

    async fn what_has_a_last_day_ends_by_itself(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        let until = world.now() + 1_000;
        let embargo = NewOverride {
            until_at: Some(until),
            ..decision("joconde/A", image(ImageRight::None))
        };
        world.store.add_rights_override(&embargo, world.now()).await.unwrap();
        world.settle().await;
        assert_eq!(world.right("joconde_A").await, ImageRight::None);
        assert_eq!(world.store.end_rights_overrides(until - 1).await.unwrap(), 0);
        assert_eq!(world.store.end_rights_overrides(until).await.unwrap(), 1);
        world.settle().await;
        assert_eq!(world.right("joconde_A").await, ImageRight::Full);
        let log = world.store.rights_log(None).await.unwrap();
        assert_eq!(log[0].withdrawn.as_ref().unwrap().0, until);
    }

    async fn an_unknown_thing_is_refused_with_its_name(bench) {
        let world = World::new(bench.open().await).await;
        world.put("joconde", vec![("A", Some(object("A", "a")))]).await;
        world.settle().await;
        for (target, what) in [
            ("joconde_B", "no object `joconde_B`"),
            ("joconde/B", "no source record `joconde/B`"),
            ("nobody/A", "no source record `nobody/A`"),
        ] {
            let new = decision(target, RightsOverride {
                statement: Some(IN_COPYRIGHT.to_owned()),
                ..RightsOverride::default()
            });
            let error = world.store.add_rights_override(&new, 1).await.unwrap_err();
            assert!(error.to_string().starts_with(what), "{error}");
        }
        assert!(world.store.rights_log(None).await.unwrap().is_empty());
        let none = world.store.withdraw_rights_override(7, "B", "x", 1).await.unwrap_err();
        assert_eq!(none.to_string(), "override 7: there is none of that number");
    }
}
