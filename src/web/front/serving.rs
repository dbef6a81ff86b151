//! What the servers without rights have in common: they accept clients until the back is gone.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore};

use super::back_end::BackEnd;
use crate::base::apart::Starter;

/// The delay after a connection could not be accepted, because there are too many files, say.
const AGAIN: Duration = Duration::from_millis(50);

/// Runs a server on this thread until the back is gone.
///
/// # Errors
/// When the socket cannot be used.
pub fn run<F: Future<Output = ()>>(
    listener: TcpListener,
    starter: Starter,
    serve: impl FnOnce(tokio::net::TcpListener, BackEnd) -> F,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    listener.set_nonblocking(true)?;
    let gone = Arc::new(Notify::new());
    let (far, told) = (starter.try_clone()?, gone.clone());
    std::thread::spawn(move || {
        far.hear_the_end(&AtomicBool::new(false));
        told.notify_one();
    });
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tokio::select! {
            () = serve(listener, BackEnd::of(starter)) => Ok(()),
            () = gone.notified() => Ok(()),
        }
    })
}

/// Accepts clients without end, at most `most` at the same time; further ones wait.
pub async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: &tokio::net::TcpListener,
    most: usize,
    serve: impl Fn(TcpStream, SocketAddr) -> F,
) {
    let places = Arc::new(Semaphore::new(most));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let Ok((stream, from)) = listener.accept().await else {
            tokio::time::sleep(AGAIN).await;
            continue;
        };
        // Small answers follow one another at once.
        let _ = stream.set_nodelay(true);
        let serving = serve(stream, from);
        tokio::spawn(async move {
            serving.await;
            drop(place);
        });
    }
}
