//! The `edm:rights` URIs that Europeana accepts (EDM-EXTERNAL-MAIN.xsd of 2025-12-18).

use domain::rights::NOT_EVALUATED;

const RIGHTS_STATEMENTS: [&str; 6] = ["NoC-NC", "NoC-OKLR", "InC", "InC-EDU", "InC-OW-EU", "CNE"];
/// Permissions of the Creative Commons licences.
const LICENCES: [&str; 6] = ["by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd"];
/// Versions of the licences, whether they exist without port, and the ports that they have.
const VERSIONS: [(&str, bool, &str); 6] = [
    ("1.0", true, "fi il nl"),
    ("2.0", true, "au at be br ca cl hr uk fr de it jp nl pl kr es tw"),
    ("2.1", false, "au es jp"),
    (
        "2.5",
        true,
        "ar au br bg ca cn co hr dk hu in il it mk my mt mx nl pe pl pt scotland si za es se ch tw",
    ),
    (
        "3.0",
        true,
        "au at br cl cn cr hr cz ec eg ee fr de gr gt hk igo ie it lu nl nz no ph pl pt pr ro rs sg \
         za es ch tw th ug us ve vn",
    ),
    ("4.0", true, ""),
];

/// The URI itself when Europeana accepts its form, else "copyright not evaluated": a statement that
/// nobody understands says nothing, and nothing said is not freedom.
pub(super) fn accepted(statement: &str) -> &str {
    if is_accepted(statement) { statement } else { NOT_EVALUATED }
}

/// Whether the URI is, to the letter, one of those that Europeana accepts.
pub(super) fn is_accepted(statement: &str) -> bool {
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
    let known = LICENCES.contains(&code) || (code == "by-nd-nc" && version == "1.0");
    known
        && parts.next().is_none()
        && VERSIONS.iter().filter(|(of, ..)| *of == version).any(|(_, unported, ports)| {
            port.map_or(*unported, |port| ports.split(' ').any(|p| !p.is_empty() && p == port))
        })
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
            "http://creativecommons.org/licenses/by/3.0/zz/",
            "http://creativecommons.org/licenses/by/4.0//",
            "http://creativecommons.org/licenses/by-nd-nc/2.0/",
            "http://creativecommons.org/licenses/by/",
            "tous droits réservés",
        ] {
            assert_eq!(accepted(bad), NOT_EVALUATED, "{bad}");
        }
    }
}
