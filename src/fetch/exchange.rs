//! One request as it is: no retry, every status an answer, the body as it came over the wire.
//!
//! For `passerelle check oai`, which judges what servers do; harvests use [`Fetcher::get`].

use super::client::{Failure, FetchOptions, Fetcher, Parts, classify};
use super::error::FetchError;
use super::policy::check_url;
use bytes::{Bytes, BytesMut};
use reqwest::header;
use std::time::{Duration, Instant};

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exchange<'a> {
    /// A form (`application/x-www-form-urlencoded`) to be posted; without, it is a GET.
    pub form: Option<&'a str>,
    /// `Accept-Encoding`; without, none is sent.
    pub accept_encoding: Option<&'a str>,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchanged {
    /// Any status.
    pub status: u16,
    /// Names in lower case, and values that are text.
    pub headers: Vec<(String, String)>,
    /// The body, compressed if the server chose to.
    pub body: Bytes,
    /// From the request to the last byte.
    pub elapsed: Duration,
}

impl Fetcher {
    /// Sends one request, once. `options.attempts` plays no part.
    ///
    /// # Errors
    /// [`FetchError`] when no complete answer came.
    pub async fn exchange(
        &self,
        url: &str,
        exchange: Exchange<'_>,
        options: &FetchOptions,
    ) -> Result<Exchanged, FetchError> {
        self.exchange_once(url, exchange, options).await.map_err(|failure| match failure {
            Failure::Final(error) | Failure::Passing { error, .. } => error,
        })
    }

    async fn exchange_once(
        &self,
        url: &str,
        exchange: Exchange<'_>,
        options: &FetchOptions,
    ) -> Result<Exchanged, Failure> {
        let parsed = check_url(url, options.allow_private).map_err(Failure::Final)?;
        let client = self.wire(options.allow_private).map_err(Failure::Final)?;
        let mut request = match exchange.form {
            Some(form) => client
                .post(parsed)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(form.to_owned()),
            None => client.get(parsed),
        };
        if let Some(encodings) = exchange.accept_encoding {
            request = request.header(header::ACCEPT_ENCODING, encodings);
        }
        let begun = Instant::now();
        let response = match tokio::time::timeout(options.timeout, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(classify(url, &error)),
            Err(_) => {
                let detail = format!("no answer in {} seconds", options.timeout.as_secs_f32());
                return Err(Failure::passing(url, detail));
            }
        };
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        let mut parts = Parts::new(url, response, options)?;
        let mut body = BytesMut::new();
        while let Some(part) = parts.next().await? {
            body.extend_from_slice(&part);
        }
        Ok(Exchanged { status, headers, body: body.freeze(), elapsed: begun.elapsed() })
    }
}
