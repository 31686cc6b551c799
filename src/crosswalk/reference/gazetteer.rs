//! Files of communes.
//!
//! Two forms, plain or compressed with gzip or zstd, told apart by their content:
//! - JSON, the `communes.json` of the npm package `@etalab/decoupage-administratif`: an array of
//!   objects with `code`, `nom`, `type`, `chefLieu` or `commune`, `anciensCodes`, `codesPostaux`;
//!   `geonames`, `wikidata` and `centre` (a GeoJSON point, as geo.api.gouv.fr gives it) are read
//!   when they are there.
//! - CSV with a header: `insee` or `code`, `nom` or `name`, `lat` and `lon`, or `geonames` or
//!   `wikidata`, in any order.

use super::ReferenceError;
use domain::fold::fold_name;
use domain::meaning::Point;
use domain::normalise::place::{CommuneKind, CommuneRow, Gazetteer, GazetteerBuilder};
use serde::Deserialize;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than ten times the largest file known.
const MOST_BYTES: u64 = 256 << 20;

/// Reads the files, in any order: communes from one, positions or identifiers from another.
///
/// # Errors
/// [`ReferenceError`] names the file that cannot be read or has no communes in it.
pub fn load(paths: &[PathBuf]) -> Result<Gazetteer, ReferenceError> {
    let mut builder = GazetteerBuilder::new();
    for path in paths {
        let wrong = |message: String| ReferenceError::File { path: path.clone(), message };
        let bytes = read(path).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| wrong("not UTF-8".to_owned()))?;
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        let found =
            if text.starts_with('[') { json(text, &mut builder) } else { csv(text, &mut builder) };
        match found {
            Ok(0) => return Err(wrong(format!("no communes in it; expected {EXPECTED}"))),
            Ok(_) => {}
            Err(message) => return Err(wrong(format!("{message}; expected {EXPECTED}"))),
        }
    }
    Ok(builder.build())
}

const EXPECTED: &str = "communes.json of @etalab/decoupage-administratif, or a CSV with the columns \
                        insee, nom, lat, lon";

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = std::fs::read(path)?;
    let mut out = Vec::new();
    match file.as_slice() {
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            let mut decoder = zstd::stream::read::Decoder::new(file.as_slice())?;
            decoder.window_log_max(27)?;
            decoder.take(MOST_BYTES).read_to_end(&mut out)?;
        }
        [0x1F, 0x8B, ..] => {
            flate2::read::MultiGzDecoder::new(file.as_slice())
                .take(MOST_BYTES)
                .read_to_end(&mut out)?;
        }
        _ => return Ok(file),
    }
    Ok(out)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct JsonCommune {
    code: String,
    nom: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    chef_lieu: Option<String>,
    #[serde(default)]
    commune: Option<String>,
    #[serde(default)]
    anciens_codes: Vec<String>,
    #[serde(default)]
    codes_postaux: Vec<String>,
    #[serde(default)]
    geonames: Option<u32>,
    #[serde(default)]
    wikidata: Option<String>,
    #[serde(default)]
    centre: Option<JsonPoint>,
}

#[derive(Deserialize)]
struct JsonPoint {
    /// Longitude, latitude.
    coordinates: [f64; 2],
}

fn json(text: &str, builder: &mut GazetteerBuilder) -> Result<usize, String> {
    let communes: Vec<JsonCommune> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut count = 0;
    for commune in communes {
        // Departments and regions have shorter codes.
        if commune.code.len() != 5 {
            continue;
        }
        count += 1;
        if let Some([longitude, latitude]) = commune.centre.map(|centre| centre.coordinates)
            && let Some(point) = point(latitude, longitude)
        {
            builder.position(&commune.code, &commune.nom, point);
        }
        let kind = match commune.kind.as_deref() {
            Some("commune-deleguee" | "commune-associee") => CommuneKind::Former,
            Some("arrondissement-municipal") => CommuneKind::Arrondissement,
            _ => CommuneKind::Current,
        };
        builder.commune(CommuneRow {
            code: commune.code,
            name: commune.nom,
            kind: Some(kind),
            parent: match kind {
                CommuneKind::Current => String::new(),
                _ => commune.chef_lieu.or(commune.commune).unwrap_or_default(),
            },
            former_codes: commune.anciens_codes,
            postal_codes: commune.codes_postaux,
            geonames: commune.geonames,
            wikidata: commune.wikidata,
        });
    }
    Ok(count)
}

fn csv(text: &str, builder: &mut GazetteerBuilder) -> Result<usize, String> {
    let head = text.lines().next().unwrap_or_default();
    let delimiter = [b',', b';', b'\t', b'|']
        .into_iter()
        .max_by_key(|mark| head.bytes().filter(|byte| byte == mark).count())
        .unwrap_or(b',');
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let column =
        |names: &[&str]| header.iter().position(|name| names.contains(&fold_name(name).as_str()));
    let code = column(&["insee", "code", "codeinsee", "codecommune", "codecommuneinsee"])
        .ok_or("no column `insee`")?;
    let name = column(&["nom", "name", "nomcommune", "commune", "label"]);
    let latitude = column(&["lat", "latitude"]);
    let longitude = column(&["lon", "lng", "long", "longitude"]);
    let geonames = column(&["geonames", "geonamesid", "geonameid"]);
    let wikidata = column(&["wikidata", "wikidataid", "qid"]);
    if latitude.is_none() && geonames.is_none() && wikidata.is_none() {
        return Err("neither `lat` and `lon` nor `geonames` nor `wikidata`".to_owned());
    }
    let mut count = 0;
    for row in reader.records() {
        let row = row.map_err(|error| error.to_string())?;
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).map_or("", str::trim);
        let code = cell(Some(code));
        if code.len() != 5 {
            continue;
        }
        count += 1;
        if let (Ok(north), Ok(east)) = (cell(latitude).parse(), cell(longitude).parse())
            && let Some(point) = point(north, east)
        {
            builder.position(code, cell(name), point);
        }
        let item = cell(wikidata).rsplit('/').next().unwrap_or_default();
        builder.identifiers(
            code,
            cell(geonames).parse().ok(),
            Some(item).filter(|item| item.starts_with('Q')),
        );
    }
    Ok(count)
}

fn point(latitude: f64, longitude: f64) -> Option<Point> {
    let on_globe = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    on_globe.then(|| Point {
        latitude: (latitude * 1e6).round() as i32,
        longitude: (longitude * 1e6).round() as i32,
    })
}

#[cfg(test)]
mod tests;
