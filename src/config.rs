//! Configuration: the environment, `passerelle.toml` and `schedules/*.toml`. No other module reads
//! the environment.

pub mod database;
pub mod drop;
pub mod environment;
pub mod harvest;
pub mod images;
pub mod load;
mod schema;
pub mod settings;
pub mod source;
mod walk;

pub use load::{Mistake, load_folder};
