//! A keeper on a socket of its own, with peers on loopback instead of nodes.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// A keeper that serves in this process, in this process's network.
struct Served {
    folder: tempfile::TempDir,
    thread: Option<std::thread::JoinHandle<std::io::Result<()>>>,
}

impl Served {
    fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("shells.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let identity = inode(&socket).unwrap();
        let thread = Some(std::thread::spawn(move || server::serve(&listener, &socket, &identity)));
        Self { folder, thread }
    }

    fn keeper(&self) -> Keeper {
        Keeper::of(self.folder.path(), &netns())
    }
}

impl Drop for Served {
    /// A keeper ends once its socket is gone.
    fn drop(&mut self) {
        fs_err::remove_file(self.folder.path().join("shells.sock")).unwrap();
        let _ = std::os::unix::net::UnixStream::connect(self.folder.path().join("shells.sock"));
        self.thread.take().unwrap().join().unwrap().unwrap();
    }
}

fn netns() -> PathBuf {
    PathBuf::from("/proc/self/ns/net")
}

fn target(listener: &TcpListener) -> Target {
    let address = listener.local_addr().unwrap();
    Target { netns: netns(), address, private_key: String::new(), host_key: Vec::new() }
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
    // Entering a network namespace requires root; without it, that is the failure.
    match keeper.stream(&nobody, "true", false, limits, &mut |_| {}).unwrap_err() {
        SshError::Connect { address, source } => {
            assert_eq!(address, nobody.address);
            let denied = source.kind() == std::io::ErrorKind::PermissionDenied;
            assert!(denied || source.raw_os_error() == Some(111), "{source}");
        }
        error => panic!("{error}"),
    }
    keeper.close();
}

#[test]
#[ignore = "needs root: it enters a network namespace"]
fn a_client_that_goes_ends_its_command_and_keeps_its_limit() {
    let served = Served::begin();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let keeper = served.keeper();
    let cancel = AtomicBool::new(false);
    let soon = Limits::within(Duration::from_millis(300), &cancel);
    assert!(matches!(
        keeper.stream(&target(&silent), "true", false, soon, &mut |_| {}),
        Err(SshError::TimedOut)
    ));
    let (keeper, silent) = (&keeper, &silent);
    std::thread::scope(|scope| {
        let (long, cancel) = (Limits::within(Duration::from_secs(600), &cancel), &cancel);
        let asked = scope.spawn(move || keeper.stream(&target(silent), "true", false, long, &mut |_| {}));
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
    let ended = keeper.stream(&target(&nobody), "yes", false, limits, &mut |_| {});
    assert!(matches!(ended, Err(SshError::TimedOut)));
    endless.join().unwrap();
}
