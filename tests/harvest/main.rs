//! Harvest seen from outside: reading files of every form, and fetching over HTTP.

mod fetch;
mod hostile;
mod reading;
mod shared;
mod support;
