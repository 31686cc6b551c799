//! What every page has: head, language, header, and the answer that carries it.

use super::i18n::{Lang, Texts};
use super::static_files;
use super::visitor::Visitor;
use super::{App, WebError};
use askama::Template;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE, VARY,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// What the base template needs.
#[derive(Debug, Clone)]
pub struct Page {
    /// Language.
    pub lang: Lang,
    /// Texts of it.
    pub t: &'static Texts,
    /// Start of every link inside the site.
    pub root: String,
    /// Name of the installation.
    pub name: String,
    /// Of the page, without the name of the installation.
    pub title: String,
    /// For search engines and previews.
    pub description: String,
    /// The address of this page, whatever the parameters that do not change it.
    pub canonical: String,
    /// This page in the other language.
    pub switch: String,
    /// Picture for previews, absolute.
    pub preview: Option<String>,
    /// Content of the search box.
    pub q: String,
    /// Whether search engines may keep the page.
    pub indexed: bool,
    /// Whether the header has the search box.
    pub box_in_header: bool,
    /// Address of the style sheet.
    pub css: String,
    /// Address of the script.
    pub js: String,
}

impl Page {
    /// The page of a visitor. `path` is the canonical path, with the parameters that matter.
    pub fn new(app: &App, visitor: &Visitor, title: impl Into<String>, path: &str) -> Self {
        Self {
            lang: visitor.lang,
            t: visitor.texts(),
            root: visitor.root().to_owned(),
            name: app.settings.repository.name.clone(),
            title: title.into(),
            description: String::new(),
            canonical: visitor.absolute(path),
            switch: visitor.switch_href(),
            preview: None,
            q: String::new(),
            indexed: true,
            box_in_header: true,
            css: static_files::href(visitor.root(), "app.css"),
            js: static_files::href(visitor.root(), "app.js"),
        }
    }

    /// The code of the language.
    pub fn code(&self) -> &'static str {
        self.lang.as_str()
    }

    /// A count in words: `12 345 résultats`.
    pub fn results(&self, n: u64) -> String {
        let word = if n == 1 { self.t.result_one } else { self.t.results };
        format!("{} {word}", self.lang.number(n))
    }

    /// A count in words: `12 345 notices`.
    pub fn objects(&self, n: u64) -> String {
        let word = if n == 1 { self.t.object_one } else { self.t.objects };
        format!("{} {word}", self.lang.number(n))
    }
}

/// Renders a template into the answer.
pub fn respond(visitor: &Visitor, status: StatusCode, template: &impl Template) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => return WebError::internal(&error).into_response(),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(visitor.lang.as_str()));
    headers.insert(VARY, HeaderValue::from_static("accept-language, cookie"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Images and image information carry the public base URL, which may be another origin than
    // the name under which the page was asked for.
    let origin = visitor.public.origin();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
         img-src 'self' data: {origin}; connect-src 'self' {origin}; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'self'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if visitor.chose_lang {
        let cookie =
            format!("lang={}; Path=/; Max-Age=31536000; SameSite=Lax", visitor.lang.as_str());
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.insert(SET_COOKIE, cookie);
        }
    }
    response
}
