//! A running `passerelle`, with its own data folder and port, ended when dropped.

use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// Longest wait for an instance to be ready: the demo draws its pictures, also in a debug build.
const PATIENCE: Duration = Duration::from_mins(10);

/// A port that nobody listens on at this moment.
///
/// # Errors
/// When the system has none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// The binary with a data folder and, when given, a folder of schedules; nothing of the caller's own
/// settings reaches it.
pub fn command(data: &Path, schedules: Option<&Path>) -> Command {
    let mut command = Command::new(crate::binary());
    for name in [
        "DATABASE_URL",
        "PASSERELLE_DATA",
        "PASSERELLE_SCHEDULES",
        "PASSERELLE_LISTEN",
        "PASSERELLE_PUBLIC_URL",
    ] {
        command.env_remove(name);
    }
    command.env("PASSERELLE_DATA", data).current_dir(data);
    if let Some(schedules) = schedules {
        command.env("PASSERELLE_SCHEDULES", schedules);
    }
    command
}

/// A running instance.
#[derive(Debug)]
pub struct Instance {
    child: Child,
    /// Base URL, without final slash.
    pub url: String,
    /// Its data folder; kept until the instance is dropped.
    pub data: PathBuf,
    _folder: tempfile::TempDir,
}

impl Instance {
    /// The demo on two free ports, ready.
    ///
    /// # Errors
    /// When it does not come up; its last lines are in the error.
    pub fn demo() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = command(folder.path(), None);
        command.args(["demo", "--data"]).arg(folder.path());
        command.args(["--listen", &format!("127.0.0.1:{}", free_port()?)]);
        command.args(["--partner-listen", &format!("127.0.0.1:{}", free_port()?)]);
        // The drawing program is thirty times slower in a debug build.
        command.args(["--picture-divisor", "10"]);
        Self::start(command, folder)
    }

    fn start(mut command: Command, folder: tempfile::TempDir) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("start passerelle")?;
        let stdout = child.stdout.take().context("its output")?;
        let (say, hear) = mpsc::channel();
        // Reads to the end, so that the child never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _nobody_listens_any_more = say.send(line);
            }
        });
        let mut last = Vec::new();
        loop {
            match hear.recv_timeout(PATIENCE) {
                Ok(line) => {
                    if let Some(url) = line.trim().strip_prefix("Ready: ") {
                        let url = url.split_whitespace().next().unwrap_or_default();
                        let url = url.trim_end_matches('/').to_owned();
                        return Ok(Self {
                            child,
                            url,
                            data: folder.path().to_owned(),
                            _folder: folder,
                        });
                    }
                    last.push(line);
                }
                Err(cause) => {
                    let _already_gone = child.kill();
                    bail!("passerelle did not say `Ready: URL` ({cause}); it said: {last:#?}");
                }
            }
        }
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end (SIGTERM) and says whether it did so cleanly.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub fn stop(mut self) -> Result<bool> {
        Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .context("kill -TERM")?;
        Ok(self.child.wait()?.success())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
