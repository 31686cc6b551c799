//! Projected coordinates of French surveys to WGS 84.
//!
//! Formulas and constants: IGN, notes techniques NTG_71 (Lambert conformal conic, ALG0001 to
//! ALG0004 and ALG0019) and NTG_80 (cartesian coordinates, ALG0009 and ALG0012); the Gauss-Schreiber
//! projection of Réunion; transverse Mercator by Krüger's series.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// A system of coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum System {
    /// Degrees on WGS 84 (RGF93 and the overseas systems of today agree within a metre).
    Wgs84,
    /// Lambert zone 1 to 4 of the old triangulation (NTF), northing without the zone's million.
    Lambert(u8),
    /// Lambert II étendu.
    Lambert2Extended,
    /// Lambert 93.
    Lambert93,
    /// Conic conformal of nine zones: the parallel, 42 to 50.
    Cc(u8),
    /// UTM: zone, and whether south of the equator.
    Utm(u8, bool),
    /// Gauss-Laborde of Réunion (1947).
    GaussLaborde,
}

/// Half axis in metres, first eccentricity.
#[derive(Debug, Clone, Copy)]
struct Ellipsoid {
    a: f64,
    e: f64,
}

const CLARKE_1880: Ellipsoid = Ellipsoid { a: 6_378_249.2, e: 0.082_483_256_76 };
const GRS80: Ellipsoid = Ellipsoid { a: 6_378_137.0, e: 0.081_819_191_042_8 };
const INTERNATIONAL: Ellipsoid = Ellipsoid { a: 6_378_388.0, e: 0.081_991_889_98 };

/// NTF to WGS 84, metres.
const NTF_SHIFT: [f64; 3] = [-168.0, -60.0, 320.0];
/// Piton des Neiges 1947 to WGS 84, metres.
const REUNION_SHIFT: [f64; 3] = [94.0, -948.0, -1262.0];

/// Meridian of Paris, in degrees east of Greenwich: 2° 20′ 14.025″.
const PARIS: f64 = 2.337_229_166_666_667;

/// Isometric latitude (ALG0001).
fn isometric(latitude: f64, e: f64) -> f64 {
    let sine = e * latitude.sin();
    ((FRAC_PI_4 + latitude / 2.0).tan() * ((1.0 - sine) / (1.0 + sine)).powf(e / 2.0)).ln()
}

/// Latitude from isometric latitude (ALG0002).
fn latitude_of(isometric: f64, e: f64) -> f64 {
    let power = isometric.exp();
    let mut latitude = 2.0 * power.atan() - FRAC_PI_2;
    for _ in 0..12 {
        let sine = e * latitude.sin();
        let next = 2.0 * (((1.0 + sine) / (1.0 - sine)).powf(e / 2.0) * power).atan() - FRAC_PI_2;
        let done = (next - latitude).abs() < 1e-12;
        latitude = next;
        if done {
            break;
        }
    }
    latitude
}

/// A conic conformal projection: exponent, constant, pole, central meridian in radians.
#[derive(Debug, Clone, Copy)]
struct Cone {
    n: f64,
    c: f64,
    xs: f64,
    ys: f64,
    meridian: f64,
    e: f64,
}

impl Cone {
    /// With two standard parallels (ALG0054); degrees and metres.
    fn secant(origin: f64, parallels: [f64; 2], x0: f64, y0: f64) -> Self {
        let Ellipsoid { a, e } = GRS80;
        let [origin, one, two] = [origin, parallels[0], parallels[1]].map(f64::to_radians);
        let normal = |latitude: f64| a / (1.0 - (e * latitude.sin()).powi(2)).sqrt();
        let n = (normal(two) * two.cos() / (normal(one) * one.cos())).ln()
            / (isometric(one, e) - isometric(two, e));
        let c = normal(one) * one.cos() / n * (n * isometric(one, e)).exp();
        let ys = y0 + c * (-n * isometric(origin, e)).exp();
        Self { n, c, xs: x0, ys, meridian: 3_f64.to_radians(), e }
    }

    /// Longitude and latitude to easting and northing, radians and metres (ALG0003).
    fn forward(&self, longitude: f64, latitude: f64) -> (f64, f64) {
        let radius = self.c * (-self.n * isometric(latitude, self.e)).exp();
        let angle = self.n * (longitude - self.meridian);
        (self.xs + radius * angle.sin(), self.ys - radius * angle.cos())
    }

    /// Easting and northing to longitude and latitude (ALG0004).
    fn inverse(&self, x: f64, y: f64) -> (f64, f64) {
        let radius = (x - self.xs).hypot(y - self.ys);
        let angle = ((x - self.xs) / (self.ys - y)).atan();
        let isometric = -(radius / self.c).abs().ln() / self.n;
        (self.meridian + angle / self.n, latitude_of(isometric, self.e))
    }
}

/// The cone of a system, when it has one, and whether it is on the old triangulation.
fn cone(system: System) -> Option<(Cone, bool)> {
    let ntf = |n: f64, c: f64, xs: f64, ys: f64| {
        Some((Cone { n, c, xs, ys, meridian: PARIS.to_radians(), e: CLARKE_1880.e }, true))
    };
    match system {
        System::Lambert(1) => ntf(0.760_405_965_6, 11_603_796.98, 600_000.0, 5_657_616.674),
        System::Lambert(2) => ntf(0.728_968_627_4, 11_745_793.39, 600_000.0, 6_199_695.768),
        System::Lambert(3) => ntf(0.695_912_796_6, 11_947_992.52, 600_000.0, 6_791_905.085),
        System::Lambert(4) => ntf(0.671_267_932_2, 12_136_281.99, 234.358, 7_239_161.542),
        System::Lambert2Extended => ntf(0.728_968_627_4, 11_745_793.39, 600_000.0, 8_199_695.768),
        System::Lambert93 => {
            Some((Cone::secant(46.5, [44.0, 49.0], 700_000.0, 6_600_000.0), false))
        }
        System::Cc(parallel @ 42..=50) => {
            let middle = f64::from(parallel);
            let north = (middle - 41.0) * 1_000_000.0 + 200_000.0;
            Some((Cone::secant(middle, [middle - 0.75, middle + 0.75], 1_700_000.0, north), false))
        }
        _ => None,
    }
}

/// Longitude, latitude (radians) and height to cartesian coordinates (ALG0009).
fn cartesian(longitude: f64, latitude: f64, height: f64, ellipsoid: Ellipsoid) -> [f64; 3] {
    let Ellipsoid { a, e } = ellipsoid;
    let normal = a / (1.0 - (e * latitude.sin()).powi(2)).sqrt();
    [
        (normal + height) * latitude.cos() * longitude.cos(),
        (normal + height) * latitude.cos() * longitude.sin(),
        (normal * (1.0 - e * e) + height) * latitude.sin(),
    ]
}

/// Cartesian coordinates to longitude, latitude (radians) and height (ALG0012).
fn geographic([x, y, z]: [f64; 3], ellipsoid: Ellipsoid) -> (f64, f64, f64) {
    let Ellipsoid { a, e } = ellipsoid;
    let square = e * e;
    let radius = x.hypot(y);
    let whole = (x * x + y * y + z * z).sqrt();
    let mut latitude = (z / (radius * (1.0 - a * square / whole))).atan();
    for _ in 0..12 {
        let sine = latitude.sin();
        let next = (z
            / radius
            / (1.0 - a * square * latitude.cos() / (radius * (1.0 - square * sine * sine).sqrt())))
        .atan();
        let done = (next - latitude).abs() < 1e-12;
        latitude = next;
        if done {
            break;
        }
    }
    let sine = latitude.sin();
    let height = radius / latitude.cos() - a / (1.0 - square * sine * sine).sqrt();
    (y.atan2(x), latitude, height)
}

/// From one ellipsoid to another by a shift of the centre; radians, height 0.
fn shifted(
    longitude: f64,
    latitude: f64,
    from: Ellipsoid,
    shift: [f64; 3],
    to: Ellipsoid,
) -> (f64, f64) {
    let [x, y, z] = cartesian(longitude, latitude, 0.0, from);
    let (longitude, latitude, _) = geographic([x + shift[0], y + shift[1], z + shift[2]], to);
    (longitude, latitude)
}

/// Krüger's coefficients of third flattening to the fourth power, and the mean radius.
struct Kruger {
    radius: f64,
    forward: [f64; 4],
    inverse: [f64; 4],
    e: f64,
}

fn kruger() -> Kruger {
    let Ellipsoid { a, e } = GRS80;
    let axis = (1.0 - e * e).sqrt();
    let n = (1.0 - axis) / (1.0 + axis);
    let (n2, n3, n4) = (n * n, n.powi(3), n.powi(4));
    Kruger {
        radius: a / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0),
        forward: [
            n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4,
            13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4,
            61.0 / 240.0 * n3 - 103.0 / 140.0 * n4,
            49_561.0 / 161_280.0 * n4,
        ],
        inverse: [
            n / 2.0 - 2.0 / 3.0 * n2 + 37.0 / 96.0 * n3 - 1.0 / 360.0 * n4,
            1.0 / 48.0 * n2 + 1.0 / 15.0 * n3 - 437.0 / 1440.0 * n4,
            17.0 / 480.0 * n3 - 37.0 / 840.0 * n4,
            4_397.0 / 161_280.0 * n4,
        ],
        e,
    }
}

const UTM_SCALE: f64 = 0.9996;

fn utm_forward(zone: u8, south: bool, longitude: f64, latitude: f64) -> (f64, f64) {
    let Kruger { radius, forward, e, .. } = kruger();
    let angle = longitude - (f64::from(zone) * 6.0 - 183.0).to_radians();
    let conformal = latitude_of(isometric(latitude, e), 0.0);
    let xi = conformal.tan().atan2(angle.cos());
    let eta = (conformal.cos() * angle.sin()).atanh();
    let (mut north, mut east) = (xi, eta);
    for (at, coefficient) in forward.iter().enumerate() {
        let k = 2.0 * (at as f64 + 1.0);
        north += coefficient * (k * xi).sin() * (k * eta).cosh();
        east += coefficient * (k * xi).cos() * (k * eta).sinh();
    }
    let false_north = if south { 10_000_000.0 } else { 0.0 };
    (500_000.0 + UTM_SCALE * radius * east, false_north + UTM_SCALE * radius * north)
}

fn utm_inverse(zone: u8, south: bool, x: f64, y: f64) -> (f64, f64) {
    let Kruger { radius, inverse, e, .. } = kruger();
    let false_north = if south { 10_000_000.0 } else { 0.0 };
    let north = (y - false_north) / (UTM_SCALE * radius);
    let east = (x - 500_000.0) / (UTM_SCALE * radius);
    let (mut xi, mut eta) = (north, east);
    for (at, coefficient) in inverse.iter().enumerate() {
        let k = 2.0 * (at as f64 + 1.0);
        xi -= coefficient * (k * north).sin() * (k * east).cosh();
        eta -= coefficient * (k * north).cos() * (k * east).sinh();
    }
    let conformal = (xi.sin() / eta.cosh()).asin();
    let longitude = (f64::from(zone) * 6.0 - 183.0).to_radians() + eta.sinh().atan2(xi.cos());
    (longitude, latitude_of(isometric(conformal, 0.0), e))
}

/// Gauss-Schreiber: the ellipsoid on a sphere, the sphere on a plane.
struct Sphere {
    n: f64,
    c: f64,
    radius: f64,
    south: f64,
}

const REUNION_ORIGIN: (f64, f64) = (55.533_333_333_333_33, -21.116_666_666_666_67);
const REUNION_FALSE: (f64, f64) = (160_000.0, 50_000.0);

fn reunion_sphere() -> Sphere {
    let Ellipsoid { a, e } = INTERNATIONAL;
    let origin = REUNION_ORIGIN.1.to_radians();
    let n = (1.0 + e * e * origin.cos().powi(4) / (1.0 - e * e)).sqrt();
    let middle = (origin.sin() / n).asin();
    let radius = a * (1.0 - e * e).sqrt() / (1.0 - (e * origin.sin()).powi(2));
    Sphere {
        n,
        c: isometric(middle, 0.0) - n * isometric(origin, e),
        radius,
        south: REUNION_FALSE.1 - radius * middle,
    }
}

fn reunion_forward(longitude: f64, latitude: f64) -> (f64, f64) {
    let sphere = reunion_sphere();
    let height = sphere.c + sphere.n * isometric(latitude, INTERNATIONAL.e);
    let angle = sphere.n * (longitude - REUNION_ORIGIN.0.to_radians());
    let east = isometric((angle.sin() / height.cosh()).asin(), 0.0);
    let north = (height.sinh() / angle.cos()).atan();
    (REUNION_FALSE.0 + sphere.radius * east, sphere.south + sphere.radius * north)
}

fn reunion_inverse(x: f64, y: f64) -> (f64, f64) {
    let sphere = reunion_sphere();
    let east = (x - REUNION_FALSE.0) / sphere.radius;
    let north = (y - sphere.south) / sphere.radius;
    let angle = (east.sinh() / north.cos()).atan();
    let height = isometric((north.sin() / east.cosh()).asin(), 0.0);
    (
        REUNION_ORIGIN.0.to_radians() + angle / sphere.n,
        latitude_of((height - sphere.c) / sphere.n, INTERNATIONAL.e),
    )
}

/// Easting and northing (metres; longitude and latitude in degrees for [`System::Wgs84`]) to
/// latitude and longitude in degrees. `None`: not on the globe, or no such zone.
///
/// # Example
/// ```
/// use domain::normalise::place::{System, to_wgs84};
/// let (latitude, longitude) = to_wgs84(System::Lambert93, 700_000.0, 6_600_000.0).unwrap();
/// assert!((latitude - 46.5).abs() < 1e-9 && (longitude - 3.0).abs() < 1e-9);
/// ```
pub fn to_wgs84(system: System, x: f64, y: f64) -> Option<(f64, f64)> {
    let (longitude, latitude) = match system {
        System::Wgs84 => (x.to_radians(), y.to_radians()),
        System::Utm(zone @ 1..=60, south) => utm_inverse(zone, south, x, y),
        System::GaussLaborde => {
            let (longitude, latitude) = reunion_inverse(x, y);
            shifted(longitude, latitude, INTERNATIONAL, REUNION_SHIFT, GRS80)
        }
        _ => {
            let (cone, ntf) = cone(system)?;
            let (longitude, latitude) = cone.inverse(x, y);
            if ntf {
                shifted(longitude, latitude, CLARKE_1880, NTF_SHIFT, GRS80)
            } else {
                (longitude, latitude)
            }
        }
    };
    let on_globe = latitude.abs() <= FRAC_PI_2 && longitude.abs() <= PI;
    on_globe.then(|| (latitude.to_degrees(), longitude.to_degrees()))
}

/// Latitude and longitude in degrees to easting and northing: [`to_wgs84`] the other way round.
pub fn from_wgs84(system: System, latitude: f64, longitude: f64) -> Option<(f64, f64)> {
    let (latitude, longitude) = (latitude.to_radians(), longitude.to_radians());
    Some(match system {
        System::Wgs84 => (longitude.to_degrees(), latitude.to_degrees()),
        System::Utm(zone @ 1..=60, south) => utm_forward(zone, south, longitude, latitude),
        System::GaussLaborde => {
            let back = REUNION_SHIFT.map(|metres| -metres);
            let (longitude, latitude) = shifted(longitude, latitude, GRS80, back, INTERNATIONAL);
            reunion_forward(longitude, latitude)
        }
        _ => {
            let (cone, ntf) = cone(system)?;
            let (longitude, latitude) = if ntf {
                let back = NTF_SHIFT.map(|metres| -metres);
                shifted(longitude, latitude, GRS80, back, CLARKE_1880)
            } else {
                (longitude, latitude)
            };
            cone.forward(longitude, latitude)
        }
    })
}

#[cfg(test)]
mod tests;
