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
    not_equals: &'static [&'static str],
    image: &'static str,
    statement: &'static str,
    restricts: bool,
}

const NOTHING: Rule = Rule {
    name: "",
    fields: &["*"],
    contains: &[],
    without: &[],
    equals: &[],
    not_equals: &[],
    image: "none",
    statement: NOT_EVALUATED,
    restricts: false,
};

/// How `DIFFU` says no.
const NO: &[&str] = &[
    "non",
    "n",
    "0",
    "no",
    "false",
    "faux",
    "non diffusable",
    "non diffusee",
    "non diffuse",
    "non.",
    "ne pas diffuser",
    "interdite",
    "interdit",
];
/// How `DIFFU` says yes, which by itself frees nothing: the other notices decide.
const YES: &[&str] = &["oui", "o", "1", "yes", "y", "true", "vrai", "oui.", "diffusable"];

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
        equals: NO,
        image: "none",
        statement: IN_COPYRIGHT,
        restricts: true,
        ..NOTHING
    },
    // Neither yes nor no: what it means is for the producer to say.
    Rule {
        name: "diffusion_unclear",
        fields: &["DIFFU"],
        not_equals: YES,
        restricts: true,
        ..NOTHING
    },
    Rule {
        name: "reproduction_forbidden",
        contains: &["reproduction interdite", "diffusion interdite"],
        without: &["communication libre"],
        image: "none",
        statement: IN_COPYRIGHT,
        restricts: true,
        ..NOTHING
    },
    Rule {
        name: "public_domain",
        contains: &["domaine public", "public domain"],
        without: NOT_PUBLIC,
        image: "full",
        statement: PUBLIC_DOMAIN,
        ..NOTHING
    },
    Rule { name: "cc0", contains: &["cc0", "cc zero"], image: "full", statement: CC0, ..NOTHING },
    // The Licence Ouverte has no URI that Europeana accepts; only the holder can agree to CC BY.
    Rule {
        name: "licence_ouverte",
        contains: &["licence ouverte", "open licence", "etalab"],
        image: "full",
        statement: NOT_EVALUATED,
        ..NOTHING
    },
    Rule {
        name: "creative_commons",
        contains: &["cc by*", "cc-by*", "ccby*", "creative commons", "creativecommons.org"],
        image: "full",
        statement: "from-text",
        ..NOTHING
    },
    // A rightsstatements.org URI says how far it goes: "no copyright" is open, the rest is not.
    Rule {
        name: "no_copyright_statement",
        contains: &["rightsstatements.org/vocab/noc-*", "rightsstatements.org/page/noc-*"],
        without: &["noc-cr", "noc-us"],
        image: "full",
        statement: "from-text",
        ..NOTHING
    },
    Rule {
        name: "in_copyright_statement",
        contains: &["rightsstatements.org/vocab/inc*", "rightsstatements.org/page/inc*"],
        image: "reduced",
        statement: "from-text",
        restricts: true,
        ..NOTHING
    },
    Rule {
        name: "undetermined_statement",
        contains: &["rightsstatements.org"],
        image: "none",
        statement: "from-text",
        ..NOTHING
    },
    Rule {
        name: "free_communication",
        contains: &["communication libre"],
        image: "full",
        statement: IN_COPYRIGHT,
        ..NOTHING
    },
    Rule {
        name: "subject_to_authorisation",
        contains: &[
            "soumise a autorisation",
            "soumis a autorisation",
            "sous reserve d'autorisation",
            "tous droits reserves",
            "all rights reserved",
            "droits reserves",
        ],
        // Looking is free then; the rule before says so.
        without: &["communication libre"],
        image: "reduced",
        statement: IN_COPYRIGHT,
        restricts: true,
        ..NOTHING
    },
    Rule {
        name: "named_holder",
        contains: &["©", "(c)", "copyright", "adagp"],
        image: "reduced",
        statement: IN_COPYRIGHT,
        ..NOTHING
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
                not_equals: own(rule.not_equals),
                restricts: rule.restricts,
                ..RightsRule::default()
            })
            .collect(),
        reduced_side: Some(DEFAULT_REDUCED_SIDE),
        when_silent: Some("none".to_owned()),
        statement_when_silent: Some(NOT_EVALUATED.to_owned()),
        licence_ouverte: None,
        written_in: "built-in".to_owned(),
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
