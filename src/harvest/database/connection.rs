//! A connection that only reads: what the columns are, and rows one after the other.

use super::address::{Address, Options};
use super::column::{Cell, Column, Form, Scalar};
use super::dialect::{Dialect, Question};
use super::fault::Fault;
use crate::harvest::file::encoding::Encoding;
use futures_util::TryStreamExt as _;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{
    AssertSqlSafe, Column as _, ConnectOptions as _, Executor as _, Row as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _, ValueRef as _,
};

/// An open connection, in a transaction that may not write and sees one state of the database.
pub struct Connection {
    driver: Driver,
    dialect: Dialect,
    place: String,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("place", &self.place).finish_non_exhaustive()
    }
}

enum Driver {
    Postgres(PgConnection),
    MySql(MySqlConnection),
    Sqlite(SqliteConnection),
}

/// Takes rows; `false` ends the reading.
pub trait Sink: Send {
    /// One row, a cell for each column asked for.
    fn row(&mut self, cells: Vec<Cell>) -> impl Future<Output = Result<bool, Fault>> + Send;
}

/// Statements that make a session read only and its texts the same everywhere.
fn prelude(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres => &[
            "set session characteristics as transaction read only",
            "set datestyle to 'ISO, YMD'",
            "set intervalstyle to 'iso_8601'",
            "set timezone to 'UTC'",
            "set standard_conforming_strings to on",
            "set idle_in_transaction_session_timeout to 0",
            "set statement_timeout to 0",
            "begin transaction isolation level repeatable read read only",
        ],
        Dialect::MySql => &[
            "set session transaction read only",
            "set session time_zone = '+00:00'",
            // The server waits so long for a reader whose store is slower than the query.
            "set session net_write_timeout = 3600",
            "start transaction with consistent snapshot, read only",
        ],
        Dialect::Sqlite => &["pragma query_only = on", "begin"],
    }
}

/// Runs the same lines for the connection of each driver.
macro_rules! each {
    ($connection:expr, $name:ident => $body:expr) => {
        match &mut $connection.driver {
            Driver::Postgres($name) => $body,
            Driver::MySql($name) => $body,
            Driver::Sqlite($name) => $body,
        }
    };
}

impl Connection {
    /// Connects, and begins a transaction that may not write.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn open(address: &Address) -> Result<Self, Fault> {
        let dialect = address.dialect();
        let fault = |error: sqlx::Error| Fault::of(&error, dialect, &address.place);
        let driver = match &address.options {
            Options::Postgres(options) => Driver::Postgres(options.connect().await.map_err(fault)?),
            Options::MySql(options) => Driver::MySql(options.connect().await.map_err(fault)?),
            Options::Sqlite(options) => Driver::Sqlite(options.connect().await.map_err(fault)?),
        };
        let mut connection = Self { driver, dialect, place: address.place.clone() };
        for statement in prelude(dialect) {
            each!(connection, c => c.execute(*statement).await.map(|_| ())).map_err(fault)?;
        }
        Ok(connection)
    }

    /// Which database.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Where, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn fault(&self, error: &sqlx::Error) -> Fault {
        Fault::of(error, self.dialect, &self.place)
    }

    /// The columns of a query, in order.
    ///
    /// # Errors
    /// [`Fault`]: the query is wrong.
    pub async fn columns(&mut self, query: &str) -> Result<Vec<Column>, Fault> {
        let dialect = self.dialect;
        let sql = query.trim().trim_end_matches(';').to_owned();
        let query = sql.clone();
        let prepared = each!(self, c => {
            c.prepare(AssertSqlSafe(query).into_sql_str()).await.map(|statement| {
                let columns = statement.columns().iter();
                columns
                    .map(|column| Column::of_type(dialect, column.name(), column.type_info().name()))
                    .collect::<Vec<_>>()
            })
        });
        let mut columns = prepared.map_err(|error| self.fault(&error))?;
        if dialect == Dialect::MySql {
            self.tell_texts_from_bytes(&sql, &mut columns).await?;
        }
        Ok(columns)
    }

    /// Rows of a statement, handed to the sink one by one: no more than some are ever held.
    ///
    /// # Errors
    /// [`Fault`], of the database or of the sink.
    pub async fn read(
        &mut self,
        sql: &str,
        columns: &[Column],
        binds: &[Scalar],
        sink: &mut impl Sink,
    ) -> Result<(), Fault> {
        let (dialect, place) = (self.dialect, self.place.clone());
        let fault = |error: sqlx::Error| Fault::of(&error, dialect, &place);
        macro_rules! stream {
            ($connection:expr, $cells:path) => {{
                let mut query = sqlx::query(AssertSqlSafe(sql));
                for bind in binds {
                    query = match bind {
                        Scalar::Integer(number) => query.bind(*number),
                        Scalar::Real(number) => query.bind(*number),
                        Scalar::Text(text) => query.bind(text.clone()),
                    };
                }
                let mut rows = query.fetch($connection);
                while let Some(row) = rows.try_next().await.map_err(fault)? {
                    let cells = $cells(&row, columns).map_err(fault)?;
                    if !sink.row(cells).await? {
                        return Ok(());
                    }
                }
                Ok(())
            }};
        }
        match &mut self.driver {
            Driver::Postgres(c) => stream!(c, postgres_cells),
            Driver::MySql(c) => stream!(c, mysql_cells),
            Driver::Sqlite(c) => stream!(c, sqlite_cells),
        }
    }

    /// The first row of a statement.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn first(
        &mut self,
        sql: &str,
        columns: &[Column],
        binds: &[Scalar],
    ) -> Result<Option<Vec<Cell>>, Fault> {
        struct First(Option<Vec<Cell>>);
        impl Sink for First {
            async fn row(&mut self, cells: Vec<Cell>) -> Result<bool, Fault> {
                self.0 = Some(cells);
                Ok(false)
            }
        }
        let mut first = First(None);
        self.read(sql, columns, binds, &mut first).await?;
        Ok(first.0)
    }

    /// Texts with a binary collation have the type of bytes: the server knows the difference.
    async fn tell_texts_from_bytes(
        &mut self,
        query: &str,
        columns: &mut [Column],
    ) -> Result<(), Fault> {
        for at in 0..columns.len() {
            let Some(column) = columns.get(at).filter(|c| c.form == Form::Binary) else { continue };
            let question = Question { query, columns: &[], key: column, watermark: None };
            let sql = self.dialect.charset(&question, &column.name);
            let text = [Column::of_type(self.dialect, "charset", "VARCHAR")];
            let row = self.first(&sql, &text, &[]).await?;
            let Some(Cell::Scalar(charset)) = row.as_ref().and_then(|cells| cells.first()) else {
                continue;
            };
            if charset.text() != "binary"
                && let Some(column) = columns.get_mut(at)
            {
                let json = column.json;
                *column = Column { json, ..Column::of_type(self.dialect, &column.name, "TEXT") };
            }
        }
        Ok(())
    }
}

/// Everything was cast to text.
fn postgres_cells(row: &PgRow, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error> {
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let text: Option<String> = row.try_get_unchecked(at)?;
            Ok(cell_of_text(text, column, false))
        })
        .collect()
}

/// Everything but floating numbers was cast to text.
fn mysql_cells(row: &MySqlRow, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error> {
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| match column.form {
            Form::Float => {
                let number: Option<f32> = row.try_get(at)?;
                Ok(cell_of_text(number.map(|n| n.to_string()), column, true))
            }
            Form::Double => {
                let number: Option<f64> = row.try_get(at)?;
                Ok(cell_of_text(number.map(|n| n.to_string()), column, true))
            }
            _ => {
                let text: Option<String> = row.try_get_unchecked(at)?;
                Ok(cell_of_text(text, column, true))
            }
        })
        .collect()
}

fn cell_of_text(text: Option<String>, column: &Column, blank_for_t: bool) -> Cell {
    match text {
        None => Cell::Null,
        Some(text) if column.form == Form::Binary => Cell::Bytes(text.parse().unwrap_or(0)),
        Some(text) if blank_for_t && column.form == Form::Time => {
            Cell::Scalar(Scalar::Text(text.replacen(' ', "T", 1)))
        }
        Some(text) => Cell::Scalar(Scalar::Text(text)),
    }
}

/// SQLite knows no types of columns: each value has its own.
fn sqlite_cells(row: &SqliteRow, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error> {
    (0..columns.len())
        .map(|at| {
            let value = row.try_get_raw(at)?;
            if value.is_null() {
                return Ok(Cell::Null);
            }
            let type_name = value.type_info().name().to_owned();
            Ok(match type_name.as_str() {
                "INTEGER" => Cell::Scalar(Scalar::Integer(row.try_get_unchecked(at)?)),
                "REAL" => Cell::Scalar(Scalar::Real(row.try_get_unchecked(at)?)),
                "BLOB" => Cell::Bytes(row.try_get_unchecked::<Vec<u8>, _>(at)?.len() as u64),
                _ => {
                    // Nothing obliges a text of SQLite to be UTF-8.
                    let bytes: Vec<u8> = row.try_get_unchecked(at)?;
                    let (text, issue) = Encoding::Utf8.decode(&bytes);
                    match issue {
                        None => Cell::Scalar(Scalar::Text(text.into_owned())),
                        Some(code) => Cell::Repaired(text.into_owned(), code),
                    }
                }
            })
        })
        .collect()
}
