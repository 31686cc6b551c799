//! Clusters a set of records: evaluate RECORDS.jsonl.gz OUT.csv [threads] [--pairs PAIRS.csv] [--weights]
#![allow(clippy::unwrap_used, clippy::print_stderr, clippy::expect_used, clippy::indexing_slicing, reason = "an example")]
use std::io::{BufRead, Write};
use std::time::Instant;
fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let start = Instant::now();
    let file = std::fs::File::open(&arguments[1]).unwrap();
    let lines = std::io::BufReader::new(flate2::read::GzDecoder::new(file)).lines();
    let mut engine = linkage::engine::Engine::new(linkage::settings::Settings::read(linkage::settings::DEFAULT).unwrap());
    let mut ids = Vec::new();
    for line in lines {
        let input: linkage::input::Input = serde_json::from_str(&line.unwrap()).unwrap();
        engine.insert(&input);
        ids.push(input.id);
    }
    let read = start.elapsed().as_secs_f64();
    let threads = arguments.get(3).and_then(|text| text.parse().ok()).unwrap_or(2);
    let (clusters, report) = engine.run(threads);
    let all = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    eprintln!("{} records, {report:?}, {:.1} pairs a record, read {read:.2} s, all {all:.2} s, {:.0} records/s, {peak}", ids.len(), report.pairs as f64 / ids.len() as f64, ids.len() as f64 / all);
    let mut names: Vec<Vec<&str>> = clusters.iter().map(|members| { let mut names: Vec<&str> = members.iter().map(|slot| ids[*slot as usize].as_str()).collect(); names.sort_unstable(); names }).collect();
    names.sort_unstable();
    let mut out = std::io::BufWriter::new(std::fs::File::create(&arguments[2]).unwrap());
    writeln!(out, "id,cluster").unwrap();
    for members in &names {
        for id in members { writeln!(out, "{id},{}", members[0]).unwrap(); }
    }
    if let Some(at) = arguments.iter().position(|text| text == "--pairs") {
        let mut out = std::io::BufWriter::new(std::fs::File::create(&arguments[at + 1]).unwrap());
        writeln!(out, "id1,id2,weight,vector,veto").unwrap();
        for (a, b) in engine.pairs(threads) {
            let (comparison, weight) = engine.explain(a, b).unwrap();
            let names: Vec<String> = comparison.vector.iter().zip(linkage::level::Group::ALL).map(|(level, group)| group.levels()[usize::from(*level)].to_string()).collect();
            writeln!(out, "{},{},{},{},{:?}", ids[a as usize], ids[b as usize], f64::from(weight) / 100.0, names.join(" "), comparison.veto).unwrap();
        }
    }
}
