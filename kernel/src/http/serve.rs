//! The listening socket: connections with a deadline for each request's head, and a stop that finishes what was begun.

use crate::{App, config::Http};
use axum::{Router, extract::ConnectInfo};
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;

/// Serves until the process is told to stop, then until what was begun is done.
pub async fn serve(app: &App, listener: TcpListener, router: Router) -> std::io::Result<()> {
    let places = Arc::new(Semaphore::new(app.config.http.max_connections));
    let builder = builder(&app.config.http);
    let graceful = GracefulShutdown::new();
    loop {
        let place = Arc::clone(&places).acquire_owned();
        let accepted = tokio::select! {
            () = app.stop.cancelled() => break,
            accepted = async { (place.await, listener.accept().await) } => accepted,
        };
        let (stream, peer) = match accepted {
            (Ok(place), Ok((stream, peer))) => ((place, stream), peer),
            (_, Err(error)) => {
                // Out of file descriptors, most likely: wait for some to come back.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
            (Err(_), _) => break,
        };
        let (place, stream) = stream;
        // Small answers must not wait for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let is_used = Arc::new(AtomicBool::new(false));
        let used = Arc::clone(&is_used);
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            used.store(true, Ordering::Relaxed);
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
        let patience = app.config.http.header_timeout;
        app.tasks.spawn(async move {
            let _place = place;
            let mut connection = std::pin::pin!(connection);
            // The deadline of a head begins with its first byte, and HTTP/2 has none before its first request: without
            // this one, those who connect and say nothing would take all places.
            let ended = match tokio::time::timeout(patience, connection.as_mut()).await {
                Ok(ended) => ended,
                Err(_) if is_used.load(Ordering::Relaxed) => connection.await,
                Err(_) => return,
            };
            if let Err(error) = ended {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    let done = tokio::time::timeout(app.config.http.shutdown_grace, graceful.shutdown()).await;
    if done.is_err() {
        tracing::warn!("some connections were cut because they did not finish in time");
    }
    Ok(())
}

fn builder(config: &Http) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_buf_size(64 * 1024)
        .max_headers(100);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(100)
        .max_header_list_size(32 * 1024)
        .keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10));
    builder
}
