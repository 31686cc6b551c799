//! How a source is harvested: windows, bounds, absence and brake (`[harvest]` of a schedule).

use protocols::oai_pmh::client::{AbsenceCheck, Limits, Unit};
use serde::{Deserialize, Serialize};

/// The table `[harvest]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HarvestOptions {
    /// For OAI-PMH: `auto`, `none`, `year`, `month` or `day`. With `auto` (and `none`) everything
    /// is one list, which is cut when it cannot be read to its end.
    pub window: Window,
    /// For OAI-PMH: how much further an incremental run reaches back than the last answer, for
    /// servers that show changes late: `1h`, `2d`.
    pub overlap: Option<String>,
    /// For OAI-PMH, incremental: how often the identifiers of the whole source are compared, so
    /// that what is absent is deleted: `7d`, `never`, `auto` (as Identify says of deletions).
    pub absence_check: Option<String>,
    /// Largest share of the live records that a run may delete: `10%`, or `off`.
    pub brake: Option<String>,
    /// So many deletions are never too many.
    pub brake_minimum: i64,
    /// Pages a run.
    pub max_pages: u64,
    /// Records a run.
    pub max_records: u64,
    /// Requests a run.
    pub max_requests: u64,
    /// Mebibytes of answers a run.
    pub max_mib: u64,
    /// Minutes a run.
    pub max_minutes: u64,
}

/// `window` of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Window {
    /// As the source bears it.
    #[default]
    Auto,
    /// One list.
    None,
    /// A list a year.
    Year,
    /// A list a month.
    Month,
    /// A list a day.
    Day,
}

impl Default for HarvestOptions {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            window: Window::Auto,
            overlap: None,
            absence_check: None,
            brake: None,
            brake_minimum: 100,
            max_pages: limits.pages,
            max_records: limits.records,
            max_requests: limits.requests,
            max_mib: limits.bytes >> 20,
            max_minutes: 24 * 60,
        }
    }
}

impl HarvestOptions {
    /// Length of the lists.
    pub fn unit(&self) -> Unit {
        match self.window {
            Window::Auto | Window::None => Unit::None,
            Window::Year => Unit::Year,
            Window::Month => Unit::Month,
            Window::Day => Unit::Day,
        }
    }

    /// Seconds of [`Self::overlap`].
    pub fn overlap_s(&self) -> i64 {
        self.overlap.as_deref().and_then(seconds).unwrap_or(0)
    }

    /// [`Self::absence_check`], read; what cannot be read checks nothing.
    pub fn absence(&self) -> AbsenceCheck {
        match self.absence_check.as_deref() {
            None | Some("auto") => AbsenceCheck::ByDeletedRecord,
            Some(text) => seconds(text).map_or(AbsenceCheck::Never, AbsenceCheck::Every),
        }
    }

    /// Percent of the live records that a run may delete; `None` without a brake.
    pub fn brake_percent(&self) -> Option<u32> {
        match self.brake.as_deref() {
            None => Some(10),
            Some("off") => None,
            Some(text) => percent(text).or(Some(0)),
        }
    }

    /// Bounds of a run.
    pub fn limits(&self) -> Limits {
        Limits {
            requests: self.max_requests,
            pages: self.max_pages,
            records: self.max_records,
            bytes: self.max_mib.saturating_mul(1 << 20),
        }
    }

    /// What has the right form and still makes no sense: keys and messages.
    pub(super) fn mistakes(&self) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let mut wrong = |key: &str, value: &str, allowed: &str| {
            found
                .push(("harvest", format!("`harvest.{key}`: found `{value}`, expected {allowed}")));
        };
        if let Some(text) = self.overlap.as_deref().filter(|text| seconds(text).is_none()) {
            wrong("overlap", text, "a duration such as 90s, 15m, 12h or 7d");
        }
        if let Some(text) = self
            .absence_check
            .as_deref()
            .filter(|text| !matches!(*text, "auto" | "never") && seconds(text).is_none())
        {
            wrong("absence_check", text, "auto, never, or a duration such as 12h or 7d");
        }
        if let Some(text) =
            self.brake.as_deref().filter(|text| *text != "off" && percent(text).is_none())
        {
            wrong("brake", text, "a share from 0% to 100%, or off");
        }
        found
    }
}

/// Seconds of `90s`, `15m`, `12h`, `7d`.
fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u32 = text.get(..text.len() - 1)?.trim().parse().ok()?;
    i64::from(number).checked_mul(unit)
}

/// The number of `10%`.
fn percent(text: &str) -> Option<u32> {
    text.strip_suffix('%')?.trim().parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_shares_are_read_and_mistakes_named() {
        let options: HarvestOptions = toml::from_str(
            "window = 'month'\noverlap = '90s'\nabsence_check = '7d'\nbrake = '25%'\nmax_pages = 3",
        )
        .unwrap();
        assert_eq!(options.mistakes(), []);
        assert_eq!(options.unit(), Unit::Month);
        assert_eq!(options.overlap_s(), 90);
        assert_eq!(options.absence(), AbsenceCheck::Every(604_800));
        assert_eq!(options.brake_percent(), Some(25));
        assert_eq!(options.limits().pages, 3);
        let default = HarvestOptions::default();
        assert_eq!(default.absence(), AbsenceCheck::ByDeletedRecord);
        assert_eq!(default.brake_percent(), Some(10));
        let wrong: HarvestOptions =
            toml::from_str("overlap = '1 week'\nabsence_check = 'often'\nbrake = '110%'").unwrap();
        assert_eq!(wrong.mistakes().len(), 3);
    }
}
