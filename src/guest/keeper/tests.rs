//! A keeper on a socket of its own, with peers on loopback instead of nodes.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A keeper that serves in this process, in this process's network.
struct Served {
    folder: tempfile::TempDir,
    /// The keeper ends once this is closed.
    life: Option<std::io::PipeWriter>,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
}

impl Served {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("shells.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let (life, living) = std::io::pipe().unwrap();
        let thread = Some(std::thread::spawn(move || server::serve(&listener, life)));
        Self { folder, life: Some(living), thread }
    }

    fn keeper(&self) -> Keeper {
        Keeper::of(self.folder.path(), &netns())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.life.take());
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

fn netns() -> PathBuf {
    PathBuf::from("/proc/self/ns/net")
}

fn target(listener: &TcpListener) -> Target {
    let address = listener.local_addr().unwrap();
    Target { address, private_key: String::new(), host_key: Vec::new() }
}

fn stream(keeper: &Keeper, target: &Target, script: &str, limits: Limits<'_>) -> Result<i32, SshError> {
    let run = client::Run { script, repeats: false, errors: true, input: None };
    keeper.run(target, &run, limits, &mut |_| Ok(()))
}

#[test]
fn a_failure_comes_back_with_its_kind() {
    let served = Served::begin();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = target(&listener);
    drop(listener);
    let cancel = AtomicBool::new(false);
    let limits = Limits::within(Duration::from_secs(20), &cancel);
    let keeper = served.keeper();
    match stream(&keeper, &nobody, "true", limits).unwrap_err() {
        SshError::Connect { address, source } => {
            assert_eq!(address, nobody.address);
            assert_eq!(source.raw_os_error(), Some(111), "{source}");
        }
        error => panic!("{error}"),
    }
    keeper.close();
}

#[test]
fn a_client_that_goes_ends_its_command_and_keeps_its_limit() {
    let served = Served::begin();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let keeper = served.keeper();
    let cancel = AtomicBool::new(false);
    let soon = Limits::within(Duration::from_millis(300), &cancel);
    assert!(matches!(stream(&keeper, &target(&silent), "true", soon), Err(SshError::TimedOut)));
    let (keeper, silent) = (&keeper, &silent);
    std::thread::scope(|scope| {
        let (long, cancel) = (Limits::within(Duration::from_secs(600), &cancel), &cancel);
        let asked = scope.spawn(move || stream(keeper, &target(silent), "true", long));
        let mut peers = [silent.accept().unwrap().0, silent.accept().unwrap().0];
        cancel.store(true, Ordering::Relaxed);
        assert!(matches!(asked.join().unwrap(), Err(SshError::Cancelled)));
        // The keeper closes its connection to the node, too: this read reaches the end.
        for peer in &mut peers {
            std::io::copy(peer, &mut std::io::sink()).unwrap();
        }
    });
}

#[test]
fn a_node_that_opens_no_session_is_not_taken_for_the_end_of_the_callers_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let cancel = AtomicBool::new(false);
    let within = |own: u64, callers: u64| {
        let limits = Limits::within(Duration::from_millis(callers), &cancel);
        super::connect_within(Duration::from_millis(own), &target(&silent), limits).map(drop)
    };
    assert!(matches!(within(200, 60_000), Err(SshError::Connect { source, .. })
        if source.kind() == std::io::ErrorKind::TimedOut));
    assert!(matches!(within(60_000, 200), Err(SshError::TimedOut)));
}

#[test]
fn every_failure_survives_the_way() {
    let address = "127.0.0.1:22".parse().unwrap();
    let other = || std::io::Error::other("odd");
    for error in [
        SshError::Cancelled,
        SshError::TimedOut,
        SshError::Endless { most: 4 << 20 },
        SshError::Boot { reason: "no disk".to_owned() },
        SshError::Connect { address, source: std::io::Error::from_raw_os_error(113) },
        SshError::HostKey { address },
        SshError::Protocol { what: "shaking hands".to_owned(), source: "odd".into() },
        SshError::Stream(other()),
        SshError::Io(other()),
    ] {
        let text = crate::base::failure::chain(&error);
        let json = serde_json::to_string(&wire::Failure::from(error)).unwrap();
        let back: SshError = serde_json::from_str::<wire::Failure>(&json).unwrap().into();
        assert_eq!(crate::base::failure::chain(&back), text);
    }
}

#[test]
fn output_without_end_has_a_limit_too() {
    let folder = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(folder.path().join("shells.sock")).unwrap();
    let endless = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        while wire::send(&stream, &wire::Answer::output(&[b'x'; 8192])).is_ok() {}
    });
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let cancel = AtomicBool::new(false);
    let limits = Limits::within(Duration::from_millis(300), &cancel);
    let keeper = Keeper::of(folder.path(), &netns());
    let ended = stream(&keeper, &target(&nobody), "yes", limits);
    assert!(matches!(ended, Err(SshError::TimedOut)));
    endless.join().unwrap();
}
