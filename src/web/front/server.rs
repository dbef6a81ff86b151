//! Accepts browsers, and speaks HTTP with each.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tower_service::Service as _;

use super::routes::{Shared, router};
use super::serving::{self, Counts};
use super::{Job, Pem};
use crate::base::apart::Starter;

/// The most browsers' connections at the same time; further ones wait.
const MOST: usize = 2048;

/// The most of them from one address, so that one machine leaves places for others. A whole class may come
/// from one address.
const MOST_OF_ADDRESS: usize = 1024;

/// How long a browser may take for its greeting, and for the head of a request; an idle connection is closed
/// then.
const HEAD: Duration = Duration::from_secs(20);

/// Serves until the back is gone.
///
/// # Errors
/// When the certificate is none, or the socket cannot be used.
pub fn run(job: &Job, listener: TcpListener, starter: Starter) -> io::Result<()> {
    let tls = job.tls.as_ref().map(acceptor).transpose()?;
    let (names, simulated, ssh) = (job.names.clone(), job.simulated, job.ssh);
    serving::run(listener, starter, |listener, back| async move {
        let router = router(Arc::new(Shared { back, names, tls: tls.is_some(), simulated, ssh }));
        let counts = Counts::default();
        let serve = |stream, from: SocketAddr| {
            let counted = counts.count(from.ip().to_string(), MOST_OF_ADDRESS);
            let (router, tls) = (router.clone(), tls.clone());
            async move {
                if counted.is_some() {
                    greet(stream, from, router, tls).await;
                }
            }
        };
        serving::accept(&listener, MOST, serve).await;
    })
}

fn acceptor(pem: &Pem) -> io::Result<TlsAcceptor> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.certificate.as_bytes()).collect();
    let key = PrivateKeyDer::from_pem_slice(pem.key.as_bytes()).map_err(io::Error::other)?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain.map_err(io::Error::other)?, key)
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn greet(stream: TcpStream, from: SocketAddr, router: Router, tls: Option<TlsAcceptor>) {
    match tls {
        None => serve(stream, from, router).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(HEAD, tls.accept(stream)).await {
                serve(stream, from, router).await;
            }
        }
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    from: SocketAddr,
    router: Router,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(from);
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(64 << 10)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // What a browser does wrong ends its connection only.
    let _ = connection.await;
}
