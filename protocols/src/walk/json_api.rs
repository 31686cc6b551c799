//! Interfaces that give JSON page by page: OpenSearch and Elasticsearch (`search_after`), cursors,
//! page numbers, offsets, addresses of the next page.

use super::{Content, Misread, Protocol, Reading, Request, Row, later};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

/// How such an interface is read: the table `[json_api]` of a schedule. Paths are keys and places
/// in arrays joined by `.`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JsonApi {
    /// Path to the array of rows; absent: the answer is the array.
    pub records: Option<String>,
    /// Path from a row to its record; absent: the row is the record.
    pub record: Option<String>,
    /// How the list goes on.
    pub paging: Paging,
    /// Argument of the URL that says where: `page`, `offset`, `cursor`; with
    /// [`Paging::SearchAfter`] `{n}` stands for the place in the array of values.
    pub parameter: Option<String>,
    /// With [`Paging::Cursor`] and [`Paging::Next`] the path of the cursor or address in the
    /// answer; with [`Paging::SearchAfter`] that of the value or values in the last row.
    pub value: Option<String>,
    /// Number of the first page.
    pub first: Option<u64>,
    /// Path to the number of all rows.
    pub total: Option<String>,
    /// Argument of the URL that asks for what changed since a time: for incremental runs.
    pub since: Option<String>,
    /// Path in a record to the time or number of its last change.
    pub watermark: Option<String>,
    /// Path in a record to what says that it is deleted.
    pub deleted: Option<String>,
    /// With these values; default: anything but null, empty, 0, false, non, no.
    pub deleted_values: Vec<String>,
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Paging {
    /// Not at all: one answer has everything.
    #[default]
    None,
    /// By the number of the page.
    Page,
    /// By the number of rows before it.
    Offset,
    /// By a word that the answer gives.
    Cursor,
    /// By an address that the answer gives.
    Next,
    /// By the sort values of the last row.
    SearchAfter,
}

/// One interface.
#[derive(Debug, Clone)]
pub struct JsonApiWalk {
    /// Address of the first page.
    pub url: String,
    /// How it is read.
    pub options: JsonApi,
    /// For an incremental run: the greatest watermark of the last one.
    pub since: Option<String>,
}

impl JsonApi {
    /// What has the right form and still makes no sense.
    pub fn mistakes(&self) -> Vec<String> {
        let mut found = Vec::new();
        let (parameter, value) = match self.paging {
            Paging::None => (false, false),
            Paging::Page | Paging::Offset => (true, false),
            Paging::Next => (false, true),
            Paging::Cursor | Paging::SearchAfter => (true, true),
        };
        let mut wants = |wanted: bool, given: bool, key: &str, what: &str| {
            if wanted && !given {
                found.push(format!("`json_api.{key}` is missing: {what}"));
            } else if given && !wanted {
                found.push(format!("`json_api.{key}`: not with this `paging`"));
            }
        };
        wants(parameter, self.parameter.is_some(), "parameter", "the argument that says the place");
        wants(value, self.value.is_some(), "value", "the path of what the next page is asked by");
        if self.since.is_some() != self.watermark.is_some() {
            found.push("`json_api.since` and `json_api.watermark` go together".to_owned());
        }
        found
    }

    fn is_deleted(&self, record: &Value) -> bool {
        let Some(value) = self.deleted.as_deref().and_then(|path| at(record, path)) else {
            return false;
        };
        let text = text(value).unwrap_or_default();
        if self.deleted_values.is_empty() {
            let no = ["", "0", "f", "false", "n", "no", "non"];
            !no.contains(&text.trim().to_lowercase().as_str())
        } else {
            self.deleted_values.contains(&text)
        }
    }

    /// The number of all rows; none where it is only a lower bound (`relation` of OpenSearch).
    fn declared(&self, answer: &Value) -> Option<u64> {
        let total = at(answer, self.total.as_deref()?)?;
        let number = |value: &Value| {
            value.as_u64().or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
        };
        match total.as_object() {
            None => number(total),
            Some(_) if total.get("relation").is_some_and(|relation| relation != "eq") => None,
            Some(_) => total.get("value").and_then(number),
        }
    }
}

impl JsonApiWalk {
    fn follow(
        &self,
        request: &Request,
        answer: &Value,
        rows: &[Value],
    ) -> Result<Option<Request>, Misread> {
        let options = &self.options;
        let parameter = options.parameter.as_deref().unwrap_or_default();
        let before = request.at + rows.len() as u64;
        let path = options.value.as_deref().unwrap_or_default();
        let missing = |what: &str| Misread::lasting("no_next_page", what.to_owned());
        let done = options.declared(answer).is_some_and(|total| before >= total);
        let url = match options.paging {
            Paging::None => None,
            Paging::Next => at(answer, path).and_then(text).filter(|next| !next.is_empty()),
            Paging::Cursor => match at(answer, path).and_then(text) {
                Some(cursor) if !cursor.is_empty() => {
                    Some(with(&request.url, &[(parameter.to_owned(), cursor)])?)
                }
                _ => None,
            },
            _ if rows.is_empty() || done => None,
            Paging::Offset => {
                Some(with(&request.url, &[(parameter.to_owned(), before.to_string())])?)
            }
            Paging::Page => {
                let first = options.first.unwrap_or(1);
                let page = request.mode.as_deref().and_then(|page| page.parse().ok());
                let page = page.unwrap_or(first) + 1;
                let url = with(&request.url, &[(parameter.to_owned(), page.to_string())])?;
                let mode = Some(page.to_string());
                return Ok(Some(Request { url, at: before, mode, ..Request::default() }));
            }
            Paging::SearchAfter => {
                let last = rows.last().and_then(|row| at(row, path));
                let values = match last {
                    Some(Value::Array(values)) => values.iter().map(text).collect(),
                    Some(value) => vec![text(value)],
                    None => Vec::new(),
                };
                let values: Vec<String> = values.into_iter().flatten().collect();
                if values.is_empty() {
                    let what = format!("json_api.value: nothing at `{path}` of the last row");
                    return Err(missing(&what));
                }
                let arguments: Vec<(String, String)> = values
                    .into_iter()
                    .enumerate()
                    .map(|(n, value)| (parameter.replace("{n}", &n.to_string()), value))
                    .collect();
                Some(with(&request.url, &arguments)?)
            }
        };
        let Some(url) = url else { return Ok(None) };
        let url = Url::parse(&request.url)
            .and_then(|base| base.join(&url))
            .map_err(|error| missing(&format!("the next page `{url}`: {error}")))?;
        Ok(Some(Request { url: url.into(), at: before, ..Request::default() }))
    }
}

impl Protocol for JsonApiWalk {
    fn begin(&self) -> Request {
        let since = self.options.since.as_deref().zip(self.since.as_deref());
        let url = since
            .and_then(|(name, since)| with(&self.url, &[(name.to_owned(), since.to_owned())]).ok());
        Request::list(url.unwrap_or_else(|| self.url.clone()))
    }

    fn read(&self, request: &Request, body: &[u8]) -> Result<Reading, Misread> {
        let answer = json(body)?;
        let options = &self.options;
        let path = options.records.as_deref().unwrap_or_default();
        let Some(rows) = at(&answer, path).and_then(Value::as_array) else {
            let begins: String = answer.to_string().chars().take(200).collect();
            let what = format!("no array at json_api.records `{path}`; the answer begins {begins}");
            return Err(Misread::lasting("no_records", what));
        };
        let next = self.follow(request, &answer, rows)?;
        let mut watermark: Option<String> = None;
        let rows = rows
            .iter()
            .map(|row| {
                let path = options.record.as_deref().unwrap_or_default();
                let Some(record) = at(row, path) else {
                    let what = format!("nothing at json_api.record `{path}`");
                    let body = row.to_string().into_bytes();
                    return broken("no_record", what, body);
                };
                let changed = options.watermark.as_deref().and_then(|path| at(record, path));
                let changed = changed.and_then(text);
                watermark = later(watermark.take(), changed);
                let deleted = options.is_deleted(record);
                let content = Content::Json(record.clone());
                Row { id: None, datestamp: None, deleted, content }
            })
            .collect();
        Ok(Reading {
            rows,
            next,
            declared: options.declared(&answer),
            watermark,
            selective: self.since.is_some() && options.since.is_some(),
            ..Reading::default()
        })
    }

    fn is_chain(&self) -> bool {
        true
    }
}

fn broken(code: &'static str, what: String, body: Vec<u8>) -> Row {
    Row::broken(None, code, what, body)
}

/// Reads a body as JSON.
pub(super) fn json(body: &[u8]) -> Result<Value, Misread> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| {
        let begins: String = String::from_utf8_lossy(body).trim().chars().take(80).collect();
        Misread::passing("not_json", format!("not JSON: {error}; it begins {begins}"))
    })
}

/// What lies at a path: keys and places, joined by `.`; the value itself at an empty one. A key that
/// has dots in it is found whole as well.
pub(super) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.is_empty() {
        return Some(value);
    }
    if let Some(found) = value.get(path) {
        return Some(found);
    }
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let inner = match value {
        Value::Array(items) => items.get(first.parse::<usize>().ok()?)?,
        _ => value.get(first)?,
    };
    at(inner, rest)
}

/// A single value as a text.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The URL with these arguments, in the place of those of their names.
fn with(url: &str, arguments: &[(String, String)]) -> Result<String, Misread> {
    let wrong =
        |error: url::ParseError| Misread::lasting("no_next_page", format!("{url}: {error}"));
    let mut made = Url::parse(url).map_err(wrong)?;
    let kept: Vec<(String, String)> = made
        .query_pairs()
        .filter(|(name, _)| !arguments.iter().any(|(given, _)| given == name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    made.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(arguments);
    Ok(made.into())
}
