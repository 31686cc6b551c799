//! Communes, departments, regions and countries that stand in fields of their own.

use super::france::{self, DepartmentId, Region};
use super::gazetteer::{Found, Frame, Gazetteer, Id};
use super::name::{self, Article, split_note};
use super::text::{self, meaning};
use super::world;
use super::{LocationHint, Role};
use crate::issue::Issue;
use crate::meaning::{Confidence, Entity, Meaning, Place, Point};

/// What the fields of one record say together.
pub(super) struct Resolver<'a> {
    pub(super) gazetteer: &'a Gazetteer,
    pub(super) hint: &'a LocationHint,
    /// The department, when there is one.
    pub(super) department: Option<DepartmentId>,
    region: Option<Region>,
    near: Option<Point>,
}

/// The towns of a record: what each text means.
#[derive(Default)]
pub(super) struct Towns {
    found: Vec<(String, Meaning)>,
    /// Department of the first of them.
    pub(super) department: Option<DepartmentId>,
}

impl Towns {
    /// What the commune, code or postal code of that text is.
    pub(super) fn of(&self, text: &str) -> Option<Meaning> {
        self.found.iter().find(|(known, _)| known == text).map(|(_, meaning)| meaning.clone())
    }

    /// Where the one town is.
    pub(super) fn only_point(&self) -> Option<Point> {
        match self.found.as_slice() {
            [(_, Meaning { entity: Entity::Place(place), .. })] => place.point,
            _ => None,
        }
    }
}

/// The item that goes with number `at` of `among` others: the one at the same place of a list as
/// long, or the only one.
fn beside(list: &[String], at: usize, among: usize) -> Option<&str> {
    match list {
        [only] => Some(only),
        _ if list.len() == among => list.get(at).map(String::as_str),
        _ => None,
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        gazetteer: &'a Gazetteer,
        hint: &'a LocationHint,
        near: Option<Point>,
    ) -> Self {
        let mut key = String::new();
        let department = match hint.departments.as_slice() {
            [] => None,
            [first, rest @ ..] => france::INDEX.department_in(first, &mut key).filter(|id| {
                // Several forms of one department (`14`, `Calvados`) are one.
                rest.iter().all(|other| france::INDEX.department_in(other, &mut key) == Some(*id))
            }),
        };
        let region = match hint.regions.as_slice() {
            [only] => {
                name::key(only, &mut key);
                france::INDEX.region(&key)
            }
            _ => None,
        };
        Self { gazetteer, hint, department, region, near }
    }

    /// What decides between homonyms in a text about the same thing.
    pub(super) fn likely(&self) -> Frame {
        let town = match self.hint.insee.as_slice() {
            [only] => france::INDEX.of_code(only),
            _ => None,
        };
        Frame { likely_department: self.department.or(town), ..Frame::default() }
    }

    /// The towns that the record names.
    pub(super) fn towns(&self, issues: &mut Vec<Issue>) -> Towns {
        let hint = self.hint;
        let mut out = Towns::default();
        let count = hint.communes.len();
        for (at, town) in hint.communes.iter().enumerate() {
            if out.found.iter().any(|(known, _)| known == town) {
                continue;
            }
            let code =
                beside(&hint.insee, at, count).filter(|_| count == 1 || hint.insee.len() == count);
            if let Some((found, id)) = self.town(town, code, at, issues) {
                if out.department.is_none() {
                    out.department = id.and_then(|id| self.gazetteer.department(id));
                }
                out.found.push((town.clone(), found));
            }
        }
        if hint.communes.is_empty() {
            for code in &hint.insee {
                let found = self.gazetteer.by_code(code);
                if let Some(place) = found.and_then(|id| self.gazetteer.place(id)) {
                    out.department =
                        out.department.or(found.and_then(|id| self.gazetteer.department(id)));
                    out.found
                        .push((code.clone(), meaning(place, "place.insee", Confidence::Given)));
                }
            }
            if hint.insee.is_empty() {
                for code in &hint.postal_codes {
                    let found = self.gazetteer.by_postal(code, None);
                    if let Some(place) = found.and_then(|id| self.gazetteer.place(id)) {
                        let found = meaning(place, "place.postal_code", Confidence::Probable);
                        out.found.push((code.clone(), found));
                    }
                }
            }
        }
        out
    }

    fn town(
        &self,
        town: &str,
        code: Option<&str>,
        at: usize,
        issues: &mut Vec<Issue>,
    ) -> Option<(Meaning, Option<Id>)> {
        let hint = self.hint;
        let count = hint.communes.len();
        let mut key = String::new();
        if let Some(country) = beside(&hint.countries, at, count) {
            name::key(split_note(country).0, &mut key);
            let known = world::INDEX.country(&key).filter(|country| !text::is_france(country));
            if let Some(country) = known {
                return text::town_abroad(town, country).map(|found| (found, None));
            }
        }
        let (bare, note) = split_note(town);
        let mut article = name::key(bare, &mut key);
        if article == Article::None {
            article = Article::in_note(note).unwrap_or_default();
        }
        if key.is_empty() {
            return None;
        }
        let mut scratch = String::new();
        let department = beside(&hint.departments, at, count)
            .and_then(|text| france::INDEX.department_in(text, &mut scratch))
            .or(self.department)
            .or_else(|| {
                let inside = note.trim_matches(['(', ')', '[', ']', ' ']);
                france::INDEX.department_in(inside, &mut scratch)
            })
            .or_else(|| {
                beside(&hint.postal_codes, at, count).and_then(|code| france::INDEX.of_code(code))
            });
        if self.gazetteer.is_empty() {
            return self.unverified(bare, note, code, department).map(|found| (found, None));
        }
        let frame = Frame {
            // Corsica was one department.
            department: department
                .filter(|id| france::INDEX.department(*id).is_some_and(|one| one.code != "20")),
            region: self.region.filter(|_| department.is_none()),
            likely_department: None,
            near: self.near,
        };
        let named = self.named(&key, article, &frame);
        let coded = code.and_then(|code| self.gazetteer.by_code(code));
        if let Some(id) = coded {
            return self.coded(id, named, &key, town, department, issues);
        }
        if let Some(code) = code.filter(|code| !code.trim().is_empty()) {
            issues.push(Issue::new("insee_unknown", self.field(), code));
        }
        let postal = beside(&hint.postal_codes, at, count);
        match named {
            Found::One(id, sure) => {
                let framed = frame.department.is_some() || frame.region.is_some();
                let alone = !framed && !sure;
                if alone && (world::INDEX.city(&key).is_some() || !world::INDEX.stands_alone(&key))
                {
                    issues.push(Issue::new("place_ambiguous", self.field(), town));
                    return None;
                }
                let (rule, confidence) = match (framed, sure) {
                    (true, true) => ("place.commune", Confidence::Certain),
                    (true, false) => ("place.commune", Confidence::Probable),
                    (false, true) => ("place.commune_near", Confidence::Probable),
                    (false, false) => ("place.commune_alone", Confidence::Probable),
                };
                Some((meaning(self.gazetteer.place(id)?, rule, confidence), Some(id)))
            }
            Found::Several | Found::None => {
                if let Some(id) = postal.and_then(|code| self.gazetteer.by_postal(code, Some(&key)))
                {
                    let place = self.gazetteer.place(id)?;
                    return Some((
                        meaning(place, "place.postal_code", Confidence::Certain),
                        Some(id),
                    ));
                }
                let code = if named == Found::Several {
                    "place_ambiguous"
                } else {
                    "place_not_understood"
                };
                issues.push(Issue::new(code, self.field(), town));
                None
            }
        }
    }

    /// Field of the towns, for issues.
    fn field(&self) -> &str {
        let of = |role| self.hint.roles.iter().find(|(_, own)| *own == role);
        of(Role::Commune).map_or("", |(field, _)| field)
    }

    /// By name; `Paris 04` is an arrondissement.
    fn named(&self, key: &str, article: Article, frame: &Frame) -> Found {
        if let Some((Some(city), number)) = text::arrondissement(key) {
            return match self.gazetteer.by_name(city, Article::None, frame) {
                Found::One(id, sure) => {
                    Found::One(self.gazetteer.arrondissement(id, number).unwrap_or(id), sure)
                }
                other => other,
            };
        }
        self.gazetteer.by_name(key, article, frame)
    }

    /// A commune by its code, whose name stands beside it.
    fn coded(
        &self,
        id: Id,
        named: Found,
        key: &str,
        town: &str,
        department: Option<DepartmentId>,
        issues: &mut Vec<Issue>,
    ) -> Option<(Meaning, Option<Id>)> {
        let gazetteer = self.gazetteer;
        let (id, confidence) = match named {
            // The name may say it closer: an arrondissement, a commune of before.
            Found::One(other, _) if gazetteer.whole(other) == gazetteer.whole(id) => {
                let closer = if gazetteer.whole(id) == id { other } else { id };
                (closer, Confidence::Given)
            }
            _ if gazetteer.answers_to(id, key) => (id, Confidence::Given),
            Found::One(..) => {
                issues.push(Issue::new("place_code_disagrees", self.field(), town));
                return None;
            }
            // The name is of a hamlet, of a spelling or of a commune that no file has.
            _ => (id, Confidence::Certain),
        };
        // In 1968 the departments around Paris were new; codes and numbers of before live on.
        let elsewhere = department.is_some_and(|said| {
            let code = |id: DepartmentId| france::INDEX.department(id).map_or("", |one| one.code);
            let own = gazetteer.department(id).map_or("", code);
            own != code(said) && !(own.starts_with('2') && code(said) == "20")
        });
        if elsewhere {
            issues.push(Issue::new("place_code_disagrees", self.field(), town));
            return None;
        }
        Some((meaning(gazetteer.place(id)?, "place.insee", confidence), Some(id)))
    }

    /// What the source says of a commune when no file of communes is there to check it: a name with
    /// a well-formed code, in the department of the code.
    fn unverified(
        &self,
        bare: &str,
        note: &str,
        code: Option<&str>,
        department: Option<DepartmentId>,
    ) -> Option<Meaning> {
        let code = code?.trim();
        let valid = code.len() == 5
            && code
                .bytes()
                .enumerate()
                .all(|(at, b)| b.is_ascii_digit() || at == 1 && matches!(b, b'A' | b'B'));
        let own = france::INDEX.of_code(code).filter(|_| valid)?;
        if department.is_some_and(|said| said != own) {
            return None;
        }
        let name = match note.trim_matches(['(', ')', '[', ']', ' ']) {
            "" => bare.to_owned(),
            article if Article::in_note(note).is_some() => {
                let space = if article.ends_with(['\'', '’']) { "" } else { " " };
                format!("{article}{space}{bare}")
            }
            _ => return None,
        };
        let own_name = france::INDEX.department(own).map(|one| one.name);
        let mut within: Vec<String> = own_name.into_iter().map(str::to_owned).collect();
        within.extend(france::INDEX.above(own));
        within.retain(|above| *above != name);
        let place = Place { name, within, insee: Some(code.to_owned()), ..Place::default() };
        Some(meaning(place, "place.insee", Confidence::Given))
    }
}

/// A department, region or country by its name.
pub(super) fn wide(
    text: &str,
    role: Role,
    issues: &mut Vec<Issue>,
    field: &str,
) -> Option<Meaning> {
    let mut key = String::new();
    let (bare, _) = split_note(text);
    let found = match role {
        Role::Department => france::INDEX
            .department_in(bare, &mut key)
            .and_then(|id| france::INDEX.department_place(id))
            .map(|place| ("place.department", place)),
        Role::Region => {
            name::key(bare, &mut key);
            let region = france::INDEX.region(&key).map(france::Index::region_place);
            // Overseas the department is the region.
            region
                .or_else(|| {
                    france::INDEX.by_name(&key).and_then(|id| france::INDEX.department_place(id))
                })
                .map(|place| ("place.region", place))
        }
        _ => {
            name::key(bare, &mut key);
            world::INDEX
                .country(&key)
                .map(|country| ("place.country", text::country_place(country)))
        }
    };
    match found {
        Some((rule, place)) => Some(meaning(place, rule, Confidence::Certain)),
        None => {
            issues.push(Issue::new("place_not_understood", field, text));
            None
        }
    }
}
