//! File systems that mke2fs made, on disks that qemu-img made.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::base::raw::Raw;
use crate::model::FilePattern;

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A folder that becomes a file system.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        fs_err::create_dir_all(tree.path("etc/ha.d/resource.d")).unwrap();
        tree.file("etc/hosts", "127.0.0.1 localhost\n");
        tree.file("etc/ha.d/ha.cf", "node node1\n");
        tree.file("etc/ha.d/resource.d/ip", "#!/bin/sh\n");
        tree.link("etc/ha.d/secret", "/etc/shadow");
        tree.file("etc/shadow", "root:secret\n");
        tree
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join("tree").join(path)
    }

    fn file(&self, path: &str, text: &str) {
        fs_err::write(self.path(path), text).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        fs_err::os::unix::fs::symlink(target, self.path(path)).unwrap();
    }

    /// The disk: an empty overlay on an image with the file system.
    fn disk(&self) -> Vec<Layer> {
        let [image, overlay] = ["image.raw", "overlay.qcow2"].map(|name| self.0.path().join(name));
        let mut make = Command::new("/usr/sbin/mke2fs");
        run(make.args(["-q", "-t", "ext4"]).arg("-d").arg(self.path("")).arg(&image).arg("16M"));
        let mut create = Command::new("qemu-img");
        run(create.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]).arg(&image).arg(&overlay));
        vec![Layer { path: overlay, format: Format::Qcow2 }, Layer { path: image, format: Format::Raw }]
    }

    fn taken(&self, patterns: &[&str]) -> std::io::Result<Taken> {
        let patterns: Vec<FilePattern> = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        let files = self.disk().iter().map(|layer| layer.open().unwrap()).collect();
        let taken = walk(Box::new(Disk(stack(files).unwrap())), &patterns)?;
        assert!(taken.check(&patterns), "{taken:?}");
        Ok(taken)
    }
}

fn paths(taken: &Taken) -> Vec<&str> {
    taken.files.keys().map(String::as_str).collect()
}

#[test]
fn listed_files_are_taken_with_their_modes_and_links_are_not_followed() {
    let tree = Tree::new();
    let ours = std::os::unix::fs::PermissionsExt::from_mode(0o4750);
    fs_err::set_permissions(tree.path("etc/ha.d/resource.d/ip"), ours).unwrap();
    let taken = tree.taken(&["/etc/ha.d/**", "/etc/none", "/etc/none/**"]).unwrap();
    let all = [
        "/etc/ha.d",
        "/etc/ha.d/ha.cf",
        "/etc/ha.d/resource.d",
        "/etc/ha.d/resource.d/ip",
        "/etc/ha.d/secret",
    ];
    assert_eq!(paths(&taken), all);
    assert_eq!(taken.files["/etc/ha.d/ha.cf"].content, Content::File(Raw(b"node node1\n".to_vec())));
    assert_eq!(taken.files["/etc/ha.d/resource.d/ip"].mode, 0o750);
    assert_eq!(taken.files["/etc/ha.d/secret"].content, Content::Link("/etc/shadow".to_owned()));
    assert!(taken.left_out.is_empty());
    let some = tree.taken(&["/etc/h*", "/etc/ha.d/*.cf"]).unwrap();
    assert_eq!(paths(&some), ["/etc/ha.d/ha.cf", "/etc/hosts"]);
    assert!(some.left_out.is_empty(), "{some:?}");
    assert_eq!(tree.taken(&["/etc/ha.d"]).unwrap().left_out, ["/etc/ha.d is a folder"]);
}

#[test]
fn a_folder_that_became_a_link_leads_nowhere() {
    let tree = Tree::new();
    fs_err::rename(tree.path("etc/ha.d"), tree.path("mine")).unwrap();
    tree.link("etc/ha.d", "/mine");
    let taken = tree.taken(&["/etc/ha.d/**"]).unwrap();
    assert_eq!(paths(&taken), ["/etc/ha.d"]);
    let taken = tree.taken(&["/etc/ha.d/*.cf", "/etc/ha.d/ha.cf"]).unwrap();
    assert!(taken.files.is_empty());
    assert_eq!(taken.left_out[0], "/etc/ha.d is no folder");
}

#[test]
fn too_much_is_refused_and_other_kinds_are_left_out() {
    let tree = Tree::new();
    let pipe = tree.path("etc/ha.d/pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let taken = tree.taken(&["/etc/ha.d/**"]).unwrap();
    assert_eq!(taken.left_out, ["/etc/ha.d/pipe is neither a file, a folder nor a link"]);
    fs_err::File::create(tree.path("etc/ha.d/large")).unwrap().set_len((1 << 20) + 1).unwrap();
    let error = tree.taken(&["/etc/ha.d/**"]).unwrap_err();
    assert_eq!(error.to_string(), "/etc/ha.d/large has 1048577 bytes; 1048576 are the most");
    assert_eq!(paths(&tree.taken(&["/etc/hosts"]).unwrap()), ["/etc/hosts"]);
    let deep = format!("etc/ha.d{}", "/d".repeat(20));
    fs_err::remove_file(tree.path("etc/ha.d/large")).unwrap();
    fs_err::create_dir_all(tree.path(&deep)).unwrap();
    let error = tree.taken(&["/etc/ha.d/**"]).unwrap_err();
    assert!(error.to_string().ends_with("is deeper than 16 folders"), "{error}");
}

#[test]
fn what_is_no_file_system_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = &folder.path().join("disk");
    fs_err::write(path, vec![7; 100_000]).unwrap();
    let layer = Layer { path: path.to_owned(), format: Format::Raw };
    let disk = || Box::new(Disk(stack(vec![layer.open().unwrap()]).unwrap()));
    let error = walk(disk(), &["/etc/hosts".parse().unwrap()]).unwrap_err();
    assert!(error.to_string().starts_with("the file system cannot be read"), "{error}");
    fs_err::write(path, b"").unwrap();
    walk(disk(), &["/etc/hosts".parse().unwrap()]).unwrap_err();
}

#[test]
fn texts_are_found_where_they_lie_in_two_blocks_and_in_the_layer_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let [base, overlay] = ["base.raw", "overlay.qcow2"].map(|name| folder.path().join(name));
    let texts = ["17-0123456789abcdef", "18-0123456789abcdef", "19-never", "20-replaced"].map(str::to_owned);
    let mut bytes = vec![0; 3 << 20];
    let mut put = |at: usize, text: &str| bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    put((1 << 20) - 5, &texts[0]);
    put((3 << 20) - texts[1].len(), &texts[1]);
    put(2 << 20, &texts[3]);
    fs_err::write(&base, bytes).unwrap();
    let mut create = Command::new("qemu-img");
    run(create.args(["create", "-q", "-f", "qcow2", "-F", "raw", "-b"]).arg(&base).arg(&overlay));
    let mut write = Command::new("qemu-io");
    run(write
        .args(["-f", "qcow2", "-c", "write -P 7 2M 64k"])
        .arg(&overlay)
        .stdout(std::process::Stdio::null()));
    let layers = [Layer { path: overlay, format: Format::Qcow2 }, Layer { path: base, format: Format::Raw }];
    let files = layers.iter().map(|layer| layer.open().unwrap()).collect();
    let found = search(&stack(files).unwrap(), &texts).unwrap();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn no_text_is_empty_or_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    fs_err::write(&path, "text").unwrap();
    let layer = Layer { path, format: Format::Raw };
    let disk = stack(vec![layer.open().unwrap()]).unwrap();
    assert_eq!(search(&disk, &["text".to_owned()]).unwrap().len(), 1);
    assert_eq!(search(&disk, &[]).unwrap().len(), 0);
    for text in [String::new(), "a".repeat(257)] {
        assert!(search(&disk, &[text]).is_err());
    }
}
