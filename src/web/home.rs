//! The home page: the search box, the bases with their counts, some pictures.

use super::card_view::CardView;
use super::i18n::base_label;
use super::page::{Page, respond};
use super::params::Params;
use super::visitor::Visitor;
use super::{App, WebError};
use crate::search::{Facet, SearchQuery, SearchResult};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;

/// Pictures on the home page.
const PICTURES: u32 = 12;

/// The route.
pub fn router() -> Router<App> {
    Router::new().route("/", get(home))
}

/// One base on the home page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseView {
    /// The search for all of it.
    pub href: String,
    /// In words.
    pub label: String,
    /// `12 345 notices`.
    pub count: String,
}

#[derive(Template)]
#[template(path = "home.html")]
pub(in crate::web) struct HomePage {
    page: Page,
    bases: Vec<BaseView>,
    cards: Vec<CardView>,
    images_href: String,
}

impl HomePage {
    pub(in crate::web) fn new(page: Page, all: &SearchResult, pictures: &SearchResult) -> Self {
        let bases = all.facet(Facet::Base).map_or(&[][..], |counts| counts.values.as_slice());
        let bases = bases
            .iter()
            .map(|base| BaseView {
                href: Params::of(Facet::Base, &base.value).href(&page.root, "/search"),
                label: base_label(&base.value, page.lang),
                count: page.objects(base.count),
            })
            .collect();
        let cards =
            pictures.hits.iter().map(|card| CardView::new(card, &page.root, page.lang)).collect();
        let images_href = Params::of(Facet::Image, "yes").href(&page.root, "/search");
        Self { page, bases, cards, images_href }
    }
}

async fn home(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let all = app.search.query(&SearchQuery { size: 0, ..SearchQuery::default() }).await?;
    let mut pictures = Params::of(Facet::Image, "yes").query;
    pictures.size = PICTURES;
    pictures.facets = false;
    let pictures = app.search.query(&pictures).await?;

    let mut page = Page::new(&app, &visitor, visitor.texts().tagline, "/");
    visitor.texts().search_label.clone_into(&mut page.description);
    page.box_in_header = false;
    Ok(respond(&visitor, StatusCode::OK, &HomePage::new(page, &all, &pictures)))
}
