//! Programs on pseudo-terminals, with a pump before each.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::super::window::FIRST_SIZE;
use super::*;

/// How long something may take that happens at once.
const LONG: Duration = Duration::from_secs(20);

/// A program on a pseudo-terminal, with a pump before it.
struct Shown {
    window: Arc<Window>,
    student: UnixStream,
    pump: Option<std::thread::JoinHandle<bool>>,
    program: Child,
}

impl Shown {
    fn of(line: &str) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
        let window = Arc::new(Window::new().unwrap());
        window.open(&ours).unwrap();
        let open = || {
            Stdio::from(fs_err::File::options().read(true).write(true).open(&name).unwrap().into_parts().0)
        };
        let mut command = Command::new("sh");
        let program = command.args(["-c", line]).stdin(open()).stdout(open()).stderr(open()).spawn().unwrap();
        drop(command);
        let (student, theirs) = UnixStream::pair().unwrap();
        student.set_read_timeout(Some(LONG)).unwrap();
        let shared = window.clone();
        let pump = std::thread::spawn(move || Pump::new(&shared, ours, theirs, None).unwrap().run());
        Self { window, student, pump: Some(pump), program }
    }

    fn look(&self, types: bool) -> (u64, UnixStream) {
        let (viewer, theirs) = UnixStream::pair().unwrap();
        viewer.set_read_timeout(Some(LONG)).unwrap();
        (self.window.look("Ann", types, theirs).unwrap(), viewer)
    }

    /// Waits for the end of the pump; returns whether the program had ended.
    fn ends(&mut self) -> bool {
        self.pump.take().unwrap().join().unwrap()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Reads until a text comes; returns all.
fn until(mut socket: &UnixStream, text: &str) -> String {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    let mut new = 0;
    while !String::from_utf8_lossy(&all[new..]).contains(text) {
        let count = socket.read(&mut piece).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&all));
        new = all.len().saturating_sub(text.len());
        all.extend_from_slice(&piece[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

fn rest(mut socket: &UnixStream) -> String {
    let mut all = Vec::new();
    let _ = socket.read_to_end(&mut all);
    String::from_utf8_lossy(&all).into_owned()
}

#[test]
fn one_who_looks_gets_what_was_printed_and_what_comes_and_cannot_type() {
    let mut shown = Shown::of("stty -echo; echo ready; while read line; do echo \"got $line\"; done");
    until(&shown.student, "ready");
    shown.student.write_all(b"first\n").unwrap();
    until(&shown.student, "got first");
    let (_, viewer) = shown.look(false);
    assert!(until(&viewer, "got first").contains("ready"));
    (&viewer).write_all(b"intruder\n").unwrap();
    shown.student.write_all(b"second\n").unwrap();
    assert!(!until(&viewer, "got second").contains("intruder"));
    assert!(!until(&shown.student, "got second").contains("intruder"));
    let (_, typing) = shown.look(true);
    until(&typing, "got second");
    (&typing).write_all(b"help\n").unwrap();
    for end in [&shown.student, &typing, &viewer] {
        until(end, "got help");
    }
    shown.student.write_all(b"\x04").unwrap();
    assert!(shown.ends());
    assert_eq!((rest(&shown.student), rest(&viewer)), (String::new(), String::new()));
}

#[test]
fn the_student_knows_who_looks() {
    let shown = Shown::of("cat");
    let (number, _viewer) = shown.look(false);
    assert_eq!(shown.window.watched(&[]).unwrap(), ["Ann (looks)"]);
    let (_, typing) = shown.look(true);
    assert_eq!(shown.window.watched(&["Ann (looks)".to_owned()]).unwrap(), ["Ann (looks)", "Ann (types)"]);
    shown.window.leave(number);
    drop(typing);
    let mut left = shown.window.watched(&["Ann (looks)".to_owned(), "Ann (types)".to_owned()]).unwrap();
    while !left.is_empty() {
        left = shown.window.watched(&left).unwrap();
    }
    shown.window.end();
    assert_eq!(shown.window.watched(&[]), None, "no one looks at what is over");
}

#[test]
fn one_who_does_not_read_is_dropped_and_the_student_goes_on() {
    let lines = 2 * MOST_WAITING / 1000;
    let shown = Shown::of(&format!(
        "read go; line=$(printf '%01000d' 7); for i in $(seq {lines}); do echo $line; done; echo over; cat"
    ));
    let (number, _viewer) = shown.look(false);
    (&shown.student).write_all(b"go\n").unwrap();
    until(&shown.student, "over");
    assert_eq!(shown.window.size_for(number, Some(FIRST_SIZE)), None);
    assert!(shown.window.viewers().is_empty());
}

#[test]
fn a_size_reaches_the_program_and_those_who_look() {
    let shown = Shown::of("trap 'stty size' WINCH; stty size; while read line; do stty size; done");
    until(&shown.student, "24 80");
    let (number, _viewer) = shown.look(false);
    assert_eq!(shown.window.size_for(number, None), Some([80, 24]));
    shown.window.resize([132, 43]);
    assert_eq!(shown.window.size_for(number, Some([80, 24])), Some([132, 43]));
    (&shown.student).write_all(b"\n").unwrap();
    until(&shown.student, "43 132");
}

#[test]
fn it_ends_with_the_student_and_when_it_has_to() {
    let mut shown = Shown::of("cat");
    shown.student.shutdown(std::net::Shutdown::Both).unwrap();
    assert!(!shown.ends());
    let mut other = Shown::of("cat");
    other.window.end();
    assert!(!other.ends());
    assert!(other.window.look("Ann", false, UnixStream::pair().unwrap().0).is_none());
    let mut last = Shown::of("echo last words");
    assert!(rest(&last.student).contains("last words"));
    assert!(last.ends());
}
