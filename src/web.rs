//! HTTP: one file per surface; `router.rs` lists every URL. Only this module names axum.

pub mod access_log;
pub mod api;
pub mod card_view;
pub mod demo_partner;
pub mod error;
pub mod front;
mod harvest_metrics;
pub mod health;
pub mod home;
pub mod i18n;
pub mod iiif_http;
pub mod iiif_image;
pub mod iiif_presentation;
pub mod import;
pub mod oai;
pub mod object;
pub mod page;
pub mod params;
pub mod public_url;
pub mod quality;
pub mod resourcesync;
pub mod robots;
pub mod router;
pub mod search_page;
pub mod server;
pub mod static_files;
#[cfg(test)]
mod tests;
pub mod thumbnail;
pub mod visitor;

pub use error::WebError;
pub use public_url::PublicUrl;
pub use visitor::Visitor;

use crate::clock::Clock;
use crate::config::settings::Settings;
use crate::crosswalk::private::PrivateFields;
use crate::images::Images;
use crate::search::Search;
use crate::store::Store;
use std::sync::Arc;

/// What every handler can reach; cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Settings of the installation.
    pub settings: Arc<Settings>,
    /// Image service.
    pub images: Images,
    /// Search index.
    pub search: Search,
    /// Key that signs resumption tokens; kept in the store, survives restarts.
    pub token_key: Arc<[u8]>,
    /// Source fields that are stored and never shown.
    pub private_fields: Arc<PrivateFields>,
    /// The only clock of the HTTP side.
    pub clock: Clock,
    /// Who harvests us.
    pub harvesters: Arc<oai::harvesters::Harvesters>,
}

impl App {
    /// Now, in seconds since the epoch.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }
}
