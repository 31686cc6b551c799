//! From the `location` of a schedule to a connection that may be made.

use super::dialect::Dialect;
use super::fault::Fault;
use crate::config::environment;
use crate::config::source::SourceConfig;
use crate::fetch::address::private_address_of;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;
use url::Url;

/// How long SQLite waits for a writer.
const BUSY: Duration = Duration::from_secs(30);

/// Where a database is, and how to get in.
pub struct Address {
    /// Driver and its options; the password is in there.
    pub options: Options,
    /// For people: no password, no query.
    pub place: String,
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address").field("place", &self.place).finish_non_exhaustive()
    }
}

/// Options of a driver. They hold the password: never printed.
#[expect(missing_debug_implementations, reason = "the options hold the password")]
pub enum Options {
    /// PostgreSQL.
    Postgres(Box<PgConnectOptions>),
    /// MySQL or MariaDB.
    MySql(Box<MySqlConnectOptions>),
    /// A SQLite file.
    Sqlite(Box<SqliteConnectOptions>),
}

impl Address {
    /// Which database.
    pub fn dialect(&self) -> Dialect {
        match self.options {
            Options::Postgres(_) => Dialect::Postgres,
            Options::MySql(_) => Dialect::MySql,
            Options::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

/// Reads the location of a source, with the password from the environment or from its file.
///
/// # Errors
/// When a variable is not set, the URL is not understood, or the address is a private one that the
/// source does not allow.
pub async fn address(config: &SourceConfig) -> Result<Address, Fault> {
    let location = expand(&config.location)?;
    if let Some(path) = location.strip_prefix("sqlite:") {
        let path = path.split('?').next().unwrap_or(path);
        let path = path.strip_prefix("//").unwrap_or(path);
        let path = config.folder.join(path);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .read_only(true)
            .create_if_missing(false)
            .busy_timeout(BUSY);
        let place = format!("sqlite:{}", path.display());
        return Ok(Address { options: Options::Sqlite(Box::new(options)), place });
    }
    // What the parser says may repeat a part of the URL, which may be the password.
    let unclear = || {
        Fault::lasting(
            "`location` is no database URL: expected postgres://USER@HOST/NAME, \
             mysql://USER@HOST/NAME or sqlite:PATH",
        )
    };
    let url = Url::parse(&location).map_err(|_| unclear())?;
    let password = match config.database.as_ref().and_then(|o| o.password_file.as_deref()) {
        Some(file) => Some(password(&config.folder.join(file))?),
        None => None,
    };
    let dialect = match url.scheme() {
        "postgres" | "postgresql" => Dialect::Postgres,
        "mysql" | "mariadb" => Dialect::MySql,
        _ => return Err(unclear()),
    };
    let place = place(&url);
    let options = if dialect == Dialect::Postgres {
        let options = PgConnectOptions::from_str(url.as_str()).map_err(|_| unclear())?;
        let options = options.application_name("passerelle");
        Options::Postgres(Box::new(match password {
            Some(password) => options.password(&password),
            None => options,
        }))
    } else {
        let options = MySqlConnectOptions::from_str(url.as_str()).map_err(|_| unclear())?;
        Options::MySql(Box::new(match password {
            Some(password) => options.password(&password),
            None => options,
        }))
    };
    let (host, port, socket) = match &options {
        Options::Postgres(o) => {
            let socket = o.get_socket().is_some() || o.get_host().starts_with('/');
            (o.get_host(), o.get_port(), socket)
        }
        Options::MySql(o) => (o.get_host(), o.get_port(), o.get_socket().is_some()),
        Options::Sqlite(_) => ("", 0, true),
    };
    if !socket && !config.allow_private_addresses {
        check_host(host, port, &place).await?;
    }
    Ok(Address { options, place })
}

/// Refuses hosts that have a private address (invariant 9).
async fn check_host(host: &str, port: u16, place: &str) -> Result<(), Fault> {
    let unknown = |error| Fault {
        text: format!("{place}: the name of the host is not known: {error}"),
        passing: true,
    };
    match private_address_of(host, port).await.map_err(unknown)? {
        None => Ok(()),
        Some(address) => Err(Fault::lasting(format!(
            "{place}: {address} is a private address; set allow_private_addresses = true when the \
             database is inside your own network"
        ))),
    }
}

/// Puts variables in. One that is only a part of the URL is escaped, so that a password may hold
/// any character.
fn expand(location: &str) -> Result<String, Fault> {
    let whole = location.starts_with("${") && location.find('}') == Some(location.len() - 1);
    let lookup = |name: &str| {
        let value = environment::variable(name)?;
        Some(if whole || location.starts_with("sqlite:") {
            value
        } else {
            percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        })
    };
    environment::expand(location, lookup)
        .map_err(|message| Fault::lasting(format!("`location`: {message}")))
}

fn password(path: &Path) -> Result<String, Fault> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Fault::lasting(format!("database.password_file {}: {error}", path.display()))
    })?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Scheme, user, host, port and name of the database.
fn place(url: &Url) -> String {
    let user = match url.username() {
        "" => String::new(),
        user => format!("{user}@"),
    };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{user}{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_see_of_an_address_holds_no_password() {
        let url =
            Url::parse("postgres://reader:top%20secret@db.example.org:5433/joconde?password=x")
                .unwrap();
        assert_eq!(place(&url), "postgres://reader@db.example.org:5433/joconde");
    }
}
