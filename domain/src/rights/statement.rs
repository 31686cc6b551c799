//! The rights URIs that Europeana accepts, in their exact form, and how to find one in a text.
//!
//! Europeana takes `http://` (never https), a trailing slash and no query, and only the versions
//! and ports listed in its EDM schema. Providers write https, `www.`, `/page/`, `deed.fr`, a query,
//! or just "CC BY-SA 4.0"; all of these lead to the exact form here, and nothing else does.

use super::NOT_EVALUATED;
use crate::fold::fold;

const CC_HOST: &str = "creativecommons.org/";
const RS_HOST: &str = "rightsstatements.org/";

/// Licence codes of Creative Commons in the canonical order of their parts.
const CC_CODES: [&str; 6] = ["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"];

/// Statements of rightsstatements.org that Europeana accepts.
const RS_CODES: [&str; 6] = ["NoC-NC", "NoC-OKLR", "InC", "InC-EDU", "InC-OW-EU", "CNE"];

/// Ports of each licence version that Europeana's schema lists. `""` is the licence without port.
const CC_PORTS: [(&str, &[&str]); 6] = [
    ("1.0", &["", "fi", "il", "nl"]),
    (
        "2.0",
        &[
            "", "au", "at", "be", "br", "ca", "cl", "hr", "uk", "fr", "de", "it", "jp", "nl", "pl",
            "kr", "es", "tw",
        ],
    ),
    ("2.1", &["au", "es", "jp"]),
    (
        "2.5",
        &[
            "", "ar", "au", "br", "bg", "ca", "cn", "co", "hr", "dk", "hu", "in", "il", "it", "mk",
            "my", "mt", "mx", "nl", "pe", "pl", "pt", "scotland", "si", "za", "es", "se", "ch",
            "tw",
        ],
    ),
    (
        "3.0",
        &[
            "", "au", "at", "br", "cl", "cn", "cr", "hr", "cz", "ec", "eg", "ee", "fr", "de", "gr",
            "gt", "hk", "igo", "ie", "it", "lu", "nl", "nz", "no", "ph", "pl", "pt", "pr", "ro",
            "rs", "sg", "za", "es", "ch", "tw", "th", "ug", "us", "ve", "vn",
        ],
    ),
    ("4.0", &[""]),
];

/// Whether a URI has exactly one of the forms that Europeana accepts in `edm:rights`.
pub fn is_accepted(uri: &str) -> bool {
    normalise_uri(uri).as_deref() == Some(uri)
}

/// The accepted form of the first Creative Commons or rightsstatements.org URI in a text.
///
/// A rightsstatements.org statement that Europeana refuses becomes the nearest one that promises
/// the reader no more: the InC family becomes `InC`, every other `CNE`. A licence version or port
/// that is not listed gives `None`: another version would be a guess.
///
/// # Example
/// ```
/// use domain::rights::normalise_uri;
/// let page = "see https://www.rightsstatements.org/page/NoC-OKLR/1.0/?relatedURL=x";
/// assert_eq!(normalise_uri(page).as_deref(), Some("http://rightsstatements.org/vocab/NoC-OKLR/1.0/"));
/// let deed = "https://creativecommons.org/licenses/by-sa/3.0/fr/deed.fr";
/// assert_eq!(normalise_uri(deed).as_deref(), Some("http://creativecommons.org/licenses/by-sa/3.0/fr/"));
/// ```
pub fn normalise_uri(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let after = |host: &str| {
        lower.split_once(host).map(|(_, rest)| {
            rest.split(|c: char| c.is_whitespace() || "?#\"'<>();,]".contains(c))
                .next()
                .unwrap_or_default()
        })
    };
    if let Some(path) = after(CC_HOST) {
        return creative_commons(path);
    }
    after(RS_HOST).and_then(rights_statement)
}

/// The accepted form of the licence that a text names, as a URI or in words ("CC BY-NC 4.0",
/// "Creative Commons Attribution - Partage dans les mêmes conditions 3.0 FR", "CC0").
///
/// A Creative Commons licence without version is taken as 4.0, the one in force. Two licences in
/// one text: the first counts.
pub fn from_text(text: &str) -> Option<String> {
    normalise_uri(text).or_else(|| from_words(&fold(text)))
}

/// `path` is lower case and begins after the host.
fn creative_commons(path: &str) -> Option<String> {
    let mut parts = path.split('/').map(|part| part.trim_end_matches('.'));
    match parts.next()? {
        "publicdomain" => {
            let tool = parts.next().filter(|tool| matches!(*tool, "mark" | "zero"))?;
            let version = parts.next().filter(|part| !part.is_empty()).unwrap_or("1.0");
            (version == "1.0")
                .then(|| format!("http://creativecommons.org/publicdomain/{tool}/1.0/"))
        }
        "licenses" | "licences" => {
            let code = parts.next()?;
            let version = parts.next().filter(|part| !part.is_empty())?;
            let port = parts
                .next()
                .filter(|part| !part.starts_with("deed") && !part.starts_with("legalcode"))
                .unwrap_or_default();
            licence(code, version, port)
        }
        _ => None,
    }
}

fn licence(code: &str, version: &str, port: &str) -> Option<String> {
    let known = CC_CODES.contains(&code) || (code == "by-nd-nc" && version == "1.0");
    let (_, ports) = CC_PORTS.iter().find(|(listed, _)| *listed == version)?;
    if !known || !ports.contains(&port) {
        return None;
    }
    let tail = if port.is_empty() { String::new() } else { format!("{port}/") };
    Some(format!("http://creativecommons.org/licenses/{code}/{version}/{tail}"))
}

/// `path` is lower case and begins after the host.
fn rights_statement(path: &str) -> Option<String> {
    let mut parts = path.split('/').map(|part| part.trim_end_matches('.'));
    let code = match parts.next()? {
        "vocab" | "page" | "data" => parts.next()?,
        _ => return None,
    };
    let accepted = RS_CODES.iter().find(|known| known.eq_ignore_ascii_case(code)).copied();
    let code = match code {
        _ if accepted.is_some() => accepted?,
        "inc-nc" | "inc-ruu" => "InC",
        "und" | "nkc" | "noc-cr" | "noc-us" => return Some(NOT_EVALUATED.to_owned()),
        _ => return None,
    };
    Some(format!("http://rightsstatements.org/vocab/{code}/1.0/"))
}

/// Parts of a licence as the words of a text name them, each with its words in folded form.
const WORDS: [(&str, &[&str]); 4] = [
    ("by", &["by", "attribution", "paternite"]),
    (
        "nc",
        &[
            "nc",
            "noncommercial",
            "non commercial",
            "non commerciale",
            "pas d utilisation commerciale",
            "pas d'utilisation commerciale",
        ],
    ),
    (
        "nd",
        &["nd", "noderivs", "noderivatives", "no derivatives", "no derivs", "pas de modification"],
    ),
    (
        "sa",
        &[
            "sa",
            "sharealike",
            "share alike",
            "partage dans les memes conditions",
            "partage a l'identique",
        ],
    ),
];

fn from_words(folded: &str) -> Option<String> {
    let spaced: String =
        folded.chars().map(|c| if "-–_/,()".contains(c) { ' ' } else { c }).collect();
    let text = format!(" {} ", spaced.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.contains(" cc0 ") || text.contains(" cc zero ") || text.contains(" cc 0 ") {
        return Some(super::CC0.to_owned());
    }
    let rest = [" cc by ", " ccby ", " creative commons "]
        .iter()
        .filter_map(|start| {
            text.find(start)
                .map(|at| (at, at + start.len() - if *start == " cc by " { 4 } else { 1 }))
        })
        .min()
        .and_then(|(_, from)| text.get(from..))?;
    // What stands after a full stop or far away belongs to another sentence.
    let near: String = rest.chars().take(120).collect();
    let near = near.split(". ").next().unwrap_or_default();
    let near = format!("{near} ");
    let says = |part: &str| {
        WORDS
            .iter()
            .filter(|(name, _)| *name == part)
            .flat_map(|(_, words)| words.iter())
            .any(|word| near.contains(&format!(" {word} ")))
    };
    let short = text.contains(" ccby ");
    if !short && !says("by") {
        return None;
    }
    let mut code = "by".to_owned();
    for part in ["nc", "sa", "nd"] {
        if says(part) {
            code.push('-');
            code.push_str(part);
        }
    }
    let mut words = near.split_whitespace().skip_while(|word| version_of(word).is_none());
    let version = words.next().and_then(version_of).unwrap_or("4.0");
    let port = words.next().unwrap_or_default();
    // A word after the version that is no port is just the next word of the sentence.
    licence(&code, version, port).or_else(|| licence(&code, version, ""))
}

fn version_of(word: &str) -> Option<&'static str> {
    let word = word.strip_prefix('v').unwrap_or(word);
    let word = word.trim_end_matches(['.', ';', ':']);
    CC_PORTS.iter().map(|(version, _)| *version).find(|version| *version == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn real_forms_lead_to_the_exact_form() {
        let cases = [
            (
                "https://creativecommons.org/licenses/by/4.0/",
                Some("http://creativecommons.org/licenses/by/4.0/"),
            ),
            (
                "http://creativecommons.org/licenses/by/4.0",
                Some("http://creativecommons.org/licenses/by/4.0/"),
            ),
            (
                "Licence https://creativecommons.org/publicdomain/mark/1.0/deed.fr.",
                Some("http://creativecommons.org/publicdomain/mark/1.0/"),
            ),
            (
                "http://www.creativecommons.org/publicdomain/zero/1.0/legalcode",
                Some("http://creativecommons.org/publicdomain/zero/1.0/"),
            ),
            ("https://creativecommons.org/licenses/by-nc-sa/2.5/fr/", None),
            ("https://creativecommons.org/licenses/by/2.1/", None),
            ("https://creativecommons.org/licenses/sampling/1.0/", None),
            (
                "https://rightsstatements.org/page/InC/1.0/?language=fr",
                Some("http://rightsstatements.org/vocab/InC/1.0/"),
            ),
            (
                "http://rightsstatements.org/vocab/UND/1.0/",
                Some("http://rightsstatements.org/vocab/CNE/1.0/"),
            ),
            (
                "http://rightsstatements.org/vocab/InC-NC/1.0/",
                Some("http://rightsstatements.org/vocab/InC/1.0/"),
            ),
            ("http://rightsstatements.org/vocab/XYZ/1.0/", None),
            ("no address at all", None),
        ];
        for (text, expected) in cases {
            assert_eq!(normalise_uri(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn licences_named_in_words_are_understood() {
        let cases = [
            ("CC BY-SA 4.0", Some("http://creativecommons.org/licenses/by-sa/4.0/")),
            (
                "Photo sous licence CC-BY-NC-ND 3.0 FR",
                Some("http://creativecommons.org/licenses/by-nc-nd/3.0/fr/"),
            ),
            ("licence CC BY", Some("http://creativecommons.org/licenses/by/4.0/")),
            ("CC-BY-SA 2.0 musée de Brou", Some("http://creativecommons.org/licenses/by-sa/2.0/")),
            (
                "Creative Commons Attribution - Pas d’utilisation commerciale - Partage dans les mêmes conditions 3.0",
                Some("http://creativecommons.org/licenses/by-nc-sa/3.0/"),
            ),
            ("CC0", Some("http://creativecommons.org/publicdomain/zero/1.0/")),
            ("licence Creative Commons", None),
            ("ACC BYTES", None),
            ("CC BY-SA-ND 4.0", None),
        ];
        for (text, expected) in cases {
            assert_eq!(from_text(text).as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_out_is_accepted_as_it_is(
            host in "(https?://)?(www\\.)?(creativecommons|rightsstatements)\\.org/",
            path in "(licenses|publicdomain|vocab|page)/(by|by-sa|by-nd|mark|zero|InC|CNE|UND|NoC-US)/[1-4]\\.[0-5](/[a-z]{2})?/?(\\?x=y)?",
        ) {
            if let Some(uri) = normalise_uri(&format!("{host}{path}")) {
                prop_assert!(is_accepted(&uri), "{uri}");
            }
        }

        #[test]
        fn no_text_makes_an_unaccepted_form(text in "\\PC{0,60}|(CC|cc)[ -]BY([ -](NC|SA|ND)){0,3}( [1-4]\\.[0-5])?( [A-Z]{2})?") {
            if let Some(uri) = from_text(&text) {
                prop_assert!(is_accepted(&uri), "{uri}");
            }
        }
    }
}
