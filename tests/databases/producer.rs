//! A database of a producer, on one of the three servers, and the store that harvests it.

use crate::{mariadb, postgres};
use passerelle::config::source::{HarvestMode, SourceConfig};
use passerelle::fetch::Fetcher;
use passerelle::harvest::{Progress, harvest};
use passerelle::store::Store;
use passerelle::store::run::Run;
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use tokio_util::sync::CancellationToken;

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Server {
    Postgres,
    MariaDb,
    Sqlite,
}

enum Writer {
    Postgres(PgConnection),
    MariaDb(MySqlConnection),
    Sqlite(SqliteConnection),
}

pub(crate) struct Producer {
    pub(crate) server: Server,
    /// What the schedule says.
    pub(crate) location: String,
    writer: Writer,
    pub(crate) store: Store,
    fetcher: Fetcher,
    pub(crate) folder: tempfile::TempDir,
}

/// Runs a body on every server that the machine has.
pub(crate) async fn each<F: Future<Output = ()>>(body: impl Fn(Producer) -> F) {
    if let Some(producer) = Producer::postgres().await {
        body(producer).await;
    }
    if let Some(producer) = Producer::mariadb().await {
        body(producer).await;
    }
    body(Producer::sqlite().await).await;
}

impl Producer {
    pub(crate) async fn postgres() -> Option<Self> {
        match postgres::fresh_database().await {
            Ok(url) => {
                let writer = PgConnection::connect(&url).await.unwrap();
                Some(Self::new(Server::Postgres, url, Writer::Postgres(writer)).await)
            }
            Err(reason) => {
                eprintln!("skipped: {reason}");
                None
            }
        }
    }

    pub(crate) async fn mariadb() -> Option<Self> {
        match mariadb::fresh_database().await {
            Ok(fresh) => {
                let socket = fresh.socket.display().to_string().replace('/', "%2F");
                let location = format!("mysql://root@localhost/{}?socket={socket}", fresh.name);
                Some(Self::new(Server::MariaDb, location, Writer::MariaDb(fresh.writer)).await)
            }
            Err(reason) => {
                eprintln!("skipped: {reason}");
                None
            }
        }
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("collections.db");
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
        let writer = Writer::Sqlite(options.connect().await.unwrap());
        Self::within(folder, Server::Sqlite, "sqlite:collections.db".to_owned(), writer).await
    }

    async fn new(server: Server, location: String, writer: Writer) -> Self {
        Self::within(tempfile::tempdir().unwrap(), server, location, writer).await
    }

    async fn within(
        folder: tempfile::TempDir,
        server: Server,
        location: String,
        writer: Writer,
    ) -> Self {
        let url = format!("sqlite:{}/store.db", folder.path().display());
        let store = Store::open(&url).await.unwrap();
        Self { server, location, writer, store, fetcher: Fetcher::new().unwrap(), folder }
    }

    /// Runs statements as the producer.
    pub(crate) async fn sql(&mut self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match &mut self.writer {
            Writer::Postgres(c) => c.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Writer::MariaDb(c) => c.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
            Writer::Sqlite(c) => c.execute(sqlx::raw_sql(sql)).await.map(|_| ()),
        };
        done.unwrap();
    }

    /// A number that the producer's database gives.
    pub(crate) async fn count(&mut self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match &mut self.writer {
            Writer::Postgres(c) => sqlx::query_scalar(sql).fetch_one(c).await.unwrap(),
            Writer::MariaDb(c) => sqlx::query_scalar(sql).fetch_one(c).await.unwrap(),
            Writer::Sqlite(c) => sqlx::query_scalar(sql).fetch_one(c).await.unwrap(),
        }
    }

    /// A schedule; `more` goes into `[database]`.
    pub(crate) fn config(&self, query: &str, more: &str) -> SourceConfig {
        let toml = format!(
            "label = 'Joconde'\nkind = 'database'\nlocation = '{}'\nmapping = 'joconde'\n\
             masked = ['SECRET']\n[file]\npage_rows = 10\n[politeness]\nattempts = 1\n[harvest]\n\
             brake_minimum = 5\n[database]\nquery = '''{query}'''\nkey = 'ref'\n{more}",
            self.location
        );
        let mut config: SourceConfig = toml::from_str(&toml).unwrap();
        config.id = domain::identifier::SourceId::new("joconde").unwrap();
        self.folder.path().clone_into(&mut config.folder);
        config
    }

    pub(crate) async fn run(&self, config: &SourceConfig, mode: HarvestMode) -> Run {
        self.run_until(config, mode, CancellationToken::new()).await
    }

    pub(crate) async fn run_until(
        &self,
        config: &SourceConfig,
        mode: HarvestMode,
        cancel: CancellationToken,
    ) -> Run {
        let progress = Progress::silent();
        harvest(&self.store, &self.fetcher, config, Some(mode), progress, cancel).await.unwrap()
    }

    pub(crate) async fn pages(&self, run: &Run) -> Vec<(i64, String, Vec<u8>)> {
        self.store.pages(run.run_id, 0, 10_000).await.unwrap()
    }

    /// `name=value` of the fields of a record.
    pub(crate) async fn fields(&self, id: &str) -> Vec<String> {
        let stored = self.store.stored_source_record("joconde", id).await.unwrap().unwrap();
        let fields = stored.source_record.fields.iter();
        fields.map(|field| format!("{}={}", field.name, field.value)).collect()
    }

    pub(crate) async fn deleted(&self, id: &str) -> bool {
        self.store.stored_source_record("joconde", id).await.unwrap().unwrap().deleted
    }

    /// A table of so many works.
    pub(crate) async fn works(&mut self, count: usize) {
        let time = match self.server {
            Server::Postgres => "timestamptz",
            Server::MariaDb => "datetime(6)",
            Server::Sqlite => "text",
        };
        self.sql(&format!(
            "create table oeuvre (ref varchar(20) primary key, titr text, etat varchar(20), \
             secret text, dmaj {time})"
        ))
        .await;
        for n in 0..count {
            self.sql(&format!(
                "insert into oeuvre values ('W{n:04}', 'Vue {n}', 'publie', 'hidden{n}', \
                 '2024-01-01 00:00:{:02}.5')",
                n % 60
            ))
            .await;
        }
    }
}

/// Created, updated, unchanged, deleted, quarantined.
pub(crate) fn counts(run: &Run) -> [i64; 5] {
    let c = run.counts;
    let counts = [c.created, c.updated, c.unchanged, c.deleted, c.quarantined];
    assert_eq!(c.rows, counts.iter().sum::<i64>(), "rows unaccounted for: {run:?}");
    counts
}
