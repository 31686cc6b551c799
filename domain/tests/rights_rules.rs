//! The rights rules of French heritage databases, one test each, with the rule as it is written
//! down in the study of POP that the project began with.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    missing_docs,
    reason = "tests"
)]

use domain::rights::{
    CC0, IN_COPYRIGHT, ImageRight, NOT_EVALUATED, Outcome, PUBLIC_DOMAIN, RightsDecision,
    RightsPolicy, RightsRule, RightsText, RuleCondition, decide, explain,
};

fn texts(fields: &[(&str, &str)]) -> Vec<RightsText> {
    fields
        .iter()
        .map(|(name, text)| RightsText {
            name: (*name).to_owned(),
            source_name: (*name).to_owned(),
            text: (*text).to_owned(),
            bears_rights: matches!(*name, "COPY" | "PHOT" | "DIFF" | "DROIT" | "DIFFU" | "licence"),
        })
        .collect()
}

fn decided(fields: &[(&str, &str)]) -> RightsDecision {
    decide(&[], &texts(fields))
}

fn with(rules: Vec<RightsRule>) -> RightsPolicy {
    RightsPolicy { rules, written_in: "schedule x.toml".to_owned(), ..RightsPolicy::default() }
}

const REDUCED: ImageRight = ImageRight::Reduced(800);

/// "1. … `DIFFU=non` …: metadata only, no image."
#[test]
fn rule_1_diffu_non_in_all_its_forms_hides_the_image_and_nothing_else() {
    for no in ["non", "NON", " Non ", "n", "N", "0", "no", "false", "Faux", "non diffusé", "Non."]
    {
        let decision = decided(&[("DIFFU", no), ("COPY", "Domaine public")]);
        assert_eq!(decision.image, ImageRight::None, "{no}");
        assert_eq!(decision.rule, "diffusion_refused", "{no}");
        assert!(decision.metadata_open, "{no}");
    }
}

/// "`DIFFU` (deprecated `oui/non`)": yes is not a licence, and neither is anything else.
#[test]
fn rule_1_diffu_oui_frees_nothing_by_itself_and_an_unclear_one_hides_the_image() {
    for yes in ["oui", "OUI", "o", "1", "true"] {
        let decision = decided(&[("DIFFU", yes)]);
        assert_eq!((decision.rule.as_str(), decision.image), ("nothing_said", ImageRight::None));
        assert_eq!(decision.statement, NOT_EVALUATED);
        assert_eq!(decided(&[("DIFFU", yes), ("COPY", "Domaine public")]).image, ImageRight::Full);
    }
    for unclear in ["à vérifier", "oui sauf image", "2024"] {
        let decision = decided(&[("DIFFU", unclear), ("COPY", "Domaine public")]);
        assert_eq!(decision.image, ImageRight::None, "{unclear}");
        assert_eq!(decision.rule, "diffusion_unclear", "{unclear}");
    }
}

/// "1. … `DIFF` contains "reproduction interdite" without "communication libre": metadata only, no
/// image."
#[test]
fn rule_1_a_forbidden_reproduction_hides_the_image_unless_communication_is_free() {
    let forbidden = decided(&[("DIFF", "Reproduction interdite")]);
    assert_eq!((forbidden.image, forbidden.statement.as_str()), (ImageRight::None, IN_COPYRIGHT));
    assert!(forbidden.metadata_open);
    let free = decided(&[("DIFF", "communication libre, reproduction interdite")]);
    assert_eq!((free.image, free.rule.as_str()), (ImageRight::Full, "free_communication"));
}

/// "2. `COPY/PHOT/DIFF/DROIT` contains "domaine public", "CC0": show,
/// `http://creativecommons.org/publicdomain/mark/1.0/` or `…/zero/1.0/`."
#[test]
fn rule_2_public_domain_and_cc0_are_shown_in_each_of_the_four_fields() {
    for field in ["COPY", "PHOT", "DIFF", "DROIT"] {
        let public = decided(&[(field, "Œuvre du domaine public")]);
        assert_eq!((public.image, public.statement.as_str()), (ImageRight::Full, PUBLIC_DOMAIN));
        let zero = decided(&[(field, "CC0")]);
        assert_eq!((zero.image, zero.statement.as_str()), (ImageRight::Full, CC0));
        assert_eq!(zero.trigger, format!("{field}: CC0"));
    }
}

/// "3. contains "licence ouverte", "etalab": show, Licence Ouverte URI (EDM accepts CC BY as
/// equivalent only by agreement with the producer: keep configurable)."
#[test]
fn rule_3_the_licence_ouverte_is_shown_and_is_cc_by_only_by_agreement() {
    let by = "http://creativecommons.org/licenses/by/4.0/";
    for words in ["Licence Ouverte 2.0", "licence ouverte / Open Licence", "Etalab"] {
        let fields = texts(&[("COPY", words)]);
        let plain = decide(&[], &fields);
        assert_eq!((plain.image, plain.statement.as_str()), (ImageRight::Full, NOT_EVALUATED));
        let agreed =
            RightsPolicy { licence_ouverte: Some(by.to_owned()), ..RightsPolicy::default() };
        let decision = decide(&[&agreed], &fields);
        assert_eq!((decision.image, decision.statement.as_str()), (ImageRight::Full, by));
    }
}

/// "4. contains "CC BY", "Creative Commons": the matching CC URI."
#[test]
fn rule_4_a_creative_commons_licence_gives_its_own_address() {
    for (words, uri) in [
        ("CC BY-SA 4.0", "http://creativecommons.org/licenses/by-sa/4.0/"),
        ("Photo X, CC BY 3.0 FR", "http://creativecommons.org/licenses/by/3.0/fr/"),
        (
            "Creative Commons Attribution - Pas de modification 4.0",
            "http://creativecommons.org/licenses/by-nd/4.0/",
        ),
        (
            "https://www.creativecommons.org/licenses/by-nc/4.0/deed.fr",
            "http://creativecommons.org/licenses/by-nc/4.0/",
        ),
    ] {
        let decision = decided(&[("COPY", words)]);
        assert_eq!((decision.image, decision.statement.as_str()), (ImageRight::Full, uri));
    }
    // No licence can be read out of it: not guessed.
    let unknown = decided(&[("COPY", "licence Creative Commons")]);
    assert_eq!((unknown.rule.as_str(), unknown.image), ("not_understood", ImageRight::None));
}

/// "5. `DIFF` contains "communication libre": show, `http://rightsstatements.org/vocab/InC/1.0/`."
#[test]
fn rule_5_free_communication_is_shown_in_copyright() {
    for words in [
        "communication libre",
        "communication libre, reproduction soumise à autorisation",
        "Communication libre, reproduction interdite",
    ] {
        let decision = decided(&[("DIFF", words)]);
        assert_eq!(decision.rule, "free_communication", "{words}");
        assert_eq!(
            (decision.image, decision.statement.as_str()),
            (ImageRight::Full, IN_COPYRIGHT),
            "{words}"
        );
    }
}

/// "6. `DIFF` contains "soumise à autorisation", "tous droits réservés", or `©` with a named holder:
/// show at most a reduced image according to the producer's policy, `InC/1.0/`."
#[test]
fn rule_6_what_needs_authorisation_is_reduced_as_the_producer_says() {
    let policy = RightsPolicy { reduced_side: Some(400), ..RightsPolicy::default() };
    for (field, words) in [
        ("DIFF", "reproduction soumise à autorisation du titulaire des droits d'exploitation"),
        ("DIFF", "Tous droits réservés"),
        ("COPY", "© Ministère de la Culture (France), Médiathèque du patrimoine"),
        ("PHOT", "(c) Gérard Blot"),
    ] {
        let decision = decided(&[(field, words)]);
        assert_eq!(
            (decision.image, decision.statement.as_str()),
            (REDUCED, IN_COPYRIGHT),
            "{words}"
        );
        let own = decide(&[&policy], &texts(&[(field, words)]));
        assert_eq!(own.image, ImageRight::Reduced(400), "{words}");
    }
}

/// "7. nothing said: `http://rightsstatements.org/vocab/CNE/1.0/`, reduced image or none according
/// to the producer's policy. **Absence of a mention is not freedom**."
#[test]
fn rule_7_nothing_said_is_not_freedom_and_the_producer_says_what_it_gives() {
    let silent = decided(&[("COPY", "   "), ("TITR", "Domaine public")]);
    assert_eq!((silent.image, silent.statement.as_str()), (ImageRight::None, NOT_EVALUATED));
    assert_eq!((silent.rule.as_str(), silent.trigger.as_str()), ("nothing_said", ""));
    let policy =
        RightsPolicy { when_silent: Some("reduced".to_owned()), ..RightsPolicy::default() };
    assert_eq!(decide(&[&policy], &[]).image, REDUCED);
}

/// "The policy must be per producer and per source …"
#[test]
fn a_source_may_say_something_else_for_each_producer() {
    let mpp = RightsRule {
        name: "mpp_silent".to_owned(),
        fields: vec!["REF".to_owned()],
        when: Some(RuleCondition {
            field: "PRODUCTEUR".to_owned(),
            equals: vec!["MPP".to_owned()],
            ..RuleCondition::default()
        }),
        image: "max:500".to_owned(),
        statement: IN_COPYRIGHT.to_owned(),
        silent: true,
        ..RightsRule::default()
    };
    let policy = with(vec![mpp]);
    let of = |fields: &[(&str, &str)]| decide(&[&policy], &texts(fields));
    let silent = of(&[("REF", "APMH1"), ("PRODUCTEUR", "Mpp")]);
    assert_eq!((silent.image, silent.rule.as_str()), (ImageRight::Reduced(500), "mpp_silent"));
    // Another producer, and a record that says something itself.
    assert_eq!(of(&[("REF", "IVR1"), ("PRODUCTEUR", "INV")]).image, ImageRight::None);
    let said = of(&[("REF", "APMH1"), ("PRODUCTEUR", "MPP"), ("COPY", "Domaine public")]);
    assert_eq!(said.image, ImageRight::Full);
}

/// "… with the text that triggered it kept next to the result."
#[test]
fn the_text_and_the_place_of_the_rule_are_kept() {
    let own = RightsRule {
        name: "own".to_owned(),
        fields: vec!["COPY".to_owned()],
        contains: vec!["musée de Brou".to_owned()],
        image: "full".to_owned(),
        statement: CC0.to_owned(),
        ..RightsRule::default()
    };
    let first = RightsRule { fields: vec!["X".to_owned()], ..own.clone() };
    let policy = with(vec![first, own]);
    let decision = decide(&[&policy], &texts(&[("COPY", "Musée de BROU, photo d'atelier")]));
    assert_eq!(decision.trigger, "COPY: Musée de BROU, photo d'atelier");
    let written = decision.written.unwrap();
    assert_eq!((written.file.as_str(), written.number), ("schedule x.toml", 2));
    let built_in = decided(&[("COPY", "CC0")]).written.unwrap();
    assert_eq!(built_in.file, "built-in");
}

#[test]
fn of_conflicting_statements_the_strictest_wins_whatever_their_order() {
    let pairs = [
        (("COPY", "CC BY 4.0"), ("PHOT", "Tous droits réservés"), REDUCED, IN_COPYRIGHT),
        (
            ("COPY", "Domaine public"),
            ("DIFF", "reproduction interdite"),
            ImageRight::None,
            IN_COPYRIGHT,
        ),
        (
            ("COPY", "http://creativecommons.org/licenses/by/4.0/"),
            ("PHOT", "https://creativecommons.org/licenses/by-nc-nd/4.0/"),
            ImageRight::Full,
            "http://creativecommons.org/licenses/by-nc-nd/4.0/",
        ),
        (
            ("COPY", "https://creativecommons.org/publicdomain/mark/1.0/"),
            ("PHOT", "http://rightsstatements.org/vocab/InC/1.0/"),
            REDUCED,
            IN_COPYRIGHT,
        ),
        // A holder beside a licence is who gave it, and no conflict.
        (
            ("COPY", "CC BY-SA 4.0"),
            ("PHOT", "© Jean Dupont"),
            ImageRight::Full,
            "http://creativecommons.org/licenses/by-sa/4.0/",
        ),
    ];
    for (a, b, image, statement) in pairs {
        for fields in [[a, b], [b, a]] {
            let decision = decided(&fields);
            assert_eq!(
                (decision.image, decision.statement.as_str()),
                (image, statement),
                "{fields:?}"
            );
        }
    }
}

#[test]
fn a_rule_of_the_source_opens_against_a_restriction_only_when_it_is_final() {
    let mut agreed = RightsRule {
        name: "agreed".to_owned(),
        fields: vec!["COPY".to_owned()],
        contains: vec!["musee de brou".to_owned()],
        image: "full".to_owned(),
        statement: CC0.to_owned(),
        ..RightsRule::default()
    };
    let fields = texts(&[("COPY", "© musée de Brou, tous droits réservés")]);
    assert_eq!(decide(&[&with(vec![agreed.clone()])], &fields).image, REDUCED);
    agreed.is_final = true;
    assert_eq!(decide(&[&with(vec![agreed])], &fields).image, ImageRight::Full);
}

#[test]
fn public_domain_by_the_death_of_the_authors_needs_a_rule_that_says_so() {
    let fields = |author: &str| texts(&[("AUTR", author)]);
    assert_eq!(decide(&[], &fields("INGRES (1780-1867)")).image, ImageRight::None);
    let rule = RightsRule {
        name: "dead_long_ago".to_owned(),
        fields: vec!["AUTR".to_owned()],
        died_by: Some(1954),
        image: "full".to_owned(),
        statement: PUBLIC_DOMAIN.to_owned(),
        ..RightsRule::default()
    };
    let policy = with(vec![rule]);
    assert_eq!(decide(&[&policy], &fields("INGRES (1780-1867)")).statement, PUBLIC_DOMAIN);
    for alive in ["PICASSO (1881-1973)", "INGRES (1780-1867) ; PICASSO (1881-1973)", "anonyme"] {
        assert_eq!(decide(&[&policy], &fields(alive)).image, ImageRight::None, "{alive}");
    }
    // Every value of the field counts, not only the first.
    let two = texts(&[("AUTR", "INGRES (1780-1867)"), ("AUTR", "PICASSO (1881-1973)")]);
    assert_eq!(decide(&[&policy], &two).image, ImageRight::None);
}

#[test]
fn an_explanation_names_every_rule_that_was_tried_and_decides_the_same() {
    let fields =
        texts(&[("COPY", "CC BY 4.0"), ("PHOT", "Tous droits réservés"), ("DIFFU", "oui")]);
    let explanation = explain(&[], &fields);
    assert_eq!(explanation.decision, decide(&[], &fields));
    let told: Vec<String> = explanation
        .tried
        .iter()
        .filter(|tried| tried.outcome != Outcome::DoesNotMatch)
        .map(|tried| format!("{} {:?} {:?}", tried.rule, tried.outcome, tried.text))
        .collect();
    assert_eq!(
        told,
        [
            "creative_commons Decided Some(\"CC BY 4.0\")",
            "subject_to_authorisation Restricted Some(\"Tous droits réservés\")",
        ]
    );
    assert!(explanation.tried.iter().any(|tried| tried.rule == "diffusion_refused"));
    assert!(explanation.tried.iter().all(|tried| tried.written.file == "built-in"));
}

#[test]
fn limits_in_other_forms_become_a_longest_side_that_shows_no_more() {
    for (form, side) in [("max:1200x800", 800), ("area:480000", 692), ("max:640", 640)] {
        let rule = RightsRule {
            name: "own".to_owned(),
            fields: vec!["*".to_owned()],
            image: form.to_owned(),
            statement: IN_COPYRIGHT.to_owned(),
            ..RightsRule::default()
        };
        let decision = decide(&[&with(vec![rule])], &texts(&[("COPY", "x")]));
        assert_eq!(decision.image, ImageRight::Reduced(side), "{form}");
    }
}
