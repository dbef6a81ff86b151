//! Fetching from good and bad servers.

use std::sync::atomic::Ordering;

use halab::testing::image::{Boot, ImageError};
use halab::testing::work::Progress;

use super::server::{Behaviour, Server};
use super::store::{TestStore, qcow2, sha256};

#[test]
fn an_image_is_fetched_once() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let server = Server::start(Behaviour::good(bytes.clone()));
    store.recipe(&server.url, &sum, "qcow2");

    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(image.boot(), Boot::Bios);
    let total = bytes.len() as u64;
    let progress = store.progress.lock().unwrap().clone();
    assert!(progress.contains(&Progress::Bytes { done: total, total: Some(total) }), "{progress:?}");

    assert_eq!(store.ensure().unwrap(), image);
    assert_eq!(server.ranges(), ["-"], "the second time it is there");
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let mut behaviour = Behaviour::good(bytes.clone());
    behaviour.breaks = vec![1_000_000, 500_000];
    let server = Server::start(behaviour);
    store.recipe(&server.url, &sum, "qcow2");

    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(server.ranges(), ["-", "bytes=1000000-", "bytes=1500000-"]);
}

#[test]
fn a_server_without_ranges_is_asked_from_the_start() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let mut behaviour = Behaviour::good(bytes.clone());
    behaviour.breaks = vec![1_000_000];
    behaviour.ranges = false;
    let server = Server::start(behaviour);
    store.recipe(&server.url, &sum, "qcow2");

    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(server.ranges(), ["-", "bytes=1000000-"]);
}

/// A server whose first answer breaks off in the middle of another file; the right one is served from then
/// on.
fn changing(bytes: &[u8], versions: [&'static str; 2]) -> Server {
    let mut older = Behaviour::good(bytes.to_vec());
    older.content[500_000] ^= 1;
    older.version = versions[0];
    older.breaks = vec![1_000_000];
    let newer = Behaviour { version: versions[1], ..Behaviour::good(bytes.to_vec()) };
    older.successor = Some(Box::new(newer));
    Server::start(older)
}

#[test]
fn a_file_that_changed_meanwhile_is_not_mixed_up() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let server = changing(&bytes, ["\"1\"", "\"2\""]);
    store.recipe(&server.url, &sum, "qcow2");
    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(server.ranges(), ["-", "bytes=1000000-"], "the server sent all of it");
}

#[test]
fn a_mixture_that_no_version_gave_away_is_fetched_anew() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let server = changing(&bytes, ["", ""]);
    store.recipe(&server.url, &sum, "qcow2");
    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(server.ranges(), ["-", "bytes=1000000-", "-"]);
}

#[test]
fn a_cancelled_download_is_resumed_by_the_next() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let mut behaviour = Behaviour::good(bytes.clone());
    behaviour.breaks = vec![1_000_000];
    let overloaded =
        Behaviour { refusals: vec!["503 Service Unavailable"; 100], ..Behaviour::good(bytes.clone()) };
    behaviour.successor = Some(Box::new(overloaded));
    let server = Server::start(behaviour);
    store.recipe(&server.url, &sum, "qcow2");
    let stopped = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| store.ensure());
        while server.ranges().len() < 2 {
            std::thread::yield_now();
        }
        store.cancel.store(true, Ordering::Relaxed);
        fetching.join().unwrap()
    });
    assert!(matches!(stopped, Err(ImageError::Cancelled)), "{stopped:?}");

    store.cancel.store(false, Ordering::Relaxed);
    server.change(|behaviour| behaviour.refusals.clear());
    let image = store.ensure().unwrap();
    assert_eq!(fs_err::read(image.disk()).unwrap(), bytes);
    assert_eq!(server.ranges().last().unwrap(), "bytes=1000000-");
}

#[test]
fn a_wrong_sum_is_told_with_both_and_harms_nothing() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let server = Server::start(Behaviour::good(bytes.clone()));
    store.recipe(&server.url, &sum, "qcow2");
    let before = store.ensure().unwrap();

    let wrong = sha256(b"something else");
    store.recipe(&server.url, &wrong, "qcow2");
    let error = store.ensure().unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&wrong) && text.contains(&sum), "{text}");
    assert!(error.hint().is_some());

    store.recipe(&server.url, &sum, "qcow2");
    assert_eq!(store.ensure().unwrap(), before);
    assert_eq!(fs_err::read(before.disk()).unwrap(), bytes);
}

#[test]
fn refusals_are_final_when_the_server_means_them() {
    let store = TestStore::new();
    let (bytes, sum) = qcow2(store.folder());
    let mut behaviour = Behaviour::good(bytes);
    behaviour.refusals = vec!["503 Service Unavailable", "404 Not Found"];
    let server = Server::start(behaviour);
    store.recipe(&server.url, &sum, "qcow2");
    let error = store.ensure().unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert_eq!(server.ranges().len(), 2);
}

#[test]
fn an_image_that_needs_files_of_this_machine_is_refused() {
    let store = TestStore::new();
    qcow2(store.folder());
    let overlay = store.folder().join("overlay.qcow2");
    let status = std::process::Command::new("qemu-img")
        .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "disk.qcow2"])
        .arg(&overlay)
        .current_dir(store.folder())
        .status()
        .unwrap();
    assert!(status.success());
    let bytes = fs_err::read(&overlay).unwrap();
    let server = Server::start(Behaviour::good(bytes.clone()));
    store.recipe(&server.url, &sha256(&bytes), "qcow2");
    let error = store.ensure().unwrap_err();
    assert!(error.to_string().contains("the rest is in disk.qcow2"), "{error}");
    store.recipe(&server.url, &sha256(&bytes), "raw");
    let error = store.ensure().unwrap_err();
    assert!(error.to_string().contains("says raw"), "{error}");
}
