//! Statements of many rows: the same text on both databases, a bounded number of rows each.

use super::{Dialect, StoreError};
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe};
use std::borrow::Cow;

/// Rows a statement, the largest first: few forms, so that all of them stay prepared. At most 16
/// columns are written at once, and SQLite takes 32,766 values.
const ROWS_A_STATEMENT: [usize; 4] = [100, 20, 5, 1];

/// One value to be bound.
#[derive(Debug)]
pub(super) enum Cell {
    /// An integer.
    Integer(i64),
    /// An integer that may be absent.
    MaybeInteger(Option<i64>),
    /// A text; see [`text`].
    Text(String),
    /// A text that may be absent.
    Maybe(Option<String>),
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<Option<i64>> for Cell {
    fn from(value: Option<i64>) -> Self {
        Self::MaybeInteger(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(text(value).into_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        if value.contains('\0') { Self::Text(text(&value).into_owned()) } else { Self::Text(value) }
    }
}

impl From<Option<&str>> for Cell {
    fn from(value: Option<&str>) -> Self {
        Self::Maybe(value.map(|value| text(value).into_owned()))
    }
}

/// PostgreSQL stores no NUL in a text; U+FFFD takes its place, on SQLite too, so that both hold
/// the same. (JSON columns keep NUL, escaped.)
pub fn text(value: &str) -> Cow<'_, str> {
    if value.contains('\0') {
        Cow::Owned(value.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// Runs `{head} values (…), (…) {tail}` for all rows, some dozens at a time, and returns what
/// `returning` gives, in no particular order.
pub(super) async fn insert<const COLUMNS: usize>(
    connection: &mut AnyConnection,
    dialect: Dialect,
    head: &str,
    rows: Vec<[Cell; COLUMNS]>,
    tail: &str,
) -> Result<Vec<AnyRow>, StoreError> {
    let mut returned = Vec::new();
    let mut rows = rows.into_iter();
    for size in ROWS_A_STATEMENT {
        if rows.len() < size {
            continue;
        }
        let sql = format!("{head} values {} {tail}", dialect.rows(size, COLUMNS));
        while rows.len() >= size {
            let mut query = sqlx::query::<Any>(AssertSqlSafe(sql.as_str()));
            for cell in rows.by_ref().take(size).flatten() {
                query = match cell {
                    Cell::Integer(value) => query.bind(value),
                    Cell::MaybeInteger(value) => query.bind(value),
                    Cell::Text(value) => query.bind(value),
                    Cell::Maybe(value) => query.bind(value),
                };
            }
            returned.extend(query.fetch_all(&mut *connection).await?);
        }
    }
    Ok(returned)
}

/// A JSON array of integers, to be bound where [`dialect::Dialect::json_integers`] reads it.
pub(super) fn json_of(ids: &[i64]) -> String {
    let mut json = String::with_capacity(ids.len() * 8 + 2);
    json.push('[');
    for (position, id) in ids.iter().enumerate() {
        if position > 0 {
            json.push(',');
        }
        json.push_str(&id.to_string());
    }
    json.push(']');
    json
}

/// A JSON array of texts, to be bound where [`dialect::Dialect::json_texts`] reads it.
pub(super) fn json_of_texts<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let texts: Vec<Cow<'_, str>> = texts.map(text).collect();
    serde_json::Value::from(texts).to_string()
}
