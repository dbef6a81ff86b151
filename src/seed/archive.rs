//! A tar archive (`ustar` format) of a guest's files.
//!
//! tar suits because one program in the guest does everything: it creates missing folders, keeps existing
//! ones unchanged, and maps owners by name, independent of the numbers that the guest's packages assigned.

use crate::model::spec::GuestFile;

/// The archive of these files.
///
/// # Errors
/// When an owner's name is longer than 32 bytes.
pub fn archive(files: &[GuestFile]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let content = file.content.as_bytes();
        let (user, group) = file.owner.split_once(':').unwrap_or((&file.owner, &file.owner));
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(file.mode);
        header.set_size(content.len() as u64);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_username(user)?;
        header.set_groupname(group)?;
        archive.append_data(&mut header, file.path.trim_start_matches('/'), content)?;
    }
    archive.into_inner()
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
        ])
        .unwrap();
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
