//! A store in a temporary folder, and helpers for tests of it.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use halab::testing::catalog::Catalog;
use halab::testing::image::{ImageError, StoredImage, ensure, image_spec};
use halab::testing::state::StateDir;
use halab::testing::work::{Context, Progress};
use sha2::{Digest, Sha256};

/// A store, which is deleted when it is dropped.
pub struct TestStore {
    folder: tempfile::TempDir,
    /// Its state folder.
    pub state: StateDir,
    /// The reported messages.
    pub progress: Mutex<Vec<Progress>>,
    /// Set to stop.
    pub cancel: AtomicBool,
}

impl TestStore {
    /// An empty store.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path().join("state"));
        Self { folder, state, progress: Mutex::default(), cancel: AtomicBool::new(false) }
    }

    /// A folder for anything else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Calls a function with a context that collects the reports.
    pub fn with<T>(&self, act: impl FnOnce(&Context<'_>) -> T) -> T {
        let keep = |progress| self.progress.lock().unwrap().push(progress);
        act(&Context { progress: &keep, cancel: &self.cancel })
    }

    /// Writes the recipe of a fetched image called `mine`.
    pub fn recipe(&self, url: &str, sha256: &str, format: &str) {
        let folder = self.state.catalog().join("images");
        fs_err::create_dir_all(&folder).unwrap();
        let text = format!(
            "schema = 1\ntitle = 'Mine'\n[fetched]\nurl = '{url}'\nsha256 = '{sha256}'\nformat = '{format}'\n\
             user = 'debian'\n"
        );
        fs_err::write(folder.join("mine.toml"), text).unwrap();
    }

    /// Fetches the image `mine` into the store.
    pub fn ensure(&self) -> Result<StoredImage, ImageError> {
        let catalog = Catalog::of_state(&self.state);
        let spec = image_spec(&"mine".parse().unwrap(), &Default::default(), &[], &catalog)?;
        self.with(|context| ensure(&self.state, &catalog, &spec, context))
    }
}

/// A qcow2 image with incompressible content, and its SHA-256.
pub fn qcow2(folder: &Path) -> (Vec<u8>, String) {
    let (raw, disk) = (folder.join("raw"), folder.join("disk.qcow2"));
    let mut hash = Sha256::digest(b"seed").to_vec();
    let mut content = Vec::new();
    while content.len() < 3 << 20 {
        hash = Sha256::digest(&hash).to_vec();
        content.extend(&hash);
    }
    // The mark of a disk that a BIOS can boot.
    content[510..512].copy_from_slice(&[0x55, 0xaa]);
    fs_err::write(&raw, content).unwrap();
    let status = Command::new("qemu-img")
        .args(["convert", "-f", "raw", "-O", "qcow2"])
        .args([&raw, &disk])
        .status()
        .unwrap();
    assert!(status.success());
    let bytes = fs_err::read(disk).unwrap();
    let sum = sha256(&bytes);
    (bytes, sum)
}

/// The SHA-256 of bytes, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
