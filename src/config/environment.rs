//! The one place that reads environment variables.
//!
//! | variable | meaning |
//! |---|---|
//! | `DATABASE_URL` | `sqlite:PATH` or `postgres://USER:PASSWORD@HOST/NAME` |
//! | `PASSERELLE_CONFIG` | path of the settings file, default `passerelle.toml` |
//! | `PASSERELLE_DATA` | folder of database, index and derived images |
//! | `PASSERELLE_INDEX` | folder of the search index of this node |
//! | `PASSERELLE_SCHEDULES` | folder of the schedules |
//! | `PASSERELLE_LISTEN` | address to listen on |
//! | `PASSERELLE_PUBLIC_URL` | public base URL |
//! | `PASSERELLE_LOG_FORMAT` | `text` or `json` |
//! | `RUST_LOG` | log filter |
//!
//! Any other variable is read only where a schedule names it as `${NAME}`.

/// The value of a variable, when it is set, not empty and valid Unicode.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Replaces every `${NAME}` by what `lookup` gives.
///
/// # Errors
/// The name of the first variable that is not set, or the text when a `${` is not closed.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            return Err(format!("`${{` without `}}` in `{text}`"));
        };
        match lookup(name) {
            Some(value) => expanded.push_str(&value),
            None => return Err(format!("environment variable `{name}` is not set")),
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        (name == "HOME").then(|| "/home/x".to_owned())
    }

    #[test]
    fn variables_are_replaced_and_the_rest_stays() {
        assert_eq!(expand("${HOME}/a/$b", lookup).unwrap(), "/home/x/a/$b");
        assert_eq!(expand("plain", lookup).unwrap(), "plain");
    }

    #[test]
    fn an_unset_variable_is_named() {
        assert_eq!(
            expand("${NOPE}/a", lookup).unwrap_err(),
            "environment variable `NOPE` is not set"
        );
        assert!(expand("${NOPE", lookup).is_err());
    }
}
