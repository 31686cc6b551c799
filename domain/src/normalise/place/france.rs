//! Regions and departments of France (code officiel géographique of 2024), without communes.

use super::name;
use crate::department;
use crate::meaning::Place;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Regions of today with their departments. A department that is a region of its own has its name
/// once.
const REGIONS: [(&str, &[&str]); 13] = [
    (
        "Auvergne-Rhône-Alpes",
        &["01", "03", "07", "15", "26", "38", "42", "43", "63", "69", "73", "74"],
    ),
    ("Bourgogne-Franche-Comté", &["21", "25", "39", "58", "70", "71", "89", "90"]),
    ("Bretagne", &["22", "29", "35", "56"]),
    ("Centre-Val de Loire", &["18", "28", "36", "37", "41", "45"]),
    ("Corse", &["20", "2A", "2B"]),
    ("Grand Est", &["08", "10", "51", "52", "54", "55", "57", "67", "68", "88"]),
    ("Hauts-de-France", &["02", "59", "60", "62", "80"]),
    ("Île-de-France", &["75", "77", "78", "91", "92", "93", "94", "95"]),
    ("Normandie", &["14", "27", "50", "61", "76"]),
    (
        "Nouvelle-Aquitaine",
        &["16", "17", "19", "23", "24", "33", "40", "47", "64", "79", "86", "87"],
    ),
    ("Occitanie", &["09", "11", "12", "30", "31", "32", "34", "46", "48", "65", "66", "81", "82"]),
    ("Pays de la Loire", &["44", "49", "53", "72", "85"]),
    ("Provence-Alpes-Côte d'Azur", &["04", "05", "06", "13", "83", "84"]),
];

/// Regions of before 2016 that are whole parts of one of today, with their departments; and other
/// names of regions of today, without departments.
const FORMER_REGIONS: [(&str, &str, &[&str]); 20] = [
    ("Alsace", "Grand Est", &["67", "68"]),
    ("Aquitaine", "Nouvelle-Aquitaine", &["24", "33", "40", "47", "64"]),
    ("Auvergne", "Auvergne-Rhône-Alpes", &["03", "15", "43", "63"]),
    ("Basse-Normandie", "Normandie", &["14", "50", "61"]),
    ("Bourgogne", "Bourgogne-Franche-Comté", &["21", "58", "71", "89"]),
    ("Champagne-Ardenne", "Grand Est", &["08", "10", "51", "52"]),
    ("Franche-Comté", "Bourgogne-Franche-Comté", &["25", "39", "70", "90"]),
    ("Haute-Normandie", "Normandie", &["27", "76"]),
    ("Languedoc-Roussillon", "Occitanie", &["11", "30", "34", "48", "66"]),
    ("Limousin", "Nouvelle-Aquitaine", &["19", "23", "87"]),
    ("Lorraine", "Grand Est", &["54", "55", "57", "88"]),
    ("Midi-Pyrénées", "Occitanie", &["09", "12", "31", "32", "46", "65", "81", "82"]),
    ("Nord-Pas-de-Calais", "Hauts-de-France", &["59", "62"]),
    ("Picardie", "Hauts-de-France", &["02", "60", "80"]),
    ("Poitou-Charentes", "Nouvelle-Aquitaine", &["16", "17", "79", "86"]),
    ("Rhône-Alpes", "Auvergne-Rhône-Alpes", &["01", "07", "26", "38", "42", "69", "73", "74"]),
    ("Centre", "Centre-Val de Loire", &[]),
    ("PACA", "Provence-Alpes-Côte d'Azur", &[]),
    ("Provence-Alpes-Côte-d'Azur", "Provence-Alpes-Côte d'Azur", &[]),
    ("Languedoc-Roussillon-Midi-Pyrénées", "Occitanie", &[]),
];

/// Number of a department: the index of this table.
pub(super) type DepartmentId = u8;
/// Index of a region in the table of today's regions.
pub(super) type RegionId = u8;

/// A department.
#[derive(Debug)]
pub(super) struct Department {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) region: Option<RegionId>,
}

/// What a name of a region stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Region {
    /// Region of today.
    pub(super) today: RegionId,
    /// Name and departments of the former region, when it is one.
    pub(super) former: Option<(&'static str, &'static [&'static str])>,
}

/// The tables by name and code.
pub(super) struct Index {
    departments: Vec<Department>,
    by_code: HashMap<&'static str, DepartmentId>,
    departments_by_name: HashMap<String, DepartmentId>,
    regions_by_name: HashMap<String, Region>,
}

pub(super) static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let region_of = |code: &str| {
        REGIONS.iter().position(|(_, members)| members.contains(&code)).map(|at| at as RegionId)
    };
    let key_of = |text: &str| {
        let mut key = String::new();
        name::key(text, &mut key);
        key
    };
    let departments: Vec<Department> = department::all()
        .map(|(code, name)| Department { code, name, region: region_of(code) })
        .collect();
    let by_code =
        departments.iter().enumerate().map(|(at, one)| (one.code, at as DepartmentId)).collect();
    let mut departments_by_name: HashMap<String, DepartmentId> = departments
        .iter()
        .enumerate()
        // `Corse` alone is the region.
        .filter(|(_, one)| one.code != "20")
        .map(|(at, one)| (key_of(one.name), at as DepartmentId))
        .collect();
    for (other, code) in department::former_names() {
        if let Some(at) = departments.iter().position(|one| one.code == code) {
            departments_by_name.insert(key_of(other), at as DepartmentId);
        }
    }
    let mut regions_by_name = HashMap::new();
    for (at, (name, _)) in REGIONS.iter().enumerate() {
        regions_by_name.insert(key_of(name), Region { today: at as RegionId, former: None });
    }
    for (name, whole, members) in FORMER_REGIONS {
        if let Some(at) = REGIONS.iter().position(|(today, _)| *today == whole) {
            let former = (!members.is_empty()).then_some((name, members));
            regions_by_name.entry(key_of(name)).or_insert(Region { today: at as RegionId, former });
        }
    }
    Index { departments, by_code, departments_by_name, regions_by_name }
});

impl Index {
    /// The department of an index.
    pub(super) fn department(&self, id: DepartmentId) -> Option<&Department> {
        self.departments.get(usize::from(id))
    }

    /// The department of a number: `1`, `01`, `2a`, `974`, `02A`.
    pub(super) fn by_code(&self, text: &str) -> Option<DepartmentId> {
        let text = text.trim();
        if let Some(id) = self.by_code.get(text) {
            return Some(*id);
        }
        let bare = text.trim_start_matches('0');
        if !text.is_ascii() || bare.is_empty() || bare.len() > 3 {
            return None;
        }
        let mut upper = bare.to_ascii_uppercase();
        if upper.len() == 1 {
            upper.insert(0, '0');
        }
        self.by_code.get(upper.as_str()).copied()
    }

    /// The department in which a code of a commune or a postal code lies.
    pub(super) fn of_code(&self, code: &str) -> Option<DepartmentId> {
        let long = code.starts_with("97") || code.starts_with("98");
        let head = code.get(..if long { 3 } else { 2 })?;
        self.by_code.get(head).copied()
    }

    /// The department of a key, see [`name::key`].
    pub(super) fn by_name(&self, key: &str) -> Option<DepartmentId> {
        self.departments_by_name.get(key).copied()
    }

    /// The department that a text names or numbers.
    pub(super) fn department_in(&self, text: &str, key: &mut String) -> Option<DepartmentId> {
        self.by_code(text).or_else(|| {
            name::key(text, key);
            self.by_name(key)
        })
    }

    /// The region of a key.
    pub(super) fn region(&self, key: &str) -> Option<Region> {
        self.regions_by_name.get(key).copied()
    }

    /// Whether a department lies in a region.
    pub(super) fn is_in(&self, department: DepartmentId, region: Region) -> bool {
        self.department(department).is_some_and(|one| match region.former {
            Some((_, members)) => members.contains(&one.code),
            None => one.region == Some(region.today),
        })
    }

    /// What a department lies in.
    pub(super) fn above(&self, id: DepartmentId) -> Vec<String> {
        let region = self.department(id).and_then(|one| one.region).and_then(region_name);
        region.into_iter().chain([FRANCE]).map(str::to_owned).collect()
    }

    /// A department as a place.
    pub(super) fn department_place(&self, id: DepartmentId) -> Option<Place> {
        let name = self.department(id)?.name.to_owned();
        Some(Place { name, within: self.above(id), ..Place::default() })
    }

    /// A region as a place.
    pub(super) fn region_place(region: Region) -> Place {
        let today = region_name(region.today).unwrap_or_default();
        let (name, above) = match region.former {
            Some((name, _)) => (name, Some(today)),
            None => (today, None),
        };
        Place {
            name: name.to_owned(),
            within: above.into_iter().chain([FRANCE]).map(str::to_owned).collect(),
            ..Place::default()
        }
    }
}

/// The name of a region of today.
pub(super) fn region_name(id: RegionId) -> Option<&'static str> {
    REGIONS.get(usize::from(id)).map(|(name, _)| *name)
}

/// Name of the country.
pub(super) const FRANCE: &str = "France";

/// Where places may lie: south, west, north, east, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) south: f64,
    pub(super) west: f64,
    pub(super) north: f64,
    pub(super) east: f64,
}

impl Area {
    pub(super) fn contains(self, (latitude, longitude): (f64, f64)) -> bool {
        (self.south..=self.north).contains(&latitude)
            && (self.west..=self.east).contains(&longitude)
    }
}

/// France in Europe.
pub(super) const EUROPE: Area = Area { south: 41.2, west: -5.3, north: 51.2, east: 9.7 };

/// Overseas, by department.
const OVERSEAS: [(&str, Area); 11] = [
    ("971", Area { south: 15.7, west: -62.0, north: 16.7, east: -60.9 }),
    ("972", Area { south: 14.3, west: -61.3, north: 15.0, east: -60.7 }),
    ("973", Area { south: 2.0, west: -54.7, north: 6.0, east: -51.5 }),
    ("974", Area { south: -21.5, west: 55.1, north: -20.8, east: 55.9 }),
    ("975", Area { south: 46.6, west: -56.6, north: 47.2, east: -56.0 }),
    ("976", Area { south: -13.1, west: 44.9, north: -12.5, east: 45.4 }),
    ("977", Area { south: 17.8, west: -63.0, north: 18.0, east: -62.7 }),
    ("978", Area { south: 18.0, west: -63.2, north: 18.2, east: -62.9 }),
    ("986", Area { south: -14.5, west: -178.3, north: -13.1, east: -176.0 }),
    ("987", Area { south: -28.0, west: -155.0, north: -7.5, east: -134.0 }),
    ("988", Area { south: -23.0, west: 158.0, north: -17.5, east: 172.0 }),
];

/// The area that holds a department, when nothing closer is known.
pub(super) fn wide_area(code: &str) -> Area {
    OVERSEAS.iter().find(|(known, _)| *known == code).map_or(EUROPE, |(_, area)| *area)
}

/// Whether a position lies in France, overseas included.
pub(super) fn holds(position: (f64, f64)) -> bool {
    EUROPE.contains(position) || OVERSEAS.iter().any(|(_, area)| area.contains(position))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_department_of_europe_lies_in_one_region() {
        for department in &INDEX.departments {
            let overseas = department.code.starts_with('9') && department.code.len() == 3;
            assert_eq!(department.region.is_none(), overseas, "{}", department.code);
        }
        let members: usize = REGIONS.iter().map(|(_, members)| members.len()).sum();
        assert_eq!(members, 96 + 1, "96 departments, and Corsica as it was");
    }

    #[test]
    fn former_regions_are_whole_parts_of_those_of_today() {
        for (name, whole, members) in FORMER_REGIONS {
            let (_, today) = REGIONS.iter().find(|(today, _)| *today == whole).unwrap();
            assert!(members.iter().all(|code| today.contains(code)), "{name}");
        }
        let former: usize = FORMER_REGIONS.iter().map(|(.., members)| members.len()).sum();
        assert_eq!(former, 96 - 2 - 8 - 4 - 6 - 5 - 6, "all but the six that did not change");
    }

    #[test]
    fn departments_are_found_by_number_in_any_form() {
        let code = |text: &str| {
            INDEX.by_code(text).and_then(|id| INDEX.department(id)).map(|one| one.code)
        };
        for (text, expected) in [
            ("1", Some("01")),
            ("01", Some("01")),
            ("2a", Some("2A")),
            ("02B", Some("2B")),
            ("974", Some("974")),
            ("75", Some("75")),
            ("99", None),
            ("", None),
            ("0", None),
            ("75056", None),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }
}
