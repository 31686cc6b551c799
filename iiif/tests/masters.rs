//! Masters as they come: odd ones must be read, hostile ones refused, none may panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use iiif::image::format::MasterFormat;
use iiif::image::ingest::{IngestError, Options, ingest, look};
use iiif::image::raster::Channels;
use iiif::image::serving::Serving;
use iiif::image::{ImageError, decode};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Largest master of these tests, in pixels.
const MAX_PIXELS: u64 = 30_000_000;

/// The folder of shared images; `None` (and a word to stderr) when it is not on this machine.
fn shared(folder: &str) -> Option<PathBuf> {
    let root = std::env::var("PASSERELLE_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("data/images").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not there; set PASSERELLE_SHARED", path.display());
    None
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    read: Vec<PathBuf>,
    refused: Vec<(PathBuf, IngestError)>,
    unknown: usize,
}

/// Every file of a folder through the whole ingest.
fn ingest_all(folder: &Path) -> Tally {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut tally = Tally::default();
    let options = Options { max_pixels: MAX_PIXELS, ..Options::default() };
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        if MasterFormat::of(&bytes).is_none() {
            tally.unknown += 1;
            assert_eq!(decode::probe(&bytes, MAX_PIXELS), Err(ImageError::UnknownFormat));
            continue;
        }
        let mut out = Cursor::new(Vec::new());
        match ingest(&mut Cursor::new(&bytes), &options, &mut out, &|| false) {
            Ok(made) => {
                let file = out.into_inner();
                let serving = Serving::open(&file[..made.length as usize]).unwrap();
                let size = look(&mut Cursor::new(&bytes)).unwrap().pages[0];
                let dimensions = serving.dimensions();
                let upright = (dimensions.width, dimensions.height);
                assert!(
                    upright == (size.width, size.height) || upright == (size.height, size.width),
                    "{}: {dimensions:?} of {size:?}",
                    path.display()
                );
                tally.read.push(path);
            }
            Err(error) => tally.refused.push((path, error)),
        }
    }
    tally
}

#[test]
fn hostile_masters_are_refused_or_read_and_never_panic() {
    let Some(folder) = shared("hostile") else { return };
    let tally = ingest_all(&folder);
    assert!(!tally.refused.is_empty());
}

#[test]
fn most_odd_masters_are_read() {
    let Some(folder) = shared("odd") else { return };
    let tally = ingest_all(&folder);
    let (read, refused) = (tally.read.len(), tally.refused.len());
    assert!(read > refused * 4, "read {read}, refused {:#?}", tally.refused);
}

#[test]
fn the_image_of_the_validator_is_read() {
    let Some(folder) = shared("odd") else { return };
    let path = folder.join("iiif_validator_67352ccc-d1b0-11e1-89ae-279075081939.png");
    let (raster, _) = decode::decode(&std::fs::read(path).unwrap(), MAX_PIXELS, 0).unwrap();
    assert_eq!((raster.size().width, raster.size().height), (1000, 1000));
}

#[test]
fn masters_stand_upright_whatever_their_orientation() {
    let Some(folder) = shared("odd/exif-orientation") else { return };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        if MasterFormat::of(&bytes) != Some(MasterFormat::Jpeg) {
            continue;
        }
        let probe = decode::probe(&bytes, MAX_PIXELS).unwrap();
        let (raster, _) = decode::decode(&bytes, MAX_PIXELS, 3).unwrap();
        let expected = probe.dimensions().reduced(1 << probe.max_shrink());
        assert_eq!(raster.size(), expected, "{}", path.display());
    }
}

#[test]
fn a_cmyk_master_keeps_its_colours_about() {
    let Some(folder) = shared("derived") else { return };
    let read = |name: &str| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        decode::decode(&bytes, MAX_PIXELS, 0).unwrap().0
    };
    let cmyk = read("artwork_yosemite_cmyk.jpg");
    let rgb = read("artwork_yosemite_adobergb.jpg");
    assert_eq!(cmyk.channels(), Channels::Rgb);
    // A crop of the same painting, and no profile is applied, so only about: no negative, no black
    // picture.
    let mean = |raster: &iiif::image::Raster| {
        raster.pixels().iter().map(|v| u64::from(*v)).sum::<u64>() / raster.pixels().len() as u64
    };
    assert!(mean(&cmyk).abs_diff(mean(&rgb)) < 40, "{} {}", mean(&cmyk), mean(&rgb));
}

#[test]
fn a_master_above_the_limit_is_refused_before_it_is_decoded() {
    // A PNG header that claims 100,000 by 100,000 pixels, and nothing behind it.
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(100_000u32.to_be_bytes());
    png.extend(100_000u32.to_be_bytes());
    png.extend([8, 2, 0, 0, 0]);
    png.extend(crc(&png[12..]).to_be_bytes());
    png.extend(b"\0\0\0\0IDAT\x35\xaf\x06\x1e");
    let error = decode::decode(&png, MAX_PIXELS, 0).unwrap_err();
    assert_eq!(error.status(), 413, "{error}");
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
    })
}
