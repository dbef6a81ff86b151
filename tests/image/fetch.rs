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

/// Fetches these bytes as an image of this format; returns why they are refused, and checks that nothing of
/// them is kept.
fn refused(store: &TestStore, bytes: &[u8], format: &str) -> String {
    let server = Server::start(Behaviour::good(bytes.to_vec()));
    store.recipe(&server.url, &sha256(bytes), format);
    let error = store.ensure().unwrap_err().to_string();
    let works = store.state.images().join(".work");
    for work in fs_err::read_dir(works).into_iter().flatten() {
        let work = work.unwrap().path();
        assert!(!work.join("part").exists(), "{} keeps what was refused: {error}", work.display());
    }
    error
}

/// Runs qemu-img in the folder of a store, and returns the content of the file it made.
fn qemu_img(store: &TestStore, arguments: &[&str], file: &str) -> Vec<u8> {
    let status = std::process::Command::new("qemu-img")
        .args(arguments)
        .arg(file)
        .current_dir(store.folder())
        .stdout(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
    fs_err::read(store.folder().join(file)).unwrap()
}

#[test]
fn an_image_that_needs_files_of_this_machine_is_refused() {
    let store = TestStore::new();
    qcow2(store.folder());
    let on_another = ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "disk.qcow2"];
    let bytes = qemu_img(&store, &on_another, "overlay.qcow2");
    let error = refused(&store, &bytes, "qcow2");
    assert!(error.contains("the rest is in disk.qcow2"), "{error}");
    let error = refused(&store, &bytes, "raw");
    assert!(error.contains("says raw"), "{error}");

    // QEMU opens the file that such an image names, with its own rights: another guest's disk.
    let outside = store.folder().join("theirs");
    let options = format!("data_file={},data_file_raw=on", outside.display());
    let arguments = ["convert", "-f", "qcow2", "-O", "qcow2", "-o", &options, "disk.qcow2"];
    let bytes = qemu_img(&store, &arguments, "external.qcow2");
    assert!(outside.exists(), "the image is as meant");
    let error = refused(&store, &bytes, "qcow2");
    assert!(error.contains("its data are in another file"), "{error}");
}

#[test]
fn images_of_qemu_are_taken_with_any_options() {
    for options in
        ["compat=0.10", "compression_type=zstd", "cluster_size=2M,extended_l2=on", "lazy_refcounts=on"]
    {
        let store = TestStore::new();
        qcow2(store.folder());
        let arguments = ["convert", "-c", "-f", "qcow2", "-O", "qcow2", "-o", options, "disk.qcow2"];
        let bytes = qemu_img(&store, &arguments, "other.qcow2");
        let server = Server::start(Behaviour::good(bytes.clone()));
        store.recipe(&server.url, &sha256(&bytes), "qcow2");
        let image = store.ensure().unwrap_or_else(|error| panic!("{options}: {error}"));
        assert_eq!(fs_err::read(image.disk()).unwrap(), bytes, "{options}");
    }
}

#[test]
fn what_is_no_whole_disk_is_refused() {
    let store = TestStore::new();
    let (whole, _) = qcow2(store.folder());
    let cut = &whole[..whole.len() / 2];
    let mut version = whole.clone();
    version[7] = 9;
    let mut dirty = whole.clone();
    dirty[79] |= 1;
    for (bytes, format, why) in [
        (&b""[..], "qcow2", "it is not a qcow2 image"),
        (b"", "raw", "it is not a disk"),
        (b"<html>not found</html>\n", "qcow2", "it is not a qcow2 image"),
        (b"<html>not found</html>\n", "raw", "it is not a disk"),
        (&[b'x'; 2 << 20], "raw", "no boot signature"),
        (&whole[..60], "qcow2", "cut off"),
        (cut, "qcow2", "cut off"),
        (&version, "qcow2", "version 9"),
        (&dirty, "qcow2", "not closed after its last use"),
    ] {
        let error = refused(&store, bytes, format);
        assert!(error.contains(why), "{format}: {error}");
    }
}
