//! Places: communes by code and name, coordinates of every kind.
//!
//! What a record says of where a thing is comes in two shapes. Fields of their own (region,
//! department, commune, INSEE code, coordinates with their system) are named by the crosswalk table
//! and come as [`LocationHint`]; texts (`LOCA`, `LIEUX`, `DECV`, `dc:coverage`) are read by
//! [`text`]. Both are looked up in a [`Gazetteer`]; without one, departments, regions, countries and
//! a few foreign towns are known.
//!
//! [`Record::position`] is what the source gave, put into WGS 84; the centre of a commune is the
//! position of the commune, not of the thing, and only stands in the meaning.

mod coordinates;
mod france;
mod gazetteer;
mod name;
mod projection;
mod resolve;
mod text;
mod world;

pub use gazetteer::{CommuneKind, CommuneRow, Gazetteer, GazetteerBuilder};
pub use projection::{System, from_wgs84, to_wgs84};

use super::Hints;
use crate::issue::Issue;
use crate::meaning::{Confidence, Entity, Meaning, Place, Point};
use crate::record::{Position, Property, Record, Value};
use coordinates::Expected;
use france::Area;
use gazetteer::{Frame, kilometres};
use resolve::Resolver;
use std::sync::LazyLock;

/// What a field says of where the thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Names of communes, or of towns abroad.
    Commune,
    /// Names or numbers of departments.
    Department,
    /// Names of regions.
    Region,
    /// Names of countries.
    Country,
    /// INSEE codes.
    Insee,
    /// Postal codes.
    PostalCode,
    /// A text with names of places in it.
    Text,
    /// Nothing that a gazetteer knows: an address, a building, a hamlet.
    Detail,
}

/// Coordinates as the source writes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GivenCoordinates {
    /// Field of the source.
    pub field: String,
    /// The text; of a polygon all of its points.
    pub text: String,
    /// What the source says of the system (`Lambert93`).
    pub system: Option<String>,
    /// Whether degrees come as longitude and latitude.
    pub longitude_first: bool,
}

/// What the crosswalk found of codes and names that say where the thing is, verbatim.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocationHint {
    /// What it locates: the values of this property. `None`: [`Property::Spatial`].
    pub property: Option<Property>,
    /// INSEE codes.
    pub insee: Vec<String>,
    /// Names of communes.
    pub communes: Vec<String>,
    /// Names or numbers of departments.
    pub departments: Vec<String>,
    /// Names of regions.
    pub regions: Vec<String>,
    /// Names of countries.
    pub countries: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<String>,
    /// Coordinates, in the order in which to try them, when the crosswalk itself read none.
    pub coordinates: Vec<GivenCoordinates>,
    /// Fields, by the name that the source gives them, that have a role.
    pub roles: Vec<(String, Role)>,
}

/// How far the given position may lie from the centre of the commune, in km, before it is noted.
const FAR: f64 = 30.0;

static NONE: LazyLock<Gazetteer> = LazyLock::new(Gazetteer::default);

/// Gives the places of a record their meanings, puts its position into WGS 84 and the right way
/// round, and notes what is not understood:
///
/// - `place_ambiguous`: a name that several places have;
/// - `place_not_understood`: a field of its own (commune, department, region, country) with
///   something else in it;
/// - `insee_unknown`, `place_code_disagrees`: a code that is none, a code and a name of two places;
/// - `position_not_understood`, `coordinates_swapped`, `coordinates_far_from_commune`.
pub fn normalise(
    record: &mut Record,
    hints: &Hints,
    gazetteer: Option<&Gazetteer>,
    issues: &mut Vec<Issue>,
) {
    let hint = &hints.location;
    let gazetteer = gazetteer.unwrap_or(&NONE);
    let resolver = Resolver::new(gazetteer, hint, record.position.map(point_of));
    let towns = resolver.towns(issues);
    settle_position(record, &resolver, &towns, issues);
    let located = hint.property.unwrap_or(Property::Spatial);
    for property in [Property::Spatial, Property::CurrentLocation, Property::Provenance] {
        let Some(values) = record.values.get_mut(&property) else { continue };
        let frame = if property == located {
            Frame { near: record.position.map(point_of), ..resolver.likely() }
        } else {
            Frame::default()
        };
        for value in values.iter_mut().filter(|value| value.meanings.is_empty()) {
            let role = hint.roles.iter().find(|(field, _)| *field == value.field);
            let role = match role {
                Some((_, role)) => *role,
                None if property == Property::Provenance => continue,
                None => Role::Text,
            };
            value.meanings = match role {
                Role::Detail => Vec::new(),
                Role::Commune | Role::Insee | Role::PostalCode => {
                    towns.of(&value.text).into_iter().collect()
                }
                Role::Department | Role::Region | Role::Country => {
                    resolve::wide(&value.text, role, issues, &value.field).into_iter().collect()
                }
                Role::Text => text_meanings(value, gazetteer, &frame, issues),
            };
            if let Some(uri) = value.uri.as_deref().filter(|_| role != Role::Detail) {
                with_address(&mut value.meanings, uri, &value.text);
            }
        }
    }
}

fn text_meanings(
    value: &Value,
    gazetteer: &Gazetteer,
    frame: &Frame,
    issues: &mut Vec<Issue>,
) -> Vec<Meaning> {
    let reading = text::read(&value.text, gazetteer, frame);
    if reading.ambiguous {
        issues.push(Issue::new("place_ambiguous", value.field.clone(), &value.text));
    }
    reading.meanings
}

/// The address that the source gave, in the meaning of the text, or as one of its own.
fn with_address(meanings: &mut Vec<Meaning>, uri: &str, text: &str) {
    let Some(address) = dereferenceable(uri) else { return };
    if let [Meaning { entity: Entity::Place(place), .. }] = meanings.as_mut_slice() {
        if let Some(other) = place.uri.replace(address) {
            if place.uri.as_deref() != Some(other.as_str()) {
                place.same_as.push(other);
            }
        }
        return;
    }
    if meanings.is_empty() && text != uri {
        let place = Place { name: text.to_owned(), uri: Some(address), ..Place::default() };
        meanings.push(text::meaning(place, "place.uri", Confidence::Given));
    }
}

/// An address in the one form of it that Europeana dereferences (GeoNames, Wikidata, Getty, VIAF);
/// any other http address as it is.
fn dereferenceable(uri: &str) -> Option<String> {
    let rest = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://"))?;
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    if let Some((host, path)) = rest.split_once('/') {
        let digits = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text.get(..end).filter(|digits| !digits.is_empty()).map(str::to_owned)
        };
        match host {
            "geonames.org" | "sws.geonames.org" => {
                return digits(path).map(|id| format!("https://sws.geonames.org/{id}/"));
            }
            "wikidata.org" => {
                let item = path.rsplit('/').next().and_then(|last| last.strip_prefix('Q'));
                return item
                    .and_then(digits)
                    .map(|number| gazetteer::wikidata_uri(&format!("Q{number}")));
            }
            "vocab.getty.edu" | "viaf.org" => {
                let path = path.strip_prefix("page/").unwrap_or(path);
                return Some(format!("http://{host}/{path}"));
            }
            _ => {}
        }
    }
    Some(uri.to_owned())
}

fn point_of(position: Position) -> Point {
    Point {
        latitude: (position.latitude * 1e6).round() as i32,
        longitude: (position.longitude * 1e6).round() as i32,
    }
}

/// Reads the coordinates that the crosswalk did not, turns round what is the wrong way round, and
/// compares with the commune.
fn settle_position(
    record: &mut Record,
    resolver: &Resolver<'_>,
    towns: &resolve::Towns,
    issues: &mut Vec<Issue>,
) {
    let hint = resolver.hint;
    if record.position.is_none() && hint.coordinates.is_empty() {
        return;
    }
    let centre = towns.only_point();
    let department = towns.department.or(resolver.department);
    let around = centre.map(|centre| {
        let (north, east) = (f64::from(centre.latitude) / 1e6, f64::from(centre.longitude) / 1e6);
        let width = 0.5 / north.to_radians().cos().max(0.2);
        Area { south: north - 0.5, west: east - width, north: north + 0.5, east: east + width }
    });
    let expected = Expected {
        area: around.or_else(|| department.and_then(|id| resolver.gazetteer.area(id))),
        utm: department
            .and_then(|id| france::INDEX.department(id))
            .and_then(|one| coordinates::utm_zone(one.code)),
    };
    match record.position {
        Some(given) => {
            let pair = (given.latitude, given.longitude);
            if let Some((position, true)) = coordinates::settle(pair, expected.area) {
                let said = format!("{},{}", given.latitude, given.longitude);
                issues.push(Issue::new("coordinates_swapped", "", &said));
                record.position = Some(Position { latitude: position.0, longitude: position.1 });
            }
        }
        None => {
            for given in &hint.coordinates {
                let system = given.system.as_deref();
                match coordinates::read(&given.text, system, given.longitude_first, &expected) {
                    coordinates::Outcome::Read(read) => {
                        if read.swapped {
                            let field = given.field.clone();
                            issues.push(Issue::new("coordinates_swapped", field, &given.text));
                        }
                        record.position = Some(Position {
                            latitude: (read.latitude * 1e7).round() / 1e7,
                            longitude: (read.longitude * 1e7).round() / 1e7,
                        });
                        break;
                    }
                    coordinates::Outcome::Nowhere => {}
                    coordinates::Outcome::NotUnderstood => {
                        let field = given.field.clone();
                        issues.push(Issue::new("position_not_understood", field, &given.text));
                    }
                }
            }
        }
    }
    if let (Some(centre), Some(position)) = (centre, record.position)
        && kilometres(centre, point_of(position)) > FAR
    {
        let said = format!("{},{}", position.latitude, position.longitude);
        issues.push(Issue::new("coordinates_far_from_commune", "", &said));
        if !france::holds((position.latitude, position.longitude)) {
            record.position = None;
        }
    }
}

#[cfg(test)]
mod tests;
