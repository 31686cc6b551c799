//! Who asks, in which language, and under which name they see us.

use super::i18n::{Lang, Texts};
use super::{App, PublicUrl};
use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE};
use axum::http::request::Parts;
use std::convert::Infallible;
use url::form_urlencoded;

/// The one who asks for a page.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Language: `?lang=`, else the cookie, else `Accept-Language`, else French.
    pub lang: Lang,
    /// Whether `?lang=` chose it, which the cookie must remember.
    pub chose_lang: bool,
    /// Base URL.
    pub public: PublicUrl,
    /// Path below the base URL.
    pub path: String,
    /// Query string, as sent.
    pub query: String,
}

impl Visitor {
    /// The texts of their language.
    pub fn texts(&self) -> &'static Texts {
        self.lang.texts()
    }

    /// What links inside the site start with.
    pub fn root(&self) -> &str {
        self.public.root()
    }

    /// This page in the other language.
    pub fn switch_href(&self) -> String {
        let other = self.lang.other().as_str();
        let mut query = form_urlencoded::Serializer::new(String::new());
        let pairs = form_urlencoded::parse(self.query.as_bytes());
        query.extend_pairs(pairs.filter(|(name, _)| name != "lang").take(64));
        query.append_pair("lang", other);
        format!("{}{}?{}", self.root(), self.path, query.finish())
    }

    /// Absolute address of a path of the site.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public.0)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        if let Some(visitor) = parts.extensions.get::<Self>() {
            return Ok(visitor.clone());
        }
        let public = PublicUrl::from_request_parts(parts, app).await?;
        let query = parts.uri.query().unwrap_or("").to_owned();
        let chosen = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "lang")
            .and_then(|(_, tag)| Lang::parse(&tag));
        let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let lang = chosen
            .or_else(|| header(COOKIE).and_then(of_cookie))
            .or_else(|| header(ACCEPT_LANGUAGE).and_then(Lang::accepted))
            .unwrap_or_default();
        let visitor = Self {
            lang,
            chose_lang: chosen.is_some(),
            public,
            path: parts.uri.path().to_owned(),
            query,
        };
        parts.extensions.insert(visitor.clone());
        Ok(visitor)
    }
}

/// The `lang` cookie.
fn of_cookie(header: &str) -> Option<Lang> {
    header.split(';').find_map(|pair| pair.trim().strip_prefix("lang=").and_then(Lang::parse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_keeps_the_question() {
        let visitor = Visitor {
            lang: Lang::Fr,
            chose_lang: false,
            public: PublicUrl("https://a.org/p".to_owned()),
            path: "/search".to_owned(),
            query: "q=%C3%A9glise&base=joconde&lang=fr".to_owned(),
        };
        assert_eq!(visitor.switch_href(), "/p/search?q=%C3%A9glise&base=joconde&lang=en");
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        assert_eq!(of_cookie("a=b; lang=en; c=d"), Some(Lang::En));
        assert_eq!(of_cookie("langue=en"), None);
    }
}
