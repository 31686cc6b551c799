//! The lossless cut: tiles of level 0 decode to the samples of the master.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "tests"
)]

use iiif::image::ingest::{IngestError, Ingested, Options, Way, ingest};
use iiif::image::serving::{ReadAt, Serving};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use turbojpeg::{Decompressor, Subsamp, YuvImage};

fn shared() -> Option<PathBuf> {
    let root = std::env::var_os("PASSERELLE_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let folder = root.join("data/images");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no {}", folder.display());
    None
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn made(master: &[u8], tile_side: u32) -> Result<(Ingested, Vec<u8>), IngestError> {
    let mut out = Cursor::new(Vec::new());
    let options = Options { tile_side, ..Options::default() };
    let ingested = ingest(&mut Cursor::new(master), &options, &mut out, &|| false)?;
    let mut bytes = out.into_inner();
    bytes.truncate(ingested.length as usize);
    Ok((ingested, bytes))
}

/// Planes as they are in the file: no upsampling, no colours.
fn planes(jpeg: &[u8], is_master: bool) -> (Subsamp, Vec<(usize, Vec<u8>)>) {
    let mut decompressor = Decompressor::new().unwrap();
    let header = decompressor.read_header(jpeg).unwrap();
    let (width, height, subsamp) = (header.width, header.height, header.subsamp);
    let length = turbojpeg::yuv_pixels_len(width, 1, height, subsamp).unwrap();
    let mut pixels = vec![0; length];
    let image = YuvImage { pixels: pixels.as_mut_slice(), width, align: 1, height, subsamp };
    // A warning about damage that decoders pass over; the samples are there all the same.
    if let Err(error) = decompressor.decompress_to_yuv(jpeg, image) {
        eprintln!("{error}");
        assert!(is_master, "{error}");
    }
    // libjpeg-turbo pads planes to whole MCUs.
    let (across, down) = (subsamp.width(), subsamp.height());
    let luma = (width.next_multiple_of(across), height.next_multiple_of(down));
    let mut planes = vec![(luma.0, pixels[..luma.0 * luma.1].to_vec())];
    if subsamp != Subsamp::Gray {
        let chroma = (luma.0 / across, luma.1 / down);
        let size = chroma.0 * chroma.1;
        let start = luma.0 * luma.1;
        planes.push((chroma.0, pixels[start..start + size].to_vec()));
        planes.push((chroma.0, pixels[start + size..start + 2 * size].to_vec()));
    }
    (subsamp, planes)
}

/// Compares each tile of level 0 with its part of the master; returns how many there are.
fn compared(name: &str, master: &[u8], file: &[u8]) -> usize {
    let serving = Serving::open(file).unwrap();
    let (subsamp, whole) = planes(master, true);
    let side = serving.tile_side();
    let size = serving.dimensions();
    let mut count = 0;
    for row in 0..size.height.div_ceil(side) {
        for column in 0..size.width.div_ceil(side) {
            let slice = serving.tile(0, column, row).unwrap();
            let tile = file.read_at(slice.offset, slice.length as usize).unwrap();
            let header = turbojpeg::read_header(&tile).unwrap();
            assert_eq!(header.width as u32, side.min(size.width - column * side), "{name}");
            assert_eq!(header.height as u32, side.min(size.height - row * side), "{name}");
            let (tile_subsamp, parts) = planes(&tile, false);
            assert_eq!(tile_subsamp, subsamp, "{name}");
            for (plane, ((stride, samples), (part_stride, part))) in
                whole.iter().zip(&parts).enumerate()
            {
                let (by_x, by_y) =
                    if plane == 0 { (1, 1) } else { (subsamp.width(), subsamp.height()) };
                let left = (column * side) as usize / by_x;
                let top = (row * side) as usize / by_y;
                for (y, line) in part.chunks_exact(*part_stride).enumerate() {
                    let start = (top + y) * stride + left;
                    let expected = &samples[start..start + part_stride];
                    assert!(line == expected, "{name}: tile {column},{row} plane {plane} row {y}");
                }
            }
            count += 1;
        }
    }
    count
}

#[test]
fn tiles_of_every_master_that_is_cut_decode_to_its_samples() {
    let Some(folder) = shared() else { return };
    let (mut cut, mut tiles) = (0, 0);
    for path in files(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        if !bytes.starts_with(&[0xFF, 0xD8, 0xFF]) || bytes.len() > 6_000_000 {
            continue;
        }
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        match made(&bytes, 256) {
            Ok((ingested, file)) if ingested.way == Way::LosslessCut => {
                cut += 1;
                tiles += compared(&name, &bytes, &file);
            }
            Ok((ingested, _)) => eprintln!("{name}: {:?} {:?}", ingested.way, ingested.reason),
            Err(error) => eprintln!("{name}: refused: {error}"),
        }
    }
    eprintln!("{cut} masters cut, {tiles} tiles equal");
    assert!(cut >= 30 && tiles >= 3000, "{cut} masters, {tiles} tiles");
}
