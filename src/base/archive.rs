//! Files and folders as a tar stream, and back. The author of a stream is not trusted when it is unpacked:
//! nothing outside the target is touched, no link is made or followed, and there are limits.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, Mode, OFlags, fchmod, openat};
use tar::{Archive, Builder, EntryType, Header};

use super::regular;

/// The maximum number of files and folders of one stream.
const MOST_ENTRIES: u64 = 100_000;

/// The longest name of an entry, in bytes.
const LONGEST_NAME: u64 = 64 * 1024;

/// The permissions that are kept: set-user-ID and similar bits are removed.
const PERMISSIONS: u32 = 0o777;

/// The result of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Copied {
    /// Number of files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// Files that were left out, with the reason.
    pub left_out: Vec<String>,
    /// The paths, in the target, of the files and folders that were unpacked.
    pub unpacked: BTreeSet<PathBuf>,
}

/// The limits of a copy.
#[derive(Debug, Clone, Copy)]
pub struct Bounds<'a> {
    /// The maximum number of bytes.
    pub bytes: u64,
    /// Set to cancel the copy.
    pub cancel: &'a AtomicBool,
}

impl Bounds<'_> {
    /// # Errors
    /// When the copy was cancelled, or would exceed the limit by this number of bytes.
    pub fn check(&self, bytes: u64) -> io::Result<()> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(io::Error::other("stopped"));
        }
        if bytes > self.bytes {
            let message = format!("it has more than {} bytes", self.bytes);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(())
    }
}

/// A reader or writer that stops at the limits.
pub struct Bounded<'a, T> {
    inner: T,
    bounds: Bounds<'a>,
    bytes: u64,
}

impl<'a, T> Bounded<'a, T> {
    /// Counts from zero.
    pub fn new(inner: T, bounds: Bounds<'a>) -> Self {
        Self { inner, bounds, bytes: 0 }
    }
}

impl<T: Read> Read for Bounded<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        self.bounds.check(self.bytes)?;
        Ok(count)
    }
}

impl<T: Write> Write for Bounded<'_, T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bounds.check(self.bytes + bytes.len() as u64)?;
        let count = self.inner.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes files and folders, each under a name of its own, as a stream. Links inside folders are kept as
/// links.
///
/// # Errors
/// When one cannot be read, or a limit is exceeded.
pub fn pack(sources: &[(PathBuf, String)], into: impl Write, bounds: Bounds<'_>) -> io::Result<Copied> {
    let mut builder = Builder::new(Bounded::new(into, bounds));
    let mut copied = Copied::default();
    for (source, name) in sources {
        // A source that is a link is replaced by its target.
        add(&mut builder, &fs_err::canonicalize(source)?, Path::new(name), &mut copied, bounds)?;
    }
    builder.into_inner()?.flush()?;
    Ok(copied)
}

/// Writes some of what is in a folder as a stream, under its paths in the folder; of a folder in it, only
/// itself. What has been deleted meanwhile is left out.
///
/// # Errors
/// As [`pack`].
pub fn pack_some(
    folder: &Path,
    inside: &[PathBuf],
    into: impl Write,
    bounds: Bounds<'_>,
) -> io::Result<Copied> {
    let mut builder = Builder::new(Bounded::new(into, bounds));
    let mut copied = Copied::default();
    for name in inside {
        bounds.check(0)?;
        match add_alone(&mut builder, &folder.join(name), name, &mut copied, bounds) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => drop(other?),
        }
    }
    builder.into_inner()?.flush()?;
    Ok(copied)
}

fn add(
    builder: &mut Builder<impl Write>,
    source: &Path,
    name: &Path,
    copied: &mut Copied,
    bounds: Bounds<'_>,
) -> io::Result<()> {
    if add_alone(builder, source, name, copied, bounds)? {
        let mut inside = fs_err::read_dir(source)?.collect::<Result<Vec<_>, _>>()?;
        inside.sort_by_key(fs_err::DirEntry::file_name);
        for entry in inside {
            bounds.check(0)?;
            add(builder, &entry.path(), &name.join(entry.file_name()), copied, bounds)?;
        }
    }
    Ok(())
}

/// Adds one file, link or folder without its content; returns whether it is a folder.
fn add_alone(
    builder: &mut Builder<impl Write>,
    source: &Path,
    name: &Path,
    copied: &mut Copied,
    bounds: Bounds<'_>,
) -> io::Result<bool> {
    let metadata = fs_err::symlink_metadata(source)?;
    let mut header = Header::new_gnu();
    header.set_metadata(&metadata);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    if metadata.is_dir() {
        builder.append_data(&mut header, name, io::empty())?;
    } else if metadata.is_symlink() {
        builder.append_link(&mut header, name, fs_err::read_link(source)?)?;
    } else if metadata.is_file() {
        let file = regular::open(source, bounds.bytes)?;
        let length = file.metadata()?.len();
        header.set_size(length);
        // A file that grows or shrinks during the copy must not corrupt the entries after it.
        builder.append_data(&mut header, name, file.take(length).chain(io::repeat(0)).take(length))?;
        copied.files += 1;
        copied.bytes += length;
    } else {
        copied.left_out.push(format!("{}: neither a file nor a folder", source.display()));
    }
    Ok(metadata.is_dir())
}

/// Writes the top entry of a stream, one file or one folder, as `target`, with the permissions that it has.
/// Links and devices are left out.
///
/// # Errors
/// When a name leads elsewhere, something cannot be written, or a limit is exceeded.
pub fn unpack(stream: impl Read, target: &Path, bounds: Bounds<'_>) -> io::Result<Copied> {
    let mut archive = Archive::new(stream);
    let mut copied = Copied::default();
    let mut top = None;
    let mut folders = Vec::new();
    for (number, entry) in (0..).zip(archive.entries()?) {
        let mut entry = entry?;
        if number >= MOST_ENTRIES {
            return Err(io::Error::other(format!("it has more than {MOST_ENTRIES} files")));
        }
        let name = entry.path()?.into_owned();
        let (first, inside) = split(&name)?;
        if *top.get_or_insert_with(|| first.to_owned()) != first {
            return Err(foreign(&name));
        }
        let place = if inside.as_os_str().is_empty() { target.to_owned() } else { target.join(&inside) };
        let mode = entry.header().mode()? & PERMISSIONS;
        match entry.header().entry_type() {
            EntryType::Directory => {
                inside_only(target, &inside)?;
                if make_folder(&place, place == target)? {
                    folders.push((place, mode));
                }
                copied.unpacked.insert(inside);
            }
            EntryType::Regular | EntryType::Continuous => {
                inside_only(target, &inside)?;
                let size = entry.size();
                let mut reader =
                    Bounded::new(&mut entry, Bounds { bytes: bounds.bytes - copied.bytes, ..bounds });
                copied.bytes += write_file(&place, mode, size, &mut reader)?;
                copied.files += 1;
                copied.unpacked.insert(inside);
            }
            EntryType::Symlink | EntryType::Link => {
                copied.left_out.push(format!("{}: a link", shown(&name)));
            }
            _ => copied.left_out.push(format!("{}: neither a file nor a folder", shown(&name))),
        }
    }
    // Last, because nothing can be written into a folder that its owner may not write.
    for (place, mode) in folders.into_iter().rev() {
        let options = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        fchmod(openat(CWD, &place, options, Mode::empty())?, Mode::from_raw_mode(mode))?;
    }
    match top {
        Some(_) => Ok(copied),
        None => Err(io::Error::other("nothing was sent")),
    }
}

/// The top of a name and the rest of it; a name that leads anywhere else is refused.
fn split(name: &Path) -> io::Result<(&OsStr, PathBuf)> {
    let mut parts = name.components().filter(|part| *part != Component::CurDir);
    let Some(Component::Normal(first)) = parts.next() else { return Err(foreign(name)) };
    let mut inside = PathBuf::new();
    for part in parts {
        let Component::Normal(part) = part else { return Err(foreign(name)) };
        inside.push(part);
    }
    Ok((first, inside))
}

fn foreign(name: &Path) -> io::Error {
    io::Error::other(format!("`{}` was sent, which is not in what was asked for", shown(name)))
}

/// A name for people: a guest may send one that moves the cursor of a terminal.
fn shown(name: &Path) -> String {
    name.display().to_string().escape_debug().to_string()
}

/// Creates a folder; returns whether it was not there. Only the target itself may be a link to a folder,
/// because the user created it.
fn make_folder(place: &Path, is_target: bool) -> io::Result<bool> {
    match fs_err::symlink_metadata(place) {
        Ok(found) if found.is_dir() || (is_target && place.is_dir()) => Ok(false),
        _ => fs_err::create_dir(place).map(|()| true),
    }
}

/// Refuses to write below the target through a link that was there before: only the target itself may be one.
fn inside_only(target: &Path, inside: &Path) -> io::Result<()> {
    let mut place = target.to_owned();
    for part in inside.parent().into_iter().flat_map(Path::components) {
        place.push(part);
        if !fs_err::symlink_metadata(&place)?.is_dir() {
            return Err(io::Error::other(format!("`{}` is not a folder", place.display())));
        }
    }
    Ok(())
}

/// Writes a file, in the place of an existing file or link, which stays until the whole content is there.
fn write_file(place: &Path, mode: u32, size: u64, content: &mut impl Read) -> io::Result<u64> {
    let replaceable = |found: &std::fs::Metadata| found.is_file() || found.is_symlink();
    if fs_err::symlink_metadata(place).is_ok_and(|found| !replaceable(&found)) {
        return Err(io::Error::other(format!("`{}` is there, and is no file", place.display())));
    }
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new();
    aside.prefix(".lab-cp").permissions(PermissionsExt::from_mode(mode));
    let mut file = aside.tempfile_in(folder)?;
    let written = io::copy(content, &mut file)?;
    if written != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    // The mode above is that of a file without the bits that this process masks.
    file.as_file().set_permissions(PermissionsExt::from_mode(mode))?;
    file.persist(place)?;
    Ok(written)
}

/// Refuses entries that are read into memory as a whole and are longer than any name: long names, long links
/// and extended headers.
///
/// # Errors
/// The first such entry, and what else is wrong with the stream.
pub fn check_names(stream: impl Read) -> io::Result<()> {
    for entry in Archive::new(stream).entries()?.raw(true) {
        let entry = entry?;
        let kind = entry.header().entry_type();
        let in_memory = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        if in_memory && entry.size() > LONGEST_NAME {
            return Err(io::Error::other("a name that was sent is too long"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
