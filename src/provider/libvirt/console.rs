//! Follows a console: its last lines, and the later output.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// How long one wait lasts before cancellation is checked.
const TICK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };

/// Passes on the last lines of a console's file and the later output, until the flag is set.
///
/// # Errors
/// When there is no such file, or it cannot be read.
pub(super) fn follow(
    path: &Path,
    lines: usize,
    cancel: &AtomicBool,
    tell: &mut dyn FnMut(&[u8]),
) -> std::io::Result<()> {
    let mut file = fs_err::File::open(path)?.into_parts().0;
    let mut inotify = watch(path)?;
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    tell(last_lines(&text, lines));
    while !cancel.load(Ordering::Relaxed) {
        let ready = poll(&mut [PollFd::new(&inotify, PollFlags::IN)], Some(&TICK));
        if ready.is_ok_and(|count| count > 0) {
            // The events themselves do not matter: the file is read in any case.
            let _ = inotify.read_events(&mut [0; 4096]).map(Iterator::count);
        }
        tell(&news(&mut file)?);
    }
    Ok(())
}

fn watch(path: &Path) -> std::io::Result<Inotify> {
    let inotify = Inotify::init()?;
    inotify.watches().add(path, WatchMask::MODIFY)?;
    Ok(inotify)
}

/// The new output; the whole file if it has become shorter, because then it was started again.
fn news(file: &mut File) -> std::io::Result<Vec<u8>> {
    if file.metadata()?.len() < file.stream_position()? {
        file.seek(SeekFrom::Start(0))?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The last lines of a text, including an incomplete one.
fn last_lines(text: &[u8], lines: usize) -> &[u8] {
    let ends =
        text.iter().enumerate().rev().filter(|(index, byte)| **byte == b'\n' && index + 1 < text.len());
    let start = ends.map(|(index, _)| index + 1).nth(lines.saturating_sub(1)).unwrap_or(0);
    match lines {
        0 => &[],
        _ => text.get(start..).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_last_lines_are_whole() {
        let text = b"one\ntwo\nthree\n";
        assert_eq!(last_lines(text, 2), b"two\nthree\n");
        assert_eq!(last_lines(text, 9), text);
        assert_eq!(last_lines(text, 0), b"");
        assert_eq!(last_lines(b"one\nunfinished", 1), b"unfinished");
    }

    #[test]
    fn a_console_that_was_begun_anew_is_read_from_its_start() {
        let path = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(path.path(), "a long first life\n").unwrap();
        let mut file = File::open(path.path()).unwrap();
        assert_eq!(news(&mut file).unwrap(), b"a long first life\n");
        let mut writer = fs_err::OpenOptions::new().append(true).open(path.path()).unwrap();
        writer.write_all(b"more\n").unwrap();
        assert_eq!(news(&mut file).unwrap(), b"more\n");
        fs_err::write(path.path(), "second\n").unwrap();
        assert_eq!(news(&mut file).unwrap(), b"second\n");
    }
}
