//! What a guest says: on its line, its console, over SSH, and in a stream of files.

use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;

use super::cut;
use crate::app::status::listing::{Heard, Told};
use crate::base::archive::{Bounds, check_names, unpack};
use crate::base::terminal::Screener;
use crate::base::{growing, text};
use crate::catalog::Catalog;
use crate::drill::{ask, inspect, lines, measure, replicas};
use crate::guest::{console, line as virtio};
use crate::labfile;
use crate::model::Lab;
use crate::model::log::LogRule;
use crate::record::Nanos;
use crate::report::log_events::{Disks, log_event};

/// The answers to questions that are asked over SSH.
pub fn answers(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    for told in Heard::default().told(input) {
        if let Told::Role(_, text) = told {
            assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
    let _ = replicas::parse(&text);
    let _ = measure::parse(&text, Some(Nanos::millis(1)));
    let (asked, answered) = (Nanos::millis(100), Nanos::millis(140));
    let said = ask::Said { text, asked, answered, wall: Timestamp::UNIX_EPOCH };
    if let Ok(facts) = inspect::facts(&said) {
        let json = serde_json::to_string(&facts).expect("facts can be recorded");
        assert_eq!(
            serde_json::from_slice::<crate::record::Facts>(json.as_bytes()).expect("and read again"),
            facts
        );
    }
}

/// The phases and the last lines of a console.
pub fn console(input: &[u8]) {
    let (one, two) = cut(input);
    let mut pieces = console::Phases::default();
    pieces.hear(one);
    pieces.hear(two);
    let mut whole = console::Phases::default();
    whole.hear(&[one, two].concat());
    assert_eq!(pieces.last, whole.last);
    let tail = console::tail(&String::from_utf8_lossy(two), 20);
    assert!(tail.lines().count() <= 20);
    assert!(tail.chars().all(|sign| sign == '\n' || !sign.is_control()));
}

/// Answers on the virtio line, as they arrive.
pub fn line(input: &[u8]) {
    let (one, two) = cut(input);
    let mut heard = Vec::new();
    for piece in [one, two] {
        heard.extend_from_slice(piece);
        while let Some((number, _)) = virtio::answer(&mut heard, |number| number.len() % 2 == 0) {
            assert!(number.len() % 2 == 0);
        }
    }
}

/// The rules of all logs of the bundled labs.
static RULES: LazyLock<Vec<LogRule>> = LazyLock::new(|| {
    let names = labfile::bundled_labs();
    let rules = |lab: Lab| lab.stacks.into_iter().flat_map(|stack| stack.logs).collect::<Vec<_>>();
    let labs = names.iter().filter_map(|name| Some(labfile::load(&bundled(name)?, &[]).ok()?.lab));
    labs.flat_map(rules).collect()
});

/// A bundled lab.
pub fn bundled(name: &str) -> Option<labfile::LabSource> {
    labfile::find(name, &Catalog::bundled(), crate::base::folder::Access::Any).ok()
}

/// The lines of followed logs, and their meanings.
pub fn log(input: &[u8]) {
    let (one, two) = cut(input);
    let (mut session, mut disks) = (lines::LogSession::default(), Disks::default());
    for piece in [one, two] {
        for line in session.feed(piece) {
            let _ = log_event(RULES.iter(), &line);
            disks.hear(&line);
        }
    }
}

/// What is let through to a terminal.
pub fn terminal(input: &[u8]) {
    let (one, two) = cut(input);
    let mut pieces = Screener::default();
    let passed = [pieces.pass(one), pieces.pass(two)].concat();
    let whole = [one, two].concat();
    assert_eq!(Screener::default().pass(&whole), passed, "pieces make no difference");
    // What passed is harmless, and passes again but for a sequence that a cut left open.
    assert_eq!(Screener::default().pass(&passed), passed, "what passed is not stopped");
    // No string of a device or of the operating system, and no character that makes a terminal answer.
    let starts = [b"\x1b]".as_slice(), b"\x1bP", b"\x1bX", b"\x1b^", b"\x1b_", b"\x1bc", b"\x05"];
    for start in starts {
        assert!(!passed.windows(start.len()).any(|part| part == start), "{start:?}");
    }
    let text = String::from_utf8_lossy(&whole);
    let line = text::one_line(&text);
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert_eq!(text::one_line(&line), line);
    let styled = text::styled(&text);
    assert_eq!(text::styled(&styled), styled);
    let json = serde_json::to_string(&text).expect("a text is JSON");
    assert_eq!(serde_json::from_str::<String>(&text::json(&json)).expect("still JSON"), text);
}

/// Files that are copied out of a guest.
pub fn copy(input: &[u8]) {
    static NEVER: AtomicBool = AtomicBool::new(false);
    const MOST: u64 = 1 << 20;
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let (outside, target) = (folder.path().join("outside"), folder.path().join("target"));
    fs_err::write(&outside, "untouched").expect("it is ours");
    if check_names(input).is_ok() {
        let _ = unpack(input, &target, Bounds { bytes: MOST, cancel: &NEVER });
    }
    let beside: Vec<_> = fs_err::read_dir(folder.path()).expect("it is ours").flatten().collect();
    assert!(beside.iter().all(|entry| [&outside, &target].contains(&&entry.path())), "{beside:?}");
    assert_eq!(fs_err::read(&outside).expect("it is ours"), b"untouched");
    let _ = growing::tail(&outside, 100);
}
