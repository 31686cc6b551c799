//! Harness of the black-box suites: finds or builds the `passerelle` binary and drives it as its
//! users do, by its command line, its environment and its URLs.

pub mod double;
pub mod harvested;
pub mod instance;
pub mod picture;
pub mod walker;

pub use instance::{Instance, command, free_port};

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Root of the workspace.
pub fn workspace() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// The shared folder with schemas and data (`PASSERELLE_SHARED`, default `../shared` beside the
/// workspace), or `None` when there is none; the caller then says "skipped" and returns.
pub fn shared() -> Option<PathBuf> {
    let folder =
        variable("PASSERELLE_SHARED").map_or_else(|| workspace().join("../shared"), PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// The binary: `PASSERELLE_BIN`, or the one beside this test's own, brought up to date by cargo once
/// a process.
///
/// # Panics
/// When cargo cannot build it: no suite can go on then.
#[expect(clippy::panic, reason = "a test harness stops the test that cannot run")]
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(path) = variable("PASSERELLE_BIN") {
            return PathBuf::from(path);
        }
        // …/target/debug/deps/suite-0123 → …/target/debug
        let exe = std::env::current_exe().unwrap_or_default();
        let profile = exe.ancestors().nth(2).unwrap_or_else(|| Path::new("target/debug"));
        let mut cargo = Command::new(variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
        cargo
            // The whole workspace: the same features as its tests, so that no dependency is built twice.
            .args(["build", "--quiet", "--workspace", "--bin", "passerelle"])
            .current_dir(workspace());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        if let Some(target) = profile.parent() {
            cargo.arg("--target-dir").arg(target);
        }
        match cargo.status() {
            Ok(status) if status.success() => profile.join("passerelle"),
            other => panic!("cargo build of the passerelle binary: {other:?}"),
        }
    })
}

/// A variable of the environment; the harness is steered by it as a user's shell would.
#[expect(clippy::disallowed_methods, reason = "the harness has no settings but its environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
