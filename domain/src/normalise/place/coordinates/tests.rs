use super::*;
use proptest::prelude::*;

const MARTINIQUE: Expected = Expected {
    area: Some(Area { south: 14.3, west: -61.3, north: 15.0, east: -60.7 }),
    utm: Some((20, false)),
};
const GARD: Expected =
    Expected { area: Some(Area { south: 43.4, west: 3.2, north: 44.5, east: 4.9 }), utm: None };
const HAUTE_GARONNE: Expected =
    Expected { area: Some(Area { south: 42.6, west: 0.4, north: 44.0, east: 2.1 }), utm: None };

fn position(text: &str, system: Option<&str>, expected: &Expected) -> (f64, f64, bool, bool) {
    match read(text, system, false, expected) {
        Outcome::Read(Read { latitude, longitude, swapped, tried }) => {
            ((latitude * 1e3).round() / 1e3, (longitude * 1e3).round() / 1e3, swapped, tried)
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn lambert_93_of_the_inventory_is_read_with_its_zeros_and_quotes() {
    // Montpezat, Gard.
    let found = position("\"0793295;6306932\"", Some("Lambert93"), &GARD);
    assert_eq!(found, (43.855, 4.16, false, false));
}

#[test]
fn zones_of_the_old_triangulation_agree_with_the_position_that_the_source_gives_beside_them() {
    // Toulouse: 43.6360494, 1.4646704 in the record itself.
    let (latitude, longitude, ..) =
        position("529649.175553827 ; 148831.737097628", Some("Lambert3 sud"), &HAUTE_GARONNE);
    assert_eq!((latitude, longitude), (43.636, 1.465));
    // The same with the million of the zone.
    let found = position("529649 ; 3148831", Some("lambert3"), &Expected::default());
    assert_eq!((found.0, found.1), (43.636, 1.465));
}

#[test]
fn what_is_called_lambert_93_and_is_a_nine_zone_conic_is_read_as_that() {
    // 43.6348977, 1.4638762 in the record itself.
    let text = "1576050.2707128527 ; 2271665.1204843521";
    assert_eq!(position(text, Some("Lambert93"), &HAUTE_GARONNE), (43.635, 1.464, false, false));
    assert_eq!(position(text, None, &HAUTE_GARONNE), (43.635, 1.464, false, true));
}

#[test]
fn a_system_that_nobody_names_is_found_when_one_alone_leads_there() {
    assert_eq!(position("719896 ; 1615796", None, &MARTINIQUE), (14.607, -60.959, false, true));
    assert!(position("707774 ; 1615 350", Some("UTM"), &MARTINIQUE).3);
    // Nothing says where it should be: any of four zones could be meant.
    assert_eq!(read("529649 ; 148831", None, false, &Expected::default()), Outcome::NotUnderstood);
    assert_eq!(read("0725650 ;", None, false, &GARD), Outcome::NotUnderstood);
    assert_eq!(read("Marina Zveguinzoff", None, false, &GARD), Outcome::NotUnderstood);
}

#[test]
fn kilometres_are_read() {
    let guyane = Expected {
        area: Some(Area { south: 2.0, west: -54.7, north: 6.0, east: -51.5 }),
        utm: Some((22, false)),
    };
    assert_eq!(position("351.860 ; 545.685", Some("MTU"), &guyane), (4.936, -52.336, false, true));
}

#[test]
fn polygons_give_a_point_inside() {
    let found = position(
        "1714481 ; 9275307/1714418 ; 9275407/1714577 ; 9275593/1714650 ; 9275488/1714481 ; 9275307",
        None,
        &Expected::default(),
    );
    assert_eq!((found.0, found.1), (50.678, 3.206));
    // A horseshoe: the centre of gravity lies outside.
    let horseshoe = [
        (0.0, 0.0),
        (10.0, 0.0),
        (10.0, 10.0),
        (8.0, 10.0),
        (8.0, 2.0),
        (2.0, 2.0),
        (2.0, 10.0),
        (0.0, 10.0),
    ];
    let (x, y) = inside(&horseshoe);
    assert!((0.0..=2.0).contains(&x) || (8.0..=10.0).contains(&x) || y < 2.0, "{x} {y}");
    assert_eq!(inside(&[(2.0, 4.0)]), (2.0, 4.0));
    let json = read(
        "[[[2.0,48.0],[2.2,48.0],[2.2,48.2],[2.0,48.2],[2.0,48.0]]]",
        None,
        true,
        &Expected::default(),
    );
    let Outcome::Read(Read { latitude, longitude, .. }) = json else { panic!("{json:?}") };
    assert!((latitude - 48.1).abs() < 1e-9 && (longitude - 2.1).abs() < 1e-9);
}

#[test]
fn degrees_are_read_in_every_spelling() {
    let paris =
        Expected { area: Some(Area { south: 48.7, west: 2.1, north: 49.0, east: 2.6 }), utm: None };
    for text in [
        "48.8566,2.3522",
        "48.8566, 2.3522",
        "48.8566 ; 2.3522",
        "48,8566 ; 2,3522",
        "48,8566 2,3522",
        "48,8566, 2,3522",
        "48.8566 2.3522",
        "[48.8566, 2.3522]",
        "48°51'23.76\"N 2°21'7.92\"E",
        "N 48° 51′ 23,76″ E 2° 21′ 7,92″",
        "48°51.396N, 2°21.132E",
        "2°21'7.92\"E 48°51'23.76\"N",
        "WGS84 : 48.8566, 2.3522",
        "48°51'23.76'' 2°21'7.92''",
    ] {
        let found = position(text, None, &paris);
        assert_eq!((found.0, found.1, found.2), (48.857, 2.352, false), "{text}");
    }
    assert_eq!(position("2.3522,48.8566", None, &paris), (48.857, 2.352, true, false));
    assert_eq!(position("2.3522;48.8566", Some("wgs84"), &paris), (48.857, 2.352, false, false));
    assert_eq!(read("0,0", None, false, &paris), Outcome::Nowhere);
    assert_eq!(read("0.0 ; 0.0", None, false, &paris), Outcome::Nowhere);
}

#[test]
fn labels_in_the_text_count() {
    let found = position("Lambert 93 : 652381 ; 6862047", None, &Expected::default());
    assert_eq!((found.0, found.1), (48.857, 2.351));
    let found = position("Lambert II étendu 600976 ; 2428295", None, &Expected::default());
    assert_eq!((found.0, found.1), (48.853, 2.35));
    assert_eq!(label_of("Lambert 1"), Label::System(System::Lambert(1)));
    assert_eq!(label_of("Lambert IV Corse"), Label::System(System::Lambert(4)));
    assert_eq!(label_of("lambert0"), Label::Unknown);
    assert_eq!(label_of("RGF93 / CC43"), Label::System(System::Cc(43)));
    assert_eq!(label_of("UTM 20 N"), Label::System(System::Utm(20, false)));
    assert_eq!(label_of("gauss laborde"), Label::System(System::GaussLaborde));
    assert_eq!(label_of("MTU"), Label::Utm);
}

#[test]
fn eastings_and_northings_the_wrong_way_round_are_turned_and_said_so() {
    let found = position("6306932;793295", Some("Lambert93"), &GARD);
    assert_eq!(found, (43.855, 4.16, true, true));
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}", system in proptest::option::of("\\PC{0,12}")) {
        let _ = read(&text, system.as_deref(), false, &GARD);
    }

    #[test]
    fn no_numbers_panic(text in "[0-9 ,.;/°'\"NSEO\\[\\]-]{0,60}") {
        let _ = read(&text, None, true, &MARTINIQUE);
        let _ = read(&text, Some("Lambert93"), false, &GARD);
    }
}
