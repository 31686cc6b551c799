//! Where a record came from: the OAI provenance guideline
//! (`http://www.openarchives.org/OAI/2.0/guidelines-provenance.htm`) as data.
//!
//! An [`Origin`] is kept beside each source record that was harvested by OAI-PMH. Its dates never
//! count as content: a partner that stamps its records anew every night did not change them.

use crate::json::push_member;
use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

/// Most steps of a chain that a partner sent which are kept, nearest first.
pub const MAX_DEPTH: usize = 16;
/// Most chains that are kept of one record: a partner that merges sends one for each of its sources.
pub const MAX_CHAINS: usize = 16;
/// Longest address, identifier or namespace in bytes; what is longer ends its chain.
pub const MAX_TEXT: usize = 2048;

/// The repository and record that a source record was harvested from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// Base URL that was asked, without user name and password.
    pub base_url: String,
    /// OAI identifier there.
    pub identifier: String,
    /// Datestamp there, in the partner's granularity; empty when it gave none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub datestamp: String,
    /// Namespace of the metadata that it sent; empty when there was none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata_namespace: String,
    /// `responseDate` of the answer in which the present content came, as written there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub harvest_date: String,
    /// Fields that the source masks were taken out of what came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
    /// `about/rights` of the record: the licence of the *metadata*, when the partner states one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata_rights: Option<String>,
    /// What the partner said of where it had the record from: chains, each nearest step first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chains: Vec<Vec<Step>>,
}

/// One `originDescription` that a partner sent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Step {
    /// Base URL.
    pub base_url: String,
    /// OAI identifier there.
    pub identifier: String,
    /// Datestamp there, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub datestamp: String,
    /// Namespace of the metadata.
    pub metadata_namespace: String,
    /// When it was harvested there, as written.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub harvest_date: String,
    /// Whether it was altered before it was passed on.
    pub altered: bool,
}

impl Step {
    /// Whether the step can be passed on: nothing missing or too long, both dates as
    /// `provenance.xsd` wants them.
    pub fn is_sound(&self) -> bool {
        [&self.base_url, &self.identifier, &self.metadata_namespace]
            .iter()
            .all(|text| !text.is_empty() && text.len() <= MAX_TEXT)
            && is_date(&self.datestamp)
            && is_date(&self.harvest_date)
    }
}

impl Origin {
    /// Whether it can be told in a `provenance` container, which wants every part: a record without
    /// a datestamp or namespace has an origin that the guideline cannot express.
    pub fn is_sound(&self) -> bool {
        [&self.base_url, &self.identifier, &self.metadata_namespace]
            .iter()
            .all(|text| !text.is_empty() && text.len() <= MAX_TEXT)
            && is_date(&self.datestamp)
            && is_date(&self.harvest_date)
    }

    /// Appends it as JSON, as serde writes it; without any date (see [`Self::undated`]) for content
    /// hashes.
    pub fn push_json(&self, out: &mut Vec<u8>, dated: bool) {
        if !self.chains.is_empty() {
            // Few partners send any. These types have no map with keys that JSON refuses, so
            // writing them cannot fail.
            let _infallible = if dated {
                serde_json::to_writer(out, self)
            } else {
                serde_json::to_writer(out, &self.undated())
            };
            return;
        }
        out.push(b'{');
        push_member(out, "base_url", &self.base_url);
        push_member(out, "identifier", &self.identifier);
        let mut push = |name: &str, text: &str| {
            if !text.is_empty() {
                push_member(out, name, text);
            }
        };
        if dated {
            push("datestamp", &self.datestamp);
        }
        push("metadata_namespace", &self.metadata_namespace);
        if dated {
            push("harvest_date", &self.harvest_date);
        }
        if self.masked {
            out.extend_from_slice(b",\"masked\":true");
        }
        if let Some(rights) = &self.metadata_rights {
            push_member(out, "metadata_rights", rights);
        }
        out.push(b'}');
    }

    /// The same without any date, for content hashes.
    #[must_use]
    pub fn undated(&self) -> Self {
        let mut undated = self.clone();
        undated.datestamp.clear();
        undated.harvest_date.clear();
        for step in undated.chains.iter_mut().flatten() {
            step.datestamp.clear();
            step.harvest_date.clear();
        }
        undated
    }
}

/// Chains as they are kept: each cut before its first step that is not sound and at [`MAX_DEPTH`],
/// empty and repeated ones left out, at most [`MAX_CHAINS`].
pub fn bounded(chains: Vec<Vec<Step>>) -> Vec<Vec<Step>> {
    let mut kept: Vec<Vec<Step>> = Vec::new();
    for mut chain in chains {
        let sound = chain.iter().take_while(|step| step.is_sound()).count();
        chain.truncate(sound.min(MAX_DEPTH));
        if !chain.is_empty() && !kept.contains(&chain) && kept.len() < MAX_CHAINS {
            kept.push(chain);
        }
    }
    kept
}

/// Whether a text is a date of the calendar or a date and time as XML Schema writes them
/// (`xs:date`, `xs:dateTime`): `2002-02-08`, `2002-02-08T08:55:46Z`, with fraction or offset too.
pub fn is_date(text: &str) -> bool {
    let Some((date, rest)) = text.split_at_checked(10) else { return false };
    let digits_at = |text: &str, marks: &[(usize, u8)]| {
        text.bytes().enumerate().all(|(at, byte)| match marks.iter().find(|mark| mark.0 == at) {
            Some((_, mark)) => byte == *mark,
            None => byte.is_ascii_digit(),
        })
    };
    if !digits_at(date, &[(4, b'-'), (7, b'-')])
        || NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err()
        || date.starts_with("0000")
    {
        return false;
    }
    let Some(time) = rest.strip_prefix('T') else { return is_zone(rest) };
    let Some((clock, rest)) = time.split_at_checked(8) else { return false };
    if !digits_at(clock, &[(2, b':'), (5, b':')])
        || clock.ends_with("60")
        || NaiveTime::parse_from_str(clock, "%H:%M:%S").is_err()
    {
        return false;
    }
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    is_zone(zone)
}

/// Nothing, `Z`, or `+hh:mm` up to 14 hours.
fn is_zone(text: &str) -> bool {
    if text.is_empty() || text == "Z" {
        return true;
    }
    let Some(offset) = text.strip_prefix(['+', '-']) else { return false };
    let Some((hours, minutes)) = offset.split_once(':') else { return false };
    let number = |part: &str| {
        (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    match (number(hours), number(minutes)) {
        (Some(hours), Some(minutes)) => hours * 60 + minutes <= 14 * 60 && minutes < 60,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
