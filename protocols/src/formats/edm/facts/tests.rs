use super::*;
use crate::formats::edm::{model, validate};
use crate::formats::{edm, samples};
use domain::record::{Kind, Property};

fn context() -> ObjectContext<'static> {
    ObjectContext {
        object_id: "joconde_1",
        public_url: "https://gateway.example.org",
        provider: "Passerelle",
    }
}

fn records() -> Vec<MergedRecord> {
    let mut records = vec![samples::full()];
    for kind in [Kind::MuseumObject, Kind::Monument, Kind::Museum, Kind::Other] {
        records.push(samples::bare(kind));
        let mut record = samples::full();
        record.kind = kind;
        record.images.truncate(1);
        records.push(record);
    }
    for property in Property::ALL {
        let mut record = samples::full();
        record.values.remove(&property);
        records.push(record);
        let mut record = samples::bare(Kind::Other);
        record.values.insert(property, samples::full().get(property).to_vec());
        records.push(record);
    }
    records
}

#[test]
fn the_elements_of_a_record_are_those_of_the_xml_that_is_written() {
    for record in records() {
        let written = edm::write(&record, &context());
        let [read] = &model::records(&written).unwrap()[..] else { panic!("one record") };
        let made = tree(&record, &context());
        assert_eq!(metadata(&made), metadata(read), "{written}");
        assert_eq!(metadata::assess(&metadata(&made)), metadata::assess(&metadata(read)));
        assert_eq!(names(&made), names(read));
        let codes =
            |node: &Node| validate::validate(node).into_iter().map(|f| f.issue).collect::<Vec<_>>();
        assert_eq!(codes(&made), codes(read));
    }
}

#[test]
fn content_is_the_same_from_the_record_and_from_its_edm() {
    for mut record in records() {
        // The size of a reduced image is known to the service only, EDM does not say it.
        record.images.retain(|image| image.rights.image == ImageRight::Full);
        let written = edm::write(&record, &context());
        let [read] = &model::records(&written).unwrap()[..] else { panic!("one record") };
        assert_eq!(content::assess(&content(read)), content::assess(&content_of(&record)));
    }
}

#[test]
fn a_reduced_image_is_worth_what_is_shown_of_it() {
    let mut record = samples::full();
    record.images.remove(0);
    let found = content_of(&record);
    let [medium] = found.media.as_slice() else { panic!("one image that may be shown") };
    assert_eq!((medium.width, medium.height), (800, 533));
    assert_eq!(content::assess(&found).tier, 2);
}

#[test]
fn a_full_record_has_its_tiers_and_reasons() {
    let found = quality(&samples::full(), &context());
    assert_eq!(found.content.tier, 4);
    insta::assert_debug_snapshot!(found);
}
