//! Configuration: the environment, `passerelle.toml` and `schedules/*.toml`. No other module reads
//! the environment.

pub mod settings;
pub mod source;
