//! Addresses of agents in files of authorities, in the one form that others dereference.

/// The addresses in a value's URI, several cut at blanks, `|` and `;`, in their canonical form.
pub(super) fn all(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in text.split(|c: char| c.is_whitespace() || c == '|' || c == ';') {
        if let Some(link) = canonical(part)
            && !out.contains(&link)
        {
            out.push(link);
        }
    }
    out
}

/// The canonical form of an address of an agent: what Europeana dereferences
/// (`http://vocab.getty.edu/ulan/ID`, `http://viaf.org/viaf/ID`,
/// `http://www.wikidata.org/entity/Q…`, `http://d-nb.info/gnd/ID`), and the plain form of ISNI,
/// `IdRef`, BnF and `ORCID`. Other http(s) addresses stay; what is no address gives nothing.
pub fn canonical(uri: &str) -> Option<String> {
    let uri = uri.trim().trim_matches(|c| matches!(c, '<' | '>' | '"'));
    let rest = strip(uri, "http://").or_else(|| strip(uri, "https://"))?;
    let rest = strip(rest, "www.").unwrap_or(rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    let digits: String = path.chars().filter(char::is_ascii_digit).collect();
    let canonical = match host.to_ascii_lowercase().as_str() {
        "vocab.getty.edu" => getty(path)?,
        "viaf.org" if !digits.is_empty() => {
            let id = path.strip_prefix("viaf/").unwrap_or(path).split('/').next()?;
            format!("http://viaf.org/viaf/{id}")
        }
        "wikidata.org" if is_item(last) => format!("http://www.wikidata.org/entity/{last}"),
        "d-nb.info" if path.starts_with("gnd/") => format!("http://d-nb.info/gnd/{last}"),
        "isni.org" | "isni-url.oclc.nl" => isni(path)?,
        "idref.fr" => format!("http://www.idref.fr/{}/id", path.split('/').next()?),
        "data.bnf.fr" | "catalogue.bnf.fr" | "ark.bnf.fr" if path.contains("ark:/12148/") => {
            let ark = path.split("ark:/12148/").nth(1)?;
            format!("http://data.bnf.fr/ark:/12148/{ark}#about")
        }
        "orcid.org" => format!("https://orcid.org/{last}"),
        _ => uri.to_owned(),
    };
    Some(canonical)
}

/// `ulan/500115588`, `page/ulan/500115588`, `ulan/500115588-agent`.
fn getty(path: &str) -> Option<String> {
    let path = path.strip_prefix("page/").unwrap_or(path);
    let (file, id) = path.split_once('/')?;
    let id = id.split(['-', '.', '/']).next()?;
    (!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
        .then(|| format!("http://vocab.getty.edu/{file}/{id}"))
}

fn isni(path: &str) -> Option<String> {
    let id: String = path.chars().filter(|c| c.is_ascii_digit() || *c == 'X').collect();
    (id.len() == 16).then(|| format!("http://isni.org/isni/{id}"))
}

fn is_item(text: &str) -> bool {
    text.strip_prefix('Q')
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))
}

fn strip<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| text.get(start.len()..)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_take_the_form_that_is_dereferenced() {
        for (given, wanted) in [
            (
                "https://vocab.getty.edu/page/ulan/500115588",
                "http://vocab.getty.edu/ulan/500115588",
            ),
            (
                "http://vocab.getty.edu/ulan/500115588-agent",
                "http://vocab.getty.edu/ulan/500115588",
            ),
            ("https://viaf.org/viaf/44311861/", "http://viaf.org/viaf/44311861"),
            ("https://www.wikidata.org/wiki/Q5582", "http://www.wikidata.org/entity/Q5582"),
            ("https://d-nb.info/gnd/118540416", "http://d-nb.info/gnd/118540416"),
            ("https://isni.org/isni/0000 0001 2281 955X", "http://isni.org/isni/000000012281955X"),
            ("https://www.idref.fr/027233839", "http://www.idref.fr/027233839/id"),
            (
                "https://data.bnf.fr/ark:/12148/cb11897870d",
                "http://data.bnf.fr/ark:/12148/cb11897870d#about",
            ),
            ("https://musee.example/personnes/12", "https://musee.example/personnes/12"),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(wanted), "{given}");
        }
        assert_eq!(canonical("500115588"), None);
        assert_eq!(all("http://viaf.org/viaf/1 | https://www.wikidata.org/wiki/Q2").len(), 2);
    }
}
