//! Follows a console: its last lines, and the later output.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::base::growing::Growing;

/// The most bytes in which the last lines are looked for.
const RECENT: u64 = 4 << 20;

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
    let mut console = Growing::open(path)?;
    let mut inotify = watch(path)?;
    console.skip_to_last(RECENT)?;
    tell(last_lines(&recent(&mut console)?, lines));
    while !cancel.load(Ordering::Relaxed) {
        let piece = console.next()?;
        if !piece.is_empty() {
            tell(piece);
            continue;
        }
        let ready = poll(&mut [PollFd::new(&inotify, PollFlags::IN)], Some(&TICK));
        if ready.is_ok_and(|count| count > 0) {
            // The events themselves do not matter: the file is read in any case.
            let _ = inotify.read_events(&mut [0; 4096]).map(Iterator::count);
        }
    }
    Ok(())
}

/// What is there now, up to twice [`RECENT`]: a guest may write as fast as this reads.
fn recent(console: &mut Growing) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    while (text.len() as u64) < 2 * RECENT {
        match console.next()? {
            [] => break,
            piece => text.extend_from_slice(piece),
        }
    }
    Ok(text)
}

fn watch(path: &Path) -> std::io::Result<Inotify> {
    let inotify = Inotify::init()?;
    inotify.watches().add(path, WatchMask::MODIFY)?;
    Ok(inotify)
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
    fn a_console_is_followed_from_its_last_lines_on() {
        let path = tempfile::NamedTempFile::new().unwrap();
        path.as_file().set_len(1 << 40).unwrap();
        let append = |text: &[u8]| {
            let mut file = fs_err::OpenOptions::new().append(true).open(path.path()).unwrap();
            file.write_all(text).unwrap();
        };
        append(b"\none\ntwo\n");
        let (cancel, mut heard) = (AtomicBool::new(false), Vec::new());
        follow(path.path(), 1, &cancel, &mut |bytes| {
            match heard.is_empty() {
                true => append(b"three\n"),
                false => cancel.store(true, Ordering::Relaxed),
            }
            heard.extend_from_slice(bytes);
        })
        .unwrap();
        assert_eq!(String::from_utf8_lossy(&heard), "two\nthree\n");
    }
}
