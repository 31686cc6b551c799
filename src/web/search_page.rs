//! The result page: filters as a form, chips, cards, paging. Everything is in the URL.

use super::card_view::CardView;
use super::i18n::{facet_label, facet_value_label};
use super::page::{Page, respond};
use super::params::{Params, View};
use super::visitor::Visitor;
use super::{App, WebError};
use crate::search::{Facet, MAX_WINDOW, SearchResult, Sort};
use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

/// The route.
pub fn router() -> Router<App> {
    Router::new().route("/search", get(search))
}

#[derive(Debug)]
struct FacetView {
    name: &'static str,
    label: &'static str,
    values: Vec<ValueView>,
    more: bool,
    open: bool,
}

#[derive(Debug)]
struct ValueView {
    value: String,
    label: String,
    count: String,
    selected: bool,
}

#[derive(Debug)]
struct Chip {
    label: String,
    href: String,
}

#[derive(Debug)]
struct PageLink {
    number: u32,
    href: String,
    current: bool,
    /// A gap stands before it.
    gap: bool,
}

#[derive(Debug)]
struct SortOption {
    value: &'static str,
    label: &'static str,
    selected: bool,
}

#[derive(Template)]
#[template(path = "search.html")]
pub(in crate::web) struct SearchPage {
    page: Page,
    total: String,
    empty: bool,
    shortened: bool,
    beyond: bool,
    list: bool,
    mosaic_href: String,
    list_href: String,
    clear_href: String,
    json_href: String,
    facets: Vec<FacetView>,
    chips: Vec<Chip>,
    from: String,
    to: String,
    cards: Vec<CardView>,
    links: Vec<PageLink>,
    previous: Option<String>,
    next: Option<String>,
    sorts: Vec<SortOption>,
}

impl SearchPage {
    pub(in crate::web) fn new(mut page: Page, params: &Params, result: &SearchResult) -> Self {
        let (root, lang) = (page.root.clone(), page.lang);
        let facets = result
            .facets
            .iter()
            .filter(|counts| !counts.values.is_empty())
            .map(|counts| {
                let values: Vec<ValueView> = counts
                    .values
                    .iter()
                    .map(|value| ValueView {
                        label: facet_value_label(counts.facet, &value.value, lang),
                        value: value.value.clone(),
                        count: lang.number(value.count),
                        selected: value.selected,
                    })
                    .collect();
                let first = matches!(counts.facet, Facet::Base | Facet::Kind | Facet::Image);
                FacetView {
                    name: counts.facet.as_str(),
                    label: facet_label(counts.facet, lang),
                    open: first || values.iter().any(|value| value.selected),
                    values,
                    more: counts.more,
                }
            })
            .collect();
        let year = |year: Option<i32>| year.map(|year| year.to_string()).unwrap_or_default();
        let (from, to_year) = (year(params.query.from), year(params.query.to));
        let mut chips: Vec<Chip> = params
            .query
            .filters
            .iter()
            .flat_map(|(facet, values)| values.iter().map(move |value| (*facet, value)))
            .map(|(facet, value)| Chip {
                label: format!(
                    "{} : {}",
                    facet_label(facet, lang),
                    facet_value_label(facet, value, lang)
                ),
                href: params.without(facet, value).href(&root, "/search"),
            })
            .collect();
        if params.query.from.is_some() || params.query.to.is_some() {
            chips.push(Chip {
                label: format!("{} : {from} – {to_year}", page.t.years),
                href: params.of_any_year().href(&root, "/search"),
            });
        }
        let last = last_page(result.total, params.query.size);
        let current = params.query.page;
        let links = numbers(current, last)
            .into_iter()
            .map(|(number, gap)| PageLink {
                number,
                href: params.at(number).href(&root, "/search"),
                current: number == current,
                gap,
            })
            .collect();
        let to = |number: u32| params.at(number).href(&root, "/search");
        let with_view = |view| Params { view, ..params.clone() }.href(&root, "/search");
        let mut cleared = params.clone();
        cleared.query.filters.clear();
        cleared.query.page = 1;
        (cleared.query.from, cleared.query.to) = (None, None);
        let sorts = [
            (Sort::Relevance, page.t.sort_relevance),
            (Sort::Title, page.t.sort_title),
            (Sort::Changed, page.t.sort_changed),
        ];
        page.q.clone_from(&params.query.text);
        Self {
            total: page.results(result.total),
            empty: result.total == 0,
            shortened: result.shortened,
            beyond: result.total > u64::from(MAX_WINDOW) && current >= last,
            list: params.view == View::List,
            mosaic_href: with_view(View::Mosaic),
            list_href: with_view(View::List),
            clear_href: cleared.href(&root, "/search"),
            json_href: params.href(&root, "/api/v1/search"),
            facets,
            chips,
            from,
            to: to_year,
            cards: result.hits.iter().map(|card| CardView::new(card, &root, lang)).collect(),
            links,
            previous: (current > 1).then(|| to(current - 1)),
            next: (current < last).then(|| to(current + 1)),
            sorts: sorts
                .into_iter()
                .map(|(sort, label)| SortOption {
                    value: sort.as_str(),
                    label,
                    selected: sort == params.query.sort,
                })
                .collect(),
            page,
        }
    }
}

/// The last page that can be shown.
fn last_page(total: u64, size: u32) -> u32 {
    let size = u64::from(size.max(1));
    let reachable = u64::from(MAX_WINDOW) / size;
    u32::try_from(total.div_ceil(size).min(reachable)).unwrap_or(1).max(1)
}

/// Page numbers around the current one, with the first and the last; `true` where a gap stands
/// before a number.
fn numbers(current: u32, last: u32) -> Vec<(u32, bool)> {
    let mut shown: Vec<u32> = vec![1, last];
    shown.extend(current.saturating_sub(1)..=current.saturating_add(1));
    shown.retain(|number| (1..=last).contains(number));
    shown.sort_unstable();
    shown.dedup();
    let mut before = 0;
    shown
        .into_iter()
        .map(|number| {
            let gap = number > before + 1;
            before = number;
            (number, gap)
        })
        .collect()
}

async fn search(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, WebError> {
    let params = Params::parse(query.as_deref().unwrap_or(""));
    let result = app.search.query(&params.query).await?;
    let title = match params.query.text.as_str() {
        "" => visitor.texts().explore.to_owned(),
        text => text.chars().take(80).collect(),
    };
    let mut page = Page::new(&app, &visitor, title, &params.href("", "/search"));
    // Endless combinations of filters are no pages for search engines.
    page.indexed = false;
    Ok(respond(&visitor, StatusCode::OK, &SearchPage::new(page, &params, &result)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_numbers_show_first_last_and_neighbours() {
        let shown = |current, last| -> Vec<u32> {
            numbers(current, last).into_iter().map(|(number, _)| number).collect()
        };
        assert_eq!(shown(1, 1), [1]);
        assert_eq!(shown(1, 9), [1, 2, 9]);
        assert_eq!(shown(5, 9), [1, 4, 5, 6, 9]);
        assert_eq!(shown(u32::MAX, 3), [1, 3]);
        assert_eq!(numbers(5, 9).into_iter().filter(|(_, gap)| *gap).count(), 2);
    }

    #[test]
    fn the_last_page_is_within_the_window() {
        assert_eq!(last_page(25, 24), 2);
        assert_eq!(last_page(0, 24), 1);
        assert_eq!(last_page(1_000_000, 24), 416);
    }
}
