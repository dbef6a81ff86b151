//! Control groups of the kernel that this program runs on: their limits hold, whichever version it has.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use halab::testing::base::cgroup::ControlGroup;
use halab::testing::base::process::Process;

/// Far more than the kernel needs for anything here, but not unlimited.
const BOUNDED: Duration = Duration::from_secs(60);

/// How long processes share a processor.
const SHARED: Duration = Duration::from_secs(4);

/// A group with programs in it.
struct Group {
    group: ControlGroup,
    programs: Vec<Child>,
}

impl Group {
    fn of(name: &str, processes: u32) -> Self {
        assert!(rustix::process::geteuid().is_root(), "control groups need root: sudo make test");
        let group = ControlGroup::named(&format!("halab-test-{name}-{}", std::process::id()));
        group.make(processes).unwrap();
        Self { group, programs: Vec::new() }
    }

    /// Starts a program in it, as the leader of a group of processes.
    fn start(&mut self, words: &[&str]) -> &mut Child {
        let group = self.group.clone();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).stdin(Stdio::null()).stderr(Stdio::null()).process_group(0);
        // SAFETY: it writes files, and the allocator can be used after a fork.
        unsafe { command.pre_exec(move || group.join()) };
        self.programs.push(command.spawn().unwrap());
        self.programs.last_mut().unwrap()
    }

    /// The processor time of its programs, in ticks.
    fn processor(&self) -> u64 {
        self.programs.iter().map(|program| ticks(program.id())).sum()
    }

    /// Ends its programs.
    fn end(&mut self) {
        for mut program in self.programs.drain(..) {
            let leader = rustix::process::Pid::from_child(&program);
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
            program.wait().unwrap();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
        self.group.remove().unwrap();
    }
}

/// Fields 14 and 15 of `/proc/<pid>/stat`.
fn ticks(pid: u32) -> u64 {
    let stat = fs_err::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields = stat[stat.rfind(')').unwrap() + 1..].split_whitespace().skip(11).take(2);
    fields.map(|field| field.parse::<u64>().unwrap()).sum()
}

#[track_caller]
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + BOUNDED;
    while !is_so() {
        assert!(Instant::now() < end, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
#[ignore = "needs root and control groups"]
fn memory_is_limited() {
    let mut group = Group::of("memory", 100);
    group.group.limit_memory(64 << 20).unwrap();
    let status = group.start(&["perl", "-e", "push @x, q(x) x 1e6 while 1"]).wait().unwrap();
    assert_eq!(status.signal(), Some(9), "the kernel ends what takes more: {status}");
    assert!(group.group.enforced().memory > 0);
    // What fits is left alone, and counted.
    group.start(&["perl", "-e", "$x = q(x) x 2e7; sleep 1000"]);
    eventually("the use of memory", || group.group.memory().unwrap() > 20 << 20);
    assert!(group.group.memory().unwrap() <= 64 << 20);
}

#[test]
#[ignore = "needs root and control groups"]
fn processes_are_limited() {
    let mut group = Group::of("processes", 20);
    group.start(&["sh", "-c", "f() { f | f & }; f; sleep 1000"]);
    eventually("a refusal", || group.group.enforced().processes > 0);
    // A program that has never been refused one may start as many as are allowed.
    let mut other = Group::of("others", 20);
    other.start(&["sh", "-c", "for n in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait"]);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        assert_eq!(other.group.enforced().processes, 0);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
#[ignore = "needs root and control groups"]
fn groups_share_a_processor_equally() {
    let busy = ["taskset", "-c", "0", "sh", "-c", "while :; do :; done"];
    let (mut one, mut many) = (Group::of("one", 100), Group::of("many", 100));
    one.start(&busy);
    for _ in 0..4 {
        many.start(&busy);
    }
    let before = (one.processor(), many.processor());
    std::thread::sleep(SHARED);
    let took = (one.processor() - before.0, many.processor() - before.1);
    // Five equal processes without groups would give the first one a quarter of what the others have.
    assert!(took.0 * 10 > took.1 * 6, "{took:?}");
}

#[test]
#[ignore = "needs root and control groups"]
fn a_group_is_removed_when_it_is_empty() {
    let mut group = Group::of("empty", 10);
    let name = format!("halab-test-empty-{}", std::process::id());
    assert!(ControlGroup::list("halab-test-empty-").contains(&name));
    let process = Process::of(group.start(&["sleep", "1000"]).id() as i32).unwrap();
    assert!(!group.group.is_empty() && process.is_alive());
    group.end();
    assert!(group.group.is_empty());
    group.group.remove().unwrap();
    assert!(!ControlGroup::list("halab-test-empty-").contains(&name));
    assert_eq!(group.group.memory(), None);
    group.group.remove().unwrap();
}
