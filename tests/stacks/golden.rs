//! A folder of golden files: compared, or rewritten.

use std::collections::BTreeSet;
use std::path::Path;

use similar::TextDiff;

/// Compares texts with the files of a folder; a file without a text is an error, as is a text without a file.
pub fn check(folder: &str, texts: &[(String, String)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(folder);
    if std::env::var_os("HALAB_GOLDEN").is_some_and(|value| value == "write") {
        if root.exists() {
            fs_err::remove_dir_all(&root).unwrap();
        }
        fs_err::create_dir_all(&root).unwrap();
        for (name, text) in texts {
            fs_err::write(root.join(name), text).unwrap();
        }
        return;
    }
    let wanted: BTreeSet<String> = texts.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(wanted.len(), texts.len(), "two texts have the same name");
    let files = fs_err::read_dir(&root).unwrap();
    let there: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(there, wanted, "the files of {} and the texts are not the same set", root.display());
    let mut differences = String::new();
    for (name, text) in texts {
        let golden = fs_err::read_to_string(root.join(name)).unwrap();
        let difference = TextDiff::from_lines(&golden, text);
        let mut unified = difference.unified_diff();
        differences += &unified.header(&format!("{folder}/{name}"), "now").to_string();
    }
    assert_eq!(differences, "", "\n{differences}");
}
