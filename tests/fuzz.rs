//! Every parser of foreign bytes on the inputs that are kept for it: examples, and all that once broke it.
//!
//! `make fuzz` looks for more, see CONTRIBUTING.md.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use halab::testing::fuzz::TARGETS;

/// The most bytes that all inputs have.
const LARGEST: u64 = 300_000;

/// The longest time for one input, without optimization and on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_parser_has_inputs_and_every_folder_a_parser() {
    let folders: BTreeSet<String> = files(&corpus())
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(folders, names);
    let all: Vec<PathBuf> = files(&corpus()).iter().flat_map(|folder| files(folder)).collect();
    let bytes: u64 = all.iter().map(|file| fs_err::metadata(file).unwrap().len()).sum();
    assert!(bytes <= LARGEST, "{bytes} bytes");
}

#[test]
fn no_input_breaks_its_parser() {
    let mut broken = Vec::new();
    for target in TARGETS {
        (target.run)(b"");
        for file in files(&corpus().join(target.name)) {
            let input = fs_err::read(&file).unwrap();
            let begin = Instant::now();
            if catch_unwind(|| (target.run)(&input)).is_err() || begin.elapsed() > LIMIT {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
