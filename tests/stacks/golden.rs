//! A folder of golden files: compared, or written anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Compares texts with the files of a folder; a file without a text is as wrong as a text without a file.
pub fn check(folder: &str, texts: &[(String, String)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/stacks").join(folder);
    if std::env::var_os("HALAB_GOLDEN").is_some_and(|value| value == "write") {
        if root.exists() {
            fs_err::remove_dir_all(&root).unwrap();
        }
        for (place, text) in texts {
            let path = root.join(place);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        }
        return;
    }
    let wanted: BTreeSet<PathBuf> = texts.iter().map(|(place, _)| root.join(place)).collect();
    assert_eq!(wanted.len(), texts.len(), "two texts have the same place");
    let mut there = BTreeSet::new();
    list(&root, &mut there);
    assert_eq!(there, wanted, "golden files and rendered texts are not the same set");
    for (place, text) in texts {
        let golden = fs_err::read_to_string(root.join(place)).unwrap();
        assert_eq!(*text, golden, "{folder}/{place} differs from its golden file");
    }
}

fn list(folder: &Path, into: &mut BTreeSet<PathBuf>) {
    for entry in fs_err::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            list(&entry.path(), into);
        } else {
            into.insert(entry.path());
        }
    }
}
