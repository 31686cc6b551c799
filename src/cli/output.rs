//! What people read on the terminal. Logs go to standard error, answers to standard output.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a line. A closed pipe (`| head`) is not an error.
pub fn line(text: impl Display) {
    let _closed_pipe = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an error with its causes, one a line.
pub fn failure(error: &anyhow::Error) {
    let mut out = std::io::stderr().lock();
    let _closed_pipe = writeln!(out, "error: {error}");
    for cause in error.chain().skip(1) {
        let _closed_pipe = writeln!(out, "  because: {cause}");
    }
}
