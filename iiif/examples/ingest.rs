//! Makes the serving form of one master and prints what it took: `ingest MASTER OUT [256|512] [threads]`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example")]

use iiif::image::ingest::{Options, ingest};
use std::fs::File;
use std::time::Instant;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (master, out) = (arguments.next().unwrap(), arguments.next().unwrap());
    let tile_side = arguments.next().map_or(512, |side| side.parse().unwrap());
    let threads = arguments.next().map_or(2, |n| n.parse().unwrap());
    let options = Options { tile_side, threads, ..Options::default() };
    let start = Instant::now();
    let mut source = File::open(master).unwrap();
    let mut sink = std::io::BufWriter::with_capacity(1 << 18, File::create(&out).unwrap());
    let result = ingest(&mut source, &options, &mut sink, &|| false);
    let wall = start.elapsed();
    let peak = std::fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:").map(|n| n.trim().to_owned()))
        .unwrap_or_default();
    match result {
        Ok(ingested) => {
            let file = sink.into_inner().unwrap();
            file.set_len(ingested.length).unwrap();
            println!(
                "{:?} {:?} {}x{} {} bytes, {:.3} s, peak {peak}",
                ingested.way,
                ingested.reason,
                ingested.facts.size.width,
                ingested.facts.size.height,
                ingested.length,
                wall.as_secs_f64()
            );
        }
        Err(error) => println!("refused: {error} ({:.3} s, peak {peak})", wall.as_secs_f64()),
    }
}
