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

/// Eastings and northings by PROJ 9 for its definitions of these systems (EPSG 2154, 3943, 3949,
/// 3950, 27572, 32620, 32631, 32740, and the zones of the old triangulation with IGN's shift).
#[test]
fn towns_lie_where_proj_puts_them() {
    for (town, system, latitude, longitude, x, y) in [
        ("Paris", System::Lambert(1), 48.853, 2.3498, 600_975.58, 128_060.05),
        ("Paris", System::Lambert2Extended, 48.853, 2.3498, 600_976.15, 2_428_295.31),
        ("Paris", System::Lambert93, 48.853, 2.3498, 652_289.64, 6_861_636.42),
        ("Paris", System::Cc(49), 48.853, 2.3498, 1_652_288.35, 8_183_858.08),
        ("Brest", System::Lambert(2), 48.39, -4.486, 95_213.79, 398_714.88),
        ("Brest", System::Lambert93, 48.39, -4.486, 146_636.14, 6_836_217.36),
        ("Nice", System::Lambert(3), 43.696, 7.271, 997_512.72, 167_029.82),
        ("Nice", System::Cc(43), 43.696, 7.271, 2_044_152.49, 2_286_070.74),
        ("Ajaccio", System::Lambert(4), 41.92, 8.737, 530_658.62, 178_538.22),
        ("Lille", System::Cc(50), 50.637, 3.063, 1_704_456.76, 9_270_854.09),
        ("Lille", System::Utm(31, false), 50.637, 3.063, 504_455.09, 5_609_461.07),
        ("Fort-de-France", System::Utm(20, false), 14.606, -61.07, 707_899.01, 1_615_631.82),
        ("Saint-Denis", System::Utm(40, true), -20.879, 55.448, 338_558.02, 7_690_464.27),
        ("Saint-Denis", System::GaussLaborde, -20.879, 55.448, 151_734.71, 77_689.84),
    ] {
        let found = to_wgs84(system, x, y).unwrap();
        let away = metres(found, (latitude, longitude));
        assert!(away < 0.05, "{town} {system:?}: {away} m");
        let (east, north) = from_wgs84(system, latitude, longitude).unwrap();
        assert!((east - x).hypot(north - y) < 0.05, "{town} {system:?}: {east} {north}");
    }
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
