//! Facets: what a result can be narrowed by.

use domain::rights::{CC0, NOT_EVALUATED, PUBLIC_DOMAIN, RightsDecision};
use serde::Serialize;

/// A facet. Several values of one facet are joined by OR, facets by AND.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Base (`joconde`, …).
    Base,
    /// Kind of thing.
    Kind,
    /// `yes` or `no`: has an image that may be shown.
    Image,
    /// Denomination.
    Type,
    /// Author.
    Creator,
    /// Century, as a number.
    Period,
    /// Place of making, shown, or where it stands or is kept.
    Place,
    /// Holder.
    Provider,
    /// `open`, `restricted`, `none`.
    Rights,
    /// `missing`, `stolen`.
    Flag,
}

impl Facet {
    /// Every facet, in page order.
    pub const ALL: [Self; 10] = [
        Self::Base,
        Self::Kind,
        Self::Image,
        Self::Type,
        Self::Creator,
        Self::Period,
        Self::Place,
        Self::Provider,
        Self::Rights,
        Self::Flag,
    ];

    /// Name in URLs, JSON and the index.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Kind => "kind",
            Self::Image => "image",
            Self::Type => "type",
            Self::Creator => "creator",
            Self::Period => "period",
            Self::Place => "place",
            Self::Provider => "provider",
            Self::Rights => "rights",
            Self::Flag => "flag",
        }
    }

    /// The facet of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.as_str() == name)
    }
}

/// One value of a facet with the number of results that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetValue {
    /// The value as the index has it.
    pub value: String,
    /// Results that have it, own facet's filters aside.
    pub count: u64,
    /// Whether the query asks for it.
    pub selected: bool,
}

/// The values of one facet, most frequent first, the selected ones always among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FacetCounts {
    /// Which.
    pub facet: Facet,
    /// Values.
    pub values: Vec<FacetValue>,
    /// Whether there are more values than these.
    pub more: bool,
}

/// The class of reuse: `open` for the public domain and the licences that allow reuse by anyone
/// for anything, `restricted` for any other statement, `none` when nothing is said.
pub fn rights_class(rights: &RightsDecision) -> &'static str {
    let statement = rights.statement.as_str();
    if statement == NOT_EVALUATED {
        "none"
    } else if statement == CC0
        || statement == PUBLIC_DOMAIN
        || statement.contains("creativecommons.org/licenses/by/")
        || statement.contains("creativecommons.org/licenses/by-sa/")
        || statement.contains("creativecommons.org/publicdomain/")
        || statement.contains("etalab.gouv.fr")
    {
        "open"
    } else {
        "restricted"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_a_class_of_its_own() {
        let mut rights = RightsDecision::undecided();
        assert_eq!(rights_class(&rights), "none");
        for (statement, class) in [
            ("http://creativecommons.org/licenses/by-sa/4.0/", "open"),
            ("http://creativecommons.org/licenses/by-nc/4.0/", "restricted"),
            ("http://rightsstatements.org/vocab/InC/1.0/", "restricted"),
            (PUBLIC_DOMAIN, "open"),
        ] {
            statement.clone_into(&mut rights.statement);
            assert_eq!(rights_class(&rights), class, "{statement}");
        }
    }

    #[test]
    fn every_facet_is_found_under_its_name() {
        for facet in Facet::ALL {
            assert_eq!(Facet::parse(facet.as_str()), Some(facet));
        }
    }
}
