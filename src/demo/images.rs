//! Pictures for the demo, drawn by the program: photo-like, with detail down to the pixel.
//!
//! The list is `demo/images.tsv`; the same list names the files in the sample records. A picture
//! depends on its line only, so two machines draw the same one (but for the JPEG encoder's version).

#![expect(
    clippy::many_single_char_names,
    clippy::similar_names,
    clippy::decimal_bitwise_operands,
    reason = "coordinates are x, y, u and v, and a seed is varied by any number"
)]

mod architecture;
mod finish;
mod noise;
mod scene;

use finish::Look;
use scene::{Frame, Scene};
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The pictures of the demo.
const LIST: &str = include_str!("../../demo/images.tsv");

/// JPEG quality of the masters.
const QUALITY: i32 = 88;

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoImageError {
    /// A line of the list is not understood.
    #[error(
        "demo picture list, line {line}: expected path, width, height, scene, look and seed, separated by tabs"
    )]
    List {
        /// Line, from 1.
        line: usize,
    },
    /// A file or folder could not be written.
    #[error(
        "demo picture {path}: cannot write it; check that the folder is writable and the disk has room"
    )]
    Write {
        /// File.
        path: PathBuf,
        /// Cause.
        source: std::io::Error,
    },
    /// An encoder refused.
    #[error("demo picture {path}: the encoder failed: {cause}")]
    Encode {
        /// File.
        path: PathBuf,
        /// What it said.
        cause: String,
    },
}

/// One picture to draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Path under the folder; its ending chooses the format (`jpg`, `png`, `tif`, `webp`).
    pub path: String,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    scene: Scene,
    look: Look,
    seed: u32,
}

impl Picture {
    /// The same picture, smaller: both sides divided by `divisor`, at least one pixel.
    #[must_use]
    pub fn reduced(&self, divisor: u32) -> Self {
        let divisor = divisor.max(1);
        Self {
            width: (self.width / divisor).max(1),
            height: (self.height / divisor).max(1),
            ..self.clone()
        }
    }
}

/// The pictures that the demo's records name.
///
/// # Errors
/// [`DemoImageError::List`] when the list in the program is damaged.
pub fn list() -> Result<Vec<Picture>, DemoImageError> {
    parse(LIST)
}

fn parse(list: &str) -> Result<Vec<Picture>, DemoImageError> {
    let mut pictures = Vec::new();
    for (index, line) in list.lines().enumerate() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let picture = parse_line(line).ok_or(DemoImageError::List { line: index + 1 })?;
        pictures.push(picture);
    }
    Ok(pictures)
}

fn parse_line(line: &str) -> Option<Picture> {
    let mut parts = line.split('\t');
    let path = parts.next()?.to_owned();
    let width = parts.next()?.parse().ok().filter(|pixels| *pixels > 0)?;
    let height = parts.next()?.parse().ok().filter(|pixels| *pixels > 0)?;
    let scene = Scene::parse(parts.next()?)?;
    let look = Look::parse(parts.next()?)?;
    let seed = parts.next()?.parse().ok()?;
    parts.next().is_none().then_some(Picture { path, width, height, scene, look, seed })
}

/// Draws the pictures that are not there yet under `folder` and returns how many it drew.
///
/// Works on all cores; blocking. A picture is written under another name and renamed, so an
/// interrupted run leaves no half file.
///
/// # Errors
/// [`DemoImageError`] of the first picture that fails.
pub fn generate(folder: &Path, pictures: &[Picture]) -> Result<usize, DemoImageError> {
    let mut missing: Vec<&Picture> =
        pictures.iter().filter(|picture| !folder.join(&picture.path).exists()).collect();
    // The large ones first, so that no core is left alone with one at the end.
    missing.sort_by_key(|picture| {
        std::cmp::Reverse(u64::from(picture.width) * u64::from(picture.height))
    });
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<DemoImageError>> = Mutex::new(None);
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(picture) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(error) = write(folder, picture) {
                        // Poisoning means that another thread is failing already.
                        if let Ok(mut slot) = failure.lock() {
                            slot.get_or_insert(error);
                        }
                        return;
                    }
                }
            });
        }
    });
    match failure.into_inner() {
        Ok(Some(error)) => Err(error),
        _ => Ok(missing.len()),
    }
}

/// Draws a picture into RGB bytes, row by row.
pub fn draw(picture: &Picture) -> Vec<u8> {
    let frame =
        Frame::new(picture.scene, picture.width as f32 / picture.height as f32, picture.seed);
    let mut pixels = Vec::with_capacity(picture.width as usize * picture.height as usize * 3);
    for y in 0..picture.height {
        for x in 0..picture.width {
            let colour = picture.look.pixel(picture.scene, &frame, x, y, picture.height);
            pixels.extend(colour.map(|part| (part.clamp(0.0, 1.0) * 255.0 + 0.5) as u8));
        }
    }
    pixels
}

fn write(folder: &Path, picture: &Picture) -> Result<(), DemoImageError> {
    let path = folder.join(&picture.path);
    let failed = |source| DemoImageError::Write { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    let bytes = encode(picture, &draw(picture))
        .map_err(|cause| DemoImageError::Encode { path: path.clone(), cause })?;
    let partial = path.with_extension("part");
    let mut file = BufWriter::new(fs::File::create(&partial).map_err(failed)?);
    file.write_all(&bytes).and_then(|()| file.flush()).map_err(failed)?;
    drop(file);
    fs::rename(&partial, &path).map_err(failed)
}

fn encode(picture: &Picture, pixels: &[u8]) -> Result<Vec<u8>, String> {
    use image::{ExtendedColorType, ImageEncoder as _};
    let (width, height) = (picture.width, picture.height);
    let mut out = std::io::Cursor::new(Vec::new());
    let colour = ExtendedColorType::Rgb8;
    let ending =
        Path::new(&picture.path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "png" => {
            image::codecs::png::PngEncoder::new(&mut out).write_image(pixels, width, height, colour)
        }
        "tif" => image::codecs::tiff::TiffEncoder::new(&mut out)
            .write_image(pixels, width, height, colour),
        "webp" => image::codecs::webp::WebPEncoder::new_lossless(&mut out)
            .write_image(pixels, width, height, colour),
        _ => return encode_jpeg(pixels, width, height),
    }
    .map_err(|error| error.to_string())?;
    Ok(out.into_inner())
}

fn encode_jpeg(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, String> {
    let image = image::codecs::jpeg::JpegEncoder::new_with_quality;
    let mut out = Vec::new();
    image(&mut out, QUALITY as u8)
        .encode(pixels, width, height, image::ExtendedColorType::Rgb8)
        .map_err(|error| error.to_string())?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_twelve_pictures_and_three_of_forty_megapixels() {
        let pictures = list().unwrap();
        let large = pictures
            .iter()
            .filter(|p| u64::from(p.width) * u64::from(p.height) >= 40_000_000)
            .count();
        assert!(pictures.len() >= 12, "{}", pictures.len());
        assert!(large >= 3, "{large}");
        for ending in [".png", ".tif", ".webp"] {
            assert!(pictures.iter().any(|p| p.path.ends_with(ending)), "{ending}");
        }
    }

    #[test]
    fn a_damaged_line_is_named() {
        assert!(matches!(
            parse("a.jpg\t10\t10\tfacade\tphoto\t1\nb.jpg\t0\t10\tfacade\tphoto\t1"),
            Err(DemoImageError::List { line: 2 })
        ));
    }

    #[test]
    fn pictures_are_written_once_and_open_in_their_own_size() {
        let folder = tempfile::tempdir().unwrap();
        let small: Vec<Picture> =
            list().unwrap().iter().map(|picture| picture.reduced(60)).collect();
        assert_eq!(generate(folder.path(), &small).unwrap(), small.len());
        assert_eq!(generate(folder.path(), &small).unwrap(), 0);
        for picture in &small {
            let size = image::image_dimensions(folder.path().join(&picture.path)).unwrap();
            assert_eq!(size, (picture.width, picture.height), "{}", picture.path);
        }
    }

    #[test]
    fn every_scene_has_light_shade_and_detail_in_neighbouring_pixels() {
        for picture in list().unwrap() {
            let picture = picture.reduced(20);
            let pixels = draw(&picture);
            let (low, high) = (pixels.iter().min().unwrap(), pixels.iter().max().unwrap());
            assert!(high - low > 120, "{}: {low}..{high}", picture.path);
            let changes = pixels.windows(4).filter(|w| w[0].abs_diff(w[3]) > 2).count();
            assert!(changes * 4 > pixels.len(), "{} is flat", picture.path);
        }
    }
}
