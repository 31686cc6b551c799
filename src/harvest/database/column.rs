//! The columns of a result: what they are, and how their values become text.

use super::dialect::Dialect;
use serde::{Deserialize, Serialize};

/// What kind of values a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Text, or what the database writes as text without loss.
    Text,
    /// A day with a time: written with `T` between the two (ISO 8601).
    Time,
    /// JSON.
    Json,
    /// An array (PostgreSQL): repeated fields.
    Array,
    /// A row in a cell (PostgreSQL): fields below the column.
    Composite,
    /// Bytes: only their number is read.
    Binary,
    /// A number of single precision (MySQL, whose text form is rounded).
    Float,
    /// A number of double precision (MySQL).
    Double,
}

/// A column of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub form: Form,
    /// Type that a text is cast to when it is compared with the column; empty: none, or the column
    /// cannot be compared.
    pub cast: String,
    /// A text column that the schedule says to hold JSON.
    pub json: bool,
}

impl Column {
    /// A column of a type as the driver names it.
    pub fn of_type(dialect: Dialect, name: &str, type_name: &str) -> Self {
        let (form, cast) = match dialect {
            Dialect::Postgres => postgres(type_name),
            Dialect::MySql => mysql(type_name),
            Dialect::Sqlite => (Form::Text, ""),
        };
        Self { name: name.to_owned(), form, cast: cast.to_owned(), json: false }
    }

    /// Whether rows can be ordered by the column and read on from a value of it.
    pub fn is_comparable(&self, dialect: Dialect) -> bool {
        match dialect {
            Dialect::Postgres => !self.cast.is_empty(),
            Dialect::MySql => matches!(self.form, Form::Text | Form::Time) && self.cast != REFUSED,
            Dialect::Sqlite => true,
        }
    }
}

/// Marks a type of MySQL whose order is not that of its text.
const REFUSED: &str = "-";

fn postgres(type_name: &str) -> (Form, &'static str) {
    match type_name {
        "INT2" => (Form::Text, "int2"),
        "INT4" => (Form::Text, "int4"),
        "INT8" => (Form::Text, "int8"),
        "OID" => (Form::Text, "oid"),
        "NUMERIC" => (Form::Text, "numeric"),
        "TEXT" => (Form::Text, "text"),
        "VARCHAR" => (Form::Text, "varchar"),
        "CHAR" => (Form::Text, "bpchar"),
        "NAME" => (Form::Text, "name"),
        "UUID" => (Form::Text, "uuid"),
        "DATE" => (Form::Text, "date"),
        "TIMESTAMP" => (Form::Time, "timestamp"),
        "TIMESTAMPTZ" => (Form::Time, "timestamptz"),
        "JSON" | "JSONB" => (Form::Json, ""),
        "BYTEA" | "BYTEA[]" => (Form::Binary, ""),
        "RECORD" => (Form::Composite, ""),
        other if other.ends_with("[]") => (Form::Array, ""),
        _ => (Form::Text, ""),
    }
}

fn mysql(type_name: &str) -> (Form, &'static str) {
    match type_name {
        "BINARY" | "VARBINARY" | "TINYBLOB" | "BLOB" | "MEDIUMBLOB" | "LONGBLOB" | "GEOMETRY" => {
            (Form::Binary, REFUSED)
        }
        "BIT" | "ENUM" | "SET" | "TIME" => (Form::Text, REFUSED),
        "JSON" => (Form::Json, REFUSED),
        "FLOAT" => (Form::Float, REFUSED),
        "DOUBLE" => (Form::Double, REFUSED),
        "DATETIME" | "TIMESTAMP" => (Form::Time, "datetime(6)"),
        "DATE" => (Form::Text, "date"),
        "DECIMAL" => (Form::Text, "decimal(65,30)"),
        unsigned if unsigned.ends_with("UNSIGNED") => (Form::Text, "unsigned"),
        "BOOLEAN" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "BIGINT" | "YEAR" => {
            (Form::Text, "signed")
        }
        _ => (Form::Text, ""),
    }
}

/// A value to be compared with a column. Only SQLite tells numbers from texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// A whole number.
    Integer(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
}

impl Scalar {
    /// The value as text.
    pub fn text(&self) -> String {
        match self {
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => format!("{number:?}"),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A value that came.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// NULL.
    Null,
    /// A number or a text.
    Scalar(Scalar),
    /// A text that was not UTF-8, with the code of the repair.
    Repaired(String, &'static str),
    /// So many bytes, which are no text.
    Bytes(u64),
}
