//! A tar archive (the `ustar` form) of a guest's files.
//!
//! tar, because one program in the guest then does all of it: it makes the folders that are missing and leaves those
//! that are there alone, and it knows owners by name, whatever number the guest's packages gave them.

use crate::model::spec::GuestFile;

/// The archive of these files.
pub fn archive(files: &[GuestFile]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for file in files {
        let content = file.content.as_bytes();
        let path = file.path.trim_start_matches('/');
        if path.len() > 100 {
            // GNU's way to say a long path: an entry before the entry.
            let name = [path.as_bytes(), b"\0"].concat();
            bytes.extend(header("././@LongLink", 0o644, "root", "root", name.len(), b'L'));
            push_padded(&mut bytes, &name);
        }
        let (user, group) = file.owner.split_once(':').unwrap_or((&file.owner, &file.owner));
        bytes.extend(header(path, file.mode, user, group, content.len(), b'0'));
        push_padded(&mut bytes, content);
    }
    // Two empty blocks are the end.
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn push_padded(bytes: &mut Vec<u8>, content: &[u8]) {
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
}

fn header(path: &str, mode: u32, user: &str, group: &str, size: usize, kind: u8) -> [u8; 512] {
    let mut block = [0; 512];
    let mut field = |at: usize, length: usize, text: &str| {
        let text = text.as_bytes();
        let length = text.len().min(length);
        block[at..at + length].copy_from_slice(&text[..length]);
    };
    field(0, 100, path);
    field(100, 8, &format!("{mode:07o}"));
    field(108, 8, "0000000");
    field(116, 8, "0000000");
    field(124, 12, &format!("{size:011o}"));
    field(136, 12, "00000000000");
    field(148, 8, "        ");
    field(257, 8, "ustar\x0000");
    field(265, 32, user);
    field(297, 32, group);
    block[156] = kind;
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn tar_reads_it() {
        let long = format!("/srv/{}/file", "very-long-".repeat(12));
        let file = |path: &str, mode, owner: &str, content: &str| GuestFile {
            path: path.to_owned(),
            mode,
            owner: owner.to_owned(),
            content: content.to_owned(),
        };
        let bytes = archive(&[
            file("/etc/ha.d/authkeys", 0o600, "hacluster:haclient", "auth 1\n"),
            file(&long, 0o755, "root:root", &"x".repeat(512)),
        ]);
        let mut tar =
            Command::new("tar").args(["-tv"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        tar.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = tar.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert!(output.status.success());
        assert_eq!(lines[0][..3], ["-rw-------", "hacluster/haclient", "7"]);
        assert_eq!(lines[0][5], "etc/ha.d/authkeys");
        assert_eq!(lines[1][..3], ["-rwxr-xr-x", "root/root", "512"]);
        assert_eq!(lines[1][5], long.trim_start_matches('/'));
    }
}
