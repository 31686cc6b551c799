//! Harvest seen from outside: reading files of every form, and fetching over HTTP.

mod fetch;
mod hostile;
mod reading;
mod run;
mod shared;
mod support;
