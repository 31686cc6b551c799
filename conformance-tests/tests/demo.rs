//! The demo as a stranger meets it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::assigning_clones,
    clippy::single_match_else,
    clippy::case_sensitive_file_extension_comparisons,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on stops with the reason; helpers outside #[test] are tests too"
)]

use anyhow::{Result, ensure};
use conformance_tests::Instance;
use reqwest::{Client, StatusCode};

#[expect(clippy::disallowed_methods, reason = "a test's own client, to 127.0.0.1 only")]
fn client() -> Result<Client> {
    // Another test of this binary may have installed it: both mean the same provider.
    let _installed_already = rustls::crypto::ring::default_provider().install_default();
    Ok(Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?)
}

#[expect(clippy::disallowed_methods, reason = "answers of the instance under test")]
async fn get(client: &Client, url: &str) -> Result<(StatusCode, String)> {
    let response = client.get(url).send().await?;
    Ok((response.status(), response.text().await?))
}

/// Exit status and text of `passerelle check oai --strict`.
fn report_card(url: &str, prefix: &str) -> Result<(Option<i32>, String)> {
    let folder = tempfile::tempdir()?;
    let mut command = conformance_tests::command(folder.path(), None);
    command.args(["check", "oai", &format!("{url}/oai"), "--prefix", prefix, "--strict"]);
    let output = command.output()?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8_lossy(&text).into_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_comes_up_serves_its_surfaces_keeps_its_secrets_and_ends_cleanly() -> Result<()> {
    let instance = Instance::demo()?;
    let client = client()?;
    let url = instance.url.clone();

    for path in [
        "/",
        "/search",
        "/healthz",
        "/readyz",
        "/metrics",
        "/oai?verb=Identify",
        "/iiif/presentation/3/collection",
        "/api/v1/openapi.json",
    ] {
        let (status, body) = get(&client, &format!("{url}{path}")).await?;
        ensure!(status == StatusCode::OK, "{path}: {status} {body:.300}");
    }

    // Everything that OAI-PMH lists, page by page.
    let mut everything = String::new();
    let mut identifiers = 0;
    let mut query = "verb=ListRecords&metadataPrefix=oai_dc".to_owned();
    loop {
        let (status, body) = get(&client, &format!("{url}/oai?{query}")).await?;
        ensure!(status == StatusCode::OK, "{query}: {status}");
        identifiers += body.matches("<identifier>").count();
        let token = body
            .split_once("<resumptionToken")
            .and_then(|(_, rest)| rest.split_once('>'))
            .filter(|(tag, _)| !tag.ends_with('/'))
            .and_then(|(_, rest)| rest.split_once("</resumptionToken>"))
            .map(|(token, _)| token.trim().to_owned())
            .filter(|token| !token.is_empty());
        everything.push_str(&body);
        match token {
            Some(token) => query = format!("verb=ListRecords&resumptionToken={token}"),
            None => break,
        }
    }
    ensure!(identifiers >= 300, "only {identifiers} records");
    for secret in [
        "Lieu-Confidentiel",
        "Réserve secrète",
        "coffre n° 7",
        "RCL confidentiel",
        "cartel à revoir",
    ] {
        ensure!(!everything.contains(secret), "a masked field is out: {secret}");
        let needle = secret.as_bytes();
        for name in ["passerelle.db", "passerelle.db-wal"] {
            let Ok(bytes) = std::fs::read(instance.data.join(name)) else { continue };
            ensure!(
                !bytes.windows(needle.len()).any(|window| window == needle),
                "{secret} is in {name}"
            );
        }
    }
    ensure!(everything.contains("Pont du Gard"), "the monuments are missing");

    // The report card that partners are judged by, warnings included.
    for prefix in ["oai_dc", "edm"] {
        let (status, card) = report_card(&url, prefix)?;
        ensure!(status == Some(0), "check oai --prefix {prefix}: {status:?}\n{card}");
    }

    ensure!(instance.stop()?, "SIGTERM did not end it cleanly");
    Ok(())
}
