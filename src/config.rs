//! Configuration: the environment, `passerelle.toml` and `schedules/*.toml`. No other module reads
//! the environment.

pub mod settings;
pub mod source;
pub mod environment;
mod schema;
pub mod load;

pub use load::{Mistake, load_folder};
