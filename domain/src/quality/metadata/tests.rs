use super::*;

fn text(property: &str, language: bool) -> Statement<'_> {
    Statement { property, text: true, language, link: None }
}

fn link<'a>(property: &'a str, uri: &'a str) -> Statement<'a> {
    Statement { property, text: false, language: false, link: Some(uri) }
}

fn entity(about: &str, class: Class, complete: bool) -> Entity<'_> {
    Entity { about, class, label_with_language: true, complete }
}

fn of(statements: Vec<Statement<'_>>, entities: Vec<Entity<'_>>) -> String {
    let found = assess(&Facts { statements, entities });
    [found.language, found.enabling, found.contextual, found.tier()]
        .map(MetadataTier::name)
        .concat()
}

#[test]
fn the_tier_is_the_lowest_of_language_elements_and_classes() {
    assert_eq!(of(vec![], vec![]), "00A0");
    assert_eq!(of(vec![text("dc:title", true)], vec![]), "C0A0");
    assert_eq!(of(vec![text("dc:title", true), text("dc:type", true)], vec![]), "CAAA");
    let rich = vec![
        text("dc:title", true),
        text("dc:creator", false),
        text("dcterms:created", false),
        link("dcterms:spatial", "p"),
        link("dcterms:temporal", "t"),
    ];
    let entities = vec![entity("p", Class::Place, true), entity("t", Class::TimeSpan, true)];
    assert_eq!(of(rich.clone(), entities), "CCCC");
    let one = vec![entity("p", Class::Place, true), entity("t", Class::TimeSpan, false)];
    assert_eq!(of(rich, one), "CCBB");
}

#[test]
fn shares_of_language_are_judged_at_the_quarters() {
    let names = ["dc:title", "dc:description", "dc:subject", "dc:source"];
    for (with, expected) in [(0, "0"), (1, "A"), (2, "B"), (3, "C"), (4, "C")] {
        let statements = names.iter().enumerate().map(|(i, n)| text(n, i < with)).collect();
        assert!(of(statements, vec![]).starts_with(expected), "{with}");
    }
}

#[test]
fn agents_lend_no_language_and_classes_that_nothing_links_to_do_not_count() {
    assert!(
        of(vec![link("dc:subject", "a")], vec![entity("a", Class::Agent, true)]).starts_with('0')
    );
    assert!(
        of(vec![link("dc:subject", "c")], vec![entity("c", Class::Concept, true)]).starts_with('C')
    );
    assert_eq!(of(vec![text("dc:type", true)], vec![entity("c", Class::Concept, true)]), "CAAA");
}

#[test]
fn dates_coverage_and_extent_enable_nothing_and_a_subject_only_as_a_link() {
    for property in ["dc:date", "dc:coverage", "dcterms:extent", "dc:subject"] {
        assert_eq!(of(vec![text(property, true)], vec![]).get(1..2), Some("0"), "{property}");
    }
    let subject = vec![link("dc:subject", "t")];
    assert_eq!(of(subject, vec![entity("t", Class::TimeSpan, false)]).get(1..2), Some("0"));
    let met = vec![link("edm:hasMet", "t")];
    assert_eq!(of(met, vec![entity("t", Class::TimeSpan, false)]).get(1..2), Some("A"));
}
