//! What differs between the two databases, in one small file.

use super::StoreError;
use std::fmt::Write as _;
use std::path::Path;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite in WAL mode, one writer.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// The dialect that a database URL speaks.
    ///
    /// # Errors
    /// [`StoreError::Url`] for anything but `sqlite:` and `postgres:`/`postgresql:`.
    pub fn of_url(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            Ok(Self::Sqlite)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres)
        } else {
            // The URL may hold a password: only its scheme is repeated.
            Err(StoreError::Url(url.split(':').next().unwrap_or_default().to_owned()))
        }
    }

    /// Statements run on every new connection that writes.
    pub(super) fn on_connect(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[
                // Of a file that is made now: a record with its meanings has 4 to 5 KiB, and of those a
                // page of 8 KiB holds one.
                "pragma page_size = 16384",
                "pragma journal_mode = wal",
                "pragma synchronous = normal",
                "pragma busy_timeout = 30000",
                "pragma foreign_keys = on",
                "pragma temp_store = memory",
                "pragma cache_size = -32768",
                // 128 MiB: see `checkpoint`.
                "pragma wal_autocheckpoint = 8192",
            ],
            Self::Postgres => &["set timezone to 'UTC'"],
        }
    }

    /// Statements run on every new connection that only reads, after [`Dialect::on_connect`]. Each
    /// connection of SQLite has a cache of its own, and they take turns: eight small ones, since
    /// the system keeps the file's pages anyway and memory is not to grow with the database.
    pub(super) fn on_connect_reader(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["pragma cache_size = -4096"],
            Self::Postgres => &[],
        }
    }

    /// How a write transaction begins: SQLite takes the write lock at once, so that a transaction
    /// that reads first cannot fail when it comes to write.
    pub(super) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// A sub-select of rows of integers from a JSON array of arrays bound as text at `$n`, one
    /// column for each name.
    pub(super) fn json_integer_rows(self, n: usize, columns: &[&str]) -> String {
        let list: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(i, name)| match self {
                Self::Sqlite => format!("json_extract(value, '$[{i}]') as {name}"),
                Self::Postgres => format!("(value ->> {i})::bigint as {name}"),
            })
            .collect();
        let list = list.join(", ");
        match self {
            Self::Sqlite => format!("(select {list} from json_each(${n}))"),
            Self::Postgres => format!("(select {list} from jsonb_array_elements(${n}::jsonb))"),
        }
    }

    /// A sub-select of one text column from a JSON array of strings bound as text at `$n`.
    pub(super) fn json_texts(self, n: usize) -> String {
        match self {
            Self::Sqlite => format!("(select value from json_each(${n}))"),
            Self::Postgres => format!("(select jsonb_array_elements_text(${n}::jsonb))"),
        }
    }

    /// A sub-select of one integer column from a JSON array of integers bound as text at `$n`.
    pub(super) fn json_integers(self, n: usize) -> String {
        match self {
            Self::Sqlite => format!("(select value from json_each(${n}))"),
            Self::Postgres => format!("(select jsonb_array_elements_text(${n}::jsonb)::bigint)"),
        }
    }

    /// A sub-select of one named integer column from a JSON array of integers bound as text at `$n`.
    pub(super) fn json_integer_list(self, n: usize, name: &str) -> String {
        match self {
            Self::Sqlite => format!("(select value as {name} from json_each(${n}))"),
            Self::Postgres => {
                format!("(select jsonb_array_elements_text(${n}::jsonb)::bigint as {name})")
            }
        }
    }

    /// All rows of a query as one JSON text, an array of arrays: row by row, each of them costs
    /// more on its way through the driver than to find.
    pub(super) fn json_of_rows(self, columns: &[&str]) -> String {
        let columns = columns.join(", ");
        match self {
            Self::Sqlite => format!("json_group_array(json_array({columns}))"),
            Self::Postgres => {
                format!("coalesce(json_agg(json_build_array({columns}))::text, '[]')")
            }
        }
    }

    /// The columns of one row as a JSON text.
    pub(super) fn json_of_row(self, columns: &[&str]) -> String {
        let columns = columns.join(", ");
        match self {
            Self::Sqlite => format!("json_array({columns})"),
            Self::Postgres => format!("json_build_array({columns})::text"),
        }
    }

    /// Draws `$1` keys for source records, as a JSON array `ids`. On SQLite the transaction has
    /// the write lock, and rows written with these keys move the counter on.
    pub(super) fn new_record_ids(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "with recursive drawn (id, wanted) as (select coalesce((select seq from \
                 sqlite_sequence where name = 'source_record'), 0) + 1, $1 union all \
                 select id + 1, wanted - 1 from drawn where wanted > 1) \
                 select json_group_array(id) as ids from drawn"
            }
            Self::Postgres => {
                "select json_agg(nextval(pg_get_serial_sequence('source_record', 'record_id')))::text \
                 as ids from generate_series(1, $1)"
            }
        }
    }

    /// Whether an integer column is one of a JSON array of integers bound as text at `$n`.
    ///
    /// On PostgreSQL it is an array comparison, which goes by the index whatever the planner
    /// knows of the table: joined to a list of unknown length, a table that grew since it was
    /// analysed last is read from end to end for every page.
    pub(super) fn integer_in(self, column: &str, n: usize) -> String {
        match self {
            Self::Sqlite => format!("{column} in {}", self.json_integers(n)),
            Self::Postgres => format!("{column} = any (array{})", self.json_integers(n)),
        }
    }

    /// Whether a text column is one of a JSON array of strings bound as text at `$n`; see
    /// [`Dialect::integer_in`].
    pub(super) fn text_in(self, column: &str, n: usize) -> String {
        match self {
            Self::Sqlite => format!("{column} in {}", self.json_texts(n)),
            Self::Postgres => format!("{column} = any (array{})", self.json_texts(n)),
        }
    }

    /// Placeholders for `rows` rows of `columns` columns: `(?, ?), (?, ?)` or `($1, $2), ($3, $4)`.
    ///
    /// SQLite takes `$1` for a name, and looks through the list of all names for each of them: a
    /// statement of 2,600 numbered values took ten times as long as one of bare `?`.
    pub(super) fn rows(self, rows: usize, columns: usize) -> String {
        match self {
            Self::Sqlite => {
                let row = format!("({})", vec!["?"; columns].join(", "));
                vec![row.as_str(); rows].join(", ")
            }
            Self::Postgres => placeholders(rows, columns),
        }
    }

    /// `for update` where it exists (SQLite takes the write lock when the transaction begins).
    pub(super) fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " for update",
        }
    }

    /// `for update skip locked` where it exists (SQLite has one writer and needs none).
    pub(super) fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " for update skip locked",
        }
    }
}

/// `($1, $2), ($3, $4)`: placeholders for `rows` rows of `columns` columns. For more than some
/// dozens use [`Dialect::rows`].
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let mut sql = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _infallible = write!(sql, "{comma}${}", row * columns + column + 1);
        }
        sql.push(')');
    }
    sql
}

/// Makes the folder of a SQLite file and adds the mode that creates the file.
pub(super) fn prepare_sqlite(url: &str) -> Result<String, StoreError> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let file = path.split('?').next().unwrap_or(path);
    if let Some(folder) = Path::new(file).parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
    }
    Ok(if url.contains('?') { url.to_owned() } else { format!("sqlite://{path}?mode=rwc") })
}
