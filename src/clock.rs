//! The clock of the machine. Everything below the daemon's edges takes the time as a parameter.

/// Now, in seconds since the epoch.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
