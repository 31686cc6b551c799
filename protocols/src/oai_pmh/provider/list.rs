//! What a list request asks the store, and how its rows become a page (sections 3.5 and 4.3, 4.5).
//!
//! Order: (datestamp, object id), which is total. Lists stop at `min(until, horizon)`: the horizon
//! is the last second that is closed, so that no record can still appear behind what was sent.

use super::request::Selection;
use super::token::{LIFETIME, ResumptionToken, SetToken};
use crate::oai_pmh::{ErrorCode, OaiError, Verb, datestamp};

/// What to ask the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlan {
    /// Which verb asks.
    pub verb: Verb,
    /// Format.
    pub metadata_prefix: String,
    /// setSpec, leaf or ancestor.
    pub set: Option<String>,
    /// First second, inclusive.
    pub from: Option<i64>,
    /// Last second, inclusive.
    pub until: i64,
    /// Position after which to go on.
    pub after: Option<(i64, String)>,
    /// How many records came before.
    pub cursor: u64,
    /// Known from the first page on.
    pub complete_list_size: Option<u64>,
}

/// What a list needs to know of a row to make tokens of it.
pub trait Row {
    /// Its place in the order: datestamp and object id.
    fn position(&self) -> (i64, &str);
}

/// The `resumptionToken` element at the end of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenElement {
    /// The token; empty on the last page of a list that was split.
    pub value: String,
    /// When it expires, as written in the answer.
    pub expiration_date: Option<String>,
    /// Size of the list when it began.
    pub complete_list_size: u64,
    /// Records before this page.
    pub cursor: u64,
}

impl ListPlan {
    /// The plan of a selection. `horizon` is the last closed second, `key` signs our tokens.
    ///
    /// # Errors
    /// `badResumptionToken` when the token is none of ours.
    pub fn new(
        verb: Verb,
        selection: Selection,
        horizon: i64,
        key: &[u8],
        now: i64,
    ) -> Result<Self, OaiError> {
        match selection {
            Selection::New { metadata_prefix, set, from, until } => Ok(Self {
                verb,
                metadata_prefix,
                set,
                from: from.map(|from| from.seconds),
                until: until.map_or(horizon, |until| until.last_second().min(horizon)),
                after: None,
                cursor: 0,
                complete_list_size: None,
            }),
            Selection::Resumed(token) => {
                let token = ResumptionToken::decode(&token, verb, key, now)?;
                Ok(Self {
                    verb,
                    metadata_prefix: token.metadata_prefix,
                    set: token.set,
                    from: token.from,
                    until: token.until,
                    after: Some(token.after),
                    cursor: token.cursor,
                    complete_list_size: Some(token.complete_list_size),
                })
            }
        }
    }

    /// Whether nothing can be in the list: it ends before it begins (`from` in the second in
    /// progress, or `until` before everything).
    pub fn is_empty(&self) -> bool {
        self.from.is_some_and(|from| from > self.until)
    }

    /// Takes the row too many away that says that there is more (ask the store for `page_size`
    /// plus one), and returns whether it was there.
    pub fn cut<R>(rows: &mut Vec<R>, page_size: usize) -> bool {
        let more = rows.len() > page_size;
        rows.truncate(page_size);
        more
    }

    /// The token at the end of a page: none for a list that was never split, an empty one on the
    /// last page. `size` is the count of the whole list, asked only when the first page is split.
    pub fn token<R: Row>(
        &self,
        rows: &[R],
        more: bool,
        size: u64,
        key: &[u8],
        now: i64,
    ) -> Option<TokenElement> {
        if !more && self.after.is_none() {
            return None;
        }
        let next = self.cursor.saturating_add(rows.len() as u64);
        // An estimate may not be smaller than what was sent.
        let complete_list_size =
            self.complete_list_size.unwrap_or(size).max(next + u64::from(more)).max(1);
        let expires = now.saturating_add(LIFETIME);
        let value = match rows.last().filter(|_| more) {
            Some(last) => {
                let (datestamp, object) = last.position();
                ResumptionToken {
                    verb: self.verb,
                    metadata_prefix: self.metadata_prefix.clone(),
                    set: self.set.clone(),
                    from: self.from,
                    until: self.until,
                    after: (datestamp, object.to_owned()),
                    cursor: next,
                    complete_list_size,
                    expires,
                }
                .encode(key)
            }
            None => String::new(),
        };
        let expiration_date =
            (!value.is_empty()).then(|| datestamp::format(expires, datestamp::Granularity::Second));
        Some(TokenElement { value, expiration_date, complete_list_size, cursor: self.cursor })
    }

    /// The error of an empty list.
    ///
    /// An empty *later* page is no error: when everything that was left of a list changed before its
    /// last page was asked for, that page would be empty, which the schema forbids, and an error
    /// would make harvesters believe that they failed. Such a list is closed by an object that was
    /// sent before: objects never vanish, and harvesters take repeats.
    pub fn no_records(&self, has_sets: bool) -> OaiError {
        match &self.set {
            Some(_) if !has_sets => no_set_hierarchy(),
            _ => OaiError::new(ErrorCode::NoRecordsMatch, "no record matches the arguments"),
        }
    }
}

/// The `resumptionToken` element at the end of a page of ListSets: none for a list that was never
/// split, an empty one on the last page. `size` is the number of all sets.
pub fn set_token(
    resumed: Option<&SetToken>,
    shown: &[&str],
    more: bool,
    size: u64,
    key: &[u8],
    now: i64,
) -> Option<TokenElement> {
    if !more && resumed.is_none() {
        return None;
    }
    let cursor = resumed.map_or(0, |token| token.cursor);
    let next = cursor.saturating_add(shown.len() as u64);
    let complete_list_size = resumed
        .map_or(size, |token| token.complete_list_size)
        .max(next.saturating_add(u64::from(more)))
        .max(1);
    let expires = now.saturating_add(LIFETIME);
    let value = shown.last().filter(|_| more).map(|last| {
        let after = (*last).to_owned();
        SetToken { after, cursor: next, complete_list_size, expires }.encode(key)
    });
    let expiration_date =
        value.as_ref().map(|_| datestamp::format(expires, datestamp::Granularity::Second));
    Some(TokenElement {
        value: value.unwrap_or_default(),
        expiration_date,
        complete_list_size,
        cursor,
    })
}

/// The error of a repository that has no sets (yet).
pub fn no_set_hierarchy() -> OaiError {
    OaiError::new(ErrorCode::NoSetHierarchy, "this repository has no sets")
}

/// The error of a format that there is not.
pub fn cannot_disseminate(metadata_prefix: &str) -> OaiError {
    OaiError::new(
        ErrorCode::CannotDisseminateFormat,
        format!("no format `{metadata_prefix}`; ListMetadataFormats names those that there are"),
    )
}

/// The error of a tombstone that is asked for its formats: nothing can be disseminated any more.
pub fn no_metadata_formats() -> OaiError {
    OaiError::new(ErrorCode::NoMetadataFormats, "the item is deleted; it has no format any more")
}

/// The error of an identifier that there is not.
pub fn id_does_not_exist() -> OaiError {
    OaiError::new(ErrorCode::IdDoesNotExist, "no item has this identifier")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oai_pmh::Datestamp;
    use std::collections::BTreeSet;

    const KEY: &[u8] = b"key";

    #[derive(Clone)]
    struct Object(i64, String);

    impl Row for Object {
        fn position(&self) -> (i64, &str) {
            (self.0, &self.1)
        }
    }

    /// A store in miniature: keyset reading in the order (datestamp, object id).
    fn read(all: &[Object], plan: &ListPlan, limit: usize) -> Vec<Object> {
        let mut rows: Vec<Object> = all
            .iter()
            .filter(|o| o.0 <= plan.until && plan.from.is_none_or(|from| o.0 >= from))
            .filter(|o| {
                plan.after.as_ref().is_none_or(|(d, id)| (o.0, o.1.as_str()) > (*d, id.as_str()))
            })
            .cloned()
            .collect();
        rows.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        rows.truncate(limit);
        rows
    }

    fn selection(from: Option<&str>, until: Option<&str>) -> Selection {
        Selection::New {
            metadata_prefix: "oai_dc".to_owned(),
            set: None,
            from: from.and_then(Datestamp::parse),
            until: until.and_then(Datestamp::parse),
        }
    }

    #[test]
    fn a_walk_gives_every_record_once_while_others_change() {
        let mut all: Vec<Object> = (0..95).map(|n| Object(100 + n / 7, format!("o{n}"))).collect();
        let mut plan =
            ListPlan::new(Verb::ListRecords, selection(None, None), 200, KEY, 201).unwrap();
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let mut rows = read(&all, &plan, 11);
            let more = ListPlan::cut(&mut rows, 10);
            let token = plan.token(&rows, more, 95, KEY, 201).unwrap();
            assert_eq!(token.cursor, seen.len() as u64);
            assert_eq!(token.complete_list_size, 95);
            seen.extend(rows.into_iter().map(|row| row.1));
            pages += 1;
            // One object that was not sent yet changes: it belongs to the next harvest.
            if pages == 3 {
                all[94].0 = 300;
            }
            if token.value.is_empty() {
                break;
            }
            plan = ListPlan::new(Verb::ListRecords, Selection::Resumed(token.value), 400, KEY, 400)
                .unwrap();
        }
        assert_eq!(pages, 10);
        assert_eq!(seen.len(), 94);
        assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 94);
    }

    #[test]
    fn a_list_that_fits_has_no_token_and_an_exact_multiple_has_no_extra_page() {
        let all: Vec<Object> = (0..20).map(|n| Object(100, format!("o{n:02}"))).collect();
        let plan = ListPlan::new(Verb::ListRecords, selection(None, None), 200, KEY, 201).unwrap();
        let mut rows = read(&all, &plan, 21);
        let more = ListPlan::cut(&mut rows, 20);
        assert_eq!(plan.token(&rows, more, 20, KEY, 201), None);
        let mut rows = read(&all, &plan, 11);
        let more = ListPlan::cut(&mut rows, 10);
        let token = plan.token(&rows, more, 20, KEY, 201).unwrap();
        let plan = ListPlan::new(Verb::ListRecords, Selection::Resumed(token.value), 200, KEY, 201)
            .unwrap();
        let mut rows = read(&all, &plan, 11);
        let more = ListPlan::cut(&mut rows, 10);
        assert_eq!(rows.len(), 10);
        assert_eq!(plan.token(&rows, more, 0, KEY, 201).unwrap().value, "");
    }

    #[test]
    fn lists_stop_at_the_horizon_and_days_are_whole() {
        let plan = |from, until, horizon| {
            ListPlan::new(Verb::ListRecords, selection(from, until), horizon, KEY, horizon + 1)
                .unwrap()
        };
        assert_eq!(plan(None, Some("1970-01-02"), 1_000_000).until, 172_799);
        assert_eq!(plan(None, Some("1970-01-02"), 100_000).until, 100_000);
        assert!(plan(Some("1970-01-02T03:46:41Z"), None, 100_000).is_empty());
        assert!(!plan(Some("1970-01-02T03:46:40Z"), None, 100_000).is_empty());
    }
}
