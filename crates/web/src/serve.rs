//! Running a service.

use crate::Caller;
use axum::Router;
use std::{future::Future, io, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, sync::oneshot, time};

/// How long requests under way may take to end after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);

/// Why a service does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address can be reached from other machines, and there is no TLS here.
    #[error("{address} is not a loopback address: without TLS, only this machine is served")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The socket failed.
    #[error("the listening socket failed")]
    Io(#[from] io::Error),
}

/// Serves `router` on `listener` until `shutdown` resolves; requests under way then have ten seconds to end. Each request bears whose
/// its connection is, as `ConnectInfo<Caller>`.
///
/// # Errors
/// [`ServeError::NotLoopback`] before anything is accepted; [`ServeError::Io`].
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    let (stopping, stopped) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        // The receiver is gone only when serving has ended already.
        let _ = stopping.send(());
    };
    let grace = async {
        match stopped.await {
            Ok(()) => time::sleep(GRACE).await,
            Err(_) => std::future::pending().await,
        }
    };
    let callers = router.into_make_service_with_connect_info::<Caller>();
    let service = axum::serve(listener, callers).with_graceful_shutdown(signal);
    tokio::select! {
        ended = service.into_future() => Ok(ended?),
        () = grace => Ok(()),
    }
}
