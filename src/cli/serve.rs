//! `serve` and `work`.

use super::gateway::Gateway;
use super::output;
use crate::jobs::{Scheduler, Worker, system_clock};
use crate::store::job::JobKinds;
use crate::web;
use anyhow::Context as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a serving node asks the publication log for news.
const FOLLOW_EVERY: Duration = Duration::from_secs(2);

/// A token that Ctrl-C or SIGTERM cancels. A second signal ends the process at once.
pub fn cancel_on_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: finishing what is under way");
        cancelled.cancel();
        wait_for_signal().await;
        #[expect(clippy::exit, reason = "the operator asked twice; every write is a transaction")]
        std::process::exit(130);
    });
    token
}

async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without a handler for SIGTERM, Ctrl-C still works.
        let _unavailable = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Serves until a signal comes; works the queue too when `work` says so.
///
/// # Errors
/// When the address is taken or a part cannot start.
pub async fn serve(gateway: Gateway, work: bool) -> anyhow::Result<()> {
    let cancel = cancel_on_signal();
    let listener = listen(&gateway.settings.listen).await?;
    serve_on(gateway, listener, work, cancel).await
}

/// Binds an address, with an error that says what to do.
///
/// # Errors
/// When it is taken or not ours.
pub async fn listen(address: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another program using it? (--listen)")
    })
}

/// Serves on a listener until the token is cancelled.
///
/// # Errors
/// When a part cannot start.
pub async fn serve_on(
    gateway: Gateway,
    listener: TcpListener,
    work: bool,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let tasks = TaskTracker::new();
    if work {
        spawn_work(&gateway, &tasks, &cancel)?;
    }
    spawn_follower(&gateway, &tasks, &cancel);
    let address = listener.local_addr()?;
    output::line(format_args!("Serving at http://{address}"));
    web::server::serve(gateway.app().await?, listener, cancel.clone()).await?;
    cancel.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// Works the queue until a signal comes.
///
/// # Errors
/// When a part cannot start.
pub async fn work(gateway: Gateway) -> anyhow::Result<()> {
    let cancel = cancel_on_signal();
    let tasks = TaskTracker::new();
    spawn_work(&gateway, &tasks, &cancel)?;
    output::line("Working. Ctrl-C ends.");
    cancel.cancelled().await;
    tasks.close();
    tasks.wait().await;
    Ok(())
}

fn spawn_work(
    gateway: &Gateway,
    tasks: &TaskTracker,
    cancel: &CancellationToken,
) -> anyhow::Result<()> {
    let scheduler = Scheduler::new(gateway.store.clone(), &gateway.sources)
        .map_err(|(source, error)| anyhow::anyhow!("schedule of {source}: {error}"))?;
    tasks.spawn(scheduler.run(system_clock(), cancel.clone()));
    let jobs = &gateway.settings.jobs;
    let handler = Arc::new(gateway.clone());
    let worker = || Worker::new(gateway.store.clone(), Arc::clone(&handler));
    tasks.spawn(worker().with_kinds(JobKinds::Others).run(cancel.clone()));
    let slice = Duration::from_secs(jobs.slice_minutes.max(1) * 60);
    for _ in 0..jobs.harvests.max(1) {
        let worker = worker().with_kinds(JobKinds::Harvests).with_slice(slice);
        tasks.spawn(worker.run(cancel.clone()));
    }
    Ok(())
}

/// Keeps the index of this node up to date with the publication log, whoever publishes.
fn spawn_follower(gateway: &Gateway, tasks: &TaskTracker, cancel: &CancellationToken) {
    let (search, store, cancel) = (gateway.search.clone(), gateway.store.clone(), cancel.clone());
    tasks.spawn(async move {
        let mut ticks = tokio::time::interval(FOLLOW_EVERY);
        loop {
            tokio::select! {
                () = cancel.cancelled() => break,
                _ = ticks.tick() => {}
            }
            if let Err(error) = search.follow(&store).await {
                tracing::error!(%error, "the index cannot follow the publication log");
            }
        }
    });
}
