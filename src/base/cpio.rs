//! Archives in cpio's `newc` format, which the kernel unpacks as its first file system.
//!
//! The kernel unpacks concatenated archives into one file system; a guest's seed is appended to its image's
//! initrd that way.

/// An archive under construction.
#[derive(Debug, Default)]
pub struct Archive {
    bytes: Vec<u8>,
    inode: u32,
}

const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

impl Archive {
    /// Adds a folder.
    pub fn folder(&mut self, path: &str) {
        self.entry(path, FOLDER | 0o755, 2, &[]);
    }

    /// Adds a file owned by root with these permission bits.
    pub fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entry(path, FILE | mode, 1, content);
    }

    /// The finished archive, padded to a multiple of 512 bytes so that another can follow it.
    pub fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, 1, &[]);
        self.pad(512);
        self.bytes
    }

    fn entry(&mut self, path: &str, mode: u32, links: u32, content: &[u8]) {
        self.inode += 1;
        // Magic; inode, mode, user, group, links, time, size, device (4 numbers), length of the name, no
        // checksum.
        let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
        let name = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
        let header = [self.inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name, 0];
        self.bytes.extend_from_slice(b"070701");
        for field in header {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad(4);
        self.bytes.extend_from_slice(content);
        self.pad(4);
    }

    fn pad(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_that_of_newc() {
        let mut archive = Archive::default();
        archive.folder("etc");
        archive.file("etc/hostname", 0o644, b"node1\n");
        let bytes = archive.finish();
        assert_eq!(bytes.len(), 512);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("07070100000001000041ed"));
        // The second header begins at a multiple of four, after 110 bytes, "etc", its end mark and padding.
        assert_eq!(text.find("07070100000002000081a4"), Some(116));
        assert!(text.contains("etc/hostname\0\0\0node1\n") || text.contains("etc/hostname\0\0node1\n"));
        assert!(text.contains("TRAILER!!!"));
    }
}
