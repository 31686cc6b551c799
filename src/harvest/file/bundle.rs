//! Zips of several files: each is read in its own form, and the pictures beside them are unpacked
//! into the folder of images of the source (pop.md 2.0.2: any delivery may come as one zip).

use super::checkpoint::Input;
use super::limits::Limits;
use crate::config::source::SourceConfig;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Endings of files of records.
const DATA: [&str; 14] = [
    "csv", "tsv", "psv", "ssv", "json", "jsonl", "ndjson", "geojson", "xml", "rdf", "mrc", "marc",
    "ods", "gz",
];
/// Endings of pictures.
const PICTURES: [&str; 7] = ["jpg", "jpeg", "png", "tif", "tiff", "jp2", "webp"];
/// Entries that are looked at.
const MAX_ENTRIES: usize = 200_000;

/// What is in a zip that is of use.
#[derive(Debug, Default)]
struct Found {
    data: Vec<String>,
    texts: Vec<String>,
    pictures: Vec<String>,
}

/// The files of a source, each zip of several replaced by its entries; pictures are unpacked on the
/// way. A zip of one file, and one of which the schedule names an entry, stays as it is.
///
/// # Errors
/// In words: an archive or the folder of images that cannot be read or written.
pub fn spread(inputs: Vec<Input>, config: &SourceConfig) -> Result<Vec<Input>, String> {
    let mut all = Vec::new();
    for input in inputs {
        let found = look(&input.path, &input.name)
            .map_err(|error| format!("{}: {error}", input.path.display()))?;
        let Some(mut found) = found else {
            all.push(input);
            continue;
        };
        if !found.pictures.is_empty() {
            unpack(&input.path, &found.pictures, config)
                .map_err(|error| format!("pictures of {}: {error}", input.path.display()))?;
        }
        // A text beside tables says what they are; texts alone are the delivery.
        if found.data.is_empty() {
            found.data = found.texts;
        }
        if config.file.entry.is_some() || (found.data.len() < 2 && found.pictures.is_empty()) {
            all.push(input);
            continue;
        }
        if found.data.is_empty() {
            return Err(format!("{}: pictures, and no file of records", input.path.display()));
        }
        found.data.sort();
        let pictures: Arc<[String]> =
            found.pictures.iter().map(|name| flat(name)).collect::<Vec<_>>().into();
        all.extend(found.data.into_iter().map(|entry| Input {
            path: input.path.clone(),
            name: format!("{}/{entry}", input.name),
            entry: Some(entry),
            pictures: Arc::clone(&pictures),
        }));
    }
    Ok(all)
}

/// The entries of a zip, when it is one; a spreadsheet is a zip, and no bundle.
fn look(path: &Path, name: &str) -> io::Result<Option<Found>> {
    if super::sheet::is_sheet(name) {
        return Ok(None);
    }
    let mut file = File::open(path)?;
    let mut magic = [0_u8; 4];
    if file.read(&mut magic)? < 4 || &magic != b"PK\x03\x04" {
        return Ok(None);
    }
    let archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    if archive.len() > MAX_ENTRIES {
        return Err(io::Error::other(format!("a zip of more than {MAX_ENTRIES} entries")));
    }
    let mut found = Found::default();
    for name in archive.file_names() {
        let last = name.rsplit('/').next().unwrap_or_default();
        if last.is_empty() || last.starts_with('.') || name.starts_with("__MACOSX/") {
            continue;
        }
        let ending = last.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some(ending) if DATA.contains(&ending) => found.data.push(name.to_owned()),
            Some("txt") => found.texts.push(name.to_owned()),
            Some(ending) if PICTURES.contains(&ending) => found.pictures.push(name.to_owned()),
            _ => {}
        }
    }
    // An OpenDocument file without its ending.
    let document = archive.index_for_name("content.xml").is_some()
        && archive.index_for_name("META-INF/manifest.xml").is_some();
    Ok((!document).then_some(found))
}

/// The last part of the name of an entry, in lower case: as POP names a picture.
fn flat(entry: &str) -> String {
    entry.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase()
}

/// Writes the pictures of a zip into the folder of images, those that are there already left alone.
fn unpack(path: &Path, pictures: &[String], config: &SourceConfig) -> io::Result<()> {
    let from = config.images.as_ref().and_then(|images| Some((images.from.as_deref()?, images)));
    let Some((folder, images)) = from.filter(|(from, _)| !from.contains("://")) else {
        tracing::warn!(
            source = %config.id,
            pictures = pictures.len(),
            "the zip has pictures, and the source names no folder for them (`images`)"
        );
        return Ok(());
    };
    let folder = config.folder.join(folder).join(crate::images::masters::UNPACKED);
    std::fs::create_dir_all(&folder)?;
    let mut archive = zip::ZipArchive::new(File::open(path)?).map_err(io::Error::other)?;
    let most = images.max_mib.saturating_mul(1 << 20);
    let mut left = Limits::default().max_bytes;
    for name in pictures {
        let entry = archive.by_name(name).map_err(io::Error::other)?;
        let to = folder.join(flat(name));
        let there = std::fs::metadata(&to).is_ok_and(|there| there.len() == entry.size());
        if there && crc(&to)? == entry.crc32() {
            continue;
        }
        if entry.size() > most || entry.size() > left {
            tracing::warn!(source = %config.id, name, bytes = entry.size(), "picture too big");
            continue;
        }
        // What the archive says of its size is not believed.
        left = left.saturating_sub(write(entry.take(most.min(left)), &folder, &to)?);
    }
    Ok(())
}

/// Writes a file whole or not at all; returns its bytes. The reader checks its own CRC.
fn write(mut from: impl Read, folder: &Path, to: &PathBuf) -> io::Result<u64> {
    let mut part = tempfile::NamedTempFile::new_in(folder)?;
    let bytes = io::copy(&mut from, &mut part)?;
    part.flush()?;
    part.persist(to).map_err(|error| error.error)?;
    Ok(bytes)
}

fn crc(path: &Path) -> io::Result<u32> {
    let mut crc = flate2::CrcReader::new(io::BufReader::new(File::open(path)?));
    io::copy(&mut crc, &mut io::sink())?;
    Ok(crc.crc().sum())
}
