//! The demo's samples and schedules, carried in the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Address of the partner in the schedule as committed; [`unpack`] writes the real one.
const PARTNER: &str = "http://127.0.0.1:8081/oai";

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../demo/", $path)).as_slice())),*]
    };
}

/// Path under the folder of the demo, and content.
const FILES: &[(&str, &[u8])] = files![
    "schedules/joconde.toml",
    "schedules/merimee.toml",
    "schedules/palissy.toml",
    "schedules/memoire.toml",
    "schedules/mnr.toml",
    "schedules/museofile.toml",
    "schedules/partenaire.toml",
    "samples/joconde.csv",
    "samples/merimee.csv",
    "samples/palissy.psv",
    "samples/memoire.csv.gz",
    "samples/mnr.csv",
    "samples/museofile.json",
];

/// Writes samples and schedules under `folder` and returns the folder of the schedules. The
/// schedules look for pictures in `{folder}/images`. Files that are there are replaced.
///
/// `partner` is the base URL of the partner that the demo serves (`http://127.0.0.1:8081/oai`).
///
/// # Errors
/// The first file that cannot be written.
pub fn unpack(folder: &Path, partner: &str) -> io::Result<PathBuf> {
    for (path, content) in FILES {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let content = match std::str::from_utf8(content) {
            Ok(text) if path.ends_with("partenaire.toml") => {
                text.replace(PARTNER, partner).into_bytes()
            }
            _ => content.to_vec(),
        };
        fs::write(target, content)?;
    }
    Ok(folder.join("schedules"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::source::SourceConfig;

    #[test]
    fn every_schedule_is_understood_and_its_sample_is_carried_along() {
        let folder = tempfile::tempdir().unwrap();
        let schedules = unpack(folder.path(), "http://127.0.0.1:9999/oai").unwrap();
        let mut count = 0;
        for entry in fs::read_dir(&schedules).unwrap() {
            let path = entry.unwrap().path();
            let source: SourceConfig = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            count += 1;
            if source.location.starts_with("http") {
                assert_eq!(source.location, "http://127.0.0.1:9999/oai");
            } else {
                assert!(schedules.join(&source.location).is_file(), "{}", source.location);
            }
        }
        assert_eq!(count, 7);
    }

    #[test]
    fn every_picture_of_the_list_is_named_by_a_sample() {
        let mut text = String::new();
        for (path, content) in FILES.iter().filter(|(path, _)| path.starts_with("samples/")) {
            if Path::new(path).extension().is_some_and(|ending| ending == "gz") {
                let mut bytes = Vec::new();
                io::Read::read_to_end(&mut flate2::read::GzDecoder::new(*content), &mut bytes)
                    .unwrap();
                text.push_str(&String::from_utf8_lossy(&bytes));
            } else {
                text.push_str(&String::from_utf8_lossy(content));
            }
        }
        for picture in super::super::images::list().unwrap() {
            assert!(text.contains(&picture.path), "{}", picture.path);
        }
    }
}
