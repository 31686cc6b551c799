//! The resource dump: packages of EDM documents, each with its manifest (section 11).

use super::{EDM, PACKAGE, Source, number, xml};
use crate::store::object::ObjectStatus;
use crate::web::object::edm_document;
use crate::web::{App, PublicUrl, WebError};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use protocols::resourcesync::{Capability, Document, Entry};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Objects read from the store at once.
const BATCH: usize = 250;

pub(super) async fn packages(State(app): State<App>, url: PublicUrl) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let entry = |part| Entry {
        loc: source.at(&format!("resourcedump/{part}.zip")),
        media_type: Some("application/zip"),
        at: Some(source.horizon),
        ..Entry::default()
    };
    let entries = (0..source.parts(PACKAGE)).map(entry).collect();
    let mut document = Document::new(Capability::ResourceDump, entries);
    document.at = Some(source.horizon);
    document.links.push(source.up());
    Ok(xml(&document))
}

pub(super) async fn package(
    State(app): State<App>,
    url: PublicUrl,
    Path(name): Path<String>,
) -> Result<Response, WebError> {
    let source = Source::new(app, url).await?;
    let part = number(&name, ".zip", source.parts(PACKAGE))?;
    let (after, last) = (part * PACKAGE, (part + 1) * PACKAGE);
    let listed = source.app.store.live_by_seq(after, last, source.horizon).await?;
    let mut package = Package::new();
    for batch in listed.chunks(BATCH) {
        let ids: Vec<String> = batch.iter().map(|one| one.object_id.clone()).collect();
        let mut documents = Vec::with_capacity(ids.len());
        for mut row in source.app.store.objects(&ids).await? {
            // It may have changed since the list was read; the change list tells of that.
            if row.status == ObjectStatus::Live
                && let Some(record) = row.record.take().filter(|r| r.rights.metadata_open)
            {
                let document = edm_document(&source.app, &source.url, &row, &record);
                documents.push((row.object_id, row.datestamp, document));
            }
        }
        package = tokio::task::spawn_blocking(move || package.with(documents))
            .await
            .map_err(|error| WebError::internal(&error))?
            .map_err(|error| WebError::internal(&error))?;
    }
    let manifest = |files: &[File]| {
        let entries = files
            .iter()
            .map(|file| Entry {
                media_type: Some(EDM),
                length: Some(file.length),
                sha256: Some(file.sha256.clone()),
                path: Some(format!("/{}", path(&file.object_id))),
                ..source.resource(&file.object_id, file.datestamp)
            })
            .collect();
        let mut manifest = Document::new(Capability::ResourceDumpManifest, entries);
        manifest.at = Some(source.horizon);
        manifest.links.push(source.up());
        manifest.write()
    };
    let body = package.finish(manifest).map_err(|error| WebError::internal(&error))?;
    let name = format!("attachment; filename=\"resourcedump-{part}.zip\"");
    let headers = [(CONTENT_TYPE, "application/zip".to_owned()), (CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

/// Place of an object in its package.
fn path(object_id: &str) -> String {
    format!("resources/{object_id}.xml")
}

/// A document in the package.
struct File {
    object_id: String,
    datestamp: i64,
    length: u64,
    sha256: String,
}

/// A package under construction.
struct Package {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    files: Vec<File>,
}

impl Package {
    fn new() -> Self {
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), files: Vec::new() }
    }

    fn with(mut self, documents: Vec<(String, i64, String)>) -> io::Result<Self> {
        for (object_id, datestamp, document) in documents {
            self.zip.start_file(path(&object_id), SimpleFileOptions::default())?;
            self.zip.write_all(document.as_bytes())?;
            let mut sha256 = String::with_capacity(64);
            for byte in Sha256::digest(document.as_bytes()) {
                // Writing to a String cannot fail.
                let _infallible = write!(sha256, "{byte:02x}");
            }
            let length = document.len() as u64;
            self.files.push(File { object_id, datestamp, length, sha256 });
        }
        Ok(self)
    }

    fn finish(mut self, manifest: impl Fn(&[File]) -> String) -> io::Result<Vec<u8>> {
        self.zip.start_file("manifest.xml", SimpleFileOptions::default())?;
        self.zip.write_all(manifest(&self.files).as_bytes())?;
        Ok(self.zip.finish()?.into_inner())
    }
}
