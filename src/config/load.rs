//! Reads a folder of schedules and reports every mistake with its file and line.

use super::drop::DropOptions;
use super::environment;
use super::schema;
use super::source::{HarvestMode, SourceConfig, SourceKind};
use super::walk;
use crate::crosswalk::Crosswalk;
use crate::harvest::file::open::FORMATS;
use crate::jobs::due::Cron;
use domain::identifier::SourceId;
use protocols::formats::READABLE;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// One mistake in a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// From 1; 0 when it is not about one line.
    pub line: usize,
    /// What is wrong and what is allowed.
    pub message: String,
}

impl Mistake {
    /// A mistake about a whole file or folder.
    pub(super) fn whole(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: 0, message: message.into() }
    }

    /// A mistake at a byte offset of the file.
    pub(super) fn at(file: &Path, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.get(..offset).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.message),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.message),
        }
    }
}

/// Reads every `*.toml` of a folder, sorted by name. Sub-folders are not schedules.
///
/// # Errors
/// Every mistake of every file; no source is given when there is one, so that a wrong schedule is
/// noticed at start and not at three in the morning.
pub fn load_folder(folder: &Path) -> Result<Vec<SourceConfig>, Vec<Mistake>> {
    let entries = std::fs::read_dir(folder).map_err(|error| {
        vec![Mistake::whole(folder, format!("cannot read the folder of schedules: {error}"))]
    })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file() && path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    let mut sources = Vec::new();
    let mut mistakes = Vec::new();
    for file in files {
        match load_file(&file) {
            Ok(source) => sources.push(source),
            Err(found) => mistakes.extend(found),
        }
    }
    if mistakes.is_empty() { Ok(sources) } else { Err(mistakes) }
}

/// Reads one schedule.
///
/// # Errors
/// Every mistake of the file.
pub fn load_file(file: &Path) -> Result<SourceConfig, Vec<Mistake>> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| vec![Mistake::whole(file, format!("cannot be read: {error}"))])?;
    let folder = file.parent().unwrap_or(Path::new(".")).to_owned();
    let mut mistakes = Vec::new();
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let id = SourceId::new(stem)
        .map_err(|error| mistakes.push(Mistake::whole(file, format!("file name: {error}"))))
        .ok();

    let (document, syntax) = DeTable::parse_recoverable(&text);
    for error in &syntax {
        let offset = error.span().map_or(0, |span| span.start);
        mistakes.push(Mistake::at(file, &text, offset, error.message()));
    }
    schema::walk(file, &text, "", document.get_ref(), schema::SCHEDULE, 0, &mut mistakes);
    let source = match (mistakes.is_empty(), id) {
        (true, Some(id)) => match toml::from_str::<SourceConfig>(&text) {
            Ok(source) => SourceConfig { id, folder, ..source },
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                return Err(vec![Mistake::at(file, &text, offset, error.message())]);
            }
        },
        _ => return Err(mistakes),
    };

    let place = |key: &str| {
        document
            .get_ref()
            .iter()
            .find(|(name, _)| {
                let found: &str = name.get_ref();
                found == key
            })
            .map_or(0, |(_, value)| value.span().start)
    };
    let mut source = source;
    // A database's URL keeps its variables until it is connected to: passwords are not stored.
    let is_database = source.kind == SourceKind::Database;
    for (key, value) in [
        ("location", (!is_database).then_some(&mut source.location)),
        ("mapping", Some(&mut source.mapping)),
        ("images", source.images.as_mut().and_then(|images| images.from.as_mut())),
    ] {
        let Some(value) = value else { continue };
        match environment::expand(value, environment::variable) {
            Ok(expanded) => *value = expanded,
            Err(message) => {
                mistakes.push(Mistake::at(file, &text, place(key), format!("`{key}`: {message}")));
            }
        }
    }
    if mistakes.is_empty() {
        for (key, message) in meaning(&source) {
            mistakes.push(Mistake::at(file, &text, place(key), message));
        }
    }
    if mistakes.is_empty() { Ok(source) } else { Err(mistakes) }
}

/// What has the right form and still makes no sense.
fn meaning(source: &SourceConfig) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let base = source.base();
    if !base.starts_with(|c: char| c.is_ascii_lowercase())
        || !base.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    {
        found.push((
            "base",
            format!("`base`: found `{base}`, expected a lower-case letter, then a-z, 0-9 and -"),
        ));
    }
    let zone_is_known = source.time_zone.parse::<chrono_tz::Tz>().is_ok();
    if !zone_is_known {
        found.push((
            "time_zone",
            format!("`time_zone`: `{}` is no IANA name, e.g. Europe/Paris", source.time_zone),
        ));
    }
    if let Some(expression) = &source.cron
        && let Err(error) = Cron::parse(expression, "UTC")
    {
        found.push(("cron", format!("`cron`: {error}")));
    }
    found.extend(source.harvest.mistakes());
    let url = source.location.starts_with("http://") || source.location.starts_with("https://");
    match source.kind {
        SourceKind::OaiPmh => {
            if !url {
                found.push((
                    "location",
                    "`location`: expected the http(s) base URL of the repository".to_owned(),
                ));
            }
            if source.format.as_deref().is_some_and(|format| !READABLE.contains(&format)) {
                let allowed = READABLE.join(", ");
                found.push((
                    "format",
                    format!("`format`: an oai-pmh source gives one of {allowed}"),
                ));
            }
        }
        SourceKind::File | SourceKind::Drop => {
            let known = |format: &str| FORMATS.contains(&format) || READABLE.contains(&format);
            if source.format.as_deref().is_some_and(|format| !known(format)) {
                let allowed = [&FORMATS[..], &READABLE[..]].concat().join(", ");
                found.push(("format", format!("`format`: a file is one of {allowed}")));
            }
        }
        SourceKind::Database => found.extend(database(source)),
        SourceKind::JsonApi | SourceKind::Iiif | SourceKind::ResourceSync | SourceKind::Sru => {}
    }
    found.extend(walk::mistakes(source));
    if source.kind != SourceKind::OaiPmh {
        for (given, key) in
            [(source.set.is_some(), "set"), (source.metadata_prefix.is_some(), "metadata_prefix")]
        {
            if given {
                found.push((key, format!("`{key}`: only for kind = \"oai-pmh\"")));
            }
        }
    }
    if source.kind != SourceKind::Drop && source.drop != DropOptions::default() {
        found.push(("drop", "`drop`: only for kind = \"drop\"".to_owned()));
    }
    if source.kind == SourceKind::Drop
        && let Some(("http" | "https" | "ftp" | "sftp", _)) = source.location.split_once("://")
    {
        let message = "`location`: a drop folder is a path or s3://BUCKET/PREFIX";
        found.push(("location", message.to_owned()));
    }
    if source.kind != SourceKind::Database && source.database.is_some() {
        found.push(("database", "`database`: only for kind = \"database\"".to_owned()));
    }
    if let Err(error) = Crosswalk::for_source(source) {
        found.push(("mapping", format!("`mapping`: {error}")));
    }
    found
}

/// What makes no sense in a schedule of kind `database`.
fn database(source: &SourceConfig) -> Vec<(&'static str, String)> {
    let Some(options) = &source.database else {
        let message = "`database`: missing; a database needs [database] with query and key";
        return vec![("kind", message.to_owned())];
    };
    let mut found = options.mistakes(&source.location);
    if source.format.is_some() {
        found.push(("format", "`format`: not for kind = \"database\"".to_owned()));
    }
    if source.mode == HarvestMode::Incremental && options.watermark.is_none() {
        let message = "`mode`: incremental needs database.watermark, the column that grows when a \
                       row changes";
        found.push(("mode", message.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(name: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        match load_file(&file) {
            Ok(_) => Vec::new(),
            Err(found) => found
                .iter()
                .map(|mistake| format!("{}: {}", mistake.line, mistake.message))
                .collect(),
        }
    }

    #[test]
    fn a_right_schedule_has_no_mistake() {
        let text = "label = 'J'\nkind = 'file'\nlocation = 'j.csv'\nmapping = 'joconde'\n\
                    cron = '15 3 * * 1'\n[file]\nencoding = 'windows-1252'\n";
        assert_eq!(mistakes("joconde.toml", text), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_of_form_is_told_at_once_with_its_line() {
        let text = "kind = 'ftp'\nlocation = 'j.csv'\nmapping = 'joconde'\ncolour = 'red'\n\
                    trust = 0\n\n[file]\nencoding = 'ebcdic'\ndelimiter = 'ab'\n";
        insta::assert_snapshot!(mistakes("Joconde-1.toml", text).join("\n"));
    }

    #[test]
    fn what_has_the_right_form_and_makes_no_sense_is_told_with_its_line() {
        let text = "label = 'J'\nkind = 'oai-pmh'\nlocation = 'j.csv'\nmapping = 'jocond'\n\
                    format = 'csv'\ncron = 'at noon'\ntime_zone = 'Paris'\nbase = 'Joconde'\n";
        let found = mistakes("joconde.toml", text).join("\n");
        let about: Vec<_> = found
            .lines()
            .filter_map(|line| line.split_once(": "))
            .map(|(line, message)| (line, message.split('`').nth(1).unwrap_or_default()))
            .collect();
        for expected in [
            ("3", "location"),
            ("4", "mapping"),
            ("5", "format"),
            ("6", "cron"),
            ("7", "time_zone"),
            ("8", "base"),
        ] {
            assert!(about.contains(&expected), "{expected:?} is missing in:\n{found}");
        }
    }

    #[test]
    fn broken_toml_and_unset_variables_are_told_with_their_line() {
        let broken = mistakes("a.toml", "label = 'J'\nkind = \n");
        assert!(broken.iter().any(|mistake| mistake.starts_with("2: ")), "{broken:?}");
        let text = "label = 'J'\nkind = 'file'\nlocation = '${PASSERELLE_NO_SUCH}/j.csv'\nmapping = 'joconde'\n";
        assert_eq!(
            mistakes("a.toml", text),
            ["3: `location`: environment variable `PASSERELLE_NO_SUCH` is not set"]
        );
    }

    #[test]
    fn a_folder_with_one_mistake_gives_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let good = "label = 'J'\nkind = 'file'\nlocation = 'j.csv'\nmapping = 'joconde'\n";
        std::fs::write(folder.path().join("b.toml"), good).unwrap();
        std::fs::write(folder.path().join("a.toml"), good).unwrap();
        std::fs::write(folder.path().join("README.md"), "not a schedule").unwrap();
        let sources = load_folder(folder.path()).unwrap();
        let ids: Vec<_> = sources.iter().map(|source| source.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        std::fs::write(folder.path().join("c.toml"), "label = 1\n").unwrap();
        assert!(load_folder(folder.path()).is_err());
    }
}
