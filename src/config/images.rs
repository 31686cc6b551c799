//! What a schedule says of the images that its records name.

use serde::{Deserialize, Serialize};

/// Largest image that is fetched when the schedule says nothing, in mebibytes.
const MAX_MIB: u64 = 256;

/// Where images are and what is done with them. `images = "folder"` is short for
/// `images = { from = "folder" }`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Form")]
pub struct ImageOptions {
    /// Folder (relative to the schedule) or base URL in which images named by records are found.
    pub from: Option<String>,
    /// What is done with images at other sites; files of the folder are always served from it.
    pub mode: ImageMode,
    /// How long a copy counts as fresh, in seconds: `30d`, `12h`; `None`: for ever.
    pub recheck_s: Option<i64>,
    /// What happens to the copy of an image that is gone.
    pub gone: WhenGone,
    /// Largest file that is fetched, in mebibytes.
    pub max_mib: u64,
    /// Records name IIIF Image API services by their base, without `/info.json`.
    pub iiif: bool,
}

/// What is done with images at other sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageMode {
    /// Fetched, checked, kept as masters, looked after.
    Copy,
    /// Left where they are.
    #[default]
    Reference,
    /// Not shown, local files neither.
    None,
}

/// What happens to the copy of an image that is gone from its site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenGone {
    /// It goes on being shown, and the link report names it.
    #[default]
    Keep,
    /// It is not shown any more.
    Drop,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Place(String),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    from: Option<String>,
    #[serde(default)]
    mode: ImageMode,
    recheck: Option<String>,
    #[serde(default)]
    gone: WhenGone,
    max_mib: Option<u64>,
    #[serde(default)]
    iiif: bool,
    // As it was written by this program.
    recheck_s: Option<i64>,
}

/// Seconds of `30d`, `12h`, `90m`; `None` for another form.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return None,
    };
    number.trim().parse::<u32>().ok().filter(|n| *n > 0).map(|n| i64::from(n) * unit)
}

impl TryFrom<Form> for ImageOptions {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let table = match form {
            Form::Place(from) => return Ok(Self { from: Some(from), ..Self::default() }),
            Form::Table(table) => table,
        };
        let recheck_s = match table.recheck.as_deref().map(str::trim) {
            Some("never") => None,
            Some(text) => Some(seconds(text).ok_or_else(|| {
                format!(
                    "`images.recheck`: found `{text}`, expected never or a time like 30d, 12h, 90m"
                )
            })?),
            None => table.recheck_s.or(Self::default().recheck_s),
        };
        Ok(Self {
            from: table.from,
            mode: table.mode,
            recheck_s,
            gone: table.gone,
            max_mib: table.max_mib.unwrap_or(MAX_MIB),
            iiif: table.iiif,
        })
    }
}

impl Default for ImageOptions {
    fn default() -> Self {
        Self {
            from: None,
            mode: ImageMode::default(),
            recheck_s: Some(30 * 86_400),
            gone: WhenGone::default(),
            max_mib: MAX_MIB,
            iiif: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Of {
        images: ImageOptions,
    }

    fn of(toml: &str) -> ImageOptions {
        toml::from_str::<Of>(toml).unwrap().images
    }

    #[test]
    fn a_folder_alone_and_a_table_are_both_understood() {
        assert_eq!(of("images = 'photos'").from.as_deref(), Some("photos"));
        assert_eq!(of("images = 'photos'").mode, ImageMode::Reference);
        let table = of("images = { mode = 'copy', recheck = '12h', gone = 'drop', max_mib = 5 }");
        assert_eq!((table.mode, table.recheck_s), (ImageMode::Copy, Some(43_200)));
        assert_eq!((table.gone, table.max_mib, table.from.as_deref()), (WhenGone::Drop, 5, None));
        assert_eq!(of("images = { recheck = 'never' }").recheck_s, None);
        assert_eq!(of("images = { mode = 'none' }").recheck_s, Some(30 * 86_400));
    }

    #[test]
    fn a_time_of_another_form_is_a_mistake() {
        for wrong in ["often", "0d", "30", ""] {
            let toml = format!("images = {{ recheck = '{wrong}' }}");
            assert!(toml::from_str::<Of>(&toml).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let options = of("images = { mode = 'copy', recheck = '12h' }");
        let json = serde_json::to_string(&options).unwrap();
        assert_eq!(serde_json::from_str::<ImageOptions>(&json).unwrap(), options);
    }
}
