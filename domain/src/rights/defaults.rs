//! The built-in rights rules, which speak after those of the source and of the mapping.
//!
//! They are the rule of the project for French heritage databases: what the notice forbids, what
//! it frees, what it subjects to authorisation. Absence of a mention is not freedom. A source that
//! has agreed on more (say, images under Licence Ouverte as CC BY) says so in its own rules.

use super::{CC0, IN_COPYRIGHT, NOT_EVALUATED, PUBLIC_DOMAIN, RightsPolicy, RightsRule};
use std::sync::LazyLock;

/// Longest side in pixels of a reduced image when no policy says another.
pub const DEFAULT_REDUCED_SIDE: u32 = 800;

/// Field that says it, what it contains, what it must not contain, what it equals.
struct Rule {
    name: &'static str,
    fields: &'static [&'static str],
    contains: &'static [&'static str],
    without: &'static [&'static str],
    equals: &'static [&'static str],
    image: &'static str,
    statement: &'static str,
}

/// Words that turn "domaine public" into its contrary.
const NOT_PUBLIC: &[&str] = &[
    "pas dans le domaine public",
    "pas encore dans le domaine public",
    "pas entre dans le domaine public",
    "pas du domaine public",
    "hors domaine public",
    "domaine public mobilier",
    "domaine public de l'etat",
    "domaine public communal",
];

const RULES: &[Rule] = &[
    Rule {
        name: "diffusion_refused",
        fields: &["DIFFU"],
        contains: &[],
        without: &[],
        equals: &["non", "n", "0", "false"],
        image: "none",
        statement: IN_COPYRIGHT,
    },
    Rule {
        name: "reproduction_forbidden",
        fields: &["*"],
        contains: &["reproduction interdite", "diffusion interdite"],
        without: &["communication libre"],
        equals: &[],
        image: "none",
        statement: IN_COPYRIGHT,
    },
    Rule {
        name: "public_domain",
        fields: &["*"],
        contains: &["domaine public", "public domain"],
        without: NOT_PUBLIC,
        equals: &[],
        image: "full",
        statement: PUBLIC_DOMAIN,
    },
    Rule {
        name: "cc0",
        fields: &["*"],
        contains: &["cc0", "cc zero"],
        without: &[],
        equals: &[],
        image: "full",
        statement: CC0,
    },
    // The Licence Ouverte has no URI that Europeana accepts; only the holder can agree to CC BY.
    Rule {
        name: "licence_ouverte",
        fields: &["*"],
        contains: &["licence ouverte", "open licence", "etalab"],
        without: &[],
        equals: &[],
        image: "full",
        statement: NOT_EVALUATED,
    },
    Rule {
        name: "creative_commons",
        fields: &["*"],
        contains: &["cc by*", "cc-by*", "ccby*", "creative commons", "creativecommons.org"],
        without: &[],
        equals: &[],
        image: "full",
        statement: "from-text",
    },
    // A rightsstatements.org URI says how far it goes: "no copyright" is open, the rest is not.
    Rule {
        name: "no_copyright_statement",
        fields: &["*"],
        contains: &["rightsstatements.org/vocab/noc-*", "rightsstatements.org/page/noc-*"],
        without: &["noc-cr", "noc-us"],
        equals: &[],
        image: "full",
        statement: "from-text",
    },
    Rule {
        name: "in_copyright_statement",
        fields: &["*"],
        contains: &["rightsstatements.org/vocab/inc*", "rightsstatements.org/page/inc*"],
        without: &[],
        equals: &[],
        image: "reduced",
        statement: "from-text",
    },
    Rule {
        name: "undetermined_statement",
        fields: &["*"],
        contains: &["rightsstatements.org"],
        without: &[],
        equals: &[],
        image: "none",
        statement: "from-text",
    },
    Rule {
        name: "free_communication",
        fields: &["*"],
        contains: &["communication libre"],
        without: &[],
        equals: &[],
        image: "full",
        statement: IN_COPYRIGHT,
    },
    Rule {
        name: "subject_to_authorisation",
        fields: &["*"],
        contains: &[
            "soumise a autorisation",
            "soumis a autorisation",
            "sous reserve d'autorisation",
            "tous droits reserves",
            "all rights reserved",
            "droits reserves",
        ],
        without: &[],
        equals: &[],
        image: "reduced",
        statement: IN_COPYRIGHT,
    },
    Rule {
        name: "named_holder",
        fields: &["*"],
        contains: &["©", "(c)", "copyright", "adagp"],
        without: &[],
        equals: &[],
        image: "reduced",
        statement: IN_COPYRIGHT,
    },
];

static POLICY: LazyLock<RightsPolicy> = LazyLock::new(|| {
    let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    RightsPolicy {
        rules: RULES
            .iter()
            .map(|rule| RightsRule {
                name: rule.name.to_owned(),
                fields: own(rule.fields),
                contains: own(rule.contains),
                without: own(rule.without),
                equals: own(rule.equals),
                image: rule.image.to_owned(),
                statement: rule.statement.to_owned(),
                metadata: true,
            })
            .collect(),
        reduced_side: Some(DEFAULT_REDUCED_SIDE),
        when_silent: Some("none".to_owned()),
        statement_when_silent: Some(NOT_EVALUATED.to_owned()),
    }
});

/// The built-in policy, last in every chain.
pub fn default_policy() -> &'static RightsPolicy {
    &POLICY
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_built_in_rules_have_no_mistake() {
        assert_eq!(super::default_policy().mistakes(), Vec::<String>::new());
    }
}
