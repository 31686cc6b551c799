//! The listener, and how it ends: no new connections, what is under way gets its answer.

use super::App;
use super::router::router;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

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
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
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
