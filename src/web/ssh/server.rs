//! Accepts SSH clients.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PrivateKey;
use russh::server::Config;
use russh::{MethodKind, MethodSet, Preferred, SshId, compression};
use tokio::net::TcpStream;

use super::Job;
use super::person::Person;
use crate::base::apart::Starter;
use crate::web::front::back_end::BackEnd;
use crate::web::front::serving;

/// The most clients at the same time; further ones wait.
const MOST: usize = 512;

/// How long a client may take to log in: a person looks for a card and types its code.
const LOGIN: Duration = Duration::from_secs(120);

/// The delay after a refusal, so that guessing takes its time.
const REFUSAL: Duration = Duration::from_secs(1);

/// A client that says nothing for this time is asked whether it is still there; after three such times
/// without an answer its connection ends.
const ALIVE: Duration = Duration::from_secs(30);

/// The most tries of one connection: an agent may offer many keys before the code is asked for.
const TRIES: usize = 20;

/// Serves until the back is gone.
///
/// # Errors
/// When the key is none, or the socket cannot be used.
pub fn run(job: &Job, listener: TcpListener, starter: Starter) -> io::Result<()> {
    let config = Arc::new(config(job)?);
    serving::run(listener, starter, |listener, back| async move {
        serving::accept(&listener, MOST, |stream, from| serve(stream, from, config.clone(), back.clone()))
            .await;
    })
}

fn config(job: &Job) -> io::Result<Config> {
    let key = PrivateKey::from_openssh(&job.key).map_err(io::Error::other)?;
    Ok(Config {
        // What it is made of is not for everyone who asks.
        server_id: SshId::Standard("SSH-2.0-halab".into()),
        methods: MethodSet::from(&[MethodKind::PublicKey, MethodKind::KeyboardInteractive][..]),
        auth_rejection_time: REFUSAL,
        // Each client asks first without showing anything, to learn what can be shown.
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        max_auth_attempts: TRIES,
        inactivity_timeout: None,
        keepalive_interval: Some(ALIVE),
        preferred: Preferred { compression: vec![compression::NONE].into(), ..Preferred::default() },
        ..Config::default()
    })
}

/// Serves a client. What it does wrong ends its connection only.
async fn serve(stream: TcpStream, from: SocketAddr, config: Arc<Config>, back: BackEnd) {
    let person = Person::new(back, from);
    let known = person.known();
    let greeting = tokio::time::timeout(LOGIN, russh::server::run_stream(config, stream, person));
    let Ok(Ok(session)) = greeting.await else { return };
    let handle = session.handle();
    tokio::pin!(session);
    let early = tokio::time::timeout(LOGIN, &mut session).await;
    if early.is_err() {
        if !known.is_known() {
            let late = "logging in took too long".to_owned();
            let _ = handle.disconnect(russh::Disconnect::ByApplication, late, String::new()).await;
        }
        let _ = session.await;
    }
    known.leave().await;
}
