//! Stored answers and static repositories.

use crate::oai_pmh::check::{Report, Rule, file};

fn broken(report: &Report) -> Vec<&'static str> {
    report.broken_rules().map(|(rule, _)| rule.about().id).collect()
}

fn page(content: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ \
         http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\"><responseDate>2026-01-01T00:00:00Z</responseDate>\
         <request verb=\"ListIdentifiers\">http://p.example.org/oai</request>{content}</OAI-PMH>"
    )
}

fn header(id: &str, datestamp: &str) -> String {
    format!("<header><identifier>{id}</identifier><datestamp>{datestamp}</datestamp></header>")
}

fn list(headers: &[String]) -> String {
    page(&format!("<ListIdentifiers>{}</ListIdentifiers>", headers.concat()))
}

#[test]
fn a_stored_answer_is_judged_as_far_as_it_can_be_seen() {
    let good = list(&[header("oai:a:1", "2024-01-01"), header("oai:a:2", "2024-01-02")]);
    assert_eq!(broken(&file::check("good", good.as_bytes())), Vec::<&str>::new());
    for (text, rules) in [
        (list(&[header("oai:a:1", "20240101")]), vec!["structure", "datestamp-granularity"]),
        (list(&[header("oai:a:1", "2024-01-01T00:00:00.5Z")]), vec!["datestamp-granularity"]),
        (list(&[]), vec!["structure"]),
        (
            list(&[header("oai:a:1", "2024-01-01"), header("oai:a:1", "2024-01-01T00:00:00Z")]),
            vec!["datestamp-granularity", "list-duplicates"],
        ),
        (list(&[header("oai:a:1", "2030-01-01")]), vec!["datestamp-future"]),
        (list(&[header("a 1", "2024-01-01")]), vec!["structure", "identifier-uri"]),
        (page("<error code=\"noRecordsFound\"/>"), vec!["structure"]),
        (good.replace("</OAI-PMH>", ""), vec!["xml-well-formed"]),
        (
            good.replace("openarchives.org/OAI/2.0/\"", "openarchives.org/OAI/1.1/\""),
            vec!["oai-root"],
        ),
        (format!("\n{good}"), vec!["xml-well-formed"]),
        ("<html/>".to_owned(), vec!["xml-declaration", "oai-root"]),
        (String::new(), vec!["xml-well-formed"]),
    ] {
        assert_eq!(broken(&file::check("bad", text.as_bytes())), rules, "{text}");
    }
}

#[test]
fn a_static_repository_obeys_its_own_rules() {
    let repository = |granularity: &str, header: &str, prefix: &str| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Repository xmlns=\"http://www.openarchives.org/OAI/2.0/static-repository\" \
             xmlns:oai=\"http://www.openarchives.org/OAI/2.0/\"><Identify><oai:repositoryName>R</oai:repositoryName>\
             <oai:baseURL>http://gw.example.org/oai/a.example.org/r.xml</oai:baseURL><oai:protocolVersion>2.0</oai:protocolVersion>\
             <oai:adminEmail>a@example.org</oai:adminEmail><oai:earliestDatestamp>2024-01-01</oai:earliestDatestamp>\
             <oai:deletedRecord>no</oai:deletedRecord><oai:granularity>{granularity}</oai:granularity></Identify>\
             <ListMetadataFormats><oai:metadataFormat><oai:metadataPrefix>oai_dc</oai:metadataPrefix>\
             <oai:schema>http://www.openarchives.org/OAI/2.0/oai_dc.xsd</oai:schema><oai:metadataNamespace>\
             http://www.openarchives.org/OAI/2.0/oai_dc/</oai:metadataNamespace></oai:metadataFormat></ListMetadataFormats>\
             <ListRecords metadataPrefix=\"{prefix}\"><oai:record><oai:header><oai:identifier>oai:a:1</oai:identifier>\
             <oai:datestamp>2024-01-02</oai:datestamp>{header}</oai:header><oai:metadata><oai_dc:dc \
             xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/ \
             http://www.openarchives.org/OAI/2.0/oai_dc.xsd\"><dc:title>T</dc:title><dc:identifier>1</dc:identifier>\
             <dc:type>Image</dc:type></oai_dc:dc></oai:metadata></oai:record></ListRecords></Repository>"
        )
    };
    let rules = |text: String| broken(&file::check("static", text.as_bytes()));
    let good = file::check("static", repository("YYYY-MM-DD", "", "oai_dc").as_bytes());
    // deletedRecord must be no here: that is worth knowing all the same.
    assert_eq!(broken(&good), ["deleted-support"], "{}", good.to_text());
    assert!(good.outcomes[&Rule::StaticRepository].looked > 0);
    for text in [
        repository("YYYY-MM-DDThh:mm:ssZ", "", "oai_dc"),
        repository("YYYY-MM-DD", "<oai:setSpec>a</oai:setSpec>", "oai_dc"),
        repository("YYYY-MM-DD", "", "mods"),
    ] {
        assert!(rules(text).contains(&"static-repository"));
    }
}

#[test]
fn collected_answers_are_valid_or_not_as_the_schema_says() {
    let shared = std::env::var("PASSERELLE_SHARED").unwrap_or_else(|_| "../../shared".to_owned());
    let folder = std::path::Path::new(&shared).join("oai-samples");
    let Ok(manifest) = std::fs::read_to_string(folder.join("MANIFEST.md")) else {
        eprintln!("skipped: no {}", folder.display());
        return;
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    for line in manifest.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let ([name, ..], Some(outcome)) = (cells.as_slice(), cells.last()) else { continue };
        let Ok(bytes) = std::fs::read(folder.join(name)) else { continue };
        let report = file::check(name, &bytes);
        let broken = |rule: Rule| report.broken_rules().any(|(broken, _)| broken == rule);
        let envelope = outcome.contains("OAI/2.0/}");
        let good = if *outcome == "valid" {
            !broken(Rule::XmlWellFormed) && !broken(Rule::Structure)
        } else if outcome.starts_with("NOT WF") {
            broken(Rule::XmlWellFormed)
        } else if outcome.starts_with("INVALID") && envelope {
            broken(Rule::Structure)
        } else {
            continue;
        };
        seen += 1;
        if !good {
            wrong.push(format!("{name}: the manifest says {outcome}\n{}", report.to_text()));
        }
    }
    assert!(wrong.is_empty(), "{} of {seen}\n{}", wrong.len(), wrong.join("\n---\n"));
    eprintln!("{seen} collected answers judged as their schema judges them");
}
