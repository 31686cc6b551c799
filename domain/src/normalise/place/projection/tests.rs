use super::*;
use proptest::prelude::*;

/// Metres between two places that are near each other.
fn metres(one: (f64, f64), two: (f64, f64)) -> f64 {
    let north = (one.0 - two.0) * 111_195.0;
    let east = (one.1 - two.1) * 111_195.0 * one.0.to_radians().cos();
    north.hypot(east)
}

#[test]
fn isometric_latitude_is_that_of_the_published_examples() {
    let e = 0.081_991_889_98;
    assert!((isometric(0.872_664_626, e) - 1.005_526_536_48).abs() < 1e-9);
    assert!((isometric(-0.3, e) + 0.302_616_900_63).abs() < 1e-9);
    assert!((latitude_of(1.005_526_536_48, e) - 0.872_664_626).abs() < 1e-9);
}

#[test]
fn the_cone_is_that_of_the_published_example() {
    let cone = Cone {
        n: 0.760_405_966,
        c: 11_603_796.976_7,
        xs: 600_000.0,
        ys: 5_657_616.674,
        meridian: 0.040_792_344_33,
        e: 0.082_483_256_76,
    };
    let (x, y) = cone.forward(0.145_512_099_25, 0.872_664_625_67);
    assert!((x - 1_029_705.083).abs() < 0.01 && (y - 272_723.849).abs() < 0.01, "{x} {y}");
    let (longitude, latitude) = cone.inverse(1_029_705.083, 272_723.849);
    assert!((longitude - 0.145_512_099_25).abs() < 1e-9);
    assert!((latitude - 0.872_664_625_67).abs() < 1e-9);
}

#[test]
fn cartesian_coordinates_are_those_of_the_published_examples() {
    let [x, y, z] = cartesian(0.017_453_292_48, 0.020_362_174_57, 100.0, CLARKE_1880);
    assert!((x - 6_376_064.695).abs() < 0.001, "{x}");
    assert!((y - 111_294.623).abs() < 0.001, "{y}");
    assert!((z - 128_984.725).abs() < 0.001, "{z}");
    let (longitude, latitude, height) =
        geographic([6_376_064.695, 111_294.623, 128_984.725], CLARKE_1880);
    assert!((longitude - 0.017_453_292_48).abs() < 1e-9);
    assert!((latitude - 0.020_362_174_57).abs() < 1e-9);
    assert!((height - 99.995).abs() < 0.01, "{height}");
}

#[test]
fn the_constants_of_lambert_93_are_the_published_ones() {
    let (cone, _) = cone(System::Lambert93).unwrap();
    assert!((cone.n - 0.725_607_765).abs() < 1e-9, "{}", cone.n);
    assert!((cone.c - 11_754_255.426).abs() < 0.01, "{}", cone.c);
    assert!((cone.ys - 12_655_612.05).abs() < 0.01, "{}", cone.ys);
}

#[test]
fn origins_of_the_projections_lie_where_they_are_said_to() {
    for (system, x, y, latitude, longitude) in [
        (System::Cc(43), 1_700_000.0, 2_200_000.0, 43.0, 3.0),
        (System::Cc(50), 1_700_000.0, 9_200_000.0, 50.0, 3.0),
        (System::Utm(31, false), 500_000.0, 0.0, 0.0, 3.0),
        (System::Utm(20, false), 500_000.0, 0.0, 0.0, -63.0),
    ] {
        let found = to_wgs84(system, x, y).unwrap();
        assert!(metres(found, (latitude, longitude)) < 0.01, "{system:?} {found:?}");
    }
    // On the old triangulation: a hundred metres or so from the same numbers on the new one.
    for (zone, y, latitude) in
        [(1, 200_000.0, 49.5), (2, 200_000.0, 46.8), (3, 200_000.0, 44.1), (4, 185_861.369, 42.165)]
    {
        let x = if zone == 4 { 234.358 } else { 600_000.0 };
        let found = to_wgs84(System::Lambert(zone), x, y).unwrap();
        let away = metres(found, (latitude, PARIS));
        assert!((20.0..200.0).contains(&away), "{zone}: {away} {found:?}");
    }
}

#[test]
fn notre_dame_of_paris_and_its_like_are_found_in_every_system() {
    // Within 20 m, from maps: 48.8530 N, 2.3498 E.
    let there = (48.8530, 2.3498);
    let found = to_wgs84(System::Lambert93, 652_292.0, 6_861_685.0).unwrap();
    assert!(metres(found, there) < 60.0, "{found:?} {}", metres(found, there));
    let found = to_wgs84(System::Lambert2Extended, 600_916.0, 2_428_221.0).unwrap();
    assert!(metres(found, there) < 60.0, "{found:?} {}", metres(found, there));
}

proptest! {
    #[test]
    fn there_and_back_is_within_a_centimetre(
        latitude in 41.3_f64..51.1, longitude in -5.1_f64..9.6, which in 0_usize..15,
    ) {
        let system = [
            System::Lambert(1), System::Lambert(2), System::Lambert(3), System::Lambert(4),
            System::Lambert2Extended, System::Lambert93, System::Cc(42), System::Cc(43),
            System::Cc(44), System::Cc(46), System::Cc(50), System::Wgs84,
            System::Utm(30, false), System::Utm(31, false), System::Utm(32, false),
        ][which];
        let (x, y) = from_wgs84(system, latitude, longitude).unwrap();
        let back = to_wgs84(system, x, y).unwrap();
        prop_assert!(metres(back, (latitude, longitude)) < 0.01, "{:?} {:?}", system, back);
    }

    #[test]
    fn overseas_too(latitude in -21.4_f64..-20.8, longitude in 55.2_f64..55.9) {
        for system in [System::GaussLaborde, System::Utm(40, true)] {
            let (x, y) = from_wgs84(system, latitude, longitude).unwrap();
            let back = to_wgs84(system, x, y).unwrap();
            prop_assert!(metres(back, (latitude, longitude)) < 0.02, "{:?} {:?}", system, back);
        }
    }

    #[test]
    fn nothing_panics(x in proptest::num::f64::ANY, y in proptest::num::f64::ANY) {
        for system in [System::Lambert(1), System::Lambert93, System::Utm(20, true),
            System::GaussLaborde, System::Lambert(9), System::Cc(1), System::Utm(0, false)] {
            let _ = to_wgs84(system, x, y);
        }
    }
}
