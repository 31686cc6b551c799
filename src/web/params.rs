//! The search as it stands in a URL: read from the query string, written into links.

use crate::search::{Facet, SearchQuery, Sort};
use std::collections::BTreeSet;
use url::form_urlencoded;

/// How results are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Pictures side by side.
    #[default]
    Mosaic,
    /// One under the other.
    List,
}

impl View {
    /// Name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mosaic => "mosaic",
            Self::List => "list",
        }
    }
}

/// A search as a URL says it. What is not understood is ignored: a link never breaks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    /// The question.
    pub query: SearchQuery,
    /// How results are shown.
    pub view: View,
}

impl Params {
    /// Reads a query string.
    pub fn parse(query: &str) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).take(128) {
            match name.as_ref() {
                "q" => value.trim().clone_into(&mut params.query.text),
                "sort" => params.query.sort = Sort::parse(&value).unwrap_or_default(),
                "page" => params.query.page = value.parse().unwrap_or(1).max(1),
                "size" => {
                    let size = value.parse().unwrap_or(params.query.size);
                    params.query.size = size.max(1);
                }
                "from" => params.query.from = value.trim().parse().ok(),
                "to" => params.query.to = value.trim().parse().ok(),
                "view" => {
                    params.view = if value == "list" { View::List } else { View::Mosaic };
                }
                other => {
                    if let Some(facet) = Facet::parse(other)
                        && !value.is_empty()
                    {
                        let values = params.query.filters.entry(facet).or_default();
                        values.insert(value.into_owned());
                    }
                }
            }
        }
        params
    }

    /// Writes the query string, without what is as usual.
    pub fn to_query(&self) -> String {
        let usual = SearchQuery::default();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.query.text.is_empty() {
            query.append_pair("q", &self.query.text);
        }
        for (facet, values) in &self.query.filters {
            for value in values {
                query.append_pair(facet.as_str(), value);
            }
        }
        for (name, year) in [("from", self.query.from), ("to", self.query.to)] {
            if let Some(year) = year {
                query.append_pair(name, &year.to_string());
            }
        }
        if self.query.sort != usual.sort {
            query.append_pair("sort", self.query.sort.as_str());
        }
        if self.view != View::default() {
            query.append_pair("view", self.view.as_str());
        }
        if self.query.size != usual.size {
            query.append_pair("size", &self.query.size.to_string());
        }
        if self.query.page > 1 {
            query.append_pair("page", &self.query.page.to_string());
        }
        query.finish()
    }

    /// A link to this search under a path.
    pub fn href(&self, root: &str, path: &str) -> String {
        let query = self.to_query();
        if query.is_empty() { format!("{root}{path}") } else { format!("{root}{path}?{query}") }
    }

    /// The same search from the first page, without a filter.
    #[must_use]
    pub fn without(&self, facet: Facet, value: &str) -> Self {
        let mut params = self.clone();
        params.query.page = 1;
        if let Some(values) = params.query.filters.get_mut(&facet) {
            values.remove(value);
        }
        params.query.filters.retain(|_, values| !values.is_empty());
        params
    }

    /// The same search from the first page, of whatever year.
    #[must_use]
    pub fn of_any_year(&self) -> Self {
        let mut params = self.at(1);
        (params.query.from, params.query.to) = (None, None);
        params
    }

    /// Another page of the same search.
    #[must_use]
    pub fn at(&self, page: u32) -> Self {
        let mut params = self.clone();
        params.query.page = page;
        params
    }

    /// The search for one value of a facet.
    pub fn of(facet: Facet, value: &str) -> Self {
        let mut params = Self::default();
        params.query.filters.insert(facet, BTreeSet::from([value.to_owned()]));
        params
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_search_is_wholly_in_its_url() {
        let query = "q=abbaye+de+Jumi%C3%A8ges&base=joconde&base=merimee&image=yes&sort=title&view=list&page=3";
        let params = Params::parse(query);
        assert_eq!(params.query.page, 3);
        assert_eq!(params.query.filters[&Facet::Base].len(), 2);
        assert_eq!(params.to_query(), query);
    }

    #[test]
    fn what_makes_no_sense_is_ignored() {
        let params = Params::parse("page=-1&size=x&sort=up&view=&foo=bar&base=&q=%FF");
        assert_eq!((params.query.page, params.query.size), (1, 24));
        assert!(params.query.filters.is_empty());
    }

    #[test]
    fn taking_a_filter_away_starts_at_the_first_page() {
        let params = Params::parse("q=a&base=x&base=y&page=5").without(Facet::Base, "x");
        assert_eq!(params.to_query(), "q=a&base=y");
        assert_eq!(params.without(Facet::Base, "y").to_query(), "q=a");
    }

    proptest! {
        #[test]
        fn any_query_string_is_read_and_written_back_the_same(text in "\\PC{0,100}") {
            let params = Params::parse(&text);
            prop_assert_eq!(Params::parse(&params.to_query()), params);
        }
    }
}
