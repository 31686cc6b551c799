//! What a schedule says of the kinds that are walked: `json-api`, `iiif`, `resourcesync`, `sru`.

use super::source::{HarvestMode, SourceConfig, SourceKind};
use protocols::formats::READABLE;
use protocols::walk::json_api::Paging;

/// What has the right form and still makes no sense: keys and messages.
pub(super) fn mistakes(source: &SourceConfig) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    let kind = source.kind;
    for (given, key, of) in [
        (source.json_api.is_some(), "json_api", SourceKind::JsonApi),
        (source.sru.is_some(), "sru", SourceKind::Sru),
    ] {
        if given && kind != of {
            found.push((key, format!("`{key}`: only for kind = \"{}\"", of.as_str())));
        }
        if !given && kind == of {
            found.push(("kind", format!("`{key}`: missing; this kind needs [{key}]")));
        }
    }
    if !kind.is_walked() {
        return found;
    }
    if !["http://", "https://"].iter().any(|scheme| source.location.starts_with(scheme)) {
        found.push(("location", "`location`: expected an http(s) URL".to_owned()));
    }
    let formats: &[&str] = match kind {
        SourceKind::Sru | SourceKind::ResourceSync => &READABLE,
        _ => &[],
    };
    if let Some(format) = source.format.as_deref().filter(|format| !formats.contains(format)) {
        let allowed = match formats {
            [] => format!("not for kind = \"{}\"", kind.as_str()),
            formats => format!("found `{format}`, expected one of {}", formats.join(", ")),
        };
        found.push(("format", format!("`format`: {allowed}")));
    }
    if let Some(options) = &source.json_api {
        found.extend(options.mistakes().into_iter().map(|message| ("json_api", message)));
        if options.paging == Paging::SearchAfter
            && options.parameter.as_deref().is_some_and(|name| name.trim().is_empty())
        {
            found.push(("json_api", "`json_api.parameter` is empty".to_owned()));
        }
    }
    let incremental = source.mode == HarvestMode::Incremental;
    let can = match kind {
        SourceKind::Sru => false,
        SourceKind::JsonApi => source.json_api.as_ref().is_some_and(|o| o.since.is_some()),
        _ => true,
    };
    if incremental && !can {
        let how = if kind == SourceKind::Sru {
            "SRU does not say what changed"
        } else {
            "incremental needs json_api.since and json_api.watermark"
        };
        found.push(("mode", format!("`mode`: {how}")));
    }
    if let Some(sru) = &source.sru
        && !["1.1", "1.2", "2.0"].contains(&sru.version.as_str())
    {
        found.push(("sru", "`sru.version`: expected 1.1, 1.2 or 2.0".to_owned()));
    }
    found
}
