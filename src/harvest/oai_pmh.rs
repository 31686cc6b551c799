//! Harvest of an OAI-PMH repository (being written).

use super::{HarvestError, Session};
use crate::config::source::SourceConfig;
use crate::fetch::Fetcher;
use crate::store::run::{Run, RunEnd};
use tokio_util::sync::CancellationToken;

/// Reads all records, page by page.
///
/// # Errors
/// [`HarvestError`] as for [`super::harvest()`].
pub async fn run(
    session: Session,
    _fetcher: &Fetcher,
    _config: &SourceConfig,
    _cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    session.finish(RunEnd::Failed("harvesting of OAI-PMH is being written".to_owned())).await
}
