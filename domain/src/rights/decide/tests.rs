use super::*;
use crate::rights::is_accepted;
use crate::rights::{CC0, IN_COPYRIGHT, PUBLIC_DOMAIN};
use proptest::prelude::*;

fn text(field: &str, text: &str) -> RightsText {
    RightsText {
        name: field.to_owned(),
        source_name: field.to_owned(),
        text: text.to_owned(),
        bears_rights: true,
    }
}

fn rule(field: &str, words: &str, image: &str) -> RightsRule {
    RightsRule {
        name: "own".to_owned(),
        fields: vec![field.to_owned()],
        contains: vec![words.to_owned()],
        image: image.to_owned(),
        statement: IN_COPYRIGHT.to_owned(),
        ..RightsRule::default()
    }
}

const REDUCED: ImageRight = ImageRight::Reduced(800);
const CNE: &str = NOT_EVALUATED;

#[test]
fn real_wordings_get_the_right_decision() {
    let cases: &[(&str, &str, &str, ImageRight, &str)] = &[
        // Forbidden.
        ("DIFFU", "non", "diffusion_refused", ImageRight::None, IN_COPYRIGHT),
        (
            "DIFF",
            "reproduction interdite",
            "reproduction_forbidden",
            ImageRight::None,
            IN_COPYRIGHT,
        ),
        // Public domain and CC0.
        ("DIFF", "Domaine public", "public_domain", ImageRight::Full, PUBLIC_DOMAIN),
        ("DROIT", "CC0", "cc0", ImageRight::Full, CC0),
        // Licence Ouverte: shown, but without a URI that would say more than the holder did.
        (
            "COPY",
            "Licence ouverte / Open Licence (Etalab)",
            "licence_ouverte",
            ImageRight::Full,
            CNE,
        ),
        // Creative Commons.
        (
            "COPY",
            "Photo J. Dupont, CC BY-SA 4.0",
            "creative_commons",
            ImageRight::Full,
            "http://creativecommons.org/licenses/by-sa/4.0/",
        ),
        // Free to look at.
        (
            "DIFF",
            "communication libre, reproduction soumise à autorisation",
            "free_communication",
            ImageRight::Full,
            IN_COPYRIGHT,
        ),
        (
            "DIFF",
            "communication libre, reproduction interdite",
            "free_communication",
            ImageRight::Full,
            IN_COPYRIGHT,
        ),
        // Subject to authorisation, or a holder is named.
        (
            "DIFF",
            "reproduction soumise à autorisation du titulaire des droits d'exploitation",
            "subject_to_authorisation",
            REDUCED,
            IN_COPYRIGHT,
        ),
        ("DIFF", "tous droits réservés", "subject_to_authorisation", REDUCED, IN_COPYRIGHT),
        (
            "PHOT",
            "© Gérard Blot#Réunion des musées nationaux - utilisation soumise à autorisation",
            "subject_to_authorisation",
            REDUCED,
            IN_COPYRIGHT,
        ),
        ("COPY", "© musée de Brou", "named_holder", REDUCED, IN_COPYRIGHT),
        // A notice that says nothing of use.
        (
            "COPY",
            "Ministère de la Culture (France), diffusion RMN",
            "not_understood",
            ImageRight::None,
            CNE,
        ),
        ("COPY", "licence Creative Commons", "not_understood", ImageRight::None, CNE),
        // Statements of partners.
        (
            "edm:rights",
            "https://rightsstatements.org/page/InC/1.0/",
            "in_copyright_statement",
            REDUCED,
            IN_COPYRIGHT,
        ),
        (
            "edm:rights",
            "http://rightsstatements.org/vocab/UND/1.0/",
            "undetermined_statement",
            ImageRight::None,
            CNE,
        ),
        (
            "edm:rights",
            "http://rightsstatements.org/vocab/NoC-OKLR/1.0/",
            "no_copyright_statement",
            ImageRight::Full,
            "http://rightsstatements.org/vocab/NoC-OKLR/1.0/",
        ),
    ];
    for (field, wording, rule, image, statement) in cases {
        let decision = decide(&[], &[text(field, wording)]);
        assert_eq!((decision.rule.as_str(), decision.image), (*rule, *image), "{wording}");
        assert_eq!(decision.statement, *statement, "{wording}");
        assert_eq!(decision.trigger, format!("{field}: {wording}"));
        assert!(decision.metadata_open);
    }
}

#[test]
fn no_mention_is_not_freedom() {
    for texts in [vec![], vec![text("COPY", "  ")]] {
        let decision = decide(&[], &texts);
        assert_eq!((decision.rule.as_str(), decision.image), ("nothing_said", ImageRight::None));
        assert_eq!(decision.statement, NOT_EVALUATED);
        assert_eq!(decision.trigger, "");
    }
}

#[test]
fn what_denies_the_public_domain_does_not_open() {
    for wording in [
        "© X, oeuvre non libre, pas dans le domaine public",
        "sacc0che",
        "domaine public mobilier de l'État",
    ] {
        assert_ne!(decide(&[], &[text("COPY", wording)]).image, ImageRight::Full, "{wording}");
    }
}

#[test]
fn the_source_speaks_before_the_mapping_and_the_mapping_before_the_defaults() {
    let source =
        RightsPolicy { rules: vec![rule("COPY", "musee", "full")], ..RightsPolicy::default() };
    let mapping = RightsPolicy { rules: vec![rule("*", "©", "none")], ..RightsPolicy::default() };
    let texts = [text("COPY", "© musée de Brou")];
    assert_eq!(decide(&[&source, &mapping], &texts).image, ImageRight::Full);
    assert_eq!(decide(&[&mapping], &texts).image, ImageRight::None);
    assert_eq!(decide(&[], &texts).image, REDUCED);
}

#[test]
fn a_policy_sets_the_reduced_side_and_what_silence_gives() {
    let policy = RightsPolicy {
        reduced_side: Some(400),
        when_silent: Some("reduced".to_owned()),
        statement_when_silent: Some(PUBLIC_DOMAIN.to_owned()),
        ..RightsPolicy::default()
    };
    let silent = decide(&[&policy], &[]);
    assert_eq!(
        (silent.image, silent.statement.as_str()),
        (ImageRight::Reduced(400), PUBLIC_DOMAIN)
    );
    assert_eq!(decide(&[&policy], &[text("COPY", "© X")]).image, ImageRight::Reduced(400));
}

#[test]
fn a_rule_can_name_the_field_as_the_source_does() {
    let mut copyright = text("COPY", "à voir avec le musée");
    copyright.source_name = "Droits_de_l'image".to_owned();
    let policy = RightsPolicy {
        rules: vec![rule("droits de l'image", "a voir", "reduced:300")],
        ..RightsPolicy::default()
    };
    assert_eq!(decide(&[&policy], &[copyright]).image, ImageRight::Reduced(300));
}

#[test]
fn a_long_notice_is_cut_in_the_trigger() {
    let decision = decide(&[], &[text("COPY", &format!("© {}", "é".repeat(500)))]);
    assert_eq!(decision.trigger.chars().count(), 200);
}

#[test]
fn mistakes_of_a_policy_are_named_with_what_is_allowed() {
    let mut bad = rule("COPY", "x", "ful");
    bad.statement = "https://creativecommons.org/licenses/by/4.0/".to_owned();
    let policy = RightsPolicy {
        rules: vec![bad],
        when_silent: Some("all".to_owned()),
        ..RightsPolicy::default()
    };
    insta::assert_snapshot!(policy.mistakes().join("\n"), @"
    rule `own`, image: `ful` is not an image right; allowed: none, reduced, reduced:N (pixels), max:WxH, area:N, full
    when_silent: `all` is not an image right; allowed: none, reduced, reduced:N (pixels), max:WxH, area:N, full
    rule `own`, statement: `https://creativecommons.org/licenses/by/4.0/` is not accepted in edm:rights; write http://creativecommons.org/licenses/by/4.0/
    ");
}

fn any_rule() -> impl Strategy<Value = RightsRule> {
    (
        prop::sample::select(vec!["*", "COPY", "DIFF", "PHOT"]),
        prop::sample::select(vec!["", "libre", "©", "domaine public", "cc by*"]),
        prop::sample::select(vec!["none", "reduced", "reduced:300", "full", "nonsense"]),
        prop::sample::select(vec!["from-text", CC0, IN_COPYRIGHT, "https://example.org/mine", ""]),
        any::<bool>(),
    )
        .prop_map(|(field, words, image, statement, metadata)| RightsRule {
            name: "any".to_owned(),
            fields: vec![field.to_owned()],
            contains: if words.is_empty() { Vec::new() } else { vec![words.to_owned()] },
            image: image.to_owned(),
            statement: statement.to_owned(),
            metadata,
            ..RightsRule::default()
        })
}

fn any_text() -> impl Strategy<Value = RightsText> {
    (
        prop::sample::select(vec!["COPY", "DIFF", "PHOT", "TITR"]),
        "(©|domaine public|CC BY 4.0|communication libre|reproduction interdite|\\PC{0,12}){0,3}",
        any::<bool>(),
    )
        .prop_map(|(field, content, bears_rights)| RightsText {
            bears_rights,
            ..text(field, &content)
        })
}

proptest! {
    #[test]
    fn the_statement_is_always_one_that_europeana_accepts(
        rules in prop::collection::vec(any_rule(), 0..5),
        texts in prop::collection::vec(any_text(), 0..4),
        silent in prop::option::of(prop::sample::select(vec!["http://example.org/x", CC0])),
    ) {
        let policy = RightsPolicy {
            rules, statement_when_silent: silent.map(str::to_owned), ..RightsPolicy::default()
        };
        let decision = decide(&[&policy], &texts);
        prop_assert!(is_accepted(&decision.statement), "{}", decision.statement);
        prop_assert!(decision.trigger.chars().count() <= 200);
    }

    #[test]
    fn a_forbidding_rule_never_opens(
        mut rules in prop::collection::vec(any_rule(), 0..5),
        texts in prop::collection::vec(any_text(), 0..4),
        mut forbidding in any_rule(),
        at in 0_usize..6,
    ) {
        let before = decide(&[&RightsPolicy { rules: rules.clone(), ..RightsPolicy::default() }], &texts);
        forbidding.image = "none".to_owned();
        rules.insert(at.min(rules.len()), forbidding);
        let after = decide(&[&RightsPolicy { rules, ..RightsPolicy::default() }], &texts);
        prop_assert!(after.image == before.image || after.image == ImageRight::None);
        prop_assert!(before.metadata_open || !after.metadata_open);
    }
}
