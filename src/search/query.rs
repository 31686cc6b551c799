//! What can be asked, and how it is run.

use super::analyzer::{exact, identifier, is_stop_word, stemmed, terms};
use super::card::Card;
use super::facet::{Facet, FacetCounts, FacetValue};
use super::parse::{Clause, parse};
use super::schema::{Fields, Pair};
use super::{SearchError, schema};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use tantivy::aggregation::agg_req::Aggregations;
use tantivy::aggregation::{AggContextParams, AggregationCollector};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, Occur, PhraseQuery,
    Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption, Value as _};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{DocAddress, Order, Searcher, TantivyDocument, Term};

/// Results that can be paged through; beyond, a query must be made narrower.
pub const MAX_WINDOW: u32 = 10_000;
/// Largest page.
pub const MAX_SIZE: u32 = 100;
/// Most facet values in one query.
pub const MAX_FILTERS: usize = 8;
/// Values shown of a facet.
const SHOWN_VALUES: usize = 12;

/// Order of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sort {
    /// Best match first; without words, the latest change first.
    #[default]
    Relevance,
    /// By title.
    Title,
    /// Latest change first.
    Changed,
}

impl Sort {
    /// Name in URLs and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Title => "title",
            Self::Changed => "changed",
        }
    }

    /// The order of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Relevance, Self::Title, Self::Changed].into_iter().find(|sort| sort.as_str() == name)
    }
}

/// A question to the index.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SearchQuery {
    /// What was typed. Any text is allowed.
    pub text: String,
    /// Facet values asked for.
    pub filters: BTreeMap<Facet, BTreeSet<String>>,
    /// Only things that may be of this astronomical year or later.
    pub from: Option<i32>,
    /// Only things that may be of this astronomical year or earlier.
    pub to: Option<i32>,
    /// Order.
    pub sort: Sort,
    /// Page, from 1.
    pub page: u32,
    /// Results a page, 0 to [`MAX_SIZE`].
    pub size: u32,
    /// Whether to count facet values.
    pub facets: bool,
}

impl Default for SearchQuery {
    fn default() -> Self {
        Self {
            text: String::new(),
            filters: BTreeMap::new(),
            from: None,
            to: None,
            sort: Sort::default(),
            page: 1,
            size: 24,
            facets: true,
        }
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// Number of results in all.
    pub total: u64,
    /// Results of this page.
    pub hits: Vec<Card>,
    /// Facets with counts, each "all but its own filter".
    pub facets: Vec<FacetCounts>,
    /// Whether the text was longer than a query may be, and its end left out.
    pub shortened: bool,
}

impl SearchResult {
    /// The counts of a facet.
    pub fn facet(&self, facet: Facet) -> Option<&FacetCounts> {
        self.facets.iter().find(|counts| counts.facet == facet)
    }
}

/// Refuses what must not be asked.
pub(super) fn check(query: &SearchQuery) -> Result<(), SearchError> {
    if query.size > MAX_SIZE {
        return Err(SearchError::PageTooLarge { size: query.size });
    }
    if u64::from(query.page.max(1)) * u64::from(query.size) > u64::from(MAX_WINDOW) {
        return Err(SearchError::TooDeep { page: query.page, size: query.size });
    }
    let filters = query.filters.values().map(BTreeSet::len).sum();
    if filters > MAX_FILTERS {
        return Err(SearchError::TooManyFilters { filters });
    }
    Ok(())
}

/// Runs a checked query. Blocks.
pub(super) fn run(
    searcher: &Searcher,
    fields: &Fields,
    query: &SearchQuery,
) -> Result<SearchResult, SearchError> {
    let parsed = parse(&query.text);
    let text = Builder::new(fields).text(&query.text, &parsed.clauses);
    let whole = narrowed(fields, text.as_ref(), query, None);

    let own: Vec<Facet> = query.filters.keys().copied().collect();
    let common: Vec<Facet> = Facet::ALL.into_iter().filter(|facet| !own.contains(facet)).collect();
    let offset = (query.page.max(1) - 1) * query.size;
    let sort = if parsed.clauses.is_empty() && query.sort == Sort::Relevance {
        Sort::Changed
    } else {
        query.sort
    };
    // A page of no results still needs a collector that takes one.
    let top = TopDocs::with_limit(query.size.max(1) as usize).and_offset(offset as usize);
    let counted = if query.facets { common.as_slice() } else { &[] };
    let counts = collector(counted, &query.filters)?;
    let (total, counts, addresses): (usize, _, Vec<DocAddress>) = match sort {
        Sort::Relevance => {
            let (total, counts, top) =
                searcher.search(&whole, &(Count, counts, top.order_by_score()))?;
            (total, counts, top.into_iter().map(|(_, at)| at).collect())
        }
        Sort::Title => {
            let by_title = top.order_by_string_fast_field("title_sort", Order::Asc);
            let (total, counts, top) = searcher.search(&whole, &(Count, counts, by_title))?;
            (total, counts, top.into_iter().map(|(_, at)| at).collect())
        }
        Sort::Changed => {
            let by_date = top.order_by_fast_field::<i64>("datestamp", Order::Desc);
            let (total, counts, top) = searcher.search(&whole, &(Count, counts, by_date))?;
            (total, counts, top.into_iter().map(|(_, at)| at).collect())
        }
    };

    let mut facets = Vec::new();
    if query.facets {
        let counts = serde_json::to_value(counts).unwrap_or_default();
        facets.extend(common.iter().map(|facet| values(*facet, &counts, None)));
        for facet in own {
            let others = narrowed(fields, text.as_ref(), query, Some(facet));
            let counts = searcher.search(&others, &collector(&[facet], &query.filters)?)?;
            let counts = serde_json::to_value(counts).unwrap_or_default();
            facets.push(values(facet, &counts, query.filters.get(&facet)));
        }
        facets.sort_by_key(|counts| counts.facet);
    }

    let mut hits = Vec::with_capacity(addresses.len());
    for address in addresses.into_iter().take(query.size as usize) {
        let document: TantivyDocument = searcher.doc(address)?;
        let card = document.get_first(fields.card).and_then(|value| value.as_str()).unwrap_or("");
        // A card that cannot be read was written by another version: the schema number was
        // forgotten. The result is better shown shorter than not at all.
        match serde_json::from_str::<Card>(card) {
            Ok(card) => hits.push(card),
            Err(error) => tracing::warn!(%error, version = schema::VERSION, "unreadable card"),
        }
    }
    Ok(SearchResult { total: total as u64, hits, facets, shortened: parsed.shortened })
}

/// The text query and every filter but that of `except`.
fn narrowed(
    fields: &Fields,
    text: &dyn Query,
    query: &SearchQuery,
    except: Option<Facet>,
) -> BooleanQuery {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = vec![(Occur::Must, text.box_clone())];
    for (facet, values) in &query.filters {
        if Some(*facet) == except || values.is_empty() {
            continue;
        }
        let field = field_of(fields, *facet);
        let terms = values.iter().map(|value| Term::from_field_text(field, value));
        // A filter decides, it does not rank.
        let any = BoostQuery::new(Box::new(TermSetQuery::new(terms)), 0.0);
        clauses.push((Occur::Must, Box::new(any)));
    }
    // What begins before the last year and ends after the first has a year in common with them.
    let year = |field: Field, year: i32| Term::from_field_i64(field, i64::from(year));
    let mut range = |lower, upper| {
        let range = BoostQuery::new(Box::new(RangeQuery::new(lower, upper)), 0.0);
        clauses.push((Occur::Must, Box::new(range)));
    };
    if let Some(from) = query.from {
        range(Bound::Included(year(fields.end_year, from)), Bound::Unbounded);
    }
    if let Some(to) = query.to {
        range(Bound::Unbounded, Bound::Included(year(fields.begin_year, to)));
    }
    BooleanQuery::new(clauses)
}

fn field_of(fields: &Fields, facet: Facet) -> Field {
    match facet {
        Facet::Base => fields.base,
        Facet::Kind => fields.kind,
        Facet::Image => fields.image,
        Facet::Type => fields.type_,
        Facet::Creator => fields.creator,
        Facet::Period => fields.period,
        Facet::Place => fields.place,
        Facet::Provider => fields.provider,
        Facet::Rights => fields.rights,
        Facet::Flag => fields.flag,
    }
}

/// Counts the values of facets; those asked for are counted apart, so that they never fall off
/// the end of the list.
fn collector(
    facets: &[Facet],
    filters: &BTreeMap<Facet, BTreeSet<String>>,
) -> Result<AggregationCollector, SearchError> {
    let mut request = serde_json::Map::new();
    for facet in facets {
        let name = facet.as_str();
        // Centuries are few and are put in their order afterwards.
        let size = if *facet == Facet::Period { 50 } else { SHOWN_VALUES };
        request.insert(
            name.to_owned(),
            serde_json::json!({ "terms": { "field": name, "size": size, "segment_size": 1000 } }),
        );
        if let Some(asked) = filters.get(facet).filter(|asked| !asked.is_empty()) {
            request.insert(
                format!("{name}+"),
                serde_json::json!({ "terms": { "field": name, "include": asked } }),
            );
        }
    }
    let request: Aggregations = serde_json::from_value(serde_json::Value::Object(request))
        .map_err(|error| {
            SearchError::Index(tantivy::TantivyError::InvalidArgument(error.to_string()))
        })?;
    Ok(AggregationCollector::from_aggs(request, AggContextParams::default()))
}

fn values(
    facet: Facet,
    counts: &serde_json::Value,
    asked: Option<&BTreeSet<String>>,
) -> FacetCounts {
    let buckets = |name: &str| -> Vec<(String, u64)> {
        counts
            .get(name)
            .and_then(|terms| terms.get("buckets"))
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|bucket| {
                let key = bucket.get("key")?;
                let key = key.as_str().map_or_else(|| key.to_string(), str::to_owned);
                Some((key, bucket.get("doc_count")?.as_u64()?))
            })
            .collect()
    };
    let name = facet.as_str();
    let selected_counts: BTreeMap<String, u64> = buckets(&format!("{name}+")).into_iter().collect();
    let is_asked = |value: &str| asked.is_some_and(|asked| asked.contains(value));
    let mut values: Vec<FacetValue> = buckets(name)
        .into_iter()
        .map(|(value, count)| FacetValue { selected: is_asked(&value), value, count })
        .collect();
    for value in asked.into_iter().flatten() {
        if !values.iter().any(|shown| shown.value == *value) {
            let count = selected_counts.get(value).copied().unwrap_or(0);
            values.push(FacetValue { value: value.clone(), count, selected: true });
        }
    }
    if facet == Facet::Period {
        values.sort_by_key(|value| std::cmp::Reverse(value.value.parse::<i32>().unwrap_or(0)));
    }
    let more = counts
        .get(name)
        .and_then(|terms| terms.get("sum_other_doc_count"))
        .and_then(serde_json::Value::as_u64)
        .is_some_and(|others| others > 0);
    FacetCounts { facet, values, more }
}

/// Makes tantivy queries of clauses.
struct Builder<'a> {
    fields: &'a Fields,
    exact: TextAnalyzer,
    stemmed: TextAnalyzer,
}

impl<'a> Builder<'a> {
    fn new(fields: &'a Fields) -> Self {
        Self { fields, exact: exact(), stemmed: stemmed() }
    }

    fn text(&mut self, text: &str, clauses: &[Clause]) -> Box<dyn Query> {
        let mut parts: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut stop_words: Vec<Box<dyn Query>> = Vec::new();
        let mut has_positive = false;
        for clause in clauses {
            let words = terms(&mut self.exact, &clause.text);
            let common = !clause.phrase && words.iter().all(|word| is_stop_word(word));
            let Some(query) = self.clause(clause, &words) else { continue };
            if clause.excluded {
                parts.push((Occur::MustNot, query));
            } else if common {
                stop_words.push(query);
            } else {
                has_positive = true;
                parts.push((Occur::Must, query));
            }
        }
        // Common words alone are what is looked for; among others they only rank.
        let occur = if has_positive { Occur::Should } else { Occur::Must };
        has_positive |= !stop_words.is_empty();
        parts.extend(stop_words.into_iter().map(|query| (occur, query)));
        if !has_positive {
            parts.push((Occur::Must, Box::new(AllQuery)));
        }
        let words = Box::new(BooleanQuery::new(parts));
        // The whole text may be an inventory number with spaces in it.
        let plain = !clauses.iter().any(|clause| clause.excluded);
        match self.identifier(text).filter(|_| plain && clauses.len() > 1) {
            Some(query) => {
                Box::new(BooleanQuery::new(vec![(Occur::Should, words), (Occur::Should, query)]))
            }
            None => words,
        }
    }

    fn clause(&mut self, clause: &Clause, words: &[String]) -> Option<Box<dyn Query>> {
        let by_words = if clause.phrase {
            self.phrase(words)
        } else {
            let stems = terms(&mut self.stemmed, &clause.text);
            let each: Vec<(Occur, Box<dyn Query>)> = words
                .iter()
                .zip(&stems)
                .map(|(word, stem)| (Occur::Must, self.word(word, stem)))
                .collect();
            (!each.is_empty()).then(|| Box::new(BooleanQuery::new(each)) as Box<dyn Query>)
        };
        match (by_words, self.identifier(&clause.text)) {
            (Some(words), Some(id)) => {
                Some(Box::new(BooleanQuery::new(vec![(Occur::Should, words), (Occur::Should, id)])))
            }
            (words, id) => words.or(id),
        }
    }

    fn word(&self, word: &str, stem: &str) -> Box<dyn Query> {
        let mut any: Vec<Box<dyn Query>> = Vec::with_capacity(6);
        for (pair, weight) in self.weights() {
            for (field, text, boost) in [(pair.exact, word, 2.0), (pair.stemmed, stem, 1.0)] {
                let term = Term::from_field_text(field, text);
                let term = TermQuery::new(term, IndexRecordOption::WithFreqs);
                any.push(Box::new(BoostQuery::new(Box::new(term), weight * boost)));
            }
        }
        Box::new(DisjunctionMaxQuery::with_tie_breaker(any, 0.1))
    }

    fn phrase(&self, words: &[String]) -> Option<Box<dyn Query>> {
        if words.is_empty() {
            return None;
        }
        let mut any: Vec<Box<dyn Query>> = Vec::with_capacity(3);
        for (pair, weight) in self.weights() {
            let mut terms: Vec<Term> =
                words.iter().map(|word| Term::from_field_text(pair.exact, word)).collect();
            let query: Box<dyn Query> = if terms.len() > 1 {
                Box::new(PhraseQuery::new(terms))
            } else if let Some(term) = terms.pop() {
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
            } else {
                continue;
            };
            any.push(Box::new(BoostQuery::new(query, weight * 2.0)));
        }
        Some(Box::new(DisjunctionMaxQuery::with_tie_breaker(any, 0.1)))
    }

    /// Matches the text as an identifier, when it could be one.
    fn identifier(&self, text: &str) -> Option<Box<dyn Query>> {
        let id = identifier(text);
        if id.len() < 2 || !id.bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let term = Term::from_field_text(self.fields.identifier, &id);
        let term = TermQuery::new(term, IndexRecordOption::Basic);
        Some(Box::new(ConstScoreQuery::new(Box::new(term), 200.0)))
    }

    fn weights(&self) -> [(Pair, f32); 3] {
        [(self.fields.title, 5.0), (self.fields.names, 2.5), (self.fields.body, 1.0)]
    }
}
