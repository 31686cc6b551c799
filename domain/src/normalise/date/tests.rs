//! What dates mean.

mod forms;
mod properties;
mod sample;
mod terms;

use super::*;
use crate::meaning::Confidence;
use crate::record::Kind;

/// `begin..end edtf`, one a meaning, joined by ` | `.
fn read(text: &str) -> String {
    let span = |meaning: &Meaning| match &meaning.entity {
        Entity::Time(span) => format!(
            "{}..{} {}",
            span.begin.as_deref().unwrap_or_default(),
            span.end.as_deref().unwrap_or_default(),
            span.edtf.as_deref().unwrap_or("-")
        ),
        other => panic!("not a time: {other:?}"),
    };
    meanings(text).iter().map(span).collect::<Vec<_>>().join(" | ")
}

/// `begin..end` of each meaning, one year as itself, joined by ` | `.
fn years(text: &str) -> String {
    let span = |meaning: &Meaning| match &meaning.entity {
        Entity::Time(TimeSpan { begin, end, .. }) if begin == end => {
            begin.clone().unwrap_or_default()
        }
        Entity::Time(span) => format!(
            "{}..{}",
            span.begin.as_deref().unwrap_or_default(),
            span.end.as_deref().unwrap_or_default()
        ),
        other => panic!("not a time: {other:?}"),
    };
    meanings(text).iter().map(span).collect::<Vec<_>>().join(" | ")
}
