//! Checks whether the machine has room for a lab. Separate from the other checks, because the result depends
//! on the machine and its present load.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::resolve::{Loaded, Place};
use super::source::LabSource;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Bytes, Node};

/// The capacity of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostFigures {
    /// Total memory.
    pub memory: Bytes,
    /// Memory available now without swapping.
    pub memory_free: Bytes,
    /// The size of the labs' file system.
    pub disk: Bytes,
    /// Its free space.
    pub disk_free: Bytes,
}

/// Why the machine's capacity is unknown.
#[derive(Debug, thiserror::Error)]
pub enum FiguresError {
    /// A file or file system cannot be read.
    #[error("the machine's memory and disk cannot be read")]
    Read(#[from] std::io::Error),
    /// `/proc/meminfo` lacks a line.
    #[error("`/proc/meminfo` does not say `{0}`")]
    Meminfo(&'static str),
}

/// Compares a lab's needs with the machine. More than the total is an error; more than is free now is a
/// warning, because disks are sparse and a running lab's own memory is not free.
pub fn capacity(source: &LabSource, loaded: &Loaded, host: &HostFigures) -> Diagnostics {
    let mut found = Diagnostics::new(&source.label, &source.text);
    let memory = |node: &Node| node.memory;
    let disk = |node: &Node| Bytes(node.disks.iter().map(|disk| disk.size.0).fold(0, u64::saturating_add));
    check(
        loaded,
        "memory",
        (host.memory, host.memory_free),
        memory,
        |place| place.memory.clone(),
        &mut found,
    );
    check(loaded, "disk", (host.disk, host.disk_free), disk, |place| place.disk.clone(), &mut found);
    found
}

fn check(
    loaded: &Loaded,
    what: &str,
    (total, free): (Bytes, Bytes),
    needs: impl Fn(&Node) -> Bytes,
    place: impl Fn(&Place) -> std::ops::Range<usize>,
    found: &mut Diagnostics,
) {
    let nodes = &loaded.lab.nodes;
    let sum = Bytes(nodes.iter().map(|node| needs(node).0).fold(0, u64::saturating_add));
    if sum <= free {
        return;
    }
    // Mark the node that needs most.
    let largest = nodes.iter().rev().max_by_key(|node| needs(node));
    let Some(node) = largest else { return };
    let span = loaded.places.iter().find(|place| place.node == node.name).map(place).unwrap_or_default();
    let label = format!("{} for `{}`", needs(node), node.name);
    found.push(if sum > total {
        Diagnostic::error(span, format!("the lab needs {sum} of {what} and the machine has {}", rough(total)))
            .label(label)
    } else {
        Diagnostic::warning(span, format!("the lab needs {sum} of {what} and {} are free now", rough(free)))
            .label(label)
    });
}

/// A number of bytes for people: whole MiB.
fn rough(bytes: Bytes) -> Bytes {
    Bytes::mib(bytes.as_mib())
}

impl HostFigures {
    /// Reads the machine's capacity; `folder` is the future folder of labs or any existing folder above it.
    ///
    /// # Errors
    /// When `/proc/meminfo` or the file system cannot be read.
    pub fn read(folder: &Path) -> Result<Self, FiguresError> {
        let meminfo = fs_err::read_to_string("/proc/meminfo")?;
        let existing = folder.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
        let (disk, disk_free) = file_system(existing)?;
        Ok(Self {
            memory: line(&meminfo, "MemTotal")?,
            memory_free: line(&meminfo, "MemAvailable")?,
            disk,
            disk_free,
        })
    }
}

/// A line of `/proc/meminfo`: `MemTotal:       16318404 kB`.
fn line(meminfo: &str, key: &'static str) -> Result<Bytes, FiguresError> {
    let value = meminfo.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let number = value.and_then(|value| value.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    number.map(|number| Bytes(number << 10)).ok_or(FiguresError::Meminfo(key))
}

/// The size and free space of a folder's file system, in bytes.
fn file_system(folder: &Path) -> Result<(Bytes, Bytes), std::io::Error> {
    let path = CString::new(folder.as_os_str().as_bytes())?;
    // SAFETY: all zeroes is a valid value of this struct of numbers.
    let mut answer: libc::statvfs = unsafe { std::mem::zeroed() };
    // SAFETY: `path` ends with a zero byte and `answer` is a struct of the right type; both outlive the call.
    if unsafe { libc::statvfs(path.as_ptr(), &raw mut answer) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    Ok((Bytes(answer.f_blocks * answer.f_frsize), Bytes(answer.f_bavail * answer.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::diagnostic::render;
    use crate::labfile::load;

    /// The problems of a lab with 2 GiB of memory and 4160 MiB of disks on a machine with these totals and
    /// free amounts in MiB.
    fn problems(memory: (u64, u64), disk: (u64, u64)) -> Diagnostics {
        let text = include_str!("../../tests/labfile/valid/cluster.toml");
        let source = LabSource::from_text(
            "cluster.toml",
            text,
            Catalog::bundled().beside_path(Path::new("tests/labfile")).unwrap(),
        );
        let host = HostFigures {
            memory: Bytes::mib(memory.0),
            memory_free: Bytes::mib(memory.1),
            disk: Bytes::mib(disk.0),
            disk_free: Bytes::mib(disk.1),
        };
        capacity(&source, &load(&source, &[]).unwrap(), &host)
    }

    #[test]
    fn room_enough_and_just_enough() {
        assert!(problems((8192, 4096), (100_000, 50_000)).is_empty());
        assert!(problems((2048, 2048), (4160, 4160)).is_empty());
    }

    #[test]
    fn more_than_is_free_is_a_warning_and_more_than_there_is_an_error() {
        insta::assert_snapshot!(render::text(&problems((2047, 1000), (5000, 4159)), false), @r#"
        warning: the lab needs 4160MiB of disk and 4159MiB are free now
          --> cluster.toml:19:6
           |
        19 | disk.data = "2GiB"
           |      ^^^^ 2112MiB for `node1`

        error: the lab needs 2GiB of memory and the machine has 2047MiB
          --> cluster.toml:25:13
           |
        25 | memory    = "1GiB"
           |             ^^^^^^ 1GiB for `node2`
        "#);
    }

    #[test]
    fn the_machine_is_read() {
        let meminfo = "MemTotal:       16318404 kB\nMemFree:  1 kB\nMemAvailable:    8000000 kB\n";
        assert_eq!(line(meminfo, "MemTotal").unwrap(), Bytes(16_318_404 << 10));
        assert!(matches!(line("", "MemTotal"), Err(FiguresError::Meminfo("MemTotal"))));
        let figures = HostFigures::read(Path::new("/no/such/folder")).unwrap();
        assert!(figures.memory_free <= figures.memory && figures.disk_free <= figures.disk);
        assert!(figures.memory > Bytes::mib(64), "a machine that runs this has some memory");
    }
}
