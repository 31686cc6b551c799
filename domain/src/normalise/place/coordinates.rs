//! Coordinates as sources write them: degrees, degrees with minutes, eastings and northings, in a
//! system that a field beside them names, that the text itself names, or that nobody names.
//!
//! `COOR`, `COORM` and `ZONE` of the Ministry's bases: reference forms `0793295;6306932`,
//! `529649.175553827 ; 148831.737097628` (zone `Lambert3 sud`), `719896 ; 1615796` (no zone,
//! Martinique), `1714481 ; 9275307/1714418 ; 9275407` (a polygon), `351.860 ; 545.685`
//! (kilometres), `1615 350`.

use super::france::{self, Area};
use super::projection::{System, to_wgs84};
use crate::fold::fold;

/// What is known of where coordinates should lead.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    /// Where the commune, or else the department, is.
    pub(super) area: Option<Area>,
    /// UTM zone of the department, overseas.
    pub(super) utm: Option<(u8, bool)>,
}

/// A position that was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Read {
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    /// The two numbers were the wrong way round.
    pub(super) swapped: bool,
    /// The system was found by trying, not told.
    pub(super) tried: bool,
}

/// What came of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Outcome {
    Read(Read),
    /// `0,0`: how these bases write that there is none.
    Nowhere,
    NotUnderstood,
}

/// Reads a point, or the inside of a polygon whose points `/` or brackets separate.
pub(super) fn read(
    text: &str,
    system: Option<&str>,
    longitude_first: bool,
    expected: &Expected,
) -> Outcome {
    let text = text.trim();
    // Quotes that stayed in the value; those of seconds stay.
    let text = if text.starts_with('"') { text.trim_matches('"').trim() } else { text };
    if text.contains(['°', 'º']) {
        let found = sexagesimal(text).filter(|(latitude, _)| latitude.abs() <= 90.0);
        return found.map_or(Outcome::NotUnderstood, |(latitude, longitude)| {
            Outcome::Read(Read { latitude, longitude, swapped: false, tried: false })
        });
    }
    let (named, rest) = split_label(text);
    let label = named.or(system).map(label_of);
    let points = if rest.starts_with('[') {
        bracketed(rest)
    } else if rest.contains('/') {
        rest.split('/').filter(|part| !part.trim().is_empty()).map(pair).collect()
    } else {
        pair(rest).map(|pair| vec![pair])
    };
    let Some(points) = points.filter(|points| !points.is_empty()) else {
        return Outcome::NotUnderstood;
    };
    if points.iter().all(|(a, b)| *a == 0.0 && *b == 0.0) {
        return Outcome::Nowhere;
    }
    place(inside(&points), label, longitude_first, expected)
}

/// What a text says of the system.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Label {
    System(System),
    /// UTM without its zone.
    Utm,
    /// Nothing that is known.
    Unknown,
}

/// The system that a label names.
fn label_of(label: &str) -> Label {
    let folded = fold(label);
    let packed: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
    let has = |word: &str| packed.contains(word);
    let number = |after: &str| -> Option<u8> {
        let (_, rest) = packed.split_once(after)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if has("wgs") || has("4326") || has("gps") {
        return Label::System(System::Wgs84);
    }
    if has("gausslaborde") || has("laborde") {
        return Label::System(System::GaussLaborde);
    }
    if has("utm") || has("mtu") {
        let zone = number("utm").or_else(|| number("mtu")).or_else(|| number("zone"));
        return match zone.or_else(|| number("fuseau")) {
            Some(zone @ (20..=22 | 30..=32 | 5..=7)) => {
                Label::System(System::Utm(zone, matches!(zone, 5..=7)))
            }
            Some(zone @ (38 | 40 | 57..=59 | 1)) => Label::System(System::Utm(zone, true)),
            _ => Label::Utm,
        };
    }
    if let Some(parallel @ 42..=50) = number("cc") {
        return Label::System(System::Cc(parallel));
    }
    if has("2154") || has("l93") || has("lambert93") {
        return Label::System(System::Lambert93);
    }
    let Some((_, zone)) = packed.split_once("lambert") else {
        return match packed.as_str() {
            "27572" | "epsg27572" => Label::System(System::Lambert2Extended),
            "rgf93" => Label::System(System::Lambert93),
            _ => Label::Unknown,
        };
    };
    let zone = zone.strip_prefix("zone").unwrap_or(zone);
    if zone.contains("eten") || zone.starts_with("2e") {
        return Label::System(System::Lambert2Extended);
    }
    let roman = zone.trim_start_matches(|c: char| c.is_ascii_digit());
    match zone.bytes().next() {
        Some(digit @ b'1'..=b'4') if !zone.starts_with("93") => {
            Label::System(System::Lambert(digit - b'0'))
        }
        _ if roman.starts_with("iv") => Label::System(System::Lambert(4)),
        _ if roman.starts_with("iii") => Label::System(System::Lambert(3)),
        _ if roman.starts_with("ii") => Label::System(System::Lambert(2)),
        _ if roman.starts_with('i') => Label::System(System::Lambert(1)),
        // `lambert0` is no system: POP takes it for one of South Australia.
        _ => Label::Unknown,
    }
}

/// `Lambert1 600000 ; 1128000` in label and numbers.
fn split_label(text: &str) -> (Option<&str>, &str) {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return (None, text);
    }
    if let Some((label, rest)) = text.split_once([':', '=']) {
        return (Some(label), rest.trim());
    }
    let mut end = 0;
    let mut digits = false;
    for word in text.split_inclusive(char::is_whitespace) {
        let starts_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let short =
            word.trim().len() <= 3 && word.trim().bytes().all(|b| b.is_ascii_alphanumeric());
        if starts_number && (digits || !short) {
            break;
        }
        digits |= word.contains(|c: char| c.is_ascii_digit());
        end += word.len();
    }
    let (label, rest) = text.split_at_checked(end).unwrap_or(("", text));
    (Some(label.trim()).filter(|label| !label.is_empty()), rest)
}

/// Two numbers: separated by `;`, by `,` (when the decimals have points), or by white space.
fn pair(text: &str) -> Option<(f64, f64)> {
    let text = text.trim_matches(|c: char| matches!(c, '"' | '(' | ')') || c.is_whitespace());
    let two = |separator: char| {
        let mut parts = text.split(separator);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(one), Some(two), None) => Some((number(one)?, number(two)?)),
            _ => None,
        }
    };
    if text.contains(';') {
        return two(';');
    }
    if text.matches(',').count() == 1 && (text.contains('.') || !text.contains(' ')) {
        return two(',');
    }
    if text.matches(',').count() == 1 && text.contains(", ") {
        return two(',');
    }
    // `48,85 2,35`, `48,85, 2,35`
    let mut parts = text.split_whitespace().map(|part| part.trim_end_matches(','));
    match (parts.next(), parts.next(), parts.next()) {
        (Some(one), Some(two), None) => Some((number(one)?, number(two)?)),
        _ => None,
    }
}

/// A number with a decimal point or comma, spaces between its thousands, a unit behind it.
fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches('"').trim();
    let (text, scale) = match text.strip_suffix("km") {
        Some(text) => (text, 1000.0),
        None => (text.strip_suffix('m').unwrap_or(text), 1.0),
    };
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '0'..='9' | '.' | '-' | '+' => out.push(c),
            ',' => out.push('.'),
            c if c.is_whitespace() => {}
            _ => return None,
        }
    }
    out.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * scale)
}

/// The points of the first ring of a polygon in the form of JSON, or of a list of numbers.
fn bracketed(text: &str) -> Option<Vec<(f64, f64)>> {
    const MOST: usize = 20_000;
    let ring = text.split("]]").next()?;
    let numbers: Vec<f64> = ring
        .split(|c: char| matches!(c, '[' | ']' | ',' | '"') || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .take(MOST)
        .map(|part| part.parse().ok().filter(|n: &f64| n.is_finite()))
        .collect::<Option<_>>()?;
    let (pairs, rest) = numbers.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[a, b]| (*a, *b)).collect())
}

/// A point inside a polygon: its centre of gravity, or when that lies outside the middle of the
/// widest stretch at its height. One point is itself, two are their middle.
fn inside(points: &[(f64, f64)]) -> (f64, f64) {
    let count = points.len() as f64;
    let mean = points.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    let mean = (mean.0 / count, mean.1 / count);
    if points.len() < 3 {
        return mean;
    }
    let edges = || points.iter().zip(points.iter().skip(1).chain(points.first()));
    // Around the mean, so that large numbers do not eat the digits.
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for ((ax, ay), (bx, by)) in edges() {
        let (ax, ay, bx, by) = (ax - mean.0, ay - mean.1, bx - mean.0, by - mean.1);
        let cross = ax * by - bx * ay;
        area += cross;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    if area.abs() < f64::EPSILON {
        return mean;
    }
    let centre = (mean.0 + x / (3.0 * area), mean.1 + y / (3.0 * area));
    let mut crossings: Vec<f64> = edges()
        .filter(|((_, ay), (_, by))| (*ay > centre.1) != (*by > centre.1))
        .map(|((ax, ay), (bx, by))| ax + (centre.1 - ay) / (by - ay) * (bx - ax))
        .collect();
    crossings.sort_by(f64::total_cmp);
    let (stretches, _) = crossings.as_chunks::<2>();
    if stretches.iter().any(|[from, to]| (*from..=*to).contains(&centre.0)) {
        return centre;
    }
    stretches
        .iter()
        .max_by(|one, two| (one[1] - one[0]).total_cmp(&(two[1] - two[0])))
        .map_or(centre, |[from, to]| (f64::midpoint(*from, *to), centre.1))
}

/// `48°51'24"N 2°21'07"E` as latitude and longitude. Letters stand before all numbers or behind
/// all; without letters the latitude comes first.
fn sexagesimal(text: &str) -> Option<(f64, f64)> {
    struct Angle {
        value: f64,
        unit: f64,
        negative: bool,
        east: Option<bool>,
    }
    let hemisphere = |c: char| match c.to_ascii_uppercase() {
        'N' => Some((false, false)),
        'S' => Some((false, true)),
        'E' => Some((true, false)),
        'W' | 'O' => Some((true, true)),
        _ => None,
    };
    let leading = text.starts_with(|c| hemisphere(c).is_some());
    let mut angles: Vec<Angle> = Vec::with_capacity(2);
    let mut pending = None;
    let mut digits = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '0'..='9' | '.' | '-' => digits.push(c),
            ',' if !digits.is_empty() && chars.peek().is_some_and(char::is_ascii_digit) => {
                digits.push('.');
            }
            '°' | 'º' => {
                let value: f64 = digits.parse().ok()?;
                let mut angle = Angle {
                    value: value.abs(),
                    unit: 60.0,
                    negative: value.is_sign_negative(),
                    east: None,
                };
                if let Some((east, negative)) = pending.take() {
                    (angle.east, angle.negative) = (Some(east), negative);
                }
                angles.push(angle);
                digits.clear();
            }
            '\'' | '’' | '′' | '"' | '”' | '″' if !digits.is_empty() => {
                let angle = angles.last_mut()?;
                angle.value += digits.parse::<f64>().ok()? / angle.unit;
                angle.unit *= 60.0;
                digits.clear();
            }
            c => {
                let Some((east, negative)) = hemisphere(c) else {
                    if c.is_alphabetic() {
                        return None;
                    }
                    continue;
                };
                if leading {
                    pending = Some((east, negative));
                } else {
                    let angle = angles.last_mut()?;
                    if !digits.is_empty() {
                        angle.value += digits.parse::<f64>().ok()? / angle.unit;
                        digits.clear();
                    }
                    (angle.east, angle.negative) = (Some(east), negative);
                }
            }
        }
    }
    if let (false, Some(angle)) = (digits.is_empty(), angles.last_mut()) {
        angle.value += digits.parse::<f64>().ok()? / angle.unit;
    }
    let signed = |angle: &Angle| if angle.negative { -angle.value } else { angle.value };
    match angles.as_slice() {
        [one, two] => match (one.east, two.east) {
            (Some(true), Some(false)) => Some((signed(two), signed(one))),
            (Some(false), Some(true)) | (None, None) => Some((signed(one), signed(two))),
            _ => None,
        },
        _ => None,
    }
}

/// The systems that two numbers may be in by their size, with what must be taken off the northing.
fn shapes(x: f64, y: f64, expected: &Expected) -> Vec<(System, f64)> {
    let mut out = Vec::new();
    let mut add = |fits: bool, system: System, off: f64| {
        if fits {
            out.push((system, off));
        }
    };
    let lambert_x = (0.0..1_250_000.0).contains(&x);
    for zone in 1..=4_u8 {
        let million = f64::from(zone) * 1_000_000.0;
        // Within a zone northings go from about 0 to 400 km; Lambert II étendu is all of France.
        add(lambert_x && (-100_000.0..620_000.0).contains(&y), System::Lambert(zone), 0.0);
        add(
            lambert_x && zone != 2 && (0.0..500_000.0).contains(&(y - million)),
            System::Lambert(zone),
            million,
        );
    }
    add(lambert_x && (1_580_000.0..2_720_000.0).contains(&y), System::Lambert2Extended, 0.0);
    let lambert93 = (50_000.0..1_310_000.0).contains(&x) && (5_980_000.0..7_180_000.0).contains(&y);
    add(lambert93, System::Lambert93, 0.0);
    let zone = ((y - 200_000.0) / 1_000_000.0).round() + 41.0;
    let conic = (1_030_000.0..2_300_000.0).contains(&x) && (42.0..=50.0).contains(&zone);
    add(conic, System::Cc(zone as u8), 0.0);
    if let Some((zone, south)) = expected.utm {
        let utm = (100_000.0..900_000.0).contains(&x) && (0.0..10_000_000.0).contains(&y);
        add(utm, System::Utm(zone, south), 0.0);
    }
    if expected.utm == Some((40, true)) {
        let island = (100_000.0..230_000.0).contains(&x) && (0.0..120_000.0).contains(&y);
        add(island, System::GaussLaborde, 0.0);
    }
    out
}

/// Degrees by their size.
fn is_degrees(a: f64, b: f64) -> bool {
    a.abs() <= 180.0 && b.abs() <= 180.0
}

fn place(
    (a, b): (f64, f64),
    label: Option<Label>,
    longitude_first: bool,
    expected: &Expected,
) -> Outcome {
    let read = |(latitude, longitude): (f64, f64), swapped: bool, tried: bool| {
        Outcome::Read(Read { latitude, longitude, swapped, tried })
    };
    let degrees = matches!(label, Some(Label::System(System::Wgs84)));
    if degrees || (is_degrees(a, b) && !matches!(label, Some(Label::System(_) | Label::Utm))) {
        let given = if longitude_first { (b, a) } else { (a, b) };
        return match settle(given, expected.area) {
            // A field that names its system has `x;y` as well as latitude and longitude: neither
            // order is wrong in it.
            Some((position, swapped)) => read(position, swapped && !degrees, false),
            None => Outcome::NotUnderstood,
        };
    }
    let known = match label {
        Some(Label::System(system)) => Some(system),
        _ => None,
    };
    // Kilometres with decimals.
    let (a, b) =
        if a.abs() < 10_000.0 && b.abs() < 10_000.0 && (a.fract() != 0.0 || b.fract() != 0.0) {
            (a * 1000.0, b * 1000.0)
        } else {
            (a, b)
        };
    let reach = |x: f64, y: f64, system: System, off: f64| {
        to_wgs84(system, x, y - off).filter(|position| france::holds(*position))
    };
    if let Some(system) = known {
        let told: Vec<(f64, f64)> = shapes(a, b, &Expected { utm: utm_of(system), ..*expected })
            .into_iter()
            .filter(|(shape, _)| is_meant(system, *shape))
            .filter_map(|(shape, off)| reach(a, b, shape, off))
            .collect();
        if let Some(position) = told.first() {
            return read(*position, false, false);
        }
    }
    // Not told, or told wrongly: every system that leads where the thing should be.
    let area = expected.area.unwrap_or(france::EUROPE);
    let mut found: Option<((f64, f64), bool)> = None;
    for (x, y, swapped) in [(a, b, false), (b, a, true)] {
        for (system, off) in shapes(x, y, expected) {
            let Some(position) = reach(x, y, system, off).filter(|p| area.contains(*p)) else {
                continue;
            };
            match found {
                None => found = Some((position, swapped)),
                Some(((north, east), _))
                    if (north - position.0).abs() < 0.01 && (east - position.1).abs() < 0.01 => {}
                // Two answers are none.
                Some(_) => return Outcome::NotUnderstood,
            }
        }
    }
    match found {
        Some((position, swapped)) => read(position, swapped, true),
        None => Outcome::NotUnderstood,
    }
}

/// Whether a label stands for a shape too: `Lambert93` is written over CC zones, `Lambert2` over
/// Lambert II étendu.
fn is_meant(label: System, shape: System) -> bool {
    label == shape
        || matches!(
            (label, shape),
            (System::Lambert93, System::Cc(_))
                | (System::Lambert(2), System::Lambert2Extended)
                | (System::Lambert2Extended, System::Lambert(2))
        )
}

fn utm_of(system: System) -> Option<(u8, bool)> {
    match system {
        System::Utm(zone, south) => Some((zone, south)),
        System::GaussLaborde => Some((40, true)),
        _ => None,
    }
}

/// A position in degrees, turned round when only the other way leads where the thing should be.
/// `None`: not on the globe.
pub(super) fn settle(given: (f64, f64), area: Option<Area>) -> Option<((f64, f64), bool)> {
    let turned = (given.1, given.0);
    let on_globe =
        |(latitude, longitude): (f64, f64)| latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    if let Some(area) = area
        && !area.contains(given)
        && area.contains(turned)
    {
        return Some((turned, true));
    }
    on_globe(given).then_some((given, false))
}

/// UTM zone of a department overseas.
pub(super) fn utm_zone(department: &str) -> Option<(u8, bool)> {
    match department {
        "971" | "972" | "977" | "978" => Some((20, false)),
        "973" => Some((22, false)),
        "974" => Some((40, true)),
        "975" => Some((21, false)),
        "976" => Some((38, true)),
        "987" => Some((6, true)),
        "988" => Some((58, true)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
