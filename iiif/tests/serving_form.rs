//! The serving form: what is written is read, tiles and sizes are exact, damage is found.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "tests"
)]

use iiif::image::format::Format;
use iiif::image::ingest::{IngestError, Ingested, Options, Way, ingest, look};
use iiif::image::raster::{Channels, Raster};
use iiif::image::serving::{ReadAt, Serving, ServingError};
use iiif::image::{Dimensions, ImageInfo, Limits, Plan, Resource, Version, encode};
use std::io::Cursor;

/// Hills of colour: smooth, so that JPEG keeps them, and different everywhere.
fn hills(width: u32, height: u32) -> Raster {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let wave = |n: f64, by: f64| (127.5 + 120.0 * (n / by).sin()) as u8;
            let (x, y) = (f64::from(x), f64::from(y));
            pixels.extend([wave(x + y, 90.0), wave(x - 2.0 * y, 140.0), wave(y, 60.0)]);
        }
    }
    Raster::new(Dimensions { width, height }, Channels::Rgb, pixels).unwrap()
}

fn made(master: &[u8], options: &Options) -> Result<(Ingested, Vec<u8>), IngestError> {
    let mut out = Cursor::new(Vec::new());
    let ingested = ingest(&mut Cursor::new(master), options, &mut out, &|| false)?;
    let mut bytes = out.into_inner();
    bytes.truncate(ingested.length as usize);
    Ok((ingested, bytes))
}

fn small_tiles() -> Options {
    Options { tile_side: 256, ..Options::default() }
}

fn plan(serving: &Serving, parameters: &str) -> Plan {
    let Dimensions { width, height } = serving.dimensions();
    let limits = Limits { max_area: Some(40_000_000), ..Limits::default() };
    let info = ImageInfo { width, height, limits, rights: None, tile: 512 };
    match Resource::parse(&format!("x/{parameters}"), Version::V3).unwrap() {
        Resource::Image(request) => Plan::new(&request, &info).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn mean_difference(a: &Raster, b: &Raster) -> f64 {
    assert_eq!((a.size(), a.channels()), (b.size(), b.channels()));
    let sum: u64 = a.pixels().iter().zip(b.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.pixels().len() as f64
}

fn decoded(bytes: &[u8]) -> Raster {
    iiif::image::decode::decode(bytes, 100_000_000, 0).unwrap().0
}

#[test]
fn every_tile_has_its_exact_size_and_shows_its_part() {
    for (format, way) in [(Format::Png, Way::Streamed), (Format::Jpg, Way::LosslessCut)] {
        let picture = hills(1101, 701);
        let master = encode::encode(&picture, format).unwrap();
        for threads in [1, 2] {
            let options = Options { threads, ..small_tiles() };
            let (ingested, file) = made(&master, &options).unwrap();
            assert_eq!(ingested.way, way);
            let serving = Serving::open(file.as_slice()).unwrap();
            assert_eq!(serving.facts(), &ingested.facts);
            let mut level = decoded(&master);
            for (number, size) in serving.levels().enumerate() {
                assert_eq!(level.size(), size);
                for row in 0..size.height.div_ceil(256) {
                    for column in 0..size.width.div_ceil(256) {
                        let slice = serving.tile(number as u32, column, row).unwrap();
                        let bytes =
                            file.as_slice().read_at(slice.offset, slice.length as usize).unwrap();
                        let whole = Dimensions { width: 256, height: 256 };
                        let part = level.crop(column * 256, row * 256, whole).unwrap();
                        let difference = mean_difference(&decoded(&bytes), &part);
                        assert!(difference < 2.0, "{format} {number} {column},{row}: {difference}");
                    }
                }
                level = level.halved();
            }
            assert_eq!(serving.levels().count(), 4);
            assert!(serving.tile(0, 5, 0).is_none() && serving.tile(4, 0, 0).is_none());
        }
    }
}

#[test]
fn plans_on_the_grid_and_common_sizes_are_slices_and_others_are_rendered() {
    let master = encode::encode(&hills(1500, 1100), Format::Jpg).unwrap();
    let (_, file) = made(&master, &small_tiles()).unwrap();
    let serving = Serving::open(file.as_slice()).unwrap();
    for ready in [
        "0,0,256,256/max/0/default.jpg",
        "1280,1024,220,76/220,76/0/default.jpg",
        "1024,1024,476,76/238,38/0/color.jpg",
        "full/188,138/0/default.jpg",
        "full/!200,200/0/default.jpg",
        "full/!400,400/0/default.jpg",
        "full/!800,800/0/default.jpg",
        "full/!1024,1024/0/default.jpg",
    ] {
        let plan = plan(&serving, ready);
        let slice = serving.stream_for(&plan).unwrap_or_else(|| panic!("{ready}"));
        let bytes = file.as_slice().read_at(slice.offset, slice.length as usize).unwrap();
        let stored = decoded(&bytes);
        assert_eq!(stored.size(), plan.size, "{ready}");
        let rendered = serving.render(file.as_slice(), &plan, &|| false).unwrap();
        let difference = mean_difference(&stored, &rendered);
        assert!(difference < 2.5, "{ready}: {difference}");
    }
    for other in [
        "0,0,256,256/max/90/default.jpg",
        "0,0,256,256/max/!0/default.jpg",
        "0,0,256,256/max/0/gray.jpg",
        "0,0,256,256/max/0/default.png",
        "1,0,256,256/max/0/default.jpg",
        "0,0,256,256/255,256/0/default.jpg",
        "full/max/0/default.jpg",
    ] {
        assert_eq!(serving.stream_for(&plan(&serving, other)), None, "{other}");
    }
}

#[test]
fn strips_are_the_rendering_row_by_row() {
    let master = encode::encode(&hills(1500, 1100), Format::Png).unwrap();
    let (_, file) = made(&master, &small_tiles()).unwrap();
    let serving = Serving::open(file.as_slice()).unwrap();
    for parameters in [
        "full/max/0/default.png",
        "100,50,1300,1000/1111,999/0/default.png",
        "100,50,1300,1000/1111,999/!180/gray.png",
        "full/1400,/180/default.png",
        "3,5,1290,1000/645,500/!0/default.jpg",
        "full/^4000,/0/default.png",
    ] {
        let plan = plan(&serving, parameters);
        let whole = serving.render(file.as_slice(), &plan, &|| false).unwrap();
        let mut strips = serving.strips(file.as_slice(), &plan).unwrap();
        let mut pixels = Vec::new();
        while let Some(band) = strips.next_band(&|| false) {
            pixels.extend_from_slice(band.unwrap().pixels());
        }
        let sewn = Raster::new(whole.size(), whole.channels(), pixels).unwrap();
        let difference = mean_difference(&whole, &sewn);
        assert!(difference < 0.05, "{parameters}: {difference}");
        let cost = serving.cost(&plan);
        assert!(cost.tiles > 0 && cost.strip_memory <= cost.memory, "{parameters}: {cost:?}");
    }
    let turned = plan(&serving, "full/max/90/default.png");
    assert!(serving.strips(file.as_slice(), &turned).is_none());
}

#[test]
fn damage_of_the_file_is_found() {
    let master = encode::encode(&hills(600, 500), Format::Jpg).unwrap();
    let (_, file) = made(&master, &small_tiles()).unwrap();
    let serving = Serving::open(file.as_slice()).unwrap();
    for cut in [0, 10, 63, 64, file.len() / 2, file.len() - 1] {
        assert!(Serving::open(&file[..cut]).is_err(), "{cut}");
    }
    for at in (16..48).chain(file.len() - 200..file.len()) {
        let mut bad = file.clone();
        bad[at] ^= 0x40;
        assert!(Serving::open(bad.as_slice()).is_err(), "{at}");
    }
    let slice = serving.tile(0, 0, 0).unwrap();
    let mut bad = file.clone();
    // The marker that begins a stream; a pixel that is another one, no reader of JPEG can see.
    bad[slice.offset as usize] ^= 1;
    let plan = plan(&serving, "full/max/0/default.png");
    let outcome = serving.render(bad.as_slice(), &plan, &|| false);
    assert!(matches!(outcome, Err(ServingError::Damaged(_))), "{outcome:?}");
    let stopped = serving.render(file.as_slice(), &plan, &|| true);
    assert!(matches!(stopped, Err(ServingError::Cancelled)));
}

#[test]
fn limits_are_obeyed_and_work_can_be_stopped() {
    let master = encode::encode(&hills(900, 800), Format::Png).unwrap();
    let few = Options { max_pixels: 100_000, ..Options::default() };
    assert!(matches!(made(&master, &few), Err(IngestError::Image(_))));
    let little = Options { max_memory: 1 << 20, ..Options::default() };
    assert!(matches!(made(&master, &little), Err(IngestError::Memory { .. })));
    let mut out = Cursor::new(Vec::new());
    let stopped = ingest(&mut Cursor::new(&master), &Options::default(), &mut out, &|| true);
    assert!(matches!(stopped, Err(IngestError::Cancelled)));
    let page = Options { page: 3, ..Options::default() };
    let tiff = encode::encode(&hills(64, 64), Format::Tif).unwrap();
    assert!(matches!(made(&tiff, &page), Err(IngestError::NoSuchPage { pages: 1, .. })));
    let size = Dimensions { width: 64, height: 64 };
    assert_eq!(look(&mut Cursor::new(&tiff)).unwrap().pages, [size]);
}
