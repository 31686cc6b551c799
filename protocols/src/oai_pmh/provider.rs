//! The provider side: [`request`] reads the query, [`list`] says what to ask the store and what to
//! answer, [`token`] carries a list from page to page, [`response`] writes XML.

pub mod identify;
pub mod list;
pub mod request;
pub mod response;
pub mod sets;
pub mod token;

pub use identify::{Branding, RepositoryDescription};
pub use list::{ListPlan, Row};
pub use request::{Arguments, Request, Selection};
pub use response::{Answer, Header, MetadataFormat, Record, Response};
pub use sets::SetDescription;
pub use token::{ResumptionToken, SetToken};

#[cfg(test)]
mod tests;
