//! Which files a source consists of.

use super::checkpoint::Input;
use crate::config::source::SourceConfig;
use std::path::Path;

/// Whether a location is a URL.
pub fn is_url(location: &str) -> bool {
    let lower = location.get(..8).unwrap_or(location).to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

/// The files that the location of a source names, by name. A last part with `*` stands for all
/// files of the folder that fit.
///
/// # Errors
/// In words: the folder cannot be read, or there is no such file.
pub fn files(config: &SourceConfig) -> Result<Vec<Input>, String> {
    let location = config.folder.join(&config.location);
    let pattern =
        location.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    if !pattern.contains('*') {
        return match location.metadata() {
            Ok(data) if data.is_file() => Ok(vec![Input::new(location, pattern)]),
            Ok(_) => Err(format!(
                "{} is not a file; for the files of a folder write {}/*.csv",
                location.display(),
                config.location.trim_end_matches('/')
            )),
            Err(error) => Err(format!("{}: {error}", location.display())),
        };
    }
    let folder = location.parent().unwrap_or(Path::new("."));
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut inputs = Vec::new();
    for entry in folder.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if !name.starts_with('.') && fits(&pattern, &name) && path.is_file() {
            inputs.push(Input::new(path, name));
        }
    }
    inputs.sort_by(|a, b| a.name.cmp(&b.name));
    if inputs.is_empty() {
        return Err(format!("no file in {} fits {pattern}", folder.display()));
    }
    Ok(inputs)
}

/// Whether a name fits a pattern in which each `*` stands for any characters.
pub fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The last part of the path of a URL.
pub fn name_of_url(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", ".csv", true),
            ("*.csv", "a.csv.gz", false),
            ("joconde-*-*.csv", "joconde-1-2.csv", true),
            ("joconde-*-*.csv", "joconde-1.csv", false),
            ("a*a", "a", false),
            ("a*", "abc", true),
            ("*", "anything", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
