//! The listener, and how it ends: no new connections, what is under way gets its answer.

use super::App;
use super::access_log::AccessLog;
use super::front::Front;
use super::health;
use axum::body::Body;
use axum::http::Request;
use axum::serve::ListenerExt as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// Longest wait for requests that are under way when the server ends.
const GRACE: Duration = Duration::from_secs(20);

/// Serves until `shutdown` is cancelled and what was under way has ended (or has taken too long).
///
/// # Errors
/// What the system says when the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let log = match &app.settings.access_log {
        Some(path) => Some(Arc::new(AccessLog::open(path)?)),
        None => None,
    };
    let _upkeep = AbortOnDropHandle::new(tokio::spawn(health::upkeep()));
    // Small answers are sent when they are ready, not when the one before was acknowledged.
    let listener = listener.tap_io(|stream| {
        let _slower_without = stream.set_nodelay(true);
    });
    let front = Front::new(app, log);
    let service = <Front as axum::ServiceExt<Request<Body>>>::into_make_service_with_connect_info::<
        SocketAddr,
    >(front);
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    let too_long = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server => ended,
        () = too_long => {
            tracing::warn!(seconds = GRACE.as_secs(), "requests still under way were cut off");
            Ok(())
        }
    }
}
