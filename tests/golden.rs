//! The golden files themselves, which the other tests compare with the program's output.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A second copy of a text adds no information, and doubles the length of each change.
#[test]
fn no_two_golden_files_are_equal() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    list(&root.join("src"), &mut files);
    list(&root.join("tests"), &mut files);
    files.retain(|path| is_golden(path.strip_prefix(root).unwrap()));
    assert!(files.len() > 100, "{files:?}");
    let mut known: BTreeMap<Vec<u8>, PathBuf> = BTreeMap::new();
    for path in files {
        if let Some(other) = known.insert(fs_err::read(&path).unwrap(), path.clone()) {
            panic!("{} and {} are equal", path.display(), other.display());
        }
    }
}

/// Whether it is a golden text: a snapshot, a file in `tests/golden`, or one beside a lab file of
/// `tests/labfile`.
fn is_golden(path: &Path) -> bool {
    let ends_with = |extension: &str| path.extension().is_some_and(|found| found == extension);
    ends_with("snap")
        || path.starts_with("tests/golden")
        || path.starts_with("tests/labfile") && ends_with("txt")
}

fn list(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), into);
        } else {
            into.push(entry.path());
        }
    }
}
