//! Makes mutants of EDM records and says what the native validator makes of records: what
//! `conformance-tests/python/edm_agreement.py` compares with xmllint and with Europeana's rules.
//!
//!     edm_judge mutate SEEDS OUT COUNT    write COUNT mutants of the .xml files of SEEDS to OUT
//!     edm_judge judge LIST                one line for each file that LIST names:
//!                                         file, schema (ok or broken), rules, tiers as JSON
//!
//!     edm_judge tiers                     of merged records on standard input, one a line as JSON: base,
//!                                         whether it has images, content tier, metadata tier with
//!                                         the meanings that normalisation gave, and without
//!
//! The same seeds give the same mutants.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a tool of the tests"
)]

use domain::merge::MergedRecord;
use domain::quality::metadata;
use protocols::formats::ObjectContext;
use protocols::formats::edm::facts;
use protocols::formats::edm::model::{self, Node};
use protocols::formats::edm::validate::{Law, broken, is_valid, validate};
use std::fmt::Write as _;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["mutate", seeds, out, count] => {
            mutate(Path::new(seeds), Path::new(out), count.parse().unwrap());
        }
        ["judge", list] => judge(list),
        ["tiers"] => tiers(),
        _ => panic!("edm_judge tiers | mutate SEEDS OUT COUNT | judge LIST"),
    }
}

fn judge(list: &str) {
    for file in std::fs::read_to_string(list).unwrap().lines() {
        let text = std::fs::read_to_string(file).unwrap();
        match model::records(&text) {
            Err(error) => println!("{file}\tunreadable\t{error}\t{{}}"),
            Ok(records) => {
                for record in records {
                    let laws = broken(&validate(&record));
                    let schema = if laws.contains(&Law::Schema) { "broken" } else { "ok" };
                    let rules: Vec<String> =
                        laws.iter().filter(|l| **l != Law::Schema).map(|l| l.name()).collect();
                    let tier = metadata::assess(&facts::metadata(&record));
                    println!("{file}\t{schema}\t{}\t{}", rules.join(","), json(&tier));
                }
            }
        }
    }
}

fn tiers() {
    let context = ObjectContext {
        object_id: "x",
        public_url: "https://gateway.invalid",
        provider: "gateway",
    };
    for line in std::io::stdin().lines() {
        let mut record = MergedRecord::from_json(&line.unwrap()).unwrap();
        let after = facts::quality(&record, &context);
        record.values.values_mut().flatten().for_each(|value| value.value.meanings.clear());
        let before = facts::quality(&record, &context);
        println!(
            "{}\t{}\t{}\t{}\t{}",
            record.base,
            u8::from(!record.images.is_empty()),
            after.content.tier,
            before.metadata.tier().name(),
            after.metadata.tier().name()
        );
    }
}

fn json(tier: &metadata::Assessment) -> String {
    serde_json::json!({
        "metadata": tier.tier().name(),
        "language": tier.language.name(),
        "qualified": tier.qualifying.len(),
        "without": tier.without_language,
        "enabling": tier.enabling.name(),
        "elements": tier.elements,
        "contextual": tier.contextual.name(),
        "complete": tier.complete.len(),
    })
    .to_string()
}

/// Numbers that come the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap()
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

/// A tree that can be changed and written.
#[derive(Clone)]
enum M {
    Element {
        name: String,
        attributes: Vec<(String, String)>,
        children: Vec<M>,
    },
    /// As it shall stand, escaped already.
    Raw(String),
}

impl M {
    fn of(node: &Node) -> Self {
        let mut children = Vec::new();
        if !node.text.trim_matches([' ', '\t', '\r', '\n']).is_empty()
            || (node.children.is_empty() && !node.text.is_empty())
        {
            children.push(Self::Raw(escape(&node.text)));
        }
        children.extend(node.children.iter().map(Self::of));
        Self::Element { name: node.name.clone(), attributes: node.attributes.clone(), children }
    }

    fn element(name: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        Self::Element {
            name: name.to_owned(),
            attributes: attributes
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            children: if text.is_empty() { vec![] } else { vec![Self::Raw(escape(text))] },
        }
    }

    fn write(&self, out: &mut String, top: bool) {
        match self {
            Self::Raw(text) => out.push_str(text),
            Self::Element { name, attributes, children } => {
                let (tag, own) = written(name, "n");
                write!(out, "<{tag}{own}").unwrap();
                if top {
                    for (prefix, uri) in NAMESPACES {
                        write!(out, " xmlns:{prefix}=\"{uri}\"").unwrap();
                    }
                }
                for (place, (name, value)) in attributes.iter().enumerate() {
                    let (name, own) = written(name, &format!("a{place}"));
                    let value = escape(value).replace('"', "&quot;").replace('\n', "&#10;");
                    write!(out, "{own} {name}=\"{value}\"").unwrap();
                }
                if children.is_empty() {
                    out.push_str("/>");
                    return;
                }
                out.push('>');
                for child in children {
                    child.write(out, false);
                }
                write!(out, "</{tag}>").unwrap();
            }
        }
    }

    fn children(&mut self) -> &mut Vec<M> {
        match self {
            Self::Element { children, .. } => children,
            Self::Raw(_) => panic!("no element"),
        }
    }

    fn is_element(&self) -> bool {
        matches!(self, Self::Element { .. })
    }

    /// Ways to the elements, by places among the children.
    fn ways(&self, at: &mut Vec<usize>, into: &mut Vec<Vec<usize>>) {
        if let Self::Element { children, .. } = self {
            into.push(at.clone());
            for (place, child) in children.iter().enumerate() {
                at.push(place);
                child.ways(at, into);
                at.pop();
            }
        }
    }

    fn at(&mut self, way: &[usize]) -> &mut M {
        way.iter().fold(self, |node, place| &mut node.children()[*place])
    }
}

fn written(name: &str, prefix: &str) -> (String, String) {
    match name.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((uri, local)) => {
            (format!("{prefix}:{local}"), format!(" xmlns:{prefix}=\"{}\"", escape(uri)))
        }
        None => (name.to_owned(), String::new()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}

fn mutate(seeds: &Path, out: &Path, count: usize) {
    let mut files: Vec<_> = std::fs::read_dir(seeds).unwrap().map(|f| f.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "xml"));
    files.sort();
    let records: Vec<Node> = files
        .iter()
        .filter_map(|file| model::records(&std::fs::read_to_string(file).unwrap()).ok())
        .flatten()
        .collect();
    // Most mutants are made of valid records: one fault among many teaches nothing.
    let (valid, broken): (Vec<&Node>, Vec<&Node>) =
        records.iter().partition(|record| is_valid(&validate(record)));
    let trees = |nodes: Vec<&Node>| nodes.into_iter().map(M::of).collect::<Vec<M>>();
    let (valid, broken) = (trees(valid), trees(broken));
    std::fs::create_dir_all(out).unwrap();
    for number in 0..count {
        let mut dice = Dice(number as u64);
        let seeds = if number % 8 == 0 || valid.is_empty() { &broken } else { &valid };
        let mut tree = seeds[number % seeds.len()].clone();
        for _ in 0..=dice.below(2) {
            change(&mut tree, &mut dice);
        }
        let mut text = String::new();
        tree.write(&mut text, true);
        std::fs::write(out.join(format!("{number:05}.xml")), text).unwrap();
    }
}

/// One change, somewhere.
fn change(tree: &mut M, dice: &mut Dice) {
    let mut ways = Vec::new();
    tree.ways(&mut Vec::new(), &mut ways);
    let way = ways[dice.below(ways.len())].clone();
    match dice.below(20) {
        0 | 1 => {
            if let Some((last, parent)) = way.split_last() {
                tree.at(parent).children().remove(*last);
            }
        }
        2 => {
            if let Some((last, parent)) = way.split_last() {
                let children = tree.at(parent).children();
                let copy = children[*last].clone();
                children.insert(*last, copy);
            }
        }
        3 | 4 => {
            if let Some((last, parent)) = way.split_last() {
                let children = tree.at(parent).children();
                let moved = children.remove(*last);
                let to = dice.below(children.len() + 1);
                children.insert(to, moved);
            }
        }
        5 => {
            let text = escape(dice.of(TEXTS));
            let children = tree.at(&way).children();
            children.retain(M::is_element);
            if !text.is_empty() {
                let to = dice.below(children.len() + 1);
                children.insert(to, M::Raw(text));
            }
        }
        6 => {
            let raw = dice.of(&[
                "<!-- c -->",
                "<?pi x?>",
                "<![CDATA[ ]]>",
                "<![CDATA[text]]>",
                "<![CDATA[]]>",
                "&#32;",
                "&#160;",
                " <!-- a -->b",
                "a<!-- -->",
                "\n",
                "&#13;",
            ]);
            let children = tree.at(&way).children();
            let to = dice.below(children.len() + 1);
            children.insert(to, M::Raw(raw.to_owned()));
        }
        7 | 8 => {
            let (name, value) = (dice.of(ATTRIBUTES), dice.of(VALUES));
            if let M::Element { attributes, .. } = tree.at(&way) {
                attributes.retain(|(known, _)| known != name);
                attributes.push((name.to_owned(), value.to_owned()));
            }
        }
        9 => {
            if let M::Element { attributes, .. } = tree.at(&way)
                && !attributes.is_empty()
            {
                let at = dice.below(attributes.len());
                if dice.below(2) == 0 {
                    attributes.remove(at);
                } else {
                    dice.of(VALUES).clone_into(&mut attributes[at].1);
                }
            }
        }
        10 => {
            let new = dice.of(NAMES).to_owned();
            if let M::Element { name, .. } = tree.at(&way)
                // Without rdf:RDF it is no record.
                && !way.is_empty()
            {
                *name = new;
            }
        }
        11 => {
            let name = dice.of(NAMES);
            let (resource, text) = (dice.of(VALUES), dice.of(TEXTS));
            let new = match dice.below(3) {
                0 => M::element(name, &[("rdf:resource", resource)], ""),
                1 => M::element(name, &[], text),
                _ => M::element(name, &[("xml:lang", "fr")], text),
            };
            insert(tree, &way, new, dice);
        }
        12 | 13 => {
            let uri = rights(dice);
            let target = ways.iter().find(|way| {
                matches!(tree.clone().at(way), M::Element { name, .. } if name == "edm:rights")
            });
            if let Some(M::Element { attributes, .. }) = target.map(|way| tree.at(way)) {
                *attributes = vec![("rdf:resource".to_owned(), uri)];
            }
        }
        14 => {
            let kind = dice.of(&["TEXT", "IMAGE", "3D", "SOUND", "text", "VIDEO "]);
            for way in &ways {
                if let M::Element { name, children, .. } = tree.at(way)
                    && name == "edm:type"
                {
                    *children = vec![M::Raw(kind.to_owned())];
                }
            }
        }
        15 => {
            let class = dice.of(&["edm:Agent", "edm:Place", "skos:Concept", "edm:ProvidedCHO"]);
            insert(tree, &way, M::element(class, &[("rdf:about", "http://x.org/n")], ""), dice);
        }
        16 => {
            let mut licence = M::element("cc:License", &[("rdf:about", "http://x.org/l")], "");
            for _ in 0..=dice.below(2) {
                let uri = rights(dice);
                licence.children().push(M::element(
                    "odrl:inheritFrom",
                    &[("rdf:resource", &uri)],
                    "",
                ));
            }
            if dice.below(2) == 0 {
                let date = dice.of(DATES);
                licence.children().push(M::element(
                    "cc:deprecatedOn",
                    &[("rdf:datatype", "http://www.w3.org/2001/XMLSchema#date")],
                    date,
                ));
            }
            tree.children().push(licence);
            for way in ways.iter().rev() {
                if let M::Element { name, attributes, .. } = tree.at(way)
                    && name == "edm:rights"
                {
                    *attributes = vec![("rdf:resource".to_owned(), "http://x.org/l".to_owned())];
                    break;
                }
            }
        }
        17 | 18 => {
            let mut resource = M::element("edm:WebResource", &[("rdf:about", dice.of(VALUES))], "");
            for (name, datatype) in MEDIA {
                if dice.below(4) == 0 {
                    let uri = format!("http://www.w3.org/2001/XMLSchema#{datatype}");
                    let attributes = if datatype.is_empty() {
                        vec![]
                    } else {
                        vec![("rdf:datatype", uri.as_str())]
                    };
                    resource.children().push(M::element(name, &attributes, dice.of(NUMBERS)));
                }
            }
            for name in ["schema:digitalSourceType", "edm:intendedUsage"] {
                if dice.below(3) == 0 {
                    let uri = dice.of(TERMS);
                    resource.children().push(M::element(name, &[("rdf:resource", uri)], ""));
                }
            }
            if dice.below(6) == 0 {
                let part = M::element("dcterms:hasPart", &[], dice.of(TEXTS));
                resource.children().insert(0, part);
            }
            tree.children().push(resource);
        }
        _ => {
            let (class, properties) = CONTEXTS[dice.below(CONTEXTS.len())];
            let mut entity = M::element(class, &[("rdf:about", "http://x.org/c")], "");
            for (name, resource) in properties {
                if dice.below(2) == 0 {
                    let new = if *resource {
                        M::element(name, &[("rdf:resource", dice.of(VALUES))], "")
                    } else {
                        M::element(name, &[], dice.of(NUMBERS))
                    };
                    entity.children().push(new);
                }
            }
            tree.children().push(entity);
            let link = M::element("dcterms:spatial", &[("rdf:resource", "http://x.org/c")], "");
            for way in &ways {
                if let M::Element { name, children, .. } = tree.at(way)
                    && name == "edm:ProvidedCHO"
                {
                    children.insert(0, link);
                    break;
                }
            }
        }
    }
}

fn insert(tree: &mut M, way: &[usize], new: M, dice: &mut Dice) {
    let children = tree.at(way).children();
    let to = dice.below(children.len() + 1);
    children.insert(to, new);
}

fn rights(dice: &mut Dice) -> String {
    let permission =
        dice.of(&["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "by-nd-nc", "sa"]);
    let version = dice.of(&["1.0", "2.0", "2.1", "2.5", "3.0", "4.0"]);
    let port = dice.of(&[
        "",
        "",
        "fr/",
        "au/",
        "es/",
        "jp/",
        "uk/",
        "scotland/",
        "igo/",
        "zz/",
        "ch/",
        "gr/",
        "fi/",
        "xx",
    ]);
    match dice.below(10) {
        0 => format!("https://creativecommons.org/licenses/{permission}/{version}/{port}"),
        1 => format!("http://creativecommons.org/licenses/{permission}/{version}"),
        2 => format!(
            "http://rightsstatements.org/vocab/{}/1.0/",
            dice.of(&[
                "InC",
                "CNE",
                "NoC-NC",
                "NoC-OKLR",
                "InC-EDU",
                "InC-OW-EU",
                "UND",
                "NKC",
                "NoC-US"
            ])
        ),
        3 => dice
            .of(&[
                "http://creativecommons.org/publicdomain/mark/1.0/",
                "http://creativecommons.org/publicdomain/zero/1.0/",
                "http://creativecommons.org/publicdomain/zero/1.0",
                "http://www.creativecommons.org/licenses/by/4.0/",
                " http://creativecommons.org/licenses/by/4.0/",
                "http://creativecommons.org/licenses/by/4.0/deed.fr",
                "http://rightsstatements.org/page/InC/1.0/",
                "",
            ])
            .to_owned(),
        _ => format!("http://creativecommons.org/licenses/{permission}/{version}/{port}"),
    }
}

const TEXTS: &[&str] = &[
    "",
    " ",
    "\n",
    "\u{a0}",
    "texte",
    "IMAGE",
    "true",
    "TRUE",
    "2020-01-01",
    "48.85",
    "a & b < c",
];
const ATTRIBUTES: &[&str] = &[
    "rdf:resource",
    "rdf:about",
    "xml:lang",
    "rdf:datatype",
    "edm:wasGeneratedBy",
    "edm:confidenceLevel",
    "xml:base",
    "xsi:schemaLocation",
    "resource",
    "{urn:x}y",
    "rdf:ID",
    "dc:title",
];
const VALUES: &[&str] = &[
    "",
    " ",
    "fr",
    "en-US",
    "fr_FR",
    "français",
    "x",
    "http://x.org/a",
    "http://x.org/a b",
    "http://x.org/a[1]",
    "http://x.org:port/",
    "urn:x:y",
    "1:2",
    "a%zz",
    "#a#b",
    "Person",
    "SoftwareAgent",
    "0.5",
    "1.5",
    "1",
    "http://x.org/c",
    "http://x.org/é",
    "\n",
    "mul",
    "http://[::1]/",
    "http://h:/",
];
const NUMBERS: &[&str] = &[
    "1",
    "0",
    "-1",
    "48.85",
    "1e5",
    "12 px",
    "",
    " 7 ",
    "+3",
    "INF",
    "9223372036854775808",
    "FF00aa",
    "landscape",
    "IMAGE",
    "sRGB",
    "texte",
    "1900",
    "00012",
    ".5",
    "3.",
    "--1",
];
const DATES: &[&str] = &[
    "2020-01-01",
    "2020-1-1",
    "2020-02-30",
    "2020-01-01Z",
    " 2020-01-01",
    "",
    "0000-01-01",
    "-0044-03-15",
];
const TERMS: &[&str] = &[
    "https://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
    "https://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    "http://data.europeana.eu/vocabulary/usageArea/Art",
    "http://data.europeana.eu/vocabulary/usageArea/art",
    "http://data.europeana.eu/vocabulary/usageArea/Restoration",
    "",
];
const NAMES: &[&str] = &[
    "dc:title",
    "dc:description",
    "dc:subject",
    "dc:type",
    "dc:language",
    "dc:coverage",
    "dc:creator",
    "dc:rights",
    "dc:date",
    "dc:nonsense",
    "dcterms:temporal",
    "dcterms:spatial",
    "dcterms:created",
    "dcterms:hasPart",
    "dcterms:medium",
    "dcterms:modified",
    "dcterms:title",
    "edm:type",
    "edm:rights",
    "edm:isShownAt",
    "edm:isShownBy",
    "edm:hasView",
    "edm:object",
    "edm:provider",
    "edm:dataProvider",
    "edm:intermediateProvider",
    "edm:ugc",
    "edm:pid",
    "edm:currentLocation",
    "edm:hasMet",
    "edm:hasType",
    "edm:year",
    "edm:country",
    "edm:landingPage",
    "owl:sameAs",
    "skos:prefLabel",
    "skos:note",
    "skos:exactMatch",
    "ore:Proxy",
    "foaf:Organization",
    "{urn:x}y",
    "rdf:type",
    "svcs:Service",
    "cc:License",
    "edm:EventX",
    "dqv:hasQualityAnnotation",
    "edm:isRepresentationOf",
    "edm:preview",
];
/// Media facts of a web resource, in their order, with the datatype that they must name.
const MEDIA: &[(&str, &str)] = &[
    ("edm:codecName", ""),
    ("ebucore:hasMimeType", ""),
    ("ebucore:fileByteSize", "long"),
    ("ebucore:duration", ""),
    ("ebucore:width", "integer"),
    ("ebucore:height", "integer"),
    ("edm:spatialResolution", "nonNegativeInteger"),
    ("ebucore:sampleSize", "integer"),
    ("ebucore:bitRate", "nonNegativeInteger"),
    ("ebucore:frameRate", "double"),
    ("edm:hasColorSpace", ""),
    ("edm:componentColor", "hexBinary"),
    ("edm:pointCount", ""),
    ("ebucore:orientation", "string"),
    ("ebucore:audioChannelNumber", "nonNegativeInteger"),
    ("edm:type", ""),
];
type Context = (&'static str, &'static [(&'static str, bool)]);
const CONTEXTS: &[Context] = &[
    (
        "edm:Place",
        &[
            ("wgs84_pos:lat", false),
            ("wgs84_pos:long", false),
            ("wgs84_pos:alt", false),
            ("skos:prefLabel", false),
            ("skos:note", false),
            ("owl:sameAs", true),
        ],
    ),
    (
        "edm:TimeSpan",
        &[
            ("skos:prefLabel", false),
            ("edm:begin", false),
            ("edm:end", false),
            ("owl:sameAs", true),
            ("skos:notation", false),
        ],
    ),
    (
        "edm:Agent",
        &[
            ("skos:prefLabel", false),
            ("edm:begin", false),
            ("edm:end", false),
            ("rdaGr2:dateOfBirth", false),
            ("rdaGr2:placeOfBirth", true),
            ("owl:sameAs", true),
        ],
    ),
    (
        "skos:Concept",
        &[
            ("skos:prefLabel", false),
            ("skos:broader", true),
            ("skos:exactMatch", true),
            ("skos:note", false),
            ("skos:broadMatch", true),
            ("skos:hiddenLabel", false),
        ],
    ),
];
const NAMESPACES: &[(&str, &str)] = &[
    ("cc", "http://creativecommons.org/ns#"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("doap", "http://usefulinc.com/ns/doap#"),
    ("dqv", "http://www.w3.org/ns/dqv#"),
    ("ebucore", "http://www.ebu.ch/metadata/ontologies/ebucore/ebucore#"),
    ("edm", "http://www.europeana.eu/schemas/edm/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("oa", "http://www.w3.org/ns/oa#"),
    ("odrl", "http://www.w3.org/ns/odrl/2/"),
    ("ore", "http://www.openarchives.org/ore/terms/"),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdaGr2", "http://rdvocab.info/ElementsGr2/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("schema", "https://schema.org/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("svcs", "http://rdfs.org/sioc/services#"),
    ("wgs84_pos", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];
