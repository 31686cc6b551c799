//! Structured logs to standard error. The filter is `RUST_LOG`, default `info`.

use crate::config::environment;
use crate::config::settings::LogFormat;
use tracing_subscriber::EnvFilter;

/// Starts logging; a second call changes nothing.
pub fn start(format: LogFormat) {
    let directives = environment::variable("RUST_LOG")
        .unwrap_or_else(|| "info,tantivy=warn,sqlx=warn,hyper=warn".to_owned());
    let filter = EnvFilter::try_new(&directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A subscriber that is set already (tests) stays.
    let _already_set = match format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
}
