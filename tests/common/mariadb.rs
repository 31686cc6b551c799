//! A MariaDB server for tests, from the binaries of the machine, in a temporary folder, reached over
//! a Unix socket, with a user `reader` whose password is `s3cret:/@`. One server a test process;
//! every test gets a database of its own.

use sqlx::mysql::MySqlConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, MySqlConnection};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Password of the user `reader`: characters that a URL must escape.
pub(crate) const PASSWORD: &str = "s3cret:/@";

/// Starts the server, says `ready`, and stops it when the standard input closes: that is when the
/// test process ends, however it ends. Arguments: folder, user to run as (or empty).
const SUPERVISE: &str = r#"
set -e
dir=$1 user=${2:+--user=$2}
stop() {
  [ -z "$pid" ] || { kill -9 "$pid"; wait "$pid"; } || true
  rm -rf "$dir"
}
trap 'stop >/dev/null 2>&1' EXIT
trap '' INT TERM HUP PIPE
mariadb-install-db --no-defaults $user --datadir="$dir/data" --skip-test-db \
  --auth-root-authentication-method=normal >"$dir/log" 2>&1
mariadbd --no-defaults $user --datadir="$dir/data" --socket="$dir/socket" --skip-networking \
  --pid-file="$dir/pid" --innodb-flush-log-at-trx-commit=0 >>"$dir/log" 2>&1 &
pid=$!
for _ in $(seq 300); do
  mariadb-admin --no-defaults --socket="$dir/socket" -u root ping >/dev/null 2>&1 && break
  sleep 0.1
done
mariadb --no-defaults --socket="$dir/socket" -u root \
  -e "create user reader@localhost identified by 's3cret:/@'; grant select on *.* to reader@localhost"
echo ready
read -r _ || true
"#;

struct Server {
    folder: PathBuf,
    /// Its standard input is the life line of the server; kept, never used.
    _supervisor: Child,
}

static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A new, empty database.
pub(crate) struct Fresh {
    /// Its name.
    pub(crate) name: String,
    /// Socket of the server.
    pub(crate) socket: PathBuf,
    /// A connection that may write.
    pub(crate) writer: MySqlConnection,
}

/// A new, empty database; or why there is none (the caller prints it and returns).
pub(crate) async fn fresh_database() -> Result<Fresh, String> {
    let server = SERVER.get_or_init(start).as_ref().map_err(Clone::clone)?;
    let name = format!("passerelle_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let socket = server.folder.join("socket");
    let options = MySqlConnectOptions::new().socket(&socket).username("root");
    let mut writer = options.connect().await.map_err(|error| error.to_string())?;
    // The name is made here, of letters, digits and `_`.
    for statement in
        [format!("create database {name} character set utf8mb4"), format!("use {name}")]
    {
        writer.execute(AssertSqlSafe(statement)).await.map_err(|error| error.to_string())?;
    }
    Ok(Fresh { name, socket, writer })
}

fn start() -> Result<Server, String> {
    let there = |path: &str| Path::new(path).exists();
    if !(there("/usr/sbin/mariadbd") && there("/usr/bin/mariadb-install-db")) {
        return Err("no MariaDB in /usr/sbin/mariadbd".to_owned());
    }
    let folder = tempfile::Builder::new()
        .prefix("passerelle-mariadb-")
        .tempdir()
        .map_err(|error| error.to_string())?
        .keep();
    let mut child = Command::new("sh")
        .args(["-c", SUPERVISE, "supervise"])
        .arg(&folder)
        .arg(as_mysql(&folder)?)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("MariaDB cannot be started: {error}"))?;
    let mut line = String::new();
    let output = child.stdout.take().ok_or("no standard output")?;
    BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    if line.trim() != "ready" {
        return Err("MariaDB did not start".to_owned());
    }
    Ok(Server { folder, _supervisor: child })
}

/// MariaDB refuses to run as root: then it runs as the user `mysql`, who is given the folder.
fn as_mysql(folder: &Path) -> Result<&'static str, String> {
    use std::os::unix::fs::MetadataExt;
    let owner = std::fs::metadata(folder).map_err(|error| error.to_string())?.uid();
    if owner != 0 {
        return Ok("");
    }
    let given = Command::new("chown").arg("mysql").arg(folder).status();
    match given {
        Ok(status) if status.success() => Ok("mysql"),
        _ => Err("no user `mysql` to run MariaDB as".to_owned()),
    }
}
