//! The `edm:rights` URIs that Europeana accepts (EDM-EXTERNAL-MAIN.xsd of 2025-12-18).

use domain::rights::NOT_EVALUATED;

const RIGHTS_STATEMENTS: [&str; 6] = ["NoC-NC", "NoC-OKLR", "InC", "InC-EDU", "InC-OW-EU", "CNE"];
const LICENCES: [&str; 7] = ["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd", "by-nd-nc"];

/// The URI itself when Europeana accepts its form, else "copyright not evaluated": a statement that
/// nobody understands says nothing, and nothing said is not freedom.
pub(super) fn accepted(statement: &str) -> &str {
    if is_accepted(statement) { statement } else { NOT_EVALUATED }
}

fn is_accepted(statement: &str) -> bool {
    if let Some(rest) = statement.strip_prefix("http://rightsstatements.org/vocab/") {
        return rest.strip_suffix("/1.0/").is_some_and(|code| RIGHTS_STATEMENTS.contains(&code));
    }
    let Some(rest) = statement.strip_prefix("http://creativecommons.org/") else { return false };
    if matches!(rest, "publicdomain/mark/1.0/" | "publicdomain/zero/1.0/") {
        return true;
    }
    let Some(rest) = rest.strip_prefix("licenses/").and_then(|rest| rest.strip_suffix('/')) else {
        return false;
    };
    let mut parts = rest.split('/');
    let code = parts.next().unwrap_or_default();
    let version = parts.next().unwrap_or_default();
    let port = parts.next();
    let port_is_word = port
        .is_none_or(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
    LICENCES.contains(&code)
        && parts.next().is_none()
        && port_is_word
        && match version {
            "1.0" => true,
            "2.0" | "2.5" => code != "by-nd-nc" && !(version == "2.5" && port == Some("fr")),
            "2.1" => code != "by-nd-nc" && matches!(port, Some("au" | "es" | "jp")),
            "3.0" => code != "by-nd-nc",
            "4.0" => code != "by-nd-nc" && port.is_none(),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_forms_pass() {
        for good in [
            "http://rightsstatements.org/vocab/InC/1.0/",
            "http://creativecommons.org/publicdomain/mark/1.0/",
            "http://creativecommons.org/licenses/by-sa/4.0/",
            "http://creativecommons.org/licenses/by/3.0/fr/",
        ] {
            assert_eq!(accepted(good), good);
        }
        for bad in [
            "",
            "https://rightsstatements.org/vocab/InC/1.0/",
            "http://rightsstatements.org/vocab/InC/1.0",
            "http://rightsstatements.org/vocab/UND/1.0/",
            "http://creativecommons.org/licenses/by/4.0/deed.fr",
            "http://creativecommons.org/licenses/by/4.0/fr/",
            "http://creativecommons.org/licenses/by/2.5/fr/",
            "http://creativecommons.org/licenses/by/",
            "tous droits réservés",
        ] {
            assert_eq!(accepted(bad), NOT_EVALUATED, "{bad}");
        }
    }
}
