//! `demo`: from nothing to a browsable site, offline.

use super::gateway::Gateway;
use super::{output, serve};
use crate::config::settings::Settings;
use crate::demo::{images, partner::Partner, samples};
use crate::web::demo_partner;
use anyhow::Context as _;
use std::path::PathBuf;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Arguments of `demo`.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArguments {
    /// Address to serve at.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: String,
    /// Address at which the demo plays the OAI-PMH partner that it harvests.
    #[arg(long, default_value = "127.0.0.1:8081", value_name = "ADDRESS")]
    pub partner_listen: String,
    /// Draw the pictures so many times smaller on each side; for tests in a debug build.
    #[arg(long, default_value_t = 1, hide = true, value_name = "N")]
    pub picture_divisor: u32,
    /// Load and publish, then end instead of serving.
    #[arg(long)]
    pub load_only: bool,
}

/// Loads the samples and serves until Ctrl-C.
///
/// # Errors
/// When an address is taken or a stage fails.
pub async fn run(mut settings: Settings, arguments: DemoArguments) -> anyhow::Result<()> {
    let started = Instant::now();
    let cancel = serve::cancel_on_signal();
    if settings.data == Settings::default().data {
        settings.data = PathBuf::from("data/demo");
    }
    // The two ports first: a port that is taken is said before a minute of work.
    let listener = serve::listen(&arguments.listen).await?;
    let partner_listener = serve::listen(&arguments.partner_listen).await?;
    let partner_url = format!("http://{}/oai", partner_listener.local_addr()?);
    settings.listen = listener.local_addr()?.to_string();

    let folder = settings.data.join("samples");
    settings.schedules = samples::unpack(&folder, &partner_url)
        .with_context(|| format!("writing the samples to {}", folder.display()))?;
    let pictures: Vec<_> =
        images::list()?.iter().map(|picture| picture.reduced(arguments.picture_divisor)).collect();
    output::line(format_args!("Drawing {} pictures (those that are there stay)…", pictures.len()));
    let picture_folder = folder.join("images");
    let drawn =
        tokio::task::spawn_blocking(move || images::generate(&picture_folder, &pictures)).await??;
    output::line(format_args!("{drawn} drawn, {:.1} s", started.elapsed().as_secs_f64()));

    let partner_cancel = CancellationToken::new();
    let partner = tokio::spawn(demo_partner::serve(
        Partner::fixtures()?,
        partner_listener,
        partner_cancel.clone().cancelled_owned(),
    ));
    let gateway = Gateway::open(settings).await?;
    for source in gateway.sources.iter() {
        if cancel.is_cancelled() {
            return Ok(());
        }
        let run = gateway.harvest(source, None, &cancel).await?;
        output::line(format_args!(
            "{}: {}, {} rows: {} created, {} updated, {} unchanged, {} deleted, {} quarantined",
            run.source_id,
            run.status,
            run.counts.rows,
            run.counts.created,
            run.counts.updated,
            run.counts.unchanged,
            run.counts.deleted,
            run.counts.quarantined
        ));
    }
    gateway.settle(&cancel).await?;
    gateway.wait_until_listed(&cancel).await?;
    let address = listener.local_addr()?;
    output::line(format_args!(
        "Ready: http://{address}/ after {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    for (what, path) in [
        ("search", "search"),
        ("OAI-PMH", "oai?verb=Identify"),
        ("IIIF collection", "iiif/presentation/3/collection"),
        ("API", "api/v1/openapi.json"),
    ] {
        output::line(format_args!("  {what}: http://{address}/{path}"));
    }
    output::line(format_args!("  the partner: {partner_url}?verb=Identify"));
    if !arguments.load_only {
        output::line("Ctrl-C ends.");
        serve::serve_on(gateway, listener, true, cancel).await?;
    }
    partner_cancel.cancel();
    partner.await??;
    Ok(())
}
