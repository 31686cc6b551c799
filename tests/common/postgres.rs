//! A PostgreSQL server for tests.
//!
//! One server a test process, started from the binaries of the machine in a temporary folder and
//! reached over a Unix socket; or the server that `PASSERELLE_TEST_DATABASE_URL` names. Every
//! test gets a database of its own.
//!
//! Use from a test file: `#[path = "common/postgres.rs"] mod postgres;`.

use sqlx::{AssertSqlSafe, Connection, Executor};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Starts the server as the caller, says `ready`, and stops it when the standard input closes:
/// that is when the test process ends, however it ends. Arguments: folder of the binaries, folder.
const SUPERVISE: &str = r#"
set -e
bin=$1 dir=$2
cd "$dir"
stop() {
  [ ! -e "$dir/data/postmaster.pid" ] || "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop || true
  rm -rf "$dir"
}
trap 'stop >/dev/null 2>&1' EXIT
trap '' INT TERM HUP PIPE
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync >"$dir/log" 2>&1
"$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "-k '$dir' -h '' -F \
  -c max_connections=300 -c synchronous_commit=off -c full_page_writes=off" start >>"$dir/log" 2>&1
echo ready
read -r _ || true
"#;

/// How to reach the server.
struct Server {
    /// URL of the maintenance database, cut at the database name.
    before: String,
    /// What follows the database name (`?host=…`).
    after: String,
    /// Name of the maintenance database.
    maintenance: String,
    /// Its standard input is the life line of the server; kept, never used.
    _supervisor: Option<Child>,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database; or why there is none (the caller prints it and returns).
pub(crate) async fn fresh_database() -> Result<String, String> {
    let server = SERVER.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let name =
        format!("passerelle_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let url = |database: &str| format!("{}{database}{}", server.before, server.after);
    let mut connection = sqlx::PgConnection::connect(&url(&server.maintenance))
        .await
        .map_err(|error| format!("PostgreSQL does not answer: {error}"))?;
    // The name is made here, of letters, digits and `_`.
    connection
        .execute(AssertSqlSafe(format!("drop database if exists {name}")))
        .await
        .map_err(|error| error.to_string())?;
    connection
        .execute(AssertSqlSafe(format!("create database {name}")))
        .await
        .map_err(|error| error.to_string())?;
    Ok(url(&name))
}

fn start() -> Result<Server, String> {
    if let Ok(url) = std::env::var("PASSERELLE_TEST_DATABASE_URL") {
        let (base, after) = match url.split_once('?') {
            Some((base, query)) => (base.to_owned(), format!("?{query}")),
            None => (url.clone(), String::new()),
        };
        let (before, maintenance) = base
            .rsplit_once('/')
            .ok_or("PASSERELLE_TEST_DATABASE_URL: expected postgres://USER@HOST/NAME")?;
        return Ok(Server {
            before: format!("{before}/"),
            after,
            maintenance: maintenance.to_owned(),
            _supervisor: None,
        });
    }
    let binaries = binaries().ok_or("no PostgreSQL in /usr/lib/postgresql/*/bin")?;
    let folder = tempfile::Builder::new()
        .prefix("passerelle-postgres-")
        .tempdir()
        .map_err(|error| error.to_string())?
        .keep();
    let mut command = as_postgres(&folder)?;
    let mut child = command
        .args(["sh", "-c", SUPERVISE, "supervise"])
        .arg(&binaries)
        .arg(&folder)
        // A signal to the group of the test process (Ctrl-C, `timeout`) must not kill the
        // supervisor before it has stopped the server.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("PostgreSQL cannot be started: {error}"))?;
    let mut line = String::new();
    let output = child.stdout.take().ok_or("no standard output")?;
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        return Err("PostgreSQL did not start".to_owned());
    }
    Ok(Server {
        before: "postgres://postgres@localhost/".to_owned(),
        after: format!("?host={}", folder.display()),
        maintenance: "postgres".to_owned(),
        _supervisor: Some(child),
    })
}

/// PostgreSQL refuses to run as root: then it runs as the user `postgres`, who is given the folder.
fn as_postgres(folder: &Path) -> Result<Command, String> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(folder).map_err(|error| error.to_string())?.uid();
    if owner != 0 {
        return Ok(Command::new("env"));
    }
    let given = Command::new("chown")
        .arg("postgres")
        .arg(folder)
        .status()
        .map_err(|error| error.to_string())?;
    if !given.success() {
        return Err("no user `postgres` to run PostgreSQL as".to_owned());
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]);
    Ok(command)
}

/// The newest version on the machine.
fn binaries() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path().join("bin");
            folder.join("initdb").exists().then_some((version, folder))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder)
}
