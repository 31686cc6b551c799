//! Places in texts: `France,Lorraine,Meurthe-et-Moselle,Nancy (lieu de création)`,
//! `France ; Drôme ; Valence (Lieu de découverte) ; découverte fortuite`, `Paris ; musée du Louvre`,
//! `Ile-de-France ; 75 ; Paris 06 ; Musée de Cluny`, `Valence, Drôme`, `Italie ; Rome`.
//!
//! A text is cut into chains; each chain goes from the wide to the narrow (or the other way round,
//! when its last word is known and its first is not), and means the narrowest thing in it that is
//! known. Nothing is chosen among homonyms.

use super::france::{self, DepartmentId, FRANCE, Region};
use super::gazetteer::{Found, Frame, Gazetteer, Id, geonames_uri};
use super::name::{self, Article, split_note};
use super::world::{self, City, Country};
use crate::meaning::{Confidence, Entity, Meaning, Place, Point};

/// Longer texts are prose.
const LONGEST: usize = 400;

/// What came of a text.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) meanings: Vec<Meaning>,
    /// A name in it is that of several places.
    pub(super) ambiguous: bool,
}

/// A place with what says so.
pub(super) fn meaning(place: Place, rule: &str, confidence: Confidence) -> Meaning {
    Meaning { entity: Entity::Place(place), rule: rule.to_owned(), confidence }
}

/// Reads a text. Of `frame`, only what decides between homonyms is used.
pub(super) fn read(text: &str, gazetteer: &Gazetteer, frame: &Frame) -> Reading {
    let mut reader = Reader {
        gazetteer,
        frame: Frame { department: None, region: None, ..*frame },
        out: Reading::default(),
        key: String::new(),
    };
    if text.len() <= LONGEST {
        for line in text.split('\n') {
            reader.line(line);
        }
    }
    reader.out
}

/// The parts between separators that stand in no brackets.
fn split_outside(text: &str, separator: char) -> impl Iterator<Item = &str> + Clone {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == separator && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

struct Reader<'a> {
    gazetteer: &'a Gazetteer,
    frame: Frame,
    out: Reading,
    key: String,
}

/// What one chain has said so far.
#[derive(Default)]
struct Chain<'t> {
    country: Option<&'static Country>,
    region: Option<Region>,
    department: Option<DepartmentId>,
    /// Commune, and whether its name could mean nothing else.
    commune: Option<(Id, bool)>,
    city: Option<&'static City>,
    /// Names in a foreign country, wide to narrow.
    abroad: Vec<&'t str>,
    /// A name before that nobody knows.
    unknown: bool,
    doubtful: bool,
    /// `Italie (d'après)`: not from there.
    rejected: bool,
    /// How many names it has.
    long: bool,
}

impl Chain<'_> {
    fn is_french(&self) -> bool {
        self.country.is_none_or(|country| country.iso == "FR")
    }

    fn is_framed(&self) -> bool {
        self.department.is_some() || self.region.is_some()
    }

    fn is_empty(&self) -> bool {
        self.country.is_none() && !self.is_framed()
    }
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) {
        let mut parts = split_outside(line, ';');
        let Some(first) = parts.next() else { return };
        let (name, note) = split_note(first);
        let several = parts.next().is_some();
        let noted = !note.is_empty() && Article::in_note(note).is_none();
        if several && !noted && !name.contains(',') {
            self.chain(split_outside(line, ';'), true);
        } else {
            for part in split_outside(line, ';') {
                self.chain(split_outside(part, ','), false);
            }
        }
    }

    fn chain(&mut self, tokens: impl Iterator<Item = &'a str> + Clone, by_semicolon: bool) {
        let mut chain = Chain { long: tokens.clone().nth(1).is_some(), ..Chain::default() };
        let turned = !by_semicolon && chain.long && {
            let known = |key: &mut String, token: Option<&str>| {
                token.is_some_and(|token| {
                    name::key(split_note(token).0, key);
                    is_known(key)
                })
            };
            !known(&mut self.key, tokens.clone().next())
                && known(&mut self.key, tokens.clone().last())
        };
        if turned {
            let mut all: Vec<&str> = tokens.collect();
            all.reverse();
            for token in all {
                self.step(&mut chain, token, by_semicolon);
            }
        } else {
            for token in tokens {
                self.step(&mut chain, token, by_semicolon);
            }
        }
        self.close(chain);
    }

    fn step(&mut self, chain: &mut Chain<'a>, token: &'a str, by_semicolon: bool) {
        let (name, note) = split_note(token);
        let name = name.trim_matches(|c: char| c == '?' || c == '.' || c.is_whitespace());
        chain.doubtful |= token.contains('?');
        if !note.is_empty() {
            chain.rejected |= is_rejected(note);
        }
        let mut key = std::mem::take(&mut self.key);
        let mut article = name::key(name, &mut key);
        if article == Article::None {
            article = Article::in_note(note).unwrap_or_default();
        }
        if !key.is_empty() && !CONTINENTS.contains(&key.as_str()) {
            self.named(chain, name, &key, article, note, by_semicolon);
        }
        self.key = key;
    }

    fn named(
        &mut self,
        chain: &mut Chain<'a>,
        name: &'a str,
        key: &str,
        article: Article,
        note: &'a str,
        by_semicolon: bool,
    ) {
        if let Some((city, number)) = arrondissement(key) {
            let whole = match (city, chain.commune) {
                (Some(city), None) => match self.look_up(chain, city, Article::None) {
                    Found::One(id, _) => Some(id),
                    _ => None,
                },
                (_, Some((id, _))) => Some(self.gazetteer.whole(id)),
                (None, None) => None,
            };
            if let Some(id) = whole.and_then(|id| self.gazetteer.arrondissement(id, number)) {
                chain.commune = Some((id, true));
            } else if let (Some(id), None) = (whole, chain.commune) {
                chain.commune = Some((id, true));
            }
            return;
        }
        let country = world::INDEX.country(key);
        if chain.commune.is_some()
            || chain.city.is_some()
            || !chain.abroad.is_empty() && by_semicolon
        {
            // Details, unless a list of countries goes on.
            if let (true, Some(country)) = (by_semicolon, country) {
                let done = std::mem::take(chain);
                self.close(done);
                chain.country = Some(country);
            }
            return;
        }
        if !chain.is_french() {
            self.abroad(chain, name, key, country, by_semicolon);
            return;
        }
        if chain.is_empty()
            && let Some(country) = country
            && (chain.long || !note.is_empty() || world::INDEX.stands_alone(key))
        {
            chain.country = Some(country);
            return;
        }
        if by_semicolon
            && !chain.is_framed()
            && let Some(country) = country
            && chain.country.is_some_and(|known| known.iso != country.iso)
        {
            let done = std::mem::take(chain);
            self.close(done);
            chain.country = Some(country);
            return;
        }
        if chain.department.is_none() {
            // `Valence (Drôme)`, `Saint-Denis (93)`.
            let inside = note.trim_matches(['(', ')', '[', ']', ' ']);
            if !inside.is_empty() && inside.len() < 40 {
                let mut scratch = String::new();
                if let Some(department) = france::INDEX.department_in(inside, &mut scratch) {
                    chain.department = Some(department);
                } else if let Some(country) =
                    world::INDEX.country(&scratch).filter(|_| chain.country.is_none())
                {
                    chain.country = Some(country);
                    if country.iso != "FR" {
                        self.abroad(chain, name, key, None, by_semicolon);
                        return;
                    }
                }
            }
        }
        if chain.department.is_none() {
            let said = chain.country.is_some() || by_semicolon;
            if chain.region.is_none()
                && (key != "centre" || said)
                && let Some(region) = france::INDEX.region(key)
            {
                chain.region = Some(region);
                return;
            }
            let department = france::INDEX
                .by_code(name)
                .filter(|_| by_semicolon || chain.region.is_some())
                .or_else(|| france::INDEX.by_name(key).filter(|_| key != "paris"));
            if let Some(department) = department
                && chain.region.is_none_or(|region| france::INDEX.is_in(department, region))
                && (chain.long || world::INDEX.stands_alone(key))
                && name.starts_with(|c: char| !c.is_lowercase())
            {
                chain.department = Some(department);
                return;
            }
        } else if france::INDEX.by_code(name).is_some() {
            return;
        }
        self.commune(chain, name, key, article);
    }

    fn look_up(&self, chain: &Chain<'_>, key: &str, article: Article) -> Found {
        let frame = Frame { department: chain.department, region: chain.region, ..self.frame };
        self.gazetteer.by_name(key, article, &frame)
    }

    fn commune(&mut self, chain: &mut Chain<'a>, name: &'a str, key: &str, article: Article) {
        // `75004 Paris`.
        if let Some((postal, rest)) = name.split_once(' ')
            && postal.len() == 5
            && postal.bytes().all(|b| b.is_ascii_digit())
        {
            let mut town = String::new();
            name::key(rest, &mut town);
            if let Some(id) = self.gazetteer.by_postal(postal, Some(&town)) {
                chain.commune = Some((id, true));
            }
            return;
        }
        if name.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit()) {
            chain.unknown |= chain.is_empty() && world::INDEX.adjective(key).is_none();
            if let Some(country) = world::INDEX.adjective(key).filter(|_| !chain.long) {
                chain.country = Some(country);
                chain.doubtful = true;
            }
            return;
        }
        let framed = chain.is_framed();
        if chain.unknown && !framed {
            return;
        }
        match self.look_up(chain, key, article) {
            Found::One(id, sure) => {
                let city = world::INDEX.city(key);
                // A French village and a foreign town of one name.
                let rival = !framed && !sure && chain.country.is_none();
                if rival && (city.is_some() || !world::INDEX.stands_alone(key)) {
                    self.out.ambiguous = true;
                } else {
                    chain.commune = Some((id, sure));
                }
            }
            Found::Several => {
                chain.unknown = true;
                self.out.ambiguous = true;
            }
            Found::None if framed || chain.country.is_some() => chain.unknown = true,
            Found::None => match world::INDEX.city(key) {
                Some(city) if world::INDEX.stands_alone(key) => chain.city = Some(city),
                Some(_) => {
                    chain.unknown = true;
                    self.out.ambiguous = true;
                }
                None => match world::INDEX.adjective(key).filter(|_| !chain.long) {
                    Some(country) => {
                        chain.country = Some(country);
                        chain.doubtful = true;
                    }
                    None => chain.unknown = true,
                },
            },
        }
    }

    fn abroad(
        &mut self,
        chain: &mut Chain<'a>,
        name: &'a str,
        key: &str,
        country: Option<&'static Country>,
        by_semicolon: bool,
    ) {
        let here = chain.country.map_or("", |known| known.iso);
        let whole =
            if chain.country.is_some_and(|known| known.part_of.is_some()) { "GB" } else { here };
        if let Some(city) = world::INDEX.city(key).filter(|city| city.country == whole) {
            chain.city = Some(city);
            return;
        }
        if let Some(country) = country {
            if country.part_of.is_some() && here == "GB" {
                chain.country = Some(country);
            } else if by_semicolon && country.iso != here {
                let done = std::mem::take(chain);
                self.close(done);
                chain.country = Some(country);
            }
            return;
        }
        if is_name_of_place(name, key) {
            chain.abroad.push(name);
        }
    }

    fn close(&mut self, chain: Chain<'_>) {
        if chain.rejected {
            return;
        }
        let sure = |sure: bool| {
            if sure && !chain.doubtful { Confidence::Certain } else { Confidence::Probable }
        };
        let found = if let Some((id, exact)) = chain.commune {
            let framed = chain.is_framed();
            self.gazetteer.place(id).map(|place| {
                let rule = match (framed, exact) {
                    (false, false) => "place.commune_alone",
                    (false, true) => "place.commune_near",
                    (true, _) => "place.commune",
                };
                meaning(place, rule, sure(framed && exact))
            })
        } else if let Some(city) = chain.city {
            Some(meaning(
                city_place(city, chain.country),
                "place.city",
                sure(chain.country.is_some()),
            ))
        } else if let (Some(country), Some((name, above))) =
            (chain.country, chain.abroad.split_last())
        {
            let mut within: Vec<String> =
                above.iter().rev().map(|name| (*name).to_owned()).collect();
            within.extend(country_names(country));
            let place = Place { name: (*name).to_owned(), within, ..Place::default() };
            Some(meaning(place, "place.abroad", Confidence::Probable))
        } else if let Some(department) = chain.department {
            let place = france::INDEX.department_place(department);
            place.map(|place| meaning(place, "place.department", sure(chain.long)))
        } else if let Some(region) = chain.region {
            let place = france::Index::region_place(region);
            Some(meaning(place, "place.region", sure(chain.long)))
        } else {
            chain
                .country
                .map(|country| meaning(country_place(country), "place.country", sure(true)))
        };
        if let Some(found) = found
            && !self.out.meanings.iter().any(|known| known.entity == found.entity)
        {
            self.out.meanings.push(found);
        }
    }
}

/// A country as a place.
pub(super) fn country_place(country: &Country) -> Place {
    Place {
        name: country.french.to_owned(),
        within: country.part_of.into_iter().map(str::to_owned).collect(),
        uri: Some(geonames_uri(country.geonames)),
        ..Place::default()
    }
}

fn country_names(country: &Country) -> impl Iterator<Item = String> {
    std::iter::once(country.french).chain(country.part_of).map(str::to_owned)
}

/// A foreign town as a place.
pub(super) fn city_place(city: &City, said: Option<&Country>) -> Place {
    let country = said.or_else(|| world::by_code(city.country));
    Place {
        name: city.french.to_owned(),
        within: country.into_iter().flat_map(country_names).collect(),
        uri: Some(geonames_uri(city.geonames)),
        point: Some(Point { latitude: city.latitude, longitude: city.longitude }),
        ..Place::default()
    }
}

/// A town in a foreign country, known or not; `None` when the text looks like something else.
pub(super) fn town_abroad(name: &str, country: &'static Country) -> Option<Meaning> {
    let mut key = String::new();
    let (name, _) = split_note(name);
    name::key(name, &mut key);
    let whole = if country.part_of.is_some() { "GB" } else { country.iso };
    if let Some(city) = world::INDEX.city(&key).filter(|city| city.country == whole) {
        return Some(meaning(city_place(city, Some(country)), "place.city", Confidence::Certain));
    }
    is_name_of_place(name, &key).then(|| {
        let within = country_names(country).collect();
        let place = Place { name: name.to_owned(), within, ..Place::default() };
        meaning(place, "place.abroad", Confidence::Probable)
    })
}

/// Words of which none is a place.
const CONTINENTS: [&str; 14] = [
    "europe",
    "afrique",
    "asie",
    "amerique",
    "ameriques",
    "oceanie",
    "amerique du nord",
    "amerique du sud",
    "amerique centrale",
    "africa",
    "asia",
    "america",
    "oceania",
    "monde",
];

fn is_known(key: &str) -> bool {
    key != "paris"
        && (world::INDEX.country(key).is_some()
            || france::INDEX.region(key).is_some()
            || france::INDEX.by_name(key).is_some())
}

/// Whether a note in brackets says that the thing is not from there.
fn is_rejected(note: &str) -> bool {
    const WORDS: [&str; 7] =
        ["après", "apres", "copie", "genre", "imitation", "style", "ancienne attribution"];
    let lower = note.to_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

/// Whether a text may be the name of a place abroad.
fn is_name_of_place(name: &str, key: &str) -> bool {
    const OTHERS: [&str; 24] = [
        "musee",
        "museum",
        "museo",
        "bibliotheque",
        "galerie",
        "gallery",
        "collection",
        "institut",
        "institute",
        "library",
        "universite",
        "university",
        "eglise",
        "church",
        "cathedrale",
        "chateau",
        "dynastie",
        "epoque",
        "siecle",
        "periode",
        "royaume",
        "empire",
        "style",
        "lieu",
    ];
    name.starts_with(char::is_uppercase)
        && name.len() <= 60
        && !name.contains(|c: char| c.is_ascii_digit() || matches!(c, ':' | '=' | '"'))
        && key.split(' ').count() <= 5
        && !key.split(' ').any(|word| OTHERS.contains(&word))
}

/// `paris 04`, `lyon 2e arrondissement`, `10e arrondissement`: the city when it is said, and the
/// number.
pub(super) fn arrondissement(key: &str) -> Option<(Option<&str>, u8)> {
    let (city, rest) = match key.split_once(' ') {
        Some((city @ ("paris" | "lyon" | "marseille"), rest)) => (Some(city), rest),
        _ => (None, key),
    };
    if !rest.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut words = rest.split(' ');
    let first = words.next()?;
    let end = first.find(|c: char| !c.is_ascii_digit()).unwrap_or(first.len());
    let (digits, ending) = first.split_at_checked(end)?;
    let number: u8 = digits.parse().ok()?;
    let ordinal = matches!(ending, "" | "e" | "er" | "eme" | "ieme" | "nd");
    let word = words.next();
    let named = word.is_some_and(|word| word.starts_with("arr"));
    let alone = word.is_none() || named;
    (ordinal && alone && (city.is_some() || named)).then_some((city, number))
}

/// Whether a name is that of France.
pub(super) fn is_france(country: &Country) -> bool {
    country.french == FRANCE
}
