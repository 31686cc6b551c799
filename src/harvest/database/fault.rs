//! What goes wrong with other people's databases, in words that say what to do.

use super::dialect::Dialect;

/// Why a source cannot be read, or not to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What, where, what to do. Never a password.
    pub text: String,
    /// The same again may succeed: the connection was lost, the server is busy.
    pub passing: bool,
}

impl Fault {
    /// What does not go away by itself.
    pub fn lasting(text: impl Into<String>) -> Self {
        Self { text: text.into(), passing: false }
    }

    /// What the driver says. `place` is the address without password.
    pub fn of(error: &sqlx::Error, dialect: Dialect, place: &str) -> Self {
        let (advice, passing) = match error {
            sqlx::Error::Io(_) => {
                ("the connection failed: is the server up, and may this machine reach it?", true)
            }
            sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                ("the connection was lost", true)
            }
            sqlx::Error::Tls(_) => ("the encrypted connection failed: see sslmode", false),
            sqlx::Error::Database(error) => {
                let code = error.code().unwrap_or_default().into_owned();
                match dialect {
                    Dialect::Postgres => postgres(&code),
                    Dialect::MySql => mysql(error.as_ref(), &code),
                    Dialect::Sqlite => sqlite(error.message(), &code),
                }
            }
            _ => ("", false),
        };
        let said = match error {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other.to_string(),
        };
        let text = match advice {
            "" => format!("{place}: {said}"),
            advice => format!("{place}: {said}; {advice}"),
        };
        Self { text, passing }
    }
}

const PASSWORD: &str =
    "user or password are wrong: see the variable in `location`, or database.password_file";
const DATABASE: &str = "there is no such database: see the end of `location`";
const TABLE: &str = "database.query names a table that is not there, or not in the search path";
const COLUMN: &str = "database.query names a column that is not there";
const SYNTAX: &str =
    "database.query is not one SELECT that can stand in brackets: no ORDER BY, no LIMIT, no `;`";
const RIGHTS: &str = "the user may not read that: grant SELECT";
const READ_ONLY: &str = "the gateway only reads: database.query must not write";
const AGAIN: &str = "the server ended the connection, or is busy";

/// SQLSTATE to advice, and whether it passes.
fn postgres(code: &str) -> (&'static str, bool) {
    match code {
        "28P01" | "28000" => (PASSWORD, false),
        "3D000" => (DATABASE, false),
        "42P01" | "3F000" => (TABLE, false),
        "42703" => (COLUMN, false),
        "42601" => (SYNTAX, false),
        "42501" => (RIGHTS, false),
        "25006" => (READ_ONLY, false),
        "57P01" | "57P02" | "57P03" | "57014" | "53300" | "40001" | "40P01" | "25P03" => {
            (AGAIN, true)
        }
        code if code.starts_with("08") => (AGAIN, true),
        _ => ("", false),
    }
}

fn mysql(error: &dyn sqlx::error::DatabaseError, state: &str) -> (&'static str, bool) {
    let number = error
        .try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .map_or(0, sqlx::mysql::MySqlDatabaseError::number);
    match number {
        1045 | 1698 => (PASSWORD, false),
        1044 | 1049 => (DATABASE, false),
        1146 | 1051 => (TABLE, false),
        1054 => (COLUMN, false),
        1064 => (SYNTAX, false),
        1142 | 1143 => (RIGHTS, false),
        1792 | 1290 => (READ_ONLY, false),
        1040 | 1053 | 1077 | 1129 | 1152 | 1159 | 1160 | 1161 | 1205 | 1213 | 1317 | 1927 => {
            (AGAIN, true)
        }
        _ if state.starts_with("08") => (AGAIN, true),
        _ => ("", false),
    }
}

fn sqlite(message: &str, code: &str) -> (&'static str, bool) {
    // The low byte of an extended code is the code.
    let primary = code.parse::<u32>().unwrap_or(0) & 0xff;
    match primary {
        5 | 6 => (AGAIN, true),
        8 => (READ_ONLY, false),
        14 => ("the file cannot be opened: see `location`, which starts at the schedule", false),
        26 => ("the file is no SQLite database", false),
        1 if message.contains("no such table") => (TABLE, false),
        1 if message.contains("no such column") => (COLUMN, false),
        1 if message.contains("syntax error") => (SYNTAX, false),
        _ => ("", false),
    }
}
