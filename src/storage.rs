//! S3: the one home of `object_store`.
//!
//! Keys come from the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`; without them requests are not signed.

use crate::config::environment::variable;
use crate::fetch::address;
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{
    ObjectStore as _, ObjectStoreExt as _, PutPayload, RetryConfig, WriteMultipart,
};
use std::ops::Range;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

/// Bytes of a part of a large object.
const PART: usize = 8 << 20;

/// What goes wrong with a bucket, in words that say where.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The address cannot be understood, or is not allowed.
    #[error("{0}")]
    Address(String),
    /// The server refused or could not be reached.
    #[error("{place}: {source}")]
    Server {
        /// Bucket and key.
        place: String,
        /// What it says.
        source: object_store::Error,
    },
    /// The disk of this machine refused.
    #[error("{place}: {source}")]
    Disk {
        /// Which file.
        place: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// An object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// Its bytes.
    pub bytes: u64,
    /// Second since the epoch in which it was put.
    pub modified: i64,
    /// Its ETag, or time and size.
    pub version: String,
}

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    s3: AmazonS3,
    name: String,
}

impl Bucket {
    /// Opens a bucket. `endpoint` and `region` go before the environment.
    ///
    /// # Errors
    /// [`StorageError::Address`], also when the server has a private address that is not allowed.
    pub async fn open(
        name: &str,
        endpoint: Option<&str>,
        region: Option<&str>,
        allow_private: bool,
    ) -> Result<Self, StorageError> {
        let given =
            |value: Option<&str>, name: &str| value.map(str::to_owned).or_else(|| variable(name));
        let region = given(region, "AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned());
        let mut builder = AmazonS3Builder::new().with_bucket_name(name).with_region(region);
        if let Some(endpoint) = given(endpoint, "AWS_ENDPOINT_URL") {
            let wrong = |why: &str| StorageError::Address(format!("endpoint `{endpoint}`: {why}"));
            let url = Url::parse(&endpoint).map_err(|_| wrong("expected http(s)://HOST"))?;
            let host = url.host_str().ok_or_else(|| wrong("expected http(s)://HOST"))?;
            let port = url.port_or_known_default().unwrap_or(443);
            if !allow_private {
                match address::private_address_of(host, port).await {
                    Ok(None) => {}
                    Ok(Some(ip)) => {
                        return Err(wrong(&format!(
                            "{ip} is a private address; set allow_private_addresses = true when \
                             it is inside your own network"
                        )));
                    }
                    Err(error) => return Err(wrong(&error.to_string())),
                }
            }
            builder = builder.with_endpoint(&endpoint).with_allow_http(url.scheme() == "http");
        }
        builder = match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
            (Some(key), Some(secret)) => {
                builder.with_access_key_id(key).with_secret_access_key(secret)
            }
            _ => builder.with_skip_signature(true),
        };
        if let Some(token) = variable("AWS_SESSION_TOKEN") {
            builder = builder.with_token(token);
        }
        // Deleting many at once is not known to every server that speaks S3.
        let s3 = builder
            .with_disable_bulk_delete(true)
            // Who waits has a patience of his own; minutes of trying again are longer than any.
            .with_retry(RetryConfig {
                max_retries: 3,
                retry_timeout: Duration::from_secs(20),
                ..RetryConfig::default()
            })
            .build()
            .map_err(|source| StorageError::Server { place: format!("s3://{name}"), source })?;
        Ok(Self { s3, name: name.to_owned() })
    }

    fn server(&self, key: &str) -> impl Fn(object_store::Error) -> StorageError {
        let place = format!("s3://{}/{key}", self.name);
        move |source| StorageError::Server { place: place.clone(), source }
    }

    /// The objects directly below a prefix (a folder), in no particular order.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, StorageError> {
        let prefix = Key::from(prefix.trim_matches('/'));
        let listed = self
            .s3
            .list_with_delimiter(Some(&prefix))
            .await
            .map_err(self.server(prefix.as_ref()))?;
        Ok(listed
            .objects
            .into_iter()
            .map(|object| Object {
                key: object.location.to_string(),
                bytes: object.size,
                modified: object.last_modified.timestamp(),
                version: object
                    .e_tag
                    .unwrap_or_else(|| format!("{} {}", object.last_modified, object.size)),
            })
            .collect())
    }

    /// Downloads an object into a file, as a stream; at most `most` bytes.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn download(&self, key: &str, to: &Path, most: u64) -> Result<(), StorageError> {
        let disk = |source| StorageError::Disk { place: to.display().to_string(), source };
        let got = self.s3.get(&Key::from(key)).await.map_err(self.server(key))?;
        if got.meta.size > most {
            let text = format!("s3://{}/{key}: larger than {most} bytes", self.name);
            return Err(StorageError::Address(text));
        }
        let mut file = tokio::fs::File::create(to).await.map_err(disk)?;
        let mut stream = got.into_stream();
        while let Some(chunk) = stream.try_next().await.map_err(self.server(key))? {
            file.write_all(&chunk).await.map_err(disk)?;
        }
        file.flush().await.map_err(disk)
    }

    /// Puts a small object.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), StorageError> {
        let put = self.s3.put(&Key::from(key), PutPayload::from(body)).await;
        put.map_err(self.server(key)).map(|_| ())
    }

    /// Bytes of an object; `None` when it is not there.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn length(&self, key: &str) -> Result<Option<u64>, StorageError> {
        match self.s3.head(&Key::from(key)).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.server(key)(error)),
        }
    }

    /// A range of the bytes of an object.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn range(&self, key: &str, bytes: Range<u64>) -> Result<Bytes, StorageError> {
        self.s3.get_range(&Key::from(key), bytes).await.map_err(self.server(key))
    }

    /// Puts a file, in parts: it is there whole or not at all.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn put_file(&self, key: &str, from: &Path) -> Result<(), StorageError> {
        let disk = |source| StorageError::Disk { place: from.display().to_string(), source };
        let mut file = tokio::fs::File::open(from).await.map_err(disk)?;
        let length = file.metadata().await.map_err(disk)?.len();
        if length <= PART as u64 {
            let mut whole = Vec::new();
            file.read_to_end(&mut whole).await.map_err(disk)?;
            return self.put(key, whole).await;
        }
        let upload = self.s3.put_multipart(&Key::from(key)).await.map_err(self.server(key))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer).await.map_err(disk)?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
            // Two parts under way, so that memory does not grow with the file.
            upload.wait_for_capacity(2).await.map_err(self.server(key))?;
            upload.write(part);
        }
        upload.finish().await.map_err(self.server(key)).map(|_| ())
    }

    /// Moves an object.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), StorageError> {
        self.s3.copy(&Key::from(from), &Key::from(to)).await.map_err(self.server(to))?;
        self.delete(from).await
    }

    /// Deletes an object; one that is not there is no error.
    ///
    /// # Errors
    /// [`StorageError::Server`].
    pub async fn delete(&self, key: &str) -> Result<(), StorageError> {
        match self.s3.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.server(key)(error)),
        }
    }
}
