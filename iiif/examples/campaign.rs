//! Ingests many files: `campaign all FOLDER OUT` writes each serving form and prints a table,
//! `campaign mutants FOLDER COUNT [SEED]` ingests damaged copies and counts what becomes of them.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an example"
)]

use iiif::image::ingest::{Options, ingest};
use iiif::image::serving::Serving;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(&arguments[1]);
    match arguments[0].as_str() {
        "all" => all(folder, Path::new(&arguments[2])),
        _ => mutants(
            folder,
            arguments[2].parse().unwrap(),
            arguments.get(3).map_or(1, |seed| seed.parse().unwrap()),
        ),
    }
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

fn attempt(
    bytes: &[u8],
    options: &Options,
    limit: Duration,
) -> (String, Option<Vec<u8>>, Duration) {
    let start = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut out = Cursor::new(Vec::new());
        let result =
            ingest(&mut Cursor::new(bytes), options, &mut out, &|| start.elapsed() > limit);
        match result {
            Ok(ingested) => {
                let mut file = out.into_inner();
                file.truncate(ingested.length as usize);
                let size = ingested.facts.size;
                Serving::open(file.as_slice()).unwrap();
                let text = format!(
                    "ok\t{:?}\t{}x{}\t{}",
                    ingested.way,
                    size.width,
                    size.height,
                    ingested.reason.unwrap_or_default()
                );
                (text, Some(file))
            }
            Err(error) => (format!("refused\t{error}"), None),
        }
    }));
    let (text, file) = outcome.unwrap_or_else(|_| ("PANIC".to_owned(), None));
    (text, file, start.elapsed())
}

fn all(folder: &Path, out: &Path) {
    std::fs::create_dir_all(out).unwrap();
    for path in files(folder) {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        let options = Options { max_pixels: 200_000_000, ..Options::default() };
        let (text, file, took) = attempt(&bytes, &options, Duration::from_secs(20));
        if let Some(file) = file {
            std::fs::write(out.join(format!("{}.tif", name.replace('/', "__"))), file).unwrap();
        }
        println!("{name}\t{}\t{text}", took.as_millis());
    }
}

fn mutants(folder: &Path, count: usize, seed: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let originals: Vec<(PathBuf, Vec<u8>)> = files(folder)
        .into_iter()
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .filter(|(_, bytes)| bytes.len() < 150_000 && bytes.len() > 8)
        .collect();
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut random = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % n.max(1)
    };
    let options = Options { max_pixels: 50_000_000, max_memory: 256 << 20, ..Options::default() };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, String::new());
    for number in 0..count {
        let (path, original) = &originals[random(originals.len())];
        let mut bytes = original.clone();
        match random(4) {
            0 => bytes.truncate(random(bytes.len()).max(1)),
            1 => {
                let at = random(bytes.len());
                let end = (at + random(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            _ => {
                // Headers matter most.
                let reach = if random(2) == 0 { bytes.len().min(600) } else { bytes.len() };
                for _ in 0..=random(8) {
                    let at = random(reach);
                    bytes[at] = match random(4) {
                        0 => 0,
                        1 => 0xFF,
                        _ => random(256) as u8,
                    };
                }
            }
        }
        let (text, _, took) = attempt(&bytes, &options, Duration::from_secs(10));
        let kind = text.split('\t').next().unwrap().to_owned();
        if kind == "PANIC" || took > Duration::from_secs(5) {
            println!("{kind} {} ms: mutant {number} of {}", took.as_millis(), path.display());
            let _kept = std::fs::write(format!("/tmp/images/mutant_{number}"), &bytes);
        }
        if took > slowest.0 {
            slowest = (took, path.display().to_string());
        }
        *counts.entry(kind).or_default() += 1;
    }
    let peak = std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:").map(|n| n.trim().to_owned()));
    println!("{counts:?}, slowest {slowest:?}, peak {peak:?}");
}
