use super::*;

const HEAD: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:edm="http://www.europeana.eu/schemas/edm/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:o="http://www.openarchives.org/ore/terms/" xmlns:cc="http://creativecommons.org/ns#" xmlns:odrl="http://www.w3.org/ns/odrl/2/" xmlns:ebucore="http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#">"#;
const CHO: &str = r#"<edm:ProvidedCHO rdf:about="http://x.org/1"><dc:title xml:lang="fr">Vue</dc:title><dc:type>vue</dc:type><edm:type>IMAGE</edm:type></edm:ProvidedCHO>"#;
const AGGREGATION: &str = r#"<o:Aggregation rdf:about="http://x.org/1#a"><edm:aggregatedCHO rdf:resource="http://x.org/1"/><edm:dataProvider>Musée</edm:dataProvider><edm:isShownAt rdf:resource="http://x.org/p"/><edm:provider>P</edm:provider><edm:rights rdf:resource="http://rightsstatements.org/vocab/InC/1.0/"/></o:Aggregation>"#;

fn told(inside: &str) -> Vec<String> {
    let text = format!("{HEAD}{inside}</rdf:RDF>");
    let records = validate_document(&text).unwrap();
    let [(_, findings)] = records.as_slice() else { panic!("one record") };
    findings
        .iter()
        .map(|f| format!("{} {} {} {}", f.law.name(), f.issue.code, f.issue.path, f.issue.value))
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn a_good_record_has_nothing_said_about_it() {
    assert_eq!(told(&format!("{CHO}{AGGREGATION}")), Vec::<String>::new());
}

#[test]
fn each_fault_is_told_with_its_place_and_law() {
    let late = CHO.replace("</edm:ProvidedCHO>", "<dc:creator>X</dc:creator></edm:ProvidedCHO>");
    assert_eq!(
        told(&format!("{late}{AGGREGATION}")),
        ["XSD edm_element_order edm:ProvidedCHO dc:creator > edm:type"]
    );
    let https = AGGREGATION.replace("http://rights", "https://rights");
    assert_eq!(
        told(&format!("{CHO}{https}")),
        [
            "6 edm_rights_not_accepted ore:Aggregation/edm:rights https://rightsstatements.org/vocab/InC/1.0/"
        ]
    );
    let own = https.replace("https://rightsstatements.org/vocab/InC/1.0/", "http://x.org/l");
    let licence = r#"<cc:License rdf:about="http://x.org/l"><odrl:inheritFrom rdf:resource="http://creativecommons.org/publicdomain/mark/1.0/"/></cc:License>"#;
    assert_eq!(told(&format!("{CHO}{own}{licence}")), Vec::<String>::new());
    assert_eq!(told(CHO), ["1 edm_not_one_object ore:Aggregation 0"]);
    let bare = r"<edm:ProvidedCHO><edm:type>TEXT</edm:type></edm:ProvidedCHO>";
    assert_eq!(
        told(&format!("{bare}{AGGREGATION}")),
        [
            "XSD edm_attribute_missing edm:ProvidedCHO rdf:about",
            "2 edm_no_topic edm:ProvidedCHO",
            "3 edm_no_name edm:ProvidedCHO",
            "4 edm_text_without_language edm:ProvidedCHO",
        ]
    );
    let width = r#"<edm:WebResource rdf:about="w"><ebucore:width rdf:datatype="http://www.w3.org/2001/XMLSchema#int">30 cm</ebucore:width></edm:WebResource>"#;
    assert_eq!(
        told(&format!("{CHO}{width}{AGGREGATION}")),
        [
            "advice edm_datatype_differs edm:WebResource/ebucore:width/@rdf:datatype http://www.w3.org/2001/XMLSchema#int",
            "XSD edm_number_malformed edm:WebResource/ebucore:width 30 cm",
        ]
    );
}

#[test]
fn what_our_writer_writes_is_valid() {
    use crate::formats::{ObjectContext, samples};
    use domain::record::Kind;
    let context = ObjectContext {
        object_id: "joconde_1",
        public_url: "https://gateway.example.org",
        provider: "Passerelle",
    };
    for record in [samples::full(), samples::bare(Kind::Other)] {
        let text = crate::formats::edm::write(&record, &context);
        let [(_, findings)] = &validate_document(&text).unwrap()[..] else { panic!("one record") };
        assert_eq!(findings, &[], "{text}");
    }
}

#[test]
fn only_the_first_piece_of_a_cut_text_counts_in_rules_2_and_3() {
    let cut =
        |text: &str| told(&format!("{}{AGGREGATION}", CHO.replace(">Vue<", &format!(">{text}<"))));
    assert_eq!(cut("<!-- --> Vue"), Vec::<String>::new());
    assert_eq!(cut(" <!-- -->Vue"), ["3 edm_no_name edm:ProvidedCHO"]);
}

#[test]
fn texts_that_are_no_record_are_refused() {
    assert!(matches!(validate_document("<a>"), Err(ModelError::IllFormed { .. })));
    assert_eq!(validate_document("<a/>"), Err(ModelError::NoRdf));
}
