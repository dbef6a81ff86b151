use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

/// A folder with a file, inside a folder with a file that it must not show.
fn place() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let lab = place.path().join("lab");
    fs_err::create_dir_all(lab.join("drills")).unwrap();
    fs_err::write(place.path().join("canary"), "canary").unwrap();
    fs_err::write(lab.join("lab.toml"), "text").unwrap();
    fs_err::write(lab.join("drills/one.toml"), "one").unwrap();
    (place, lab)
}

fn me() -> Access {
    Access::Trusted(rustix::process::geteuid().as_raw())
}

#[test]
fn nothing_outside_is_read() {
    let (place, lab) = place();
    let canary = place.path().join("canary");
    symlink(&canary, lab.join("link.toml")).unwrap();
    symlink(place.path(), lab.join("up")).unwrap();
    symlink("/proc/self/root", lab.join("root")).unwrap();
    let pipe = lab.join("pipe");
    rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, 0o600.into(), 0).unwrap();
    for access in [Access::Any, me()] {
        let folder = Folder::open(&lab, access).unwrap();
        assert_eq!(folder.text("lab.toml").unwrap(), "text");
        assert_eq!(folder.text("drills/one.toml").unwrap(), "one");
        for (path, why) in [
            ("../canary", "is outside of its folder"),
            ("drills/../../canary", "is outside of its folder"),
            ("link.toml", "is a symbolic link"),
            ("up/canary", "is reached through"),
            ("root/etc/passwd", "is reached through"),
            ("pipe", "is not a regular file"),
            ("drills", "is not a regular file"),
        ] {
            let error = folder.text(path).unwrap_err().to_string();
            assert!(error.contains(why), "{path}: {error}");
        }
        assert!(folder.text(&canary.to_string_lossy()).is_err(), "an absolute path");
        assert_eq!(folder.text("none").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(folder.entries("up").is_err() && folder.entries("..").is_err());
    }
}

#[test]
fn entries_tell_folders_from_links() {
    let (place, lab) = place();
    symlink(place.path(), lab.join("up")).unwrap();
    let folder = Folder::open(&lab, Access::Any).unwrap();
    let entries = folder.entries(".").unwrap();
    let shown: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.folder)).collect();
    assert_eq!(shown, [("drills", true), ("lab.toml", false), ("up", false)]);
}

#[test]
fn what_others_can_write_is_refused_with_the_command_that_mends_it() {
    let (_place, lab) = place();
    let mode = |path: &Path, mode| fs_err::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    let read = || Folder::open(&lab, me()).and_then(|folder| folder.text("drills/one.toml"));
    assert_eq!(read().unwrap(), "one");
    for (path, bad, good) in [
        (lab.join("drills/one.toml"), 0o666, 0o644),
        (lab.join("drills"), 0o777, 0o755),
        (lab.join("drills"), 0o1777, 0o755),
        (lab.clone(), 0o1777, 0o755),
    ] {
        mode(&path, bad);
        let error = read().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        let text = error.to_string();
        let command = format!("`chmod go-w '{}'`", path.display());
        assert!(text.contains("every user can write") && text.contains(&command), "{text}");
        let folder = Folder::open(&lab, Access::Any).unwrap();
        assert_eq!(folder.text("drills/one.toml").unwrap(), "one", "reading it is safe");
        mode(&path, good);
    }
}

#[test]
fn a_writable_folder_above_is_refused_unless_it_is_sticky() {
    let (place, lab) = place();
    let above = |mode| fs_err::set_permissions(place.path(), PermissionsExt::from_mode(mode)).unwrap();
    above(0o1777);
    Folder::open(&lab, me()).unwrap();
    above(0o777);
    assert!(Folder::open(&lab, me()).unwrap_err().to_string().contains("every user can write"));
    above(0o700);
}

#[test]
#[ignore = "needs root, to give files away"]
fn files_of_others_are_refused() {
    let (_place, lab) = place();
    let file = lab.join("drills/one.toml");
    let read = |user| Folder::open(&lab, Access::Trusted(user)).and_then(|f| f.text("drills/one.toml"));
    let give = |path: &Path, user, group| std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
    give(&file, 1234, 1234);
    assert_eq!(read(1234).unwrap(), "one");
    let error = read(0).unwrap_err().to_string();
    assert!(error.contains("belongs to user 1234") && error.contains("`chown 0 "), "{error}");
    assert!(read(1235).unwrap_err().to_string().contains("neither to root nor to user 1235"));
    // The user's own group, and another one.
    fs_err::set_permissions(&file, PermissionsExt::from_mode(0o664)).unwrap();
    assert_eq!(read(1234).unwrap(), "one");
    give(&file, 1234, 1300);
    assert!(read(1234).unwrap_err().to_string().contains("the group of"));
    // A second name of another user's file is not read at all.
    let foreign = lab.join("foreign");
    fs_err::write(&foreign, "secret").unwrap();
    give(&foreign, 1234, 1234);
    fs_err::hard_link(&foreign, lab.join("drills/two.toml")).unwrap();
    let error = Folder::open(&lab, Access::Any).unwrap().text("drills/two.toml").unwrap_err();
    assert!(error.to_string().contains("hard link"), "{error}");
}
