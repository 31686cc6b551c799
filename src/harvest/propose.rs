//! A first schedule and mapping for a file that nobody has described yet. What is a guess is marked
//! as one: somebody has to read it.

use super::file::checkpoint::Input;
use super::file::limits::Limits;
use super::file::open::{Source, open};
use super::file::row::{CONTENT_KEY, Row, Rules};
use crate::config::source::SourceConfig;
use domain::fold::fold_name;
use serde::Deserialize;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// Rows that are looked at.
const ROWS: usize = 5_000;
/// Characters of a value that is shown.
const SHOWN: usize = 50;
/// Names of columns of a file that are described.
const MOST_COLUMNS: usize = 400;

/// What was found in a file.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Rows that were looked at.
    pub rows: usize,
    /// Columns in the order of the file.
    pub columns: Vec<Column>,
    /// The column that names the records; `None`: none does.
    pub key: Option<String>,
}

/// A column of the file.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Rows in which it has a value.
    pub filled: usize,
    /// A value.
    pub example: String,
    /// What it probably is.
    pub guess: Option<Guess>,
}

/// What a column probably is: a field of the table `generic`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The field.
    pub field: String,
    /// The property that it becomes; `None`: it is used otherwise (address, image, holder).
    pub property: Option<String>,
    /// What separates several values.
    pub split: Option<String>,
    /// The values are MARC text, with indicators and subfield codes.
    pub marc: bool,
    /// The word of the name by which it was found; `None`: the whole name is known.
    pub by: Option<String>,
}

/// Fields of the table `generic`, as far as names go.
#[derive(Debug, Deserialize)]
struct Generic {
    field: Vec<Known>,
}

#[derive(Debug, Deserialize)]
struct Known {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    to: Option<String>,
    split: Option<String>,
}

#[derive(Debug, Default)]
struct Seen {
    filled: usize,
    example: String,
    values: HashSet<String>,
    repeated: bool,
    marc: usize,
    separated: [usize; SEPARATORS.len()],
}

/// What people put between values where a comma or a semicolon may be part of one, longest first.
const SEPARATORS: [&str; 5] = [":::", "||", "|", "¤", "#"];
/// A separator counts when one value in this many has it.
const SEPARATED: usize = 20;

/// Looks at the first rows of a file.
///
/// # Errors
/// In words: it cannot be read, or has no row.
pub fn propose(config: &SourceConfig, file: &Path) -> Result<Proposal, String> {
    let said = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let rules = Rules {
        keys: vec![CONTENT_KEY.to_owned()],
        masked: Arc::new(|_: &str| false),
        known: Arc::new(|_: &str| false),
    };
    let read = Arc::default();
    let source = Source { config, rules: &rules, limits: Limits::default(), read: &read };
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let input = Input::new(file.to_path_buf(), name.clone());
    let mut reader = open(&input, source, &[]).map_err(|error| said(&error))?;
    let mut order: Vec<String> = Vec::new();
    let mut seen: HashMap<String, Seen> = HashMap::new();
    let mut rows = 0;
    let mut body = Vec::new();
    // Names of columns that are empty everywhere stand in the header alone.
    reader.head(&mut body);
    if let Some(Ok(header)) =
        csv::ReaderBuilder::new().has_headers(false).from_reader(body.as_slice()).records().next()
    {
        order.extend(header.iter().filter(|name| !name.is_empty()).map(str::to_owned));
    }
    while rows < ROWS {
        body.clear();
        let Some(row) = reader.next_row(&mut body).map_err(|error| said(&error))? else { break };
        let Row::Record { fields, .. } = row else { continue };
        rows += 1;
        let mut here: HashSet<&str> = HashSet::new();
        for field in &fields {
            if !order.contains(&field.name) {
                if order.len() >= MOST_COLUMNS {
                    continue;
                }
                order.push(field.name.clone());
            }
            let seen = seen.entry(field.name.clone()).or_default();
            if !here.insert(&field.name) {
                seen.repeated = true;
                continue;
            }
            seen.filled += 1;
            if seen.example.is_empty() {
                seen.example = field.value.chars().take(SHOWN).collect();
            }
            seen.marc += usize::from(looks_like_marc(&field.value));
            let found = SEPARATORS.iter().position(|s| field.value.contains(s));
            if let Some(count) = found.and_then(|found| seen.separated.get_mut(found)) {
                *count += 1;
            }
            if !seen.values.insert(field.value.trim().to_owned()) {
                seen.repeated = true;
            }
        }
    }
    if rows == 0 {
        return Err(said(&"no row can be read"));
    }
    let generic = generic()?;
    let mut columns = Vec::with_capacity(order.len());
    let mut unique = HashSet::new();
    for name in order {
        let seen = seen.remove(&name).unwrap_or_default();
        if !seen.repeated && seen.filled == rows {
            unique.insert(name.clone());
        }
        let mut guess = guess(&generic, &name, &seen.example);
        if let Some(guess) = &mut guess {
            refine(guess, &seen);
            // Another title, unless its name says that it is the title.
            let second = guess.property.as_deref() == Some("title") && guess.by.is_some();
            let has_title = |c: &Column| c.guess.as_ref().is_some_and(|g| g.field == "title");
            if second && columns.iter().any(has_title) {
                guess.property = Some("alternative".to_owned());
            }
        }
        columns.push(Column { name, filled: seen.filled, example: seen.example, guess });
    }
    let by = |field: &str, whole: bool| {
        columns.iter().find(|column| {
            unique.contains(&column.name)
                && column
                    .guess
                    .as_ref()
                    .is_some_and(|g| g.field == field && (!whole || g.by.is_none()))
        })
    };
    let key = by("identifier", true)
        .or_else(|| by("inventory_number", true))
        .or_else(|| by("identifier", false))
        .or_else(|| by("inventory_number", false))
        .map(|column| column.name.clone());
    Ok(Proposal { rows, columns, key })
}

fn generic() -> Result<Vec<Known>, String> {
    let text = protocols::crosswalk::builtin_text("generic").unwrap_or_default();
    let table: Generic = toml::from_str(text).map_err(|error| error.to_string())?;
    Ok(table.field)
}

/// Corrects what a name promises by what the values are.
fn refine(guess: &mut Guess, seen: &Seen) {
    guess.marc = seen.marc * 2 > seen.filled;
    let used = SEPARATORS.iter().zip(seen.separated).find(|(_, n)| n * SEPARATED > seen.filled);
    if let Some((separator, _)) = used.filter(|_| guess.property.is_some()) {
        guess.split = Some((*separator).to_owned());
    } else if guess.marc {
        guess.split = None;
    }
}

/// Two indicators and a subfield: `00$aTitle`, `\\$atext`.
fn looks_like_marc(value: &str) -> bool {
    let Some((before, after)) = value.split_once('$') else { return false };
    let indicators = before.trim_start();
    indicators.chars().count() <= 2
        && indicators.chars().all(|c| c.is_ascii_digit() || "\\#_ ".contains(c))
        && after.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// What a column probably is: by its whole name, by a word of it, by what a value looks like.
fn guess(generic: &[Known], name: &str, example: &str) -> Option<Guess> {
    let found = |known: &Known, by: Option<&str>| Guess {
        field: known.name.clone(),
        property: known.to.clone(),
        split: known.split.clone(),
        marc: false,
        by: by.map(str::to_owned),
    };
    let is = |known: &Known, folded: &str| {
        fold_name(&known.name) == folded
            || known.aliases.iter().any(|alias| fold_name(alias) == folded)
    };
    let folded = fold_name(name);
    if let Some(known) = generic.iter().find(|known| is(known, &folded)) {
        return Some(found(known, None));
    }
    let address = example.starts_with("http://") || example.starts_with("https://");
    if address {
        let lower = example.to_lowercase();
        let picture = [".jpg", ".jpeg", ".png", ".tif"].iter().any(|ending| lower.contains(ending));
        let field = if picture || folded.contains("image") { "image" } else { "url" };
        return generic.iter().find(|k| k.name == field).map(|k| found(k, Some("an address")));
    }
    // One letter is a code of somebody's list, whatever the column is called.
    if example.chars().count() < 2 {
        return None;
    }
    // The last word says what it is: `main_title`, `accession number`, `ObjectID`.
    let words = words(name);
    words.iter().rev().find_map(|word| {
        let folded = fold_name(word);
        let known = generic.iter().find(|known| is(known, &folded))?;
        Some(found(known, Some(word)))
    })
}

/// The words of a name: `Main_title`, `creditLine`, `URL de l'image`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for c in name.chars() {
        let starts = c.is_uppercase() && lower_before;
        if !c.is_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c);
        }
        lower_before = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The mapping as TOML, every guess with its reason and a value.
pub fn mapping(proposal: &Proposal, id: &str) -> String {
    let mut text = format!(
        "# Draft of a mapping, made from the columns of a file. Read every line: what is marked\n\
         # `guess` was only inferred. A column without `to` is kept as it came and not published.\n\
         # Properties: {}.\n\
         # What else a line can say: schedules/MAPPINGS.md.\n\
         base = {}\nkind = \"museum_object\"   # or monument, movable_object, photograph, museum, agent, other\n\
         lang = \"\"                # language of the texts: fr, en, …\n",
        properties(),
        quoted(id)
    );
    let key = proposal.key.as_deref();
    // Writing to a String cannot fail.
    let _infallible = match key {
        Some(key) => writeln!(
            text,
            "key = [{}]   # guess: different in all {} rows looked at",
            quoted(key),
            proposal.rows
        ),
        None => writeln!(
            text,
            "# FIXME no column is different in all rows: this names a row by its content, so that a\n# changed row is a new record. Name the column that identifies a record.\nkey = [\"{CONTENT_KEY}\"]"
        ),
    };
    if let Some(key) = key {
        let _infallible = writeln!(text, "names = [{}]", quoted(&format!("ref:{{{key}}}")));
    }
    let of = |field: &'static str| {
        let columns = proposal.columns.iter();
        columns.filter(move |c| c.guess.as_ref().is_some_and(|g| g.field == field))
    };
    let list = |columns: Vec<String>| columns.join(", ");
    let rights = of("rights").chain(of("credit")).map(|c| quoted(&c.name)).collect();
    let _infallible = writeln!(text, "rights_fields = [{}]", list(rights));
    if let Some(page) = of("url").next() {
        let _infallible =
            writeln!(text, "landing_page = [{}]", quoted(&format!("{{{}|url_only}}", page.name)));
    }
    if let Some(holder) = of("holder").next() {
        let template = quoted(&format!("{{{}}}", holder.name));
        let _infallible = writeln!(text, "data_provider = [{{ template = {template} }}]");
    }
    let images: Vec<String> = of("image")
        .map(|c| format!("{{ field = {}, form = \"path\" }}", quoted(&c.name)))
        .collect();
    if !images.is_empty() {
        let _infallible = writeln!(text, "image = [{}]", list(images));
    }
    let place = (of("latitude").next(), of("longitude").next());
    if let (Some(latitude), Some(longitude)) = place {
        let (latitude, longitude) = (quoted(&latitude.name), quoted(&longitude.name));
        let _infallible =
            writeln!(text, "position = [{{ latitude = {latitude}, longitude = {longitude} }}]");
    }
    text.push_str("\nfield = [\n");
    for column in &proposal.columns {
        let mut line = format!("  {{ name = {}", quoted(&column.name));
        let mut why = String::new();
        if let Some(guess) = &column.guess {
            if let Some(property) = &guess.property {
                let _infallible = write!(line, ", to = {}", quoted(property));
            }
            if let Some(split) = &guess.split {
                let _infallible = write!(line, ", split = {}", quoted(split));
            }
            if guess.marc && guess.property.is_some() {
                line.push_str(", transforms = [\"marc\"]");
            }
            if let Some(by) = &guess.by {
                why = format!("guess by `{by}`; ");
            }
        }
        let percent = column.filled * 100 / proposal.rows.max(1);
        let example = column.example.replace(['\n', '\r'], " ");
        let _infallible = writeln!(text, "{line} }},   # {why}{percent} % filled: {example}");
    }
    text.push_str("]\n");
    text
}

/// The schedule as TOML.
pub fn schedule(id: &str, location: &str) -> String {
    format!(
        "label = {}                # shown to people\n\
         kind = \"file\"\n\
         location = {}\n\
         mapping = \"mappings/{id}.toml\"   # beside this file; draft: read it\n\
         # data_provider = \"…\"          # the institution, where the file does not name it\n\
         # cron = \"15 3 * * 1\"          # without it only by hand\n\
         # What is not said to be free is not shown: see [rights] in schedules/README.md.\n",
        quoted(id),
        quoted(location)
    )
}

fn properties() -> String {
    "title, alternative, identifier, type, creator, contributor, publisher, created, temporal, \
     spatial, current_location, medium, extent, subject, description, provenance, language, \
     is_part_of, relation, rights, …"
        .to_owned()
}

/// A text as TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> SourceConfig {
        toml::from_str("label = 'x'\nkind = 'file'\nlocation = 'x'\nmapping = 'x'").unwrap()
    }

    #[test]
    fn a_file_that_nobody_described_gives_a_draft_with_its_guesses_marked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("objects.csv");
        std::fs::write(
            &file,
            "ObjectID,ObjectNumber,Main_title,Dated,CreditLine,Photo,Zone libre,Vide\n\
             4,NPG.1,Vue,1929,\"Gift, 1990\",https://x.example/a.jpg,abc,\n\
             5,NPG.1,Autre,1930,,,abc,\n",
        )
        .unwrap();
        let proposal = propose(&config(), &file).unwrap();
        assert_eq!(proposal.key.as_deref(), Some("ObjectID"));
        let draft = mapping(&proposal, "npg");
        assert!(protocols::crosswalk::Table::parse(&draft).is_ok(), "{draft}");
        insta::assert_snapshot!(draft);
        std::fs::write(&file, "a,b\n1,1\n1,1\n").unwrap();
        let proposal = propose(&config(), &file).unwrap();
        assert_eq!(proposal.key, None);
        assert!(mapping(&proposal, "npg").contains("FIXME"));
    }

    #[test]
    fn separators_and_marc_text_are_seen_in_the_values() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.csv");
        std::fs::write(
            &file,
            "id,Main_title,Other_title,Contributors,Date_type,Subject\n\
             1,00$aLogica,13$aDialectica ::: 13$aLogica vetus,1\\$aVrancx$4pfs ::: 1\\$aDenique,s,a;b\n\
             2,00$aPhysica,,1\\$aVernulaeus,s,c\n",
        )
        .unwrap();
        let draft = mapping(&propose(&config(), &file).unwrap(), "books");
        let line = |name: &str| {
            draft.lines().find(|line| line.contains(&format!("\"{name}\","))).unwrap_or_default()
        };
        assert!(line("Main_title").contains("to = \"title\", transforms = [\"marc\"]"), "{draft}");
        assert!(line("Other_title").contains("to = \"alternative\", split = \":::\""), "{draft}");
        assert!(
            line("Contributors").contains("split = \":::\", transforms = [\"marc\"]"),
            "{draft}"
        );
        assert!(line("Subject").contains("split = \";\" }"), "{draft}");
        assert!(!line("Date_type").contains("to ="), "a code is no type: {draft}");
        assert!(protocols::crosswalk::Table::parse(&draft).is_ok(), "{draft}");
    }

    #[test]
    fn words_of_a_name_are_told_apart() {
        assert_eq!(words("Main_title"), ["Main", "title"]);
        assert_eq!(words("creditLine"), ["credit", "Line"]);
        assert_eq!(words("ObjectID"), ["Object", "ID"]);
        assert_eq!(words("URL de l'image"), ["URL", "de", "l", "image"]);
    }
}
