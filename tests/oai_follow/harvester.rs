//! Harvesters: those that follow with `from` = the responseDate of the first answer of the last
//! list, those that walk everything, and Europeana's way (identifiers, then one by one).

use crate::oracle;
use crate::site::{BEGIN, Dice, Site};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One header, with the title of its record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Item {
    identifier: String,
    datestamp: String,
    deleted: bool,
    sets: Vec<String>,
    title: Option<String>,
}

/// One answer to a list request.
#[derive(Debug)]
struct Page {
    response_date: String,
    items: Vec<Item>,
    error: Option<String>,
    token: Option<String>,
    cursor: Option<usize>,
    size: Option<usize>,
}

/// The text between two marks, after the first.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(found, _)| found)
}

impl Page {
    fn read(document: &str) -> Self {
        let items = document
            .split("<header")
            .skip(1)
            .map(|part| {
                let (header, rest) = part.split_once("</header>").unwrap();
                let sets = header.split("<setSpec>").skip(1);
                Item {
                    identifier: between(header, "<identifier>", "<").unwrap().to_owned(),
                    datestamp: between(header, "<datestamp>", "<").unwrap().to_owned(),
                    deleted: header.starts_with(" status=\"deleted\""),
                    sets: sets.map(|set| set.split('<').next().unwrap().to_owned()).collect(),
                    title: between(rest, "<dc:title>", "<").map(str::to_owned),
                }
            })
            .collect();
        let element = between(document, "<resumptionToken", "/resumptionToken>");
        let number =
            |name: &str| between(element?, &format!("{name}=\""), "\"").map(|n| n.parse().unwrap());
        Self {
            response_date: between(document, "<responseDate>", "<").unwrap().to_owned(),
            items,
            error: between(document, "<error code=\"", "\"").map(str::to_owned),
            token: element.map(|element| between(element, ">", "<").unwrap().to_owned()),
            cursor: number("cursor"),
            size: number("completeListSize"),
        }
    }
}

fn seconds(date: &str) -> i64 {
    protocols::oai_pmh::Datestamp::parse(date).unwrap().seconds
}

/// What one list gave.
struct List {
    /// Of the first answer: where the next list begins.
    response_date: String,
    items: Vec<Item>,
}

/// Reads one list to its end, sends tokens again now and then, and checks what can be checked of
/// any list.
async fn list(
    site: &Site,
    dice: &mut Dice,
    verb: &str,
    set: Option<&str>,
    from: Option<&str>,
) -> List {
    let mut query = format!("verb={verb}&metadataPrefix=oai_dc");
    query += &set.map(|set| format!("&set={set}")).unwrap_or_default();
    query += &from.map(|from| format!("&from={from}")).unwrap_or_default();
    let mut page = Page::read(&site.ask(&query).await);
    let mut list = List { response_date: page.response_date.clone(), items: Vec::new() };
    if let Some(error) = &page.error {
        assert!(
            error == "noRecordsMatch" || (error == "noSetHierarchy" && set.is_some()),
            "{query}: {error}"
        );
        return list;
    }
    let first = seconds(&list.response_date);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut position = (String::new(), String::new());
    let mut before: Option<String> = None;
    loop {
        assert_eq!(page.error, None, "{query}");
        assert!(!page.items.is_empty(), "{query}");
        let last_page = page.token.as_deref().unwrap_or_default().is_empty();
        if let (Some(cursor), Some(size)) = (page.cursor, page.size) {
            assert_eq!(cursor, list.items.len(), "{query}");
            assert!(size >= cursor + page.items.len().min(1), "{query}");
        }
        for item in &page.items {
            // Only a list that was overtaken by changes may end with a repeat.
            let closing = last_page && page.items.len() == 1 && before.is_some();
            let now = (item.datestamp.clone(), item.identifier.clone());
            if closing && (now <= position || seconds(&item.datestamp) >= first) {
                list.items.push(item.clone());
                continue;
            }
            assert!(now > position, "{query}: {now:?} after {position:?}");
            position = now;
            assert!(seen.insert(item.identifier.clone()), "{query}: {item:?} twice");
            assert!(seconds(&item.datestamp) < first, "{query}: {item:?} of the open second");
            assert!(from.is_none_or(|from| item.datestamp.as_str() >= from), "{query}: {item:?}");
            assert!(item.deleted || verb == "ListIdentifiers" || item.title.is_some(), "{item:?}");
            remember(site, set, item);
            list.items.push(item.clone());
        }
        let Some(token) = page.token.filter(|token| !token.is_empty()) else { return list };
        // The token before this one, once more: every record that did not change is there again.
        if let Some(before) = before.as_ref().filter(|_| dice.roll(4) == 0) {
            let again = Page::read(&site.ask(before).await);
            assert_eq!(again.error, None, "{before}");
            let living: BTreeSet<_> = again.items.iter().map(|i| i.identifier.as_str()).collect();
            let moved = moved_since(site, set, first).await;
            for item in &page.items {
                let there = living.contains(item.identifier.as_str());
                assert!(there || moved.contains(&item.identifier), "{before}: {item:?} is lost");
            }
        }
        let next = format!("verb={verb}&resumptionToken={token}");
        if dice.roll(4) == 0 {
            let _lost_on_the_way = site.ask(&next).await;
        }
        page = Page::read(&site.ask(&next).await);
        before = Some(next);
    }
}

/// Objects that are not in a list any more that was begun at `first`.
async fn moved_since(site: &Site, set: Option<&str>, first: i64) -> BTreeSet<String> {
    let query = passerelle::store::object::ObjectQuery {
        set: set.map(str::to_owned),
        from: Some(first),
        until: i64::MAX,
        limit: 100_000,
        ..Default::default()
    };
    let rows = site.store.list_objects(&query).await.unwrap();
    rows.into_iter().map(|row| format!("oai:gateway.test:{}", row.object_id)).collect()
}

/// What is said of an object at a datestamp is said by everyone who says it.
fn remember(site: &Site, set: Option<&str>, item: &Item) {
    let departed = item.deleted
        && set.is_some_and(|set| {
            !item.sets.iter().any(|s| s == set || s.starts_with(&format!("{set}:")))
        });
    let whose = departed.then(|| set.unwrap_or_default().to_owned());
    let key = (whose, item.identifier.clone(), item.datestamp.clone());
    let mut said = site.said.lock().unwrap();
    let known = said.entry(key.clone()).or_insert((item.deleted, None));
    assert_eq!(known.0, item.deleted, "{key:?}");
    if let Some(title) = &item.title {
        let known = known.1.get_or_insert_with(|| title.clone());
        assert_eq!(known, title, "{key:?}");
    }
}

/// Follows a set or everything.
pub(crate) struct Follower {
    site: Arc<Site>,
    verb: &'static str,
    set: Option<&'static str>,
    from: Option<String>,
    have: BTreeMap<String, Item>,
}

impl Follower {
    pub(crate) fn new(site: Arc<Site>, verb: &'static str, set: Option<&'static str>) -> Self {
        Self { site, verb, set, from: None, have: BTreeMap::new() }
    }

    /// Follows until the writers have ended, once more after that, and compares.
    pub(crate) async fn follow(mut self) {
        let mut dice = Dice::new(self.site.seed + self.set.map_or(7, str::len) as u64);
        loop {
            let settled = self.site.is_settled();
            if settled {
                // The last second of the writers closes.
                self.site.time.pass(2);
            }
            let from = self.from.clone();
            let list = list(&self.site, &mut dice, self.verb, self.set, from.as_deref()).await;
            for item in list.items {
                let known = self.have.get(&item.identifier);
                assert!(known.is_none_or(|k| k.datestamp <= item.datestamp), "{item:?}, {known:?}");
                self.have.insert(item.identifier.clone(), item);
            }
            self.from = Some(list.response_date);
            if settled {
                break;
            }
            for _ in 0..dice.roll(400) {
                tokio::task::yield_now().await;
            }
        }
        let truth = oracle::living(&self.site, self.set).await;
        let have: BTreeMap<String, (i64, String)> = self
            .have
            .into_iter()
            .filter(|(_, item)| !item.deleted)
            .map(|(id, item)| {
                let title = item.title.or_else(|| truth.get(&id).map(|known| known.1.clone()));
                (id, (seconds(&item.datestamp), title.unwrap_or_default()))
            })
            .collect();
        assert_eq!(have, truth, "{} of {:?}", self.verb, self.set);
    }
}

/// Walks everything again and again: what does not change during a walk is met once.
pub(crate) async fn walk(site: Arc<Site>, set: Option<&'static str>) {
    let mut dice = Dice::new(site.seed ^ 0x57A1);
    while !site.is_settled() {
        let before = oracle::living(&site, set).await;
        let list = list(&site, &mut dice, "ListRecords", set, None).await;
        for _ in 0..dice.roll(400) {
            tokio::task::yield_now().await;
        }
        let after = oracle::living(&site, set).await;
        let horizon = seconds(&list.response_date);
        let met: BTreeMap<&str, &Item> =
            list.items.iter().map(|item| (item.identifier.as_str(), item)).collect();
        for (id, state) in before {
            // The list is complete up to the second before its responseDate.
            if state.0 < horizon && after.get(&id) == Some(&state) {
                let item = met.get(id.as_str()).unwrap_or_else(|| panic!("{id} {state:?} missed"));
                assert_eq!(item.title.as_deref(), Some(state.1.as_str()));
                assert!(!item.deleted);
            }
        }
    }
}

/// Identifiers of everything, then every record by itself.
pub(crate) async fn europeana(site: Arc<Site>) {
    let mut dice = Dice::new(site.seed ^ 0xE0);
    let mut harvested = 0;
    while !site.is_settled() {
        let list = list(&site, &mut dice, "ListIdentifiers", None, None).await;
        for header in list.items {
            let query =
                format!("verb=GetRecord&metadataPrefix=oai_dc&identifier={}", header.identifier);
            let page = Page::read(&site.ask(&query).await);
            let [record] = page.items.as_slice() else { panic!("{query}: {:?}", page.error) };
            assert!(record.datestamp >= header.datestamp, "{record:?} before {header:?}");
            if record.datestamp == header.datestamp {
                assert_eq!((record.deleted, &record.sets), (header.deleted, &header.sets));
            }
            assert_eq!(record.deleted, record.title.is_none());
            assert!(seconds(&record.datestamp) >= BEGIN);
            harvested += 1;
            if !site.is_open() {
                break;
            }
        }
        tokio::task::yield_now().await;
    }
    assert!(harvested > 10, "{harvested}");
}
