//! A disk like those that distributions publish: a BIOS starts its boot loader, and cloud-init gives it its
//! identity.
//!
//! It is made from packages here, because a test that fetched one would fail together with its server.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sandbox::Sandbox;

/// The image that the root tree is taken from. GRUB is inside, so that the machine needs none.
const BASE: &str = "ready-made-base";
const RECIPE: &str = r#"schema = 1
title  = "With a boot loader and cloud-init"
[built]
suite     = "bookworm"
root-size = "2GiB"
packages  = [
    "linux-image-cloud-amd64", "initramfs-tools", "zstd", "systemd-sysv", "udev", "dbus", "openssh-server", "iproute2",
    "busybox-static", "cloud-init", "grub-pc-bin", "grub-common",
]
"#;

const LOADER: &str = "usr/lib/grub/i386-pc/boot.img";
const SECTOR: u64 = 512;

/// Where the only partition begins, in sectors; the boot loader's second part is before it.
const FIRST: u32 = 2048;

/// The size of the disk, in sectors: 2 GiB.
const SECTORS: u32 = 4 << 20;

/// Makes the disk in a folder.
pub fn make(sandbox: &Sandbox, folder: &Path) -> PathBuf {
    let (root, raw, disk) = (folder.join("root"), folder.join("disk.raw"), folder.join("disk.qcow2"));
    run(Command::new("cp").args(["-a", "--reflink=auto"]).args([&base(sandbox), &root]));
    let script = ["sh", "-c", include_str!("ready-made.sh"), "ready-made.sh"];
    run(Command::new("unshare").args(["--mount", "--propagation=private"]).args(script).arg(&root));
    let core = fs_err::read(root.join("core.img")).unwrap();
    fs_err::remove_file(root.join("core.img")).unwrap();

    fs_err::File::create(&raw).unwrap().set_len(u64::from(SECTORS) * SECTOR).unwrap();
    let (offset, kilobytes) = (u64::from(FIRST) * SECTOR, u64::from(SECTORS - FIRST) * SECTOR / 1024);
    run(Command::new("mkfs.ext4")
        // GRUB 2.06 does not know this feature.
        .args(["-q", "-F", "-m", "0", "-O", "^metadata_csum_seed", "-E", &format!("offset={offset}"), "-d"])
        .args([&root, &raw])
        .arg(format!("{kilobytes}k")));
    let loader = fs_err::read(root.join(LOADER)).unwrap();
    let mut file = fs_err::OpenOptions::new().write(true).open(&raw).unwrap();
    file.write_all(&first_sector(&loader)).unwrap();
    // The loader looks for its second part in the sector after it.
    assert!(core.len() as u64 <= u64::from(FIRST - 1) * SECTOR);
    file.seek(SeekFrom::Start(SECTOR)).unwrap();
    file.write_all(&core).unwrap();
    run(Command::new("qemu-img").args(["convert", "-c", "-f", "raw", "-O", "qcow2"]).args([&raw, &disk]));
    disk
}

/// The root tree of the recipe in the cache of the builder, which the next run reuses.
fn base(sandbox: &Sandbox) -> PathBuf {
    let recipe = sandbox.state().join("catalog/images").join(BASE).with_extension("toml");
    fs_err::create_dir_all(recipe.parent().unwrap()).unwrap();
    fs_err::write(&recipe, RECIPE).unwrap();
    sandbox.lab(["image", "build", BASE]).ok();
    // The image itself boots directly by its kernel, and is of no use here; its recipe is removed with it.
    sandbox.lab(["image", "rm", BASE]).ok();
    let trees = fs_err::read_dir(sandbox.state().join("images/.roots")).unwrap();
    let bootable = trees
        .map(|tree| tree.unwrap().path().join("root"))
        .filter(|tree| tree.join(LOADER).exists() && tree.join("usr/bin/cloud-init").exists());
    bootable.max_by_key(|tree| fs_err::metadata(tree).unwrap().modified().unwrap()).expect("a root tree")
}

/// The boot loader's first part and the table of partitions.
fn first_sector(loader: &[u8]) -> [u8; SECTOR as usize] {
    let mut sector = [0; SECTOR as usize];
    sector[..446].copy_from_slice(&loader[..446]);
    // Active, of Linux, and too far for cylinders and heads.
    let beyond = [0xfe, 0xff, 0xff];
    let entry =
        [&[0x80], &beyond[..], &[0x83], &beyond, &FIRST.to_le_bytes(), &(SECTORS - FIRST).to_le_bytes()];
    sector[446..462].copy_from_slice(&entry.concat());
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
