//! Files that an evaluation reads and writes.

use anyhow::Context as _;
use flate2::read::MultiGzDecoder;
use linkage::engine::Engine;
use linkage::identity::Uid;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

/// A file to be read, which may be compressed with gzip.
pub fn open(path: &Path) -> anyhow::Result<Box<dyn BufRead>> {
    let read = || -> std::io::Result<Box<dyn BufRead>> {
        let mut reader = BufReader::new(File::open(path)?);
        Ok(if reader.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
            Box::new(BufReader::new(MultiGzDecoder::new(reader)))
        } else {
            Box::new(reader)
        })
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

/// The text of a file.
pub fn text(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    open(path)?
        .read_to_string(&mut text)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text)
}

/// Writes the clusters of two and more, each by its first member, in their order; says how many.
pub fn clusters(
    engine: &Engine,
    names: &HashMap<Uid, String>,
    path: &Path,
) -> anyhow::Result<usize> {
    let mut named: Vec<Vec<&str>> = engine
        .identities()
        .clusters()
        .filter(|(_, members)| members.len() > 1)
        .map(|(_, members)| {
            let mut ids: Vec<&str> = members.iter().map(|member| name(names, *member)).collect();
            ids.sort_unstable();
            ids
        })
        .collect();
    named.sort_unstable();
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["id", "cluster"])?;
    for members in &named {
        for id in members {
            writer.write_record([*id, members.first().copied().unwrap_or_default()])?;
        }
    }
    writer.flush()?;
    Ok(named.len())
}

/// Writes the pairs that are candidates now, with their weights in bits.
pub fn pairs(
    engine: &Engine,
    names: &HashMap<Uid, String>,
    path: &Path,
    threads: usize,
) -> anyhow::Result<()> {
    let mut writer =
        csv::Writer::from_path(path).with_context(|| format!("cannot write {}", path.display()))?;
    writer.write_record(["id1", "id2", "weight"])?;
    for (a, b, weight) in engine.candidate_pairs(threads) {
        let weight = weight.map(|weight| weight.to_string()).unwrap_or_default();
        writer.write_record([name(names, a), name(names, b), &weight])?;
    }
    writer.flush()?;
    Ok(())
}

fn name(names: &HashMap<Uid, String>, record: Uid) -> &str {
    names.get(&record).map_or("", String::as_str)
}
