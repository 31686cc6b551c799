//! The records: their content follows from number and version, so that the oracle needs no memory.

use std::fmt::Write as _;

/// What the records of a provider are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Dublin Core, about 1.4 KB a record.
    OaiDc,
    /// EDM, about 2.9 KB a record.
    Edm,
}

impl Format {
    /// metadataPrefix.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::OaiDc => "oai_dc",
            Self::Edm => "edm",
        }
    }

    /// Namespace and schema.
    pub fn namespace(self) -> (&'static str, &'static str) {
        match self {
            Self::OaiDc => (
                "http://www.openarchives.org/OAI/2.0/oai_dc/",
                "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
            ),
            Self::Edm => (
                "http://www.europeana.eu/schemas/edm/",
                "http://www.europeana.eu/schemas/edm/EDM.xsd",
            ),
        }
    }
}

/// Identifier of a record.
pub fn identifier(number: usize) -> String {
    format!("oai:double.example:item-{number:07}")
}

/// Number in an identifier, whatever its case.
pub fn number_of(identifier: &str) -> Option<usize> {
    identifier.to_ascii_lowercase().strip_prefix("oai:double.example:item-")?.parse().ok()
}

/// The title that a version of a record has.
pub fn title_of(number: usize, version: u32) -> String {
    format!("Vue n° {number} de la vallée de l’Aube, état {version}")
}

/// The author of a record, the same in all versions.
pub fn author_of(number: usize) -> String {
    format!("Durand, Anne-Sophie ({}-{})", 1700 + number % 200, 1760 + number % 200)
}

/// setSpecs of a record.
pub(crate) fn sets(number: usize) -> &'static [&'static str] {
    match (number.is_multiple_of(2), number.is_multiple_of(10)) {
        (_, true) => &["parity:even", "tenth"],
        (true, false) => &["parity:even"],
        (false, false) => &["parity:odd"],
    }
}

/// `YYYY-MM-DDThh:mm:ssZ` of seconds since 1970.
pub(crate) fn utc(seconds: i64) -> String {
    let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default();
    date.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Five hundred characters that differ from record to record.
fn description(number: usize, padding: usize) -> String {
    const PHRASES: [&str; 6] = [
        "La rivière traverse la composition en diagonale, bordée de peupliers & de saules.",
        "Au premier plan, deux personnages en costume de voyage désignent l'église du village.",
        "Le ciel, d'un gris lumineux, occupe les deux tiers de la feuille ; traces de pli au centre.",
        "Une inscription au revers, à la plume et encre brune, donne le nom du commanditaire.",
        "L'œuvre fut restaurée à plusieurs reprises, puis déposée au musée par la ville.",
        "Ancienne collection d'un amateur rémois, dispersée en vente publique avant la guerre.",
    ];
    let mut text = String::new();
    let mut at = number;
    while text.len() < 480 + padding {
        text.push_str(PHRASES.get(at % PHRASES.len()).copied().unwrap_or_default());
        let _infallible = write!(text, " (cat. {}, fol. {}) ", number % 977, at % 89);
        at = at.wrapping_mul(7).wrapping_add(number % 5 + 1);
    }
    text
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Writes the metadata of a version of a record.
pub(crate) fn metadata(
    out: &mut String,
    format: Format,
    number: usize,
    version: u32,
    padding: usize,
) {
    let title = escape(&title_of(number, version));
    let author = escape(&author_of(number));
    let text = escape(description(number, padding).trim());
    let year = 1700 + number % 220;
    let place = ["Reims", "Troyes", "Châlons-en-Champagne", "Langres"]
        .get(number % 4)
        .copied()
        .unwrap_or_default();
    let _infallible = match format {
        Format::OaiDc => write!(
            out,
            "<oai_dc:dc xmlns:oai_dc=\"http://www.openarchives.org/OAI/2.0/oai_dc/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd\">\
             <dc:title>{title}</dc:title><dc:creator>{author}</dc:creator>\
             <dc:subject>paysage</dc:subject><dc:subject>vallée</dc:subject><dc:subject>rivière ; {place}</dc:subject>\
             <dc:description>{text}</dc:description><dc:publisher>Musée des Beaux-Arts de {place}</dc:publisher>\
             <dc:date>{year}</dc:date><dc:type>dessin</dc:type><dc:format>H. {} cm ; l. {} cm</dc:format>\
             <dc:identifier>https://double.example/notice/{number}</dc:identifier><dc:identifier>D.{year}.{number}</dc:identifier>\
             <dc:language>fr</dc:language><dc:rights>Domaine public</dc:rights></oai_dc:dc>",
            20 + number % 60,
            30 + number % 90,
        ),
        Format::Edm => write!(
            out,
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" xmlns:edm=\"http://www.europeana.eu/schemas/edm/\" xmlns:ore=\"http://www.openarchives.org/ore/terms/\" xmlns:skos=\"http://www.w3.org/2004/02/skos/core#\">\
             <edm:ProvidedCHO rdf:about=\"https://double.example/item/{number}\">\
             <dc:creator>{author}</dc:creator><dc:date>{year}</dc:date><dc:description xml:lang=\"fr\">{text}</dc:description>\
             <dc:identifier>D.{year}.{number}</dc:identifier><dc:language>fr</dc:language><dc:publisher>Musée des Beaux-Arts de {place}</dc:publisher>\
             <dc:subject xml:lang=\"fr\">paysage</dc:subject><dc:subject xml:lang=\"fr\">vallée</dc:subject><dc:subject xml:lang=\"fr\">rivière</dc:subject>\
             <dc:title xml:lang=\"fr\">{title}</dc:title><dc:type xml:lang=\"fr\">dessin</dc:type>\
             <dcterms:extent>H. {} cm ; l. {} cm</dcterms:extent><dcterms:medium xml:lang=\"fr\">plume et encre brune, lavis gris, papier vergé</dcterms:medium>\
             <dcterms:provenance xml:lang=\"fr\">Don de la Société des amis du musée, {}</dcterms:provenance>\
             <dcterms:spatial xml:lang=\"fr\">{place}</dcterms:spatial><edm:type>IMAGE</edm:type></edm:ProvidedCHO>\
             <ore:Aggregation rdf:about=\"https://double.example/aggregation/{number}\">\
             <edm:aggregatedCHO rdf:resource=\"https://double.example/item/{number}\"/>\
             <edm:dataProvider>Musée des Beaux-Arts de {place}</edm:dataProvider>\
             <edm:isShownAt rdf:resource=\"https://double.example/notice/{number}\"/>\
             <edm:provider>Passerelle</edm:provider>\
             <edm:rights rdf:resource=\"http://creativecommons.org/publicdomain/mark/1.0/\"/></ore:Aggregation></rdf:RDF>",
            20 + number % 60,
            30 + number % 90,
            1860 + number % 120,
        ),
    };
}
