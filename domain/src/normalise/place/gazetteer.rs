//! The communes of France in memory: 4 to 6 MB for all 37,590 of them, those of before included.
//!
//! Names are kept once in one text, everything else in fixed rows; looking up is by hash, of the
//! code or of the folded name.

use super::france::{self, Area, DepartmentId, FRANCE, Region};
use super::name::{self, Article};
use crate::meaning::{Place, Point};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What a commune is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommuneKind {
    /// A commune of today.
    Current,
    /// One that was: a part (`commune déléguée`, `commune associée`) of another.
    Former,
    /// An arrondissement of Paris, Lyon or Marseille.
    Arrondissement,
}

/// One commune as a file gives it.
#[derive(Debug, Clone, Default)]
pub struct CommuneRow {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it is; nothing: a commune of today.
    pub kind: Option<CommuneKind>,
    /// Code of the commune that it is a part of, unless it is one of today.
    pub parent: String,
    /// Codes that now are its own.
    pub former_codes: Vec<String>,
    /// Postal codes.
    pub postal_codes: Vec<String>,
    /// Identifier in GeoNames.
    pub geonames: Option<u32>,
    /// Item in Wikidata, `Q…`.
    pub wikidata: Option<String>,
}

/// Number of a commune in the gazetteer.
pub(super) type Id = u32;

const NO_ID: Id = Id::MAX;
const NO_DEGREES: i32 = i32::MIN;

#[derive(Debug, Clone)]
struct Row {
    name_at: u32,
    name_len: u16,
    code: [u8; 5],
    kind: CommuneKind,
    article: Article,
    department: DepartmentId,
    parent: Id,
    latitude: i32,
    longitude: i32,
    /// In [`Gazetteer::elsewhere`].
    elsewhere: u32,
}

/// Ids of one name.
#[derive(Debug, Clone)]
enum Ids {
    One(Id),
    Many(Box<[Id]>),
}

impl Ids {
    fn as_slice(&self) -> &[Id] {
        match self {
            Self::One(id) => std::slice::from_ref(id),
            Self::Many(ids) => ids,
        }
    }
}

/// The communes that are known. Made by a [`GazetteerBuilder`].
#[derive(Debug, Clone, Default)]
pub struct Gazetteer {
    fingerprint: String,
    names: String,
    rows: Vec<Row>,
    by_code: HashMap<[u8; 5], Id>,
    by_name: HashMap<Box<str>, Ids>,
    by_postal: HashMap<u32, Ids>,
    /// GeoNames and Wikidata.
    elsewhere: Vec<(Option<u32>, Option<Box<str>>)>,
    /// By department.
    areas: Vec<Option<Area>>,
}

/// What a name is looked for in.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Frame {
    pub(super) department: Option<DepartmentId>,
    pub(super) region: Option<Region>,
    /// Decides between homonyms only.
    pub(super) likely_department: Option<DepartmentId>,
    /// Decides between homonyms only.
    pub(super) near: Option<Point>,
}

/// Outcome of a look-up by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    None,
    /// The one, and whether nothing else could have been meant.
    One(Id, bool),
    Several,
}

/// Homonyms are told apart by a position that is at most so far from the right one, in km.
const NEAR: f64 = 20.0;

impl Gazetteer {
    /// Changes with the content.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How many communes it knows, those of before included.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn row(&self, id: Id) -> Option<&Row> {
        self.rows.get(id as usize)
    }

    fn name(&self, row: &Row) -> &str {
        let start = row.name_at as usize;
        self.names.get(start..start + usize::from(row.name_len)).unwrap_or_default()
    }

    /// The commune of an INSEE code, today's or not: `1001` for `01001` and `20004` for `2A004`
    /// are read too.
    pub(super) fn by_code(&self, code: &str) -> Option<Id> {
        let code = code.trim();
        let mut bytes = [b'0'; 5];
        match code.len() {
            5 => bytes.copy_from_slice(code.as_bytes()),
            4 => bytes.get_mut(1..)?.copy_from_slice(code.as_bytes()),
            _ => return None,
        }
        bytes.make_ascii_uppercase();
        if let Some(id) = self.by_code.get(&bytes) {
            return Some(*id);
        }
        // Corsica was 20; the numbers were shared out between the two halves.
        if bytes.starts_with(b"20") {
            let half = |letter: u8| {
                let [_, _, a, b, c] = bytes;
                self.by_code.get(&[b'2', letter, a, b, c]).copied()
            };
            return match (half(b'A'), half(b'B')) {
                (Some(id), None) | (None, Some(id)) => Some(id),
                _ => None,
            };
        }
        None
    }

    /// The arrondissement of a number in Paris, Lyon or Marseille.
    pub(super) fn arrondissement(&self, city: Id, number: u8) -> Option<Id> {
        let (head, last) = match &self.row(city)?.code {
            b"75056" => (75_100, 20),
            b"69123" => (69_380, 9),
            b"13055" => (13_200, 16),
            _ => return None,
        };
        if number == 0 || number > last {
            return None;
        }
        self.by_code(&(head + u32::from(number)).to_string())
    }

    /// The commune of today that holds `id`.
    pub(super) fn today(&self, id: Id) -> Id {
        match self.row(id) {
            Some(row) if row.kind == CommuneKind::Former && row.parent != NO_ID => row.parent,
            _ => id,
        }
    }

    /// The commune that an arrondissement or a former commune is a part of, else itself.
    pub(super) fn whole(&self, id: Id) -> Id {
        self.row(id).map_or(id, |row| if row.parent == NO_ID { id } else { row.parent })
    }

    pub(super) fn department(&self, id: Id) -> Option<DepartmentId> {
        self.row(id).map(|row| row.department)
    }

    /// Whether a key is the name of this commune, of the one that it is a part of, or of one of
    /// its parts.
    pub(super) fn answers_to(&self, id: Id, key: &str) -> bool {
        let whole = self.whole(id);
        self.by_name.get(key).is_some_and(|ids| {
            ids.as_slice().iter().any(|other| *other == id || self.whole(*other) == whole)
        })
    }

    /// Where the commune is; of a part without a position of its own, where the whole is.
    pub(super) fn point(&self, id: Id) -> Option<Point> {
        let own = |id: Id| {
            self.row(id)
                .filter(|row| row.latitude != NO_DEGREES)
                .map(|row| Point { latitude: row.latitude, longitude: row.longitude })
        };
        own(id).or_else(|| own(self.whole(id)))
    }

    /// Where the communes of a department lie; the whole of France in Europe, or the island, when
    /// the positions of its communes are not known.
    pub(super) fn area(&self, id: DepartmentId) -> Option<Area> {
        self.areas
            .get(usize::from(id))
            .copied()
            .flatten()
            .or_else(|| france::INDEX.department(id).map(|one| france::wide_area(one.code)))
    }

    /// The commune of a name.
    pub(super) fn by_name(&self, key: &str, article: Article, frame: &Frame) -> Found {
        let Some(ids) = self.by_name.get(key) else {
            return Found::None;
        };
        self.choose(ids.as_slice(), article, frame)
    }

    fn choose(&self, all: &[Id], article: Article, frame: &Frame) -> Found {
        let framed = frame.department.is_some() || frame.region.is_some();
        let fits = |row: &Row| {
            frame.department.is_none_or(|department| row.department == department)
                && frame.region.is_none_or(|region| {
                    frame.department.is_some() || france::INDEX.is_in(row.department, region)
                })
        };
        let mut here: Vec<(Id, &Row)> = all
            .iter()
            .filter_map(|id| Some((*id, self.row(*id)?)))
            .filter(|(_, row)| fits(row))
            .collect();
        if here.iter().any(|(_, row)| row.article == article) {
            here.retain(|(_, row)| row.article == article);
        } else if article != Article::None && !framed {
            return Found::None;
        }
        match here.as_slice() {
            [] => return Found::None,
            [(id, _)] => return Found::One(*id, framed),
            _ => {}
        }
        if let Some(likely) = frame.likely_department {
            let mut there = here.iter().filter(|(_, row)| row.department == likely);
            if let (Some((id, _)), None) = (there.next(), there.next()) {
                return Found::One(*id, true);
            }
        }
        if let Some(near) = frame.near {
            let mut there = here.iter().filter(|(id, _)| {
                self.point(*id).is_some_and(|point| kilometres(point, near) <= NEAR)
            });
            if let (Some((id, _)), None) = (there.next(), there.next()) {
                return Found::One(*id, true);
            }
        }
        if framed {
            let mut current = here.iter().filter(|(_, row)| row.kind == CommuneKind::Current);
            if let (Some((id, _)), None) = (current.next(), current.next()) {
                return Found::One(*id, false);
            }
        }
        Found::Several
    }

    /// The commune of a postal code; with a name, the one of that name among several.
    pub(super) fn by_postal(&self, postal: &str, key: Option<&str>) -> Option<Id> {
        let number: u32 = postal.trim().parse().ok()?;
        let ids = self.by_postal.get(&number)?.as_slice();
        match (ids, key) {
            ([id], None) => Some(*id),
            (ids, Some(key)) => {
                let mut named = ids.iter().filter(|id| self.answers_to(**id, key));
                match (named.next(), named.next()) {
                    (Some(id), None) => Some(*id),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A commune as a place.
    pub(super) fn place(&self, id: Id) -> Option<Place> {
        let row = self.row(id)?;
        let name = self.name(row);
        let whole = self.row(row.parent);
        let department = france::INDEX.department(row.department);
        let region = department.and_then(|one| one.region).and_then(france::region_name);
        let mut within = Vec::with_capacity(4);
        let above = [whole.map(|row| self.name(row)), department.map(|one| one.name), region];
        for part in above.into_iter().flatten().chain([FRANCE]) {
            if part != name && !within.iter().any(|known| known == part) {
                within.push(part.to_owned());
            }
        }
        let code = match (row.kind, whole) {
            (CommuneKind::Former, Some(whole)) => &whole.code,
            _ => &row.code,
        };
        let (geonames, wikidata) = self
            .elsewhere
            .get(row.elsewhere as usize)
            .map_or((None, None), |(geonames, wikidata)| (*geonames, wikidata.as_deref()));
        let mut addresses =
            geonames.map(geonames_uri).into_iter().chain(wikidata.map(wikidata_uri));
        Some(Place {
            name: name.to_owned(),
            within,
            uri: addresses.next(),
            same_as: addresses.collect(),
            insee: std::str::from_utf8(code).ok().map(str::to_owned),
            point: self.point(id),
        })
    }
}

/// The form that Europeana dereferences.
pub(super) fn geonames_uri(id: u32) -> String {
    format!("https://sws.geonames.org/{id}/")
}

/// The form that Europeana dereferences.
pub(super) fn wikidata_uri(item: &str) -> String {
    format!("http://www.wikidata.org/entity/{item}")
}

/// Distance on the sphere.
pub(super) fn kilometres(one: Point, two: Point) -> f64 {
    let radians = |micro: i32| (f64::from(micro) / 1e6).to_radians();
    let (north, other) = (radians(one.latitude), radians(two.latitude));
    let half = |a: f64, b: f64| ((a - b) / 2.0).sin().powi(2);
    let chord = half(north, other)
        + north.cos() * other.cos() * half(radians(one.longitude), radians(two.longitude));
    2.0 * 6_371.0 * chord.sqrt().min(1.0).asin()
}

/// Gathers what the files say, in any order, and makes the gazetteer.
#[derive(Debug, Default)]
pub struct GazetteerBuilder {
    rows: Vec<CommuneRow>,
    positions: HashMap<String, (String, Point)>,
    identifiers: HashMap<String, (Option<u32>, Option<String>)>,
    hash: Sha256,
}

impl GazetteerBuilder {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a commune.
    pub fn commune(&mut self, row: CommuneRow) {
        for text in [&row.code, &row.name, &row.parent] {
            self.feed(text);
        }
        for text in row.former_codes.iter().chain(&row.postal_codes) {
            self.feed(text);
        }
        self.feed(&format!("{:?}{:?}{:?}", row.kind, row.geonames, row.wikidata));
        self.rows.push(row);
    }

    /// Adds the position of a commune, known from a file of its own. The name serves for communes
    /// that no other file has (those that were merged since).
    pub fn position(&mut self, code: &str, name: &str, point: Point) {
        self.feed(code);
        self.feed(name);
        self.feed(&format!("{point:?}"));
        self.positions.insert(code.to_owned(), (name.to_owned(), point));
    }

    /// Adds what a commune is called elsewhere, known from a file of its own.
    pub fn identifiers(&mut self, code: &str, geonames: Option<u32>, wikidata: Option<&str>) {
        if geonames.is_some() || wikidata.is_some() {
            self.feed(code);
            self.feed(&format!("{geonames:?}{wikidata:?}"));
            self.identifiers.insert(code.to_owned(), (geonames, wikidata.map(str::to_owned)));
        }
    }

    fn feed(&mut self, text: &str) {
        self.hash.update(text.as_bytes());
        self.hash.update([0]);
    }

    /// The gazetteer. Rows whose code is no code of a commune or whose department is unknown are
    /// left out.
    pub fn build(mut self) -> Gazetteer {
        let mut out = Gazetteer::default();
        let digest = self.hash.finalize();
        out.fingerprint = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let mut merged: Vec<(String, String)> = Vec::new();
        for row in &mut self.rows {
            let shared = row.kind == Some(CommuneKind::Former);
            if let (false, Some((geonames, wikidata))) = (shared, self.identifiers.get(&row.code)) {
                row.geonames = row.geonames.or(*geonames);
                row.wikidata = row.wikidata.take().or_else(|| wikidata.clone());
            }
        }
        // Communes of today first: the code of one that shares it with a part is its own.
        self.rows.sort_by_key(|row| match row.kind {
            None | Some(CommuneKind::Current) => 0,
            Some(CommuneKind::Arrondissement) => 1,
            Some(CommuneKind::Former) => 2,
        });
        let mut key = String::new();
        let mut names: HashMap<String, Vec<Id>> = HashMap::new();
        let mut postal: HashMap<u32, Vec<Id>> = HashMap::new();
        for row in &self.rows {
            let Some(id) = out.push(row, &self.positions) else { continue };
            merged.extend(row.former_codes.iter().map(|code| (code.clone(), row.code.clone())));
            name::key(&row.name, &mut key);
            out.insert_name(&mut names, &key, id);
            for code in &row.postal_codes {
                if let Ok(number) = code.parse() {
                    postal.entry(number).or_default().push(id);
                }
            }
        }
        // Codes of before that no row has: their names stand in the file of positions, if at all.
        for (code, today) in merged {
            let (Some(bytes), Some(parent)) = (code_of(&code), out.by_code(&today)) else {
                continue;
            };
            if out.by_code.contains_key(&bytes) {
                continue;
            }
            let named = self.positions.get(&code).map(|(name, _)| name.clone());
            match named.filter(|name| !name.is_empty()) {
                Some(name) => {
                    let row = CommuneRow {
                        code,
                        name,
                        kind: Some(CommuneKind::Former),
                        parent: today,
                        ..CommuneRow::default()
                    };
                    if let Some(id) = out.push(&row, &self.positions) {
                        name::key(&row.name, &mut key);
                        out.insert_name(&mut names, &key, id);
                    }
                }
                None => {
                    out.by_code.insert(bytes, parent);
                }
            }
        }
        // A file of positions alone is a gazetteer too.
        if self.rows.is_empty() {
            let mut alone: Vec<_> = self.positions.iter().collect();
            alone.sort_unstable_by_key(|(code, _)| code.as_str());
            for (code, (name, _)) in alone {
                let row =
                    CommuneRow { code: code.clone(), name: name.clone(), ..CommuneRow::default() };
                if let Some(id) = out.push(&row, &self.positions) {
                    name::key(&row.name, &mut key);
                    out.insert_name(&mut names, &key, id);
                }
            }
        }
        out.by_name = names.into_iter().map(|(key, ids)| (key.into(), packed(ids))).collect();
        out.by_postal = postal.into_iter().map(|(code, ids)| (code, packed(ids))).collect();
        out.names.shrink_to_fit();
        out.rows.shrink_to_fit();
        out.measure();
        out
    }
}

fn packed(ids: Vec<Id>) -> Ids {
    match ids.as_slice() {
        [one] => Ids::One(*one),
        _ => Ids::Many(ids.into_boxed_slice()),
    }
}

fn code_of(code: &str) -> Option<[u8; 5]> {
    let bytes: [u8; 5] = code.as_bytes().try_into().ok()?;
    let [a, b, c, d, e] = bytes;
    let digits = [a, c, d, e].iter().all(u8::is_ascii_digit);
    let second = b.is_ascii_digit() || (a == b'2' && matches!(b, b'A' | b'B'));
    (digits && second).then_some(bytes)
}

impl Gazetteer {
    fn push(
        &mut self,
        row: &CommuneRow,
        positions: &HashMap<String, (String, Point)>,
    ) -> Option<Id> {
        let code = code_of(&row.code)?;
        let department = france::INDEX.of_code(&row.code)?;
        let kind = row.kind.unwrap_or(CommuneKind::Current);
        let parent = match kind {
            CommuneKind::Current => NO_ID,
            _ => code_of(&row.parent).and_then(|code| self.by_code.get(&code).copied())?,
        };
        let id = Id::try_from(self.rows.len()).ok()?;
        let mut key = String::new();
        let article = name::key(&row.name, &mut key);
        // A part that has the code of the whole has the position of the whole.
        let shared = self.by_code.contains_key(&code);
        let point = positions.get(&row.code).map(|(_, point)| *point).filter(|_| !shared);
        let elsewhere = if row.geonames.is_some() || row.wikidata.is_some() {
            self.elsewhere.push((row.geonames, row.wikidata.as_deref().map(Into::into)));
            self.elsewhere.len() as u32 - 1
        } else {
            u32::MAX
        };
        let name_at = u32::try_from(self.names.len()).ok()?;
        let name_len = u16::try_from(row.name.len()).ok()?;
        self.names.push_str(&row.name);
        self.rows.push(Row {
            name_at,
            name_len,
            code,
            kind,
            article,
            department,
            parent,
            latitude: point.map_or(NO_DEGREES, |point| point.latitude),
            longitude: point.map_or(NO_DEGREES, |point| point.longitude),
            elsewhere,
        });
        self.by_code.entry(code).or_insert(id);
        Some(id)
    }

    /// A part that has the name of the whole is the whole.
    fn insert_name(&self, names: &mut HashMap<String, Vec<Id>>, key: &str, id: Id) {
        if key.is_empty() {
            return;
        }
        let whole = self.whole(id);
        let ids = match names.get_mut(key) {
            Some(ids) => ids,
            None => names.entry(key.to_owned()).or_default(),
        };
        if !ids.contains(&whole) {
            ids.push(id);
        }
    }

    /// The areas of the departments, from the positions of their communes, with a margin.
    fn measure(&mut self) {
        const MARGIN: f64 = 0.1;
        for row in self.rows.iter().filter(|row| row.latitude != NO_DEGREES) {
            let at = usize::from(row.department);
            if self.areas.len() <= at {
                self.areas.resize(at + 1, None);
            }
            let Some(area) = self.areas.get_mut(at) else { continue };
            let (north, east) = (f64::from(row.latitude) / 1e6, f64::from(row.longitude) / 1e6);
            let here = Area {
                south: north - MARGIN,
                west: east - MARGIN,
                north: north + MARGIN,
                east: east + MARGIN,
            };
            *area = Some(area.map_or(here, |known| Area {
                south: known.south.min(here.south),
                west: known.west.min(here.west),
                north: known.north.max(here.north),
                east: known.east.max(here.east),
            }));
        }
    }
}

#[cfg(test)]
mod tests;
