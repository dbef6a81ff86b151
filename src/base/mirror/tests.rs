//! Folders as this machine and the programs of a guest list them.

use std::process::Command;
use std::sync::atomic::AtomicBool;

use super::*;

static NEVER: AtomicBool = AtomicBool::new(false);
const BOUNDS: Bounds<'static> = Bounds { bytes: 1 << 20, cancel: &NEVER };

fn listed(folder: &Path) -> Listing {
    Listing::of_folder(folder, BOUNDS, &mut Known::default()).unwrap()
}

/// The listing of a folder by the programs that a guest has.
fn asked(folder: &Path) -> Listing {
    let ask =
        |script: &str| Command::new("sh").arg("-c").arg(script).current_dir(folder).output().unwrap().stdout;
    Listing::of_answers(&ask(Listing::ASK_ITEMS), &ask(Listing::ASK_DIGESTS)).unwrap()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs_err::create_dir_all(path.join("deep/empty")).unwrap();
    fs_err::write(path.join("deep/file"), "content").unwrap();
    fs_err::write(path.join("odd name\n*"), "").unwrap();
    fs_err::write(path.join(OsStr::from_bytes(b"\xff")), "x").unwrap();
    fs_err::os::unix::fs::symlink("deep/file", path.join("link")).unwrap();
    folder
}

#[test]
fn a_guest_lists_a_folder_as_this_machine_does() {
    let folder = folder();
    let own = listed(folder.path());
    assert_eq!(own.items.len(), 6, "{own:?}");
    assert_eq!(asked(folder.path()), own);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(asked(empty.path()), Listing::default());
}

#[test]
fn what_differs_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let (one, two) = (folder(), folder());
    assert_eq!(listed(one.path()).against(&listed(two.path())), Changes::default());
    fs_err::write(one.path().join("deep/file"), "CONTENT").unwrap();
    let mode = PermissionsExt::from_mode(0o750);
    fs_err::set_permissions(one.path().join("deep/empty"), mode).unwrap();
    fs_err::remove_file(one.path().join("link")).unwrap();
    fs_err::os::unix::fs::symlink("elsewhere", one.path().join("link")).unwrap();
    fs_err::create_dir_all(two.path().join("more/and/more")).unwrap();
    fs_err::write(two.path().join("deep/surplus"), "").unwrap();
    let changes = listed(one.path()).against(&listed(two.path()));
    let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<Vec<_>>();
    assert_eq!(changes.send, paths(&["deep/empty", "deep/file", "link"]));
    assert_eq!(changes.surplus, paths(&["deep/surplus", "more"]));
    assert!(changes.in_the_way.is_empty());
}

#[test]
fn a_folder_in_place_of_a_file_is_in_the_way_with_all_that_it_has() {
    let (one, two) = (folder(), folder());
    fs_err::remove_dir_all(one.path().join("deep")).unwrap();
    fs_err::write(one.path().join("deep"), "now a file").unwrap();
    let forth = listed(one.path()).against(&listed(two.path()));
    let deep = vec![PathBuf::from("deep")];
    assert_eq!((&forth.send, &forth.in_the_way, forth.surplus.len()), (&deep, &deep, 0));
    let back = listed(two.path()).against(&listed(one.path()));
    assert_eq!(back.in_the_way, deep);
    assert_eq!(back.send, ["deep", "deep/empty", "deep/file"].map(PathBuf::from));
}

#[test]
fn devices_are_neither_sent_nor_kept_at_the_other_end() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&one, &two] {
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    }
    assert_eq!(asked(one.path()), listed(one.path()));
    let changes = listed(one.path()).against(&listed(two.path()));
    assert_eq!((changes.send.len(), changes.surplus), (0, vec![PathBuf::from("pipe")]));
}

#[test]
fn a_file_that_has_not_changed_is_not_read_again() {
    let folder = folder();
    let mut known = Known::default();
    let first = Listing::of_folder(folder.path(), BOUNDS, &mut known).unwrap();
    for (_, digest) in known.0.values_mut() {
        *digest = "remembered".to_owned();
    }
    let second = Listing::of_folder(folder.path(), BOUNDS, &mut known).unwrap();
    assert!(
        matches!(&second.items[Path::new("deep/file")], Item::File { digest, .. } if digest == "remembered")
    );
    fs_err::write(folder.path().join("deep/file"), "content").unwrap();
    let third = Listing::of_folder(folder.path(), BOUNDS, &mut known).unwrap();
    assert_eq!(third.items[Path::new("deep/file")], first.items[Path::new("deep/file")]);
}

#[test]
fn an_answer_that_leads_elsewhere_is_refused() {
    for bad in [
        b"f 644\0../evil\0\0".as_slice(),
        b"f 644\0/etc/passwd\0\0",
        b"f 644\0\0\0",
        b"d 755\0a/../../b\0\0",
        b"f 999\0x\0\0",
        b"f\0x\0\0",
        b"f 644\0x",
    ] {
        assert!(Listing::of_answers(bad, b"").is_err(), "{}", String::from_utf8_lossy(bad));
    }
    assert!(Listing::of_answers(b"", b"short").is_err());
    assert!(Listing::of_answers(b"", &[b'a'; 80]).is_err());
}

#[test]
fn there_are_bounds() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("big"), [0; 100]).unwrap();
    let small = Bounds { bytes: 10, ..BOUNDS };
    let error = Listing::of_folder(folder.path(), small, &mut Known::default()).unwrap_err();
    assert!(error.to_string().contains("more than 10 bytes"), "{error}");
}
