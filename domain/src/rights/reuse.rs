//! What a rights statement lets a reader do, in the three groups of Europeana.

/// Group of a rights statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reuse {
    /// Free reuse: public domain mark, CC0, CC BY, CC BY-SA.
    Open,
    /// Reuse with conditions: the other Creative Commons licences, NoC-NC, NoC-OKLR, InC-EDU.
    Restricted,
    /// Only with permission: in copyright, or nothing known.
    Permission,
}

impl Reuse {
    /// The group of an `edm:rights` URI. What is not known needs permission.
    pub fn of(statement: &str) -> Self {
        if let Some(path) = statement.split_once("creativecommons.org/").map(|(_, path)| path) {
            let code = path.strip_prefix("licenses/").and_then(|path| path.split('/').next());
            return match code {
                Some("by" | "by-sa") => Self::Open,
                None if path.starts_with("publicdomain/") => Self::Open,
                Some(_) => Self::Restricted,
                None => Self::Permission,
            };
        }
        let code = statement.split_once("rightsstatements.org/vocab/").map(|(_, path)| path);
        match code.and_then(|path| path.split('/').next()) {
            Some("NoC-NC" | "NoC-OKLR" | "InC-EDU") => Self::Restricted,
            _ => Self::Permission,
        }
    }

    /// The name, as in the set `rights:open`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Restricted => "restricted",
            Self::Permission => "permission",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::{CC0, IN_COPYRIGHT, NOT_EVALUATED, PUBLIC_DOMAIN};

    #[test]
    fn statements_fall_into_the_groups_of_europeana() {
        for (statement, expected) in [
            (PUBLIC_DOMAIN, Reuse::Open),
            (CC0, Reuse::Open),
            ("http://creativecommons.org/licenses/by/4.0/", Reuse::Open),
            ("http://creativecommons.org/licenses/by-sa/3.0/fr/", Reuse::Open),
            ("http://creativecommons.org/licenses/by-nc-sa/4.0/", Reuse::Restricted),
            ("http://creativecommons.org/licenses/by-nd/4.0/", Reuse::Restricted),
            ("http://rightsstatements.org/vocab/NoC-OKLR/1.0/", Reuse::Restricted),
            ("http://rightsstatements.org/vocab/InC-EDU/1.0/", Reuse::Restricted),
            (IN_COPYRIGHT, Reuse::Permission),
            (NOT_EVALUATED, Reuse::Permission),
            ("", Reuse::Permission),
            ("free as in beer", Reuse::Permission),
        ] {
            assert_eq!(Reuse::of(statement), expected, "{statement}");
        }
    }
}
