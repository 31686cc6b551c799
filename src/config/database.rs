//! What a schedule says of a producer's database (`[database]`).

use serde::{Deserialize, Serialize};

/// The table `[database]` of a schedule of kind `database`. The address is the schedule's
/// `location`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseOptions {
    /// One `SELECT` without `ORDER BY` and `LIMIT`: each row is a record, each column a field.
    pub query: String,
    /// Column of the result that names the record: unique, never NULL, a number or a text.
    pub key: String,
    /// Column that grows whenever a row changes: a time or a counter. With `mode =
    /// "incremental"` a run reads the rows from the last one that it saw.
    #[serde(default)]
    pub watermark: Option<String>,
    /// Column that says that a row is deleted.
    #[serde(default)]
    pub deleted: Option<String>,
    /// Values of that column that say so. Empty: everything but NULL, an empty text, `0`, `f`,
    /// `false`, `n`, `no` and `non`.
    #[serde(default)]
    pub deleted_values: Vec<String>,
    /// Text columns that hold JSON, to be read as fields. Columns of type JSON are anyway.
    #[serde(default)]
    pub json: Vec<String>,
    /// File (relative to the schedule) whose first line is the password.
    #[serde(default)]
    pub password_file: Option<String>,
}

/// Values of a flag that say no, in lower case.
const NO: [&str; 7] = ["", "0", "f", "false", "n", "no", "non"];

impl DatabaseOptions {
    /// Whether a value of the column [`DatabaseOptions::deleted`] says that the row is deleted.
    pub fn says_deleted(&self, value: &str) -> bool {
        let value = value.trim();
        if self.deleted_values.is_empty() {
            return !NO.contains(&value.to_lowercase().as_str());
        }
        self.deleted_values.iter().any(|deleted| deleted == value)
    }

    /// What has the right form and still makes no sense: keys and messages.
    pub(super) fn mistakes(&self, location: &str) -> Vec<(&'static str, String)> {
        let mut found = Vec::new();
        let scheme = location.split(':').next().unwrap_or_default();
        let known = ["postgres", "postgresql", "mysql", "mariadb", "sqlite"];
        if !location.starts_with("${") && !known.contains(&scheme) {
            found.push((
                "location",
                "`location`: a database is postgres://USER@HOST/NAME, mysql://USER@HOST/NAME or \
                 sqlite:PATH"
                    .to_owned(),
            ));
        }
        if has_password(location) {
            found.push((
                "location",
                "`location`: a password does not belong into a schedule; write \
                 USER:${VARIABLE}@HOST and set the variable, or set database.password_file"
                    .to_owned(),
            ));
        }
        let first = self.query.split_whitespace().next().unwrap_or_default().to_lowercase();
        if first != "select" && first != "with" {
            let message = "`database.query`: expected one SELECT, without ORDER BY and LIMIT";
            found.push(("database", message.to_owned()));
        }
        if self.deleted.is_none() && !self.deleted_values.is_empty() {
            let message = "`database.deleted_values`: of which column? set database.deleted";
            found.push(("database", message.to_owned()));
        }
        found
    }
}

/// Whether a database URL spells out a password.
fn has_password(location: &str) -> bool {
    let Some((_, rest)) = location.split_once("://") else { return false };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let in_authority = authority
        .rsplit_once('@')
        .and_then(|(user, _)| user.split_once(':'))
        .is_some_and(|(_, password)| !password.is_empty() && !password.starts_with("${"));
    let in_query = location.split_once('?').is_some_and(|(_, query)| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .any(|(name, value)| name == "password" && !value.starts_with("${"))
    });
    in_authority || in_query
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(more: &str) -> DatabaseOptions {
        toml::from_str(&format!("query = 'select * from oeuvre'\nkey = 'ref'\n{more}")).unwrap()
    }

    #[test]
    fn a_password_in_a_schedule_is_a_mistake_and_a_variable_is_none() {
        let mistakes = |location: &str| options("").mistakes(location).len();
        assert_eq!(mistakes("postgres://reader:secret@db/joconde"), 1);
        assert_eq!(mistakes("mysql://db/joconde?password=secret"), 1);
        assert_eq!(mistakes("postgres://reader:${PASSWORD}@db/joconde"), 0);
        assert_eq!(mistakes("postgres://reader@db/joconde?host=/run/a:b@c"), 0);
        assert_eq!(mistakes("sqlite:collections.db"), 0);
        assert_eq!(mistakes("${JOCONDE_URL}"), 0);
        assert_eq!(mistakes("oracle://db/joconde"), 1);
    }

    #[test]
    fn a_flag_says_deleted_by_its_values_or_by_not_saying_no() {
        let any = options("deleted = 'etat'");
        for (value, deleted) in [
            ("t", true),
            ("1", true),
            ("2024-01-01", true),
            ("0", false),
            ("NON", false),
            ("", false),
        ] {
            assert_eq!(any.says_deleted(value), deleted, "{value}");
        }
        let named = options("deleted = 'etat'\ndeleted_values = ['supprimé']");
        assert!(named.says_deleted("supprimé") && !named.says_deleted("publié"));
    }
}
