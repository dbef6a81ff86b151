//! What the servers without rights have in common: they accept clients until the back is gone.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError, Weak};
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

/// How many connections there are of each kind.
#[derive(Debug, Clone, Default)]
pub struct Counts(Arc<Mutex<BTreeMap<String, Weak<()>>>>);

impl Counts {
    /// Counts a connection of a kind until what is returned is dropped; none if there are `most` already.
    pub fn count(&self, kind: String, most: usize) -> Option<Arc<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, count| count.strong_count() > 0);
        match all.get(&kind).and_then(Weak::upgrade) {
            Some(count) => (Arc::strong_count(&count) <= most).then_some(count),
            None => {
                let count = Arc::new(());
                all.insert(kind, Arc::downgrade(&count));
                Some(count)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_counted_while_they_are_open() {
        let counts = Counts::default();
        let count = |kind: &str| counts.count(kind.to_owned(), 2);
        let (first, second) = (count("a").unwrap(), count("a").unwrap());
        assert!(count("a").is_none() && count("b").is_some());
        drop(first);
        let third = count("a");
        assert!(third.is_some() && count("a").is_none());
        drop((second, third));
        assert!(count("a").is_some());
    }
}
