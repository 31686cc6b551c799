use super::*;
use crate::rights::{IN_COPYRIGHT, PUBLIC_DOMAIN};

fn facts<'a>(edm_type: EdmType, mime: &'a str, side: (u32, u32), rights: &'a str) -> Facts<'a> {
    let medium = Medium { mime, width: side.0, height: side.1, rights, embeddable: false };
    Facts { edm_type, media: vec![medium], landing_page: false, thumbnail: true }
}

fn tier(edm_type: EdmType, mime: &str, side: (u32, u32), rights: &str) -> u8 {
    assess(&facts(edm_type, mime, side, rights)).tier
}

#[test]
fn images_are_ranked_by_their_pixels_at_the_boundaries_of_europeana() {
    for (pixels, expected) in
        [(99_999, 0), (100_000, 1), (419_999, 1), (420_000, 2), (949_999, 2), (950_000, 4)]
    {
        let found = assess(&facts(EdmType::Image, "image/jpeg", (pixels, 1), PUBLIC_DOMAIN));
        assert_eq!(found.tier, expected, "{pixels}");
        assert_eq!(found.obstacle.is_none(), expected == 4, "{pixels}");
    }
    let small = assess(&facts(EdmType::Image, "image/jpeg", (500, 400), PUBLIC_DOMAIN));
    assert_eq!(small.obstacle, Some(Obstacle::TooSmall { pixels: 200_000, wanted: 420_000 }));
}

#[test]
fn licences_cap_what_a_file_is_worth() {
    for (rights, expected) in [
        (PUBLIC_DOMAIN, 4),
        ("http://creativecommons.org/publicdomain/zero/1.0/", 4),
        ("http://creativecommons.org/licenses/by/4.0/", 4),
        ("http://creativecommons.org/licenses/by-sa/3.0/fr/", 4),
        ("http://creativecommons.org/licenses/by-nc/4.0/", 3),
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", 3),
        ("http://creativecommons.org/licenses/by-nc-nd/4.0/", 3),
        ("http://creativecommons.org/licenses/by-nd/4.0/", 3),
        ("http://rightsstatements.org/vocab/InC-EDU/1.0/", 3),
        ("http://rightsstatements.org/vocab/NoC-NC/1.0/", 3),
        ("http://rightsstatements.org/vocab/NoC-OKLR/1.0/", 3),
        (IN_COPYRIGHT, 2),
        ("http://rightsstatements.org/vocab/InC-OW-EU/1.0/", 2),
        ("http://rightsstatements.org/vocab/CNE/1.0/", 2),
        ("https://creativecommons.org/licenses/by/4.0/", 2),
        ("", 2),
    ] {
        assert_eq!(tier(EdmType::Image, "image/jpeg", (1000, 1000), rights), expected, "{rights}");
    }
    // A cap does not lift what is low.
    assert_eq!(tier(EdmType::Image, "image/jpeg", (400, 400), IN_COPYRIGHT), 1);
    let capped = assess(&facts(EdmType::Image, "image/jpeg", (1000, 1000), IN_COPYRIGHT));
    assert_eq!(capped.obstacle, Some(Obstacle::Licence(LicenceCap::Closed)));
    assert_eq!(capped.before_licence, 4);
}

#[test]
fn each_type_has_its_own_table() {
    use EdmType::{Image, Sound, Text, ThreeD, Video};
    let pd = PUBLIC_DOMAIN;
    assert_eq!(tier(Image, "application/pdf", (0, 0), pd), 0);
    assert_eq!(tier(Text, "application/pdf", (0, 0), pd), 4);
    assert_eq!(tier(Text, "image/png", (1000, 950), pd), 4);
    assert_eq!(tier(Text, "text/html", (0, 0), pd), 0);
    assert_eq!(tier(Sound, "audio/mpeg", (0, 0), pd), 4);
    assert_eq!(tier(Sound, "image/jpeg", (2000, 2000), pd), 0);
    assert_eq!(tier(Video, "video/mp4", (640, 480), pd), 4);
    assert_eq!(tier(Video, "video/mp4", (640, 479), pd), 1);
    assert_eq!(tier(Video, "application/dash+xml", (640, 480), pd), 4);
    assert_eq!(tier(ThreeD, "model/gltf-binary", (0, 0), pd), 4);
    assert_eq!(tier(ThreeD, "image/jpeg", (2000, 2000), pd), 0);
    assert_eq!(tier(ThreeD, "application/pdf", (0, 0), pd), 0);
    for (edm_type, expected) in [(Image, 0), (Text, 1), (Sound, 1), (Video, 1), (ThreeD, 1)] {
        let page = Facts { edm_type, media: Vec::new(), landing_page: true, thumbnail: false };
        assert_eq!(assess(&page).tier, expected, "{edm_type:?}");
    }
    let mut hidden = facts(Image, "image/jpeg", (2000, 2000), pd);
    hidden.thumbnail = false;
    assert_eq!(assess(&hidden).tier, 0);
}

#[test]
fn the_best_file_counts_and_its_obstacle_is_told() {
    let mut two = facts(EdmType::Image, "image/jpeg", (2000, 2000), IN_COPYRIGHT);
    two.media.push(Medium {
        mime: "image/jpeg",
        width: 800,
        height: 800,
        rights: PUBLIC_DOMAIN,
        embeddable: false,
    });
    let found = assess(&two);
    assert_eq!((found.tier, found.obstacle), (2, Some(Obstacle::Licence(LicenceCap::Closed))));
    assert!(is_embeddable("https://www.youtube.com/watch?v=1"));
    assert!(!is_embeddable("https://example.org/youtube.com/watch"));
}
