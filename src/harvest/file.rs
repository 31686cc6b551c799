//! Harvest of files (being written).

use super::{HarvestError, Session};
use crate::config::source::SourceConfig;
use crate::fetch::Fetcher;
use crate::store::run::{Run, RunEnd};
use tokio_util::sync::CancellationToken;

/// Reads all rows, page by page.
///
/// # Errors
/// [`HarvestError`] as for [`super::harvest()`].
pub async fn run(
    session: Session,
    _fetcher: &Fetcher,
    _config: &SourceConfig,
    _cancel: &CancellationToken,
) -> Result<Run, HarvestError> {
    session.finish(RunEnd::Failed("being written".to_owned())).await
}
