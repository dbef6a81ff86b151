//! Streams that are packed here, and streams that a hostile guest might send.

use super::*;

static NEVER: AtomicBool = AtomicBool::new(false);
const BOUNDS: Bounds<'static> = Bounds { bytes: 1 << 20, cancel: &NEVER };

fn stream(entries: &[(&str, EntryType, &str)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o4755);
        header.set_size(if *kind == EntryType::Regular { content.len() as u64 } else { 0 });
        if *kind == EntryType::Symlink || *kind == EntryType::Link {
            header.set_link_name(content).unwrap();
        }
        // The crate refuses to write such names, but a guest may send them.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        let data = if *kind == EntryType::Regular { content.as_bytes() } else { &[] };
        builder.append(&header, data).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn a_folder_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs_err::create_dir_all(source.join("deep/empty")).unwrap();
    fs_err::write(source.join("deep/file"), "content").unwrap();
    fs_err::write(source.join("odd name\n"), "").unwrap();
    fs_err::os::unix::fs::symlink("/etc/passwd", source.join("link")).unwrap();
    let mut bytes = Vec::new();
    let packed = pack(&[(source, "copy".to_owned())], &mut bytes, BOUNDS).unwrap();
    assert_eq!((packed.files, packed.bytes, packed.left_out.len()), (2, 7, 0));
    let target = folder.path().join("target");
    let unpacked = unpack(bytes.as_slice(), &target, BOUNDS).unwrap();
    assert_eq!(unpacked.left_out, ["copy/link: a link"]);
    assert_eq!(fs_err::read_to_string(target.join("deep/file")).unwrap(), "content");
    assert!(target.join("deep/empty").is_dir() && target.join("odd name\n").is_file());
    assert!(fs_err::symlink_metadata(target.join("link")).is_err());
}

#[test]
fn permissions_are_kept_and_a_folder_that_was_there_keeps_its_own() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source");
    fs_err::create_dir_all(source.join("shared/closed")).unwrap();
    fs_err::write(source.join("shared/closed/file"), "x").unwrap();
    let modes = [("shared/closed/file", 0o666), ("shared/closed", 0o500), ("shared", 0o777), ("", 0o750)];
    let set =
        |path: &Path, mode| fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let mode = |path: &Path| fs_err::metadata(path).unwrap().permissions().mode() & 0o7777;
    for (name, mode) in modes {
        set(&source.join(name), mode);
    }
    let mut bytes = Vec::new();
    pack(&[(source, "copy".to_owned())], &mut bytes, BOUNDS).unwrap();
    let target = folder.path().join("target");
    let unpacked = unpack(bytes.as_slice(), &target, BOUNDS).unwrap();
    for (name, wanted) in modes {
        assert_eq!(mode(&target.join(name)), wanted, "{name}");
    }
    let names: Vec<&str> = unpacked.unpacked.iter().map(|name| name.to_str().unwrap()).collect();
    assert_eq!(names, ["", "shared", "shared/closed", "shared/closed/file"]);
    for (name, mode) in [("shared/closed", 0o700), ("", 0o711)] {
        set(&target.join(name), mode);
    }
    unpack(bytes.as_slice(), &target, BOUNDS).unwrap();
    assert_eq!((mode(&target), mode(&target.join("shared/closed"))), (0o711, 0o700));
}

#[test]
fn some_of_a_folder_is_packed_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(folder.path().join("a/b")).unwrap();
    fs_err::write(folder.path().join("a/file"), "content").unwrap();
    fs_err::write(folder.path().join("a/other"), "").unwrap();
    let names = ["a", "a/file", "gone"].map(PathBuf::from);
    let mut bytes = Vec::new();
    let packed = pack_some(folder.path(), &names, &mut bytes, BOUNDS).unwrap();
    assert_eq!((packed.files, packed.bytes), (1, 7));
    let mut archive = Archive::new(bytes.as_slice());
    let sent: Vec<_> =
        archive.entries().unwrap().map(|one| one.unwrap().path().unwrap().into_owned()).collect();
    assert_eq!(sent, [PathBuf::from("a"), PathBuf::from("a/file")]);
}

#[test]
fn what_a_hostile_guest_sends_stays_in_the_target() {
    use EntryType::{Directory, Link, Regular, Symlink};
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    for names in [
        [("../evil", Regular, "x")].as_slice(),
        &[("/evil", Regular, "x")],
        &[("top", Directory, ""), ("top/../../evil", Regular, "x")],
        &[("top", Directory, ""), ("other", Regular, "x")],
        &[("", Regular, "x")],
    ] {
        let error = unpack(stream(names).as_slice(), &target, BOUNDS).unwrap_err().to_string();
        assert!(error.contains("not in what was asked for") || error.contains("path"), "{names:?}: {error}");
    }
    let outside = folder.path().to_string_lossy().into_owned();
    let through = [("top", Directory, ""), ("top/link", Symlink, &*outside), ("top/link/evil", Regular, "x")];
    assert!(unpack(stream(&through).as_slice(), &target, BOUNDS).is_err(), "there is no such folder");
    let hard = [("top", Directory, ""), ("top/passwd", Link, "/etc/passwd")];
    let copied = unpack(stream(&hard).as_slice(), &target, BOUNDS).unwrap();
    assert_eq!(copied.left_out, ["top/passwd: a link"]);
    assert!(!folder.path().join("evil").exists());
    let program = [("top", Directory, ""), ("top/program", Regular, "x")];
    unpack(stream(&program).as_slice(), &target, BOUNDS).unwrap();
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs_err::metadata(target.join("program")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7000, 0, "set-user-ID is lost");
}

#[test]
fn what_is_there_already_is_neither_followed_nor_lost() {
    use EntryType::{Directory, Regular};
    let folder = tempfile::tempdir().unwrap();
    let (outside, target) = (folder.path().join("outside"), folder.path().join("target"));
    fs_err::create_dir(&outside).unwrap();
    fs_err::create_dir(&target).unwrap();
    fs_err::os::unix::fs::symlink(&outside, target.join("media")).unwrap();
    let sent = [("top", Directory, ""), ("top/media/evil", Regular, "x")];
    assert!(unpack(stream(&sent).as_slice(), &target, BOUNDS).is_err());
    assert!(!outside.join("evil").exists());
    let (socket, file) = (folder.path().join("socket"), folder.path().join("file"));
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let one = stream(&[("top", Regular, "twenty bytes of text")]);
    assert!(unpack(one.as_slice(), &socket, BOUNDS).unwrap_err().to_string().contains("is no file"));
    assert!(socket.exists());
    fs_err::write(&file, "old").unwrap();
    unpack(&one[..520], &file, BOUNDS).unwrap_err();
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "old");
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 4, "nothing is left aside");
}

#[test]
fn a_name_without_end_is_refused() {
    let long = stream(&[("top", EntryType::Regular, "x")]);
    check_names(long.as_slice()).unwrap();
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::GNULongName);
    header.set_size(1 << 32);
    header.set_cksum();
    assert!(check_names(header.as_bytes().as_slice()).unwrap_err().to_string().contains("too long"));
}

#[test]
fn a_link_of_the_users_own_is_replaced_and_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (outside, target) = (folder.path().join("outside"), folder.path().join("target"));
    fs_err::write(&outside, "mine").unwrap();
    fs_err::create_dir(&target).unwrap();
    fs_err::os::unix::fs::symlink(&outside, target.join("file")).unwrap();
    let sent = [("top", EntryType::Directory, ""), ("top/file", EntryType::Regular, "new")];
    unpack(stream(&sent).as_slice(), &target, BOUNDS).unwrap();
    assert_eq!(fs_err::read_to_string(&outside).unwrap(), "mine");
    assert_eq!(fs_err::read_to_string(target.join("file")).unwrap(), "new");
}

#[test]
fn there_are_bounds() {
    let folder = tempfile::tempdir().unwrap();
    let sent = stream(&[("top", EntryType::Regular, "twenty bytes of text")]);
    let small = Bounds { bytes: 10, ..BOUNDS };
    let error = unpack(sent.as_slice(), &folder.path().join("a"), small).unwrap_err();
    assert!(error.to_string().contains("more than 10 bytes"), "{error}");
    let big = folder.path().join("big");
    fs_err::write(&big, [0; 100]).unwrap();
    assert!(pack(&[(big.clone(), "big".to_owned())], io::sink(), small).is_err());
    let asked = AtomicBool::new(true);
    let stopped = Bounds { cancel: &asked, ..BOUNDS };
    let error = pack(&[(big, "big".to_owned())], io::sink(), stopped).unwrap_err();
    assert_eq!(error.to_string(), "stopped");
    assert!(unpack(io::empty(), &folder.path().join("b"), BOUNDS).is_err(), "nothing was sent");
}
