//! Master files: found only below the folder that the source names, read within bounds.

use super::ImagesError;
use crate::hex::hex;
use crate::store::image::Master;
use iiif::image::decode;
use sha2::{Digest, Sha256};
use std::path::{Component, Path, PathBuf};

/// Largest master file that is read, in bytes.
const MAX_BYTES: u64 = 2 << 30;

/// Whether a location is at another site.
pub fn is_remote(location: &str) -> bool {
    let lower = location.trim_start().get(..8).unwrap_or(location).to_ascii_lowercase();
    ["http://", "https://", "s3://"].iter().any(|scheme| lower.starts_with(scheme))
}

/// The file that a location names below a folder. Absolute names, `..`, and links that lead out of
/// the folder are refused; the location is never cleaned up into something acceptable.
///
/// # Errors
/// [`ImagesError::Location`] for a name that is refused, [`ImagesError::File`] for a file that is not
/// there.
pub fn resolve(folder: &Path, location: &str) -> Result<PathBuf, ImagesError> {
    let refused = |reason| ImagesError::Location { location: location.to_owned(), reason };
    if location.trim().is_empty() || location.contains(['\0', '\\']) {
        return Err(refused("not the name of a file below the folder `images` of its source"));
    }
    let relative = Path::new(location);
    let plain =
        relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain {
        return Err(refused("absolute names and `..` are not followed; name files below `images`"));
    }
    let folder = std::fs::canonicalize(folder)
        .map_err(|source| ImagesError::File { path: folder.to_owned(), source })?;
    let wanted = folder.join(relative);
    let path = std::fs::canonicalize(&wanted)
        .map_err(|source| ImagesError::File { path: wanted, source })?;
    if !path.starts_with(&folder) {
        return Err(refused("a link that leads out of the folder `images` of its source"));
    }
    if !path.is_file() {
        return Err(refused("not a file"));
    }
    Ok(path)
}

/// Where pictures of zips go below the folder of images, so that none takes the place of a picture
/// that was put there by hand.
pub const UNPACKED: &str = "unpacked";

/// A master below a folder, or the picture of that name that came in a zip
/// ([`crate::harvest::file::bundle`]): there folders do not count, and names are in lower case.
///
/// # Errors
/// Those of [`resolve`] for the location itself.
pub fn resolve_or_unpacked(folder: &Path, location: &str) -> Result<PathBuf, ImagesError> {
    resolve(folder, location).or_else(|error| match (&error, location.rsplit('/').next()) {
        (ImagesError::File { .. }, Some(name)) => {
            resolve(&folder.join(UNPACKED), &name.to_lowercase()).map_err(|_| error)
        }
        _ => Err(error),
    })
}

/// Reads a master whole, within bounds.
///
/// # Errors
/// [`ImagesError::File`], [`ImagesError::TooManyBytes`].
pub fn read(path: &Path) -> Result<Vec<u8>, ImagesError> {
    let failed = |source| ImagesError::File { path: path.to_owned(), source };
    let bytes = std::fs::metadata(path).map_err(failed)?.len();
    if bytes > MAX_BYTES {
        return Err(ImagesError::TooManyBytes { path: path.to_owned(), bytes, limit: MAX_BYTES });
    }
    std::fs::read(path).map_err(failed)
}

/// Looks at a master: format, dimensions, hash. Nothing is decoded.
///
/// # Errors
/// [`ImagesError`] when it cannot be read, is of no known format, or has too many pixels.
pub fn inspect(path: &Path, max_pixels: u64) -> Result<Master, ImagesError> {
    let bytes = read(path)?;
    let probe = decode::probe(&bytes, max_pixels)?;
    let text = path.to_str().ok_or_else(|| ImagesError::Location {
        location: path.to_string_lossy().into_owned(),
        reason: "file names must be UTF-8",
    })?;
    Ok(Master {
        path: text.to_owned(),
        width: probe.width,
        height: probe.height,
        format: probe.format.media_type().to_owned(),
        byte_count: bytes.len() as u64,
        sha256: hex(&Sha256::digest(&bytes)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_the_folder_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("images");
        std::fs::create_dir_all(root.join("a")).unwrap();
        std::fs::write(root.join("a/b c.jpg"), b"x").unwrap();
        std::fs::write(folder.path().join("secret.jpg"), b"x").unwrap();
        assert!(resolve(&root, "a/b c.jpg").is_ok());
        assert!(resolve(&root, "./a/b c.jpg").is_ok());
        let absolute = root.join("a/b c.jpg");
        for bad in [
            "",
            " ",
            "../secret.jpg",
            "a/../../secret.jpg",
            "a/../a/b c.jpg",
            "a",
            "missing.jpg",
            "a\\b.jpg",
            "a/\0.jpg",
            "%2e%2e/secret.jpg",
            absolute.to_str().unwrap(),
            "/etc/passwd",
        ] {
            assert!(resolve(&root, bad).is_err(), "{bad}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_may_stay_inside_and_not_lead_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("images");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::write(root.join("real.jpg"), b"x").unwrap();
        std::fs::write(folder.path().join("secret.jpg"), b"x").unwrap();
        std::os::unix::fs::symlink("real.jpg", root.join("inside.jpg")).unwrap();
        std::os::unix::fs::symlink("../secret.jpg", root.join("outside.jpg")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        assert!(resolve(&root, "inside.jpg").is_ok());
        assert!(resolve(&root, "outside.jpg").is_err());
        assert!(resolve(&root, "up/secret.jpg").is_err());
    }

    #[test]
    fn urls_are_told_from_file_names() {
        assert!(is_remote("https://example.org/a.jpg") && is_remote("HTTP://example.org/a.jpg"));
        assert!(!is_remote("http.jpg") && !is_remote("é/https:/x") && !is_remote(""));
    }
}
