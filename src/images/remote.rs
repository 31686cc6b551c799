//! Copies of images of other sites: fetched politely, told by their bytes, kept by their hash,
//! looked at again when they are due.
//!
//! One host is asked one thing at a time, with the pause that its source states; several hosts at
//! once. A file is kept under its SHA-256, so that a copy is never changed under a reader, and two
//! records that name one file have one copy.

use super::ingest::{IngestReport, state_of};
use super::{Images, ImagesError, masters};
use crate::config::images::{ImageMode, ImageOptions, WhenGone};
use crate::config::source::SourceConfig;
use crate::fetch::{Downloaded, FetchError, FetchOptions, Fetcher};
use crate::storage::{Bucket, StorageError};
use crate::store::image::{LinkState, Master, PendingImage};
use crate::store::image_check::{CheckFinding, Checked, DueImage};
use domain::merge::PartnerService;
use futures_util::StreamExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Hosts that are asked at the same time.
const HOSTS: usize = 8;
/// Copies that are looked at again in one go.
const BATCH: i64 = 200;
/// What failed for a reason that may pass is tried again after a day.
const TRY_AGAIN_S: i64 = 86_400;
/// Scheme of objects in a bucket.
const S3: &str = "s3";
/// Largest info.json.
const INFO_BYTES: u64 = 1 << 20;

/// An image, its address, and its source.
type Errand = (Wanted, Option<Url>, Arc<CopiedSource>);

/// How the images of one source are copied.
#[derive(Debug, Clone)]
pub(super) struct CopiedSource {
    images: ImageOptions,
    base: Option<Url>,
    options: FetchOptions,
    delay: Duration,
}

impl CopiedSource {
    fn of(source: &SourceConfig) -> Option<Self> {
        let images = source.images.clone().filter(|images| images.mode != ImageMode::None)?;
        let base = images.from.as_deref().filter(|from| masters::is_remote(from));
        // A base without a slash at its end is a folder all the same.
        let base =
            base.and_then(|from| Url::parse(&format!("{}/", from.trim_end_matches('/'))).ok());
        let options = FetchOptions {
            max_bytes: images.max_mib.saturating_mul(1 << 20),
            ..FetchOptions::of(source)
        };
        let delay = Duration::from_millis(source.politeness.delay_ms);
        Some(Self { images, base, options, delay })
    }

    /// Whether an image of that location is to be asked for at another site: any when it is copied,
    /// and the description of a service that stays where it is.
    pub(super) fn has(&self, location: &str) -> bool {
        match self.images.mode {
            ImageMode::Copy => masters::is_remote(location) || self.base.is_some(),
            ImageMode::Reference => {
                self.url(location).is_some_and(|url| service_of(&url, self.images.iiif).is_some())
            }
            ImageMode::None => false,
        }
    }

    /// The address of an image; `None` when the location is none, or leads out of the base.
    fn url(&self, location: &str) -> Option<Url> {
        let location = location.trim();
        if masters::is_remote(location) {
            // Our keys open no bucket but the one that the source names.
            let base = self.base.as_ref().map(Url::as_str);
            return Url::parse(location).ok().filter(|url| {
                url.scheme() != S3 || base.is_some_and(|base| url.as_str().starts_with(base))
            });
        }
        let base = self.base.as_ref()?;
        // A location is a path: `?` and `#` in it belong to the name.
        let path = location.trim_start_matches('/').replace('%', "%25");
        let path = path.replace('?', "%3F").replace('#', "%23");
        let url = base.join(&format!("./{path}")).ok()?;
        url.as_str().starts_with(base.as_str()).then_some(url)
    }
}

/// An image that is to be fetched.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    image: PendingImage,
    /// The copy that there is: its hash and validators.
    copy: Option<(String, Option<String>, Option<String>)>,
}

impl Wanted {
    pub(super) fn first(image: PendingImage) -> Self {
        Self { image, copy: None }
    }

    fn again(due: DueImage) -> Self {
        let (etag, last_modified) = (due.etag, due.last_modified);
        Self { image: due.image, copy: due.sha256.map(|sha256| (sha256, etag, last_modified)) }
    }
}

impl Images {
    /// The sources whose images are copied.
    pub(super) fn copied_sources(
        &self,
        sources: &[SourceConfig],
    ) -> HashMap<String, Arc<CopiedSource>> {
        if self.fetcher.is_none() {
            return HashMap::new();
        }
        sources
            .iter()
            .filter_map(|source| Some((source.id.to_string(), Arc::new(CopiedSource::of(source)?))))
            .collect()
    }

    /// Looks at every copy again that is due.
    pub(super) async fn recheck_images(
        &self,
        copied: &HashMap<String, Arc<CopiedSource>>,
        report: &mut IngestReport,
        cancel: &CancellationToken,
    ) -> Result<(), ImagesError> {
        let now = crate::clock::now();
        let mut after = (i64::MIN, String::new());
        while !copied.is_empty() && !cancel.is_cancelled() {
            let due = self.store.due_images(now, (after.0, &after.1), BATCH).await?;
            let Some(last) = due.last() else { break };
            after = (last.check_at, last.image.image_id.clone());
            report.rechecked += due.len() as u64;
            let wanted = due.into_iter().map(Wanted::again).collect();
            self.copy_images(wanted, copied, report, cancel).await?;
        }
        Ok(())
    }

    /// Fetches images, host by host, and stores what came.
    pub(super) async fn copy_images(
        &self,
        wanted: Vec<Wanted>,
        copied: &HashMap<String, Arc<CopiedSource>>,
        report: &mut IngestReport,
        cancel: &CancellationToken,
    ) -> Result<(), ImagesError> {
        let Some(fetcher) = &self.fetcher else { return Ok(()) };
        let mut hosts: BTreeMap<String, Vec<Errand>> = BTreeMap::new();
        for one in wanted {
            let Some(source) = copied.get(&one.image.source_id) else {
                report.skipped += 1;
                continue;
            };
            let url = source.url(&one.image.location);
            let host = url.as_ref().and_then(|url| Some(url.host_str()?.to_owned()));
            hosts.entry(host.unwrap_or_default()).or_default().push((one, url, Arc::clone(source)));
        }
        let mut done = futures_util::stream::iter(hosts.into_values())
            .map(|of_host| self.copy_of_host(fetcher, of_host, cancel))
            .buffer_unordered(HOSTS);
        while let Some(checked) = done.next().await {
            let (checks, waiting) = checked?;
            report.skipped += waiting;
            for check in &checks {
                match &check.finding {
                    CheckFinding::Copied { .. } => report.ready += 1,
                    CheckFinding::Unchanged => {}
                    CheckFinding::Kept { reason, .. } | CheckFinding::Failed { reason, .. } => {
                        report.failed += 1;
                        tracing::debug!(image = %check.image.image_id, %reason, "image not usable");
                    }
                }
            }
        }
        Ok(())
    }

    /// The images of one host, one after the other, stored as they come: a host may be slow.
    async fn copy_of_host(
        &self,
        fetcher: &Fetcher,
        wanted: Vec<(Wanted, Option<Url>, Arc<CopiedSource>)>,
        cancel: &CancellationToken,
    ) -> Result<(Vec<Checked>, u64), ImagesError> {
        let (mut checks, mut waiting) = (Vec::new(), 0);
        let mut asked_to_wait = false;
        for (wanted, url, source) in wanted {
            if cancel.is_cancelled() || asked_to_wait {
                waiting += 1;
                continue;
            }
            let came = match &url {
                None => Err(Trouble::refused("this is no address below `images.from`")),
                Some(url) => self.fetch_one(fetcher, url, &source, &wanted).await,
            };
            let now = crate::clock::now();
            if let Err(trouble) = &came {
                asked_to_wait = trouble.wait_s.is_some();
            }
            let check = settle(wanted, came, &source, now);
            self.store.finish_checks(std::slice::from_ref(&check), now).await?;
            checks.push(check);
        }
        Ok((checks, waiting))
    }

    async fn fetch_one(
        &self,
        fetcher: &Fetcher,
        url: &Url,
        source: &CopiedSource,
        wanted: &Wanted,
    ) -> Result<Came, Trouble> {
        let mut options = source.options.clone();
        if let Some((_, etag, last_modified)) = &wanted.copy {
            (options.etag, options.last_modified) = (etag.clone(), last_modified.clone());
        }
        let url = match service_of(url, source.images.iiif) {
            None => url.to_string(),
            Some(service) => {
                let info = FetchOptions {
                    max_bytes: INFO_BYTES,
                    etag: None,
                    last_modified: None,
                    ..options.clone()
                };
                let _turn = fetcher.turn(&service, source.delay).await;
                let answer = fetcher.get(&format!("{service}/info.json"), &info).await?;
                let described = Described::of(&service, &answer.body)?;
                if source.images.mode == ImageMode::Reference {
                    return Ok(Came::Service(described.master()));
                }
                described.service.whole_image()
            }
        };
        std::fs::create_dir_all(&*self.copies).map_err(|error| Trouble::disk(&error))?;
        let part = self.copies.join(format!("{}.part", crate::hex::hex(&Sha256::digest(&url))));
        let downloaded = {
            let _turn = fetcher.turn(&url, source.delay).await;
            match url.strip_prefix("s3://").and_then(|place| place.split_once('/')) {
                Some((bucket, key)) => from_bucket(bucket, key, &url, &options, &part).await?,
                None => fetcher.download_resumed(&url, &options, &part).await?,
            }
        };
        if downloaded.status == 304 {
            return Ok(Came::Same);
        }
        let (folder, max_pixels) = (self.copies.to_path_buf(), self.settings.max_pixels);
        let kept = tokio::task::spawn_blocking(move || keep(&part, &folder, max_pixels)).await;
        let master = kept.map_err(|error| Trouble::disk(&error))?.map_err(|error| {
            let said = downloaded.content_type.as_deref().unwrap_or("nothing");
            Trouble::of(state_of(&error), format!("{error}; the site calls it {said}"))
        })?;
        Ok(Came::File(master, downloaded))
    }
}

/// What came of a request.
enum Came {
    File(Master, Downloaded),
    /// A service that stays where it is.
    Service(Master),
    Same,
}

/// Why nothing came.
struct Trouble {
    code: LinkState,
    reason: String,
    /// The site asks to wait so long.
    wait_s: Option<i64>,
}

impl Trouble {
    fn of(code: LinkState, reason: String) -> Self {
        Self { code, reason, wait_s: None }
    }

    fn refused(reason: &str) -> Self {
        Self::of(LinkState::Refused, reason.to_owned())
    }

    fn disk(error: &dyn std::error::Error) -> Self {
        Self::of(LinkState::Later, format!("it cannot be kept: {error}"))
    }

    /// Whether another time may do better.
    fn may_pass(&self) -> bool {
        matches!(self.code, LinkState::Unreachable | LinkState::Later)
    }
}

impl From<FetchError> for Trouble {
    fn from(error: FetchError) -> Self {
        let reason = error.to_string();
        let code = match &error {
            FetchError::Status { status: 404 | 410, .. } => LinkState::Missing,
            FetchError::Status { status: 429 | 503, .. } | FetchError::Write { .. } => {
                LinkState::Later
            }
            FetchError::Status { status: 500.., .. } | FetchError::Connection { .. } => {
                LinkState::Unreachable
            }
            FetchError::TooLarge { .. } => LinkState::TooBig,
            FetchError::ComeBackLater { wait, .. } => {
                let wait_s = i64::try_from(wait.as_secs()).unwrap_or(TRY_AGAIN_S);
                return Self { code: LinkState::Later, reason, wait_s: Some(wait_s) };
            }
            _ => LinkState::Refused,
        };
        Self::of(code, reason)
    }
}

/// What becomes of an image.
fn settle(wanted: Wanted, came: Result<Came, Trouble>, source: &CopiedSource, now: i64) -> Checked {
    let fresh = source.images.recheck_s.map(|seconds| now + seconds);
    let image = wanted.image;
    let trouble = match came {
        Ok(Came::Same) => {
            return Checked { image, finding: CheckFinding::Unchanged, check_at: fresh };
        }
        Ok(Came::Service(master)) => {
            let (etag, last_modified) = (None, None);
            let finding = CheckFinding::Copied { master, etag, last_modified };
            return Checked { image, finding, check_at: fresh };
        }
        Ok(Came::File(master, downloaded)) => {
            let Downloaded { etag, last_modified, .. } = downloaded;
            let same = wanted.copy.is_some_and(|(sha256, ..)| sha256 == master.sha256);
            let finding = if same {
                CheckFinding::Unchanged
            } else {
                CheckFinding::Copied { master, etag, last_modified }
            };
            return Checked { image, finding, check_at: fresh };
        }
        Err(trouble) => trouble,
    };
    let again = trouble.wait_s.unwrap_or(TRY_AGAIN_S);
    let check_at = if trouble.may_pass() { Some(now + again) } else { fresh };
    let Trouble { code, reason, .. } = trouble;
    // What may pass takes no image away, and what is gone only when the source says so.
    let gone = !matches!(code, LinkState::Unreachable | LinkState::Later);
    let keep = wanted.copy.is_some() && !(gone && source.images.gone == WhenGone::Drop);
    let finding = if keep {
        CheckFinding::Kept { code, reason }
    } else {
        CheckFinding::Failed { code, reason }
    };
    Checked { image, finding, check_at }
}

/// Fetches an object of S3, with the keys of the environment.
async fn from_bucket(
    bucket: &str,
    key: &str,
    url: &str,
    options: &FetchOptions,
    part: &Path,
) -> Result<Downloaded, Trouble> {
    let unreachable = |error: StorageError| Trouble::of(LinkState::Unreachable, error.to_string());
    let bucket = Bucket::open(bucket, None, None, options.allow_private);
    let bucket = bucket.await.map_err(unreachable)?;
    let key = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
    bucket.download(&key, part, options.max_bytes).await.map_err(unreachable)?;
    let bytes = std::fs::metadata(part).map_err(|error| Trouble::disk(&error))?.len();
    Ok(Downloaded {
        status: 200,
        bytes,
        etag: None,
        last_modified: None,
        content_type: None,
        url: url.to_owned(),
    })
}

/// The base of the IIIF service that an address names.
fn service_of(url: &Url, always: bool) -> Option<String> {
    let text = url.as_str();
    match text.strip_suffix("/info.json") {
        Some(base) => Some(base.to_owned()),
        None if always => Some(text.trim_end_matches('/').to_owned()),
        None => None,
    }
}

/// What the info.json of a service says.
#[derive(Debug)]
struct Described {
    service: PartnerService,
    width: u32,
    height: u32,
}

impl Described {
    fn of(service: &str, info: &[u8]) -> Result<Self, Trouble> {
        let wrong =
            || Trouble::of(LinkState::WrongType, format!("{service}/info.json is no info.json"));
        let info: Value = serde_json::from_slice(info).map_err(|_| wrong())?;
        let side = |name: &str| -> Result<u32, Trouble> {
            let side = info.get(name).and_then(Value::as_u64).filter(|side| *side > 0);
            side.and_then(|side| u32::try_from(side).ok()).ok_or_else(wrong)
        };
        let contexts = info.get("@context").map(ToString::to_string).unwrap_or_default();
        let third = contexts.contains("/image/3/")
            || info.get("type").and_then(Value::as_str) == Some("ImageService3");
        let service =
            PartnerService { base: service.to_owned(), version: if third { 3 } else { 2 } };
        Ok(Self { width: side("width")?, height: side("height")?, service })
    }

    /// As the store keeps it: its place, and in place of a file's type the protocol.
    fn master(self) -> Master {
        Master {
            sha256: crate::hex::hex(&Sha256::digest(&self.service.base)),
            format: format!("iiif/{}", self.service.version),
            path: self.service.base,
            width: self.width,
            height: self.height,
            byte_count: 0,
        }
    }
}

/// Takes a complete file over under its hash. A file that is no image is deleted.
fn keep(part: &Path, folder: &Path, max_pixels: u64) -> Result<Master, ImagesError> {
    let looked = masters::inspect(part, max_pixels);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ImagesError::File { path, source }
    };
    let mut master = match looked {
        Ok(master) => master,
        Err(error) => {
            let _gone_already = std::fs::remove_file(part);
            return Err(error);
        }
    };
    let folder: PathBuf = folder.join(master.sha256.get(..2).unwrap_or("00"));
    std::fs::create_dir_all(&folder).map_err(failed(&folder))?;
    let path = folder.join(&master.sha256);
    std::fs::File::open(part).and_then(|file| file.sync_all()).map_err(failed(part))?;
    std::fs::rename(part, &path).map_err(failed(part))?;
    path.to_string_lossy().as_ref().clone_into(&mut master.path);
    Ok(master)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(toml: &str) -> CopiedSource {
        let base = "label = 'x'\nkind = 'file'\nlocation = 'x.csv'\nmapping = 'joconde'\n";
        let mut config: SourceConfig = toml::from_str(&format!("{base}{toml}")).unwrap();
        config.id = domain::identifier::SourceId::new("x").unwrap();
        CopiedSource::of(&config).unwrap()
    }

    #[test]
    fn a_location_is_an_address_or_a_path_below_the_base() {
        let copied = source("images = { mode = 'copy', from = 'https://example.org/photos' }");
        let url = |location: &str| copied.url(location).map(|url| url.to_string());
        assert_eq!(url("a b.jpg").as_deref(), Some("https://example.org/photos/a%20b.jpg"));
        assert_eq!(url("/x/é?.jpg").as_deref(), Some("https://example.org/photos/x/%C3%A9%3F.jpg"));
        assert_eq!(
            url("https://other.example/a.jpg").as_deref(),
            Some("https://other.example/a.jpg")
        );
        for out in ["../secret.jpg", "x/../../secret.jpg", "..\\secret.jpg"] {
            assert_eq!(url(out), None, "{out}");
        }
        // A percent sign is part of the name, and dots hidden in it lead nowhere.
        let hidden = url("%2e%2e/a.jpg").unwrap();
        assert!(hidden.starts_with("https://example.org/photos/%252e"), "{hidden}");
    }

    #[test]
    fn a_service_is_asked_for_its_whole_image_in_the_words_of_its_version() {
        let url = Url::parse("https://example.org/iiif/a%2Fb/info.json").unwrap();
        let service = service_of(&url, false).unwrap();
        assert_eq!(service, "https://example.org/iiif/a%2Fb");
        assert_eq!(service_of(&Url::parse("https://example.org/a.jpg").unwrap(), false), None);
        let of = |info: &str| {
            Described::of(&service, info.as_bytes())
                .map(|described| described.service.whole_image())
                .map_err(|trouble| trouble.code)
        };
        let third =
            r#"{"@context":"http://iiif.io/api/image/3/context.json","width":5,"height":4}"#;
        let second =
            r#"{"@context":"http://iiif.io/api/image/2/context.json","width":5,"height":4}"#;
        assert!(of(third).unwrap().ends_with("/a%2Fb/full/max/0/default.jpg"));
        assert!(of(second).unwrap().ends_with("/a%2Fb/full/full/0/default.jpg"));
        assert_eq!(of("<html>"), Err(LinkState::WrongType));
    }
}
