//! The SQL that other people's databases are asked with. Pure texts: nothing here connects.
//!
//! The operator's query stands in brackets, and what is asked of it is written around it: its
//! columns as text, the position from which to read on, the order.

use super::column::{Column, Form};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    MySql,
    /// A SQLite file.
    Sqlite,
}

/// Rows of which part of the result, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All rows, by key.
    All,
    /// Rows without watermark, by key.
    Unmarked,
    /// Rows from a watermark on, by watermark and key.
    From,
    /// The keys alone, by key.
    Keys,
}

/// The pieces of a statement.
#[derive(Debug)]
pub struct Question<'a> {
    /// The operator's query.
    pub query: &'a str,
    /// All its columns but the masked ones.
    pub columns: &'a [Column],
    /// The column that names the record.
    pub key: &'a Column,
    /// The column that grows.
    pub watermark: Option<&'a Column>,
}

impl Dialect {
    /// A name in quotes.
    pub fn quoted(self, name: &str) -> String {
        match self {
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A column as text, exactly as the database writes it. SQLite's columns have no type: its
    /// values come as they are.
    pub fn as_text(self, name: &str, form: Form) -> String {
        match (self, form) {
            (Self::Sqlite, _) | (Self::MySql, Form::Float | Form::Double) => name.to_owned(),
            (Self::MySql, Form::Binary) => format!("cast(length({name}) as char)"),
            (Self::MySql, _) => format!("cast({name} as char)"),
            (Self::Postgres, Form::Binary) => format!("octet_length({name})::text"),
            (Self::Postgres, Form::Time) => format!("to_json({name}) #>> '{{}}'"),
            // The elements as texts: as numbers of JSON they would be rounded.
            (Self::Postgres, Form::Array) => format!("to_json({name}::text[])::text"),
            (Self::Postgres, Form::Composite) => format!("to_json({name})::text"),
            (Self::Postgres, _) => format!("{name}::text"),
        }
    }

    /// Placeholder `n` (from 1) as a value of a column.
    fn placeholder(self, n: usize, column: &Column) -> String {
        match self {
            Self::Postgres => format!("cast(${n} as {})", column.cast),
            Self::MySql if column.cast.is_empty() => "?".to_owned(),
            Self::MySql => format!("cast(? as {})", column.cast),
            Self::Sqlite => format!("?{n}"),
        }
    }

    fn from(question: &Question<'_>) -> String {
        // A comment at the end of the query must not swallow the bracket.
        let query = question.query.trim().trim_end_matches(';');
        format!("from (\n{query}\n) as passerelle_rows")
    }

    /// The largest watermark as text, and 1 when it lies before the given one (`$1`).
    pub fn highest(self, question: &Question<'_>, watermark: &Column, given: bool) -> String {
        let name = self.quoted(&watermark.name);
        let highest = self.as_text(&format!("max({name})"), watermark.form);
        let behind = if given {
            let before = self.placeholder(1, watermark);
            format!("case when max({name}) < {before} then 1 else 0 end")
        } else {
            "0".to_owned()
        };
        let behind = match self {
            Self::Postgres => format!("({behind})::text"),
            Self::MySql => format!("cast({behind} as char)"),
            Self::Sqlite => behind,
        };
        format!("select {highest}, {behind} {}", Self::from(question))
    }

    /// Whether a column of MySQL holds bytes, which its type alone does not tell.
    pub fn charset(self, question: &Question<'_>, column: &str) -> String {
        format!("select charset({}) {} limit 1", self.quoted(column), Self::from(question))
    }

    /// The rows of a part, from a position on when `resumed`, in order.
    ///
    /// Placeholders, in order: for [`Part::From`] the watermark, when resumed the watermark again
    /// and the key; for the others, when resumed, the key. The row at the position comes again
    /// (`>=`): what a collation holds for equal is not skipped.
    pub fn rows(self, question: &Question<'_>, part: Part, resumed: bool) -> String {
        let key = self.quoted(&question.key.name);
        let list: Vec<String> = match part {
            Part::Keys => vec![self.as_text(&key, question.key.form)],
            _ => question
                .columns
                .iter()
                .map(|column| self.as_text(&self.quoted(&column.name), column.form))
                .collect(),
        };
        let mut conditions = Vec::new();
        let mut order = key.clone();
        let mut n = 1;
        if let (Some(watermark), Part::Unmarked | Part::From) = (question.watermark, part) {
            let name = self.quoted(&watermark.name);
            if part == Part::Unmarked {
                conditions.push(format!("{name} is null"));
            } else {
                conditions.push(format!("{name} >= {}", self.placeholder(1, watermark)));
                order = format!("{name}, {key}");
                n = 2;
                if resumed {
                    conditions.push(format!(
                        "({name} > {} or {key} >= {})",
                        self.placeholder(2, watermark),
                        self.placeholder(3, question.key)
                    ));
                }
            }
        }
        if resumed && n == 1 {
            conditions.push(format!("{key} >= {}", self.placeholder(1, question.key)));
        }
        let conditions = match conditions.as_slice() {
            [] => String::new(),
            some => format!(" where {}", some.join(" and ")),
        };
        format!("select {} {}{conditions} order by {order}", list.join(", "), Self::from(question))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, form: Form, cast: &str) -> Column {
        Column { name: name.to_owned(), form, cast: cast.to_owned(), json: false }
    }

    #[test]
    fn the_query_stands_in_brackets_and_is_read_by_watermark_and_key() {
        let columns = [
            column("ref", Form::Text, "text"),
            column("cote \"d'ordre\"", Form::Binary, ""),
            column("dmaj", Form::Time, "timestamptz"),
        ];
        let question = Question {
            query: "select * from oeuvre -- all\n;",
            columns: &columns,
            key: &columns[0],
            watermark: Some(&columns[2]),
        };
        let mut lines = Vec::new();
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            lines.push(dialect.rows(&question, Part::All, false));
            lines.push(dialect.rows(&question, Part::All, true));
            lines.push(dialect.rows(&question, Part::Unmarked, true));
            lines.push(dialect.rows(&question, Part::From, false));
            lines.push(dialect.rows(&question, Part::From, true));
            lines.push(dialect.rows(&question, Part::Keys, true));
            lines.push(dialect.highest(&question, &columns[2], true));
        }
        insta::assert_snapshot!(lines.join("\n\n"));
    }
}
