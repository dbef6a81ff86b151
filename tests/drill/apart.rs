//! Loads in processes without rights, and programs of a lab's author.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use halab::model::Millis;
use halab::model::drill::{Load, LoadKind};
use halab::record::{Answer, Clock, Event, Nanos, Sample, What};
use halab::testing::probe::{Clients, Here, program, run_script_apart};

use super::load::{ended, http};
use super::server::{Reply, Server};
use super::{alone, program as executable};

const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// The limit of each wait in a test.
const LIMIT: Duration = Duration::from_secs(120);

/// Runs a load in a process until enough has happened; returns all events, and how it ended.
fn run_apart(load: &Load, mut enough: impl FnMut(&Event) -> bool) -> (Vec<Event>, std::io::Result<()>) {
    let (events, received) = channel();
    let (clock, stop) = (Clock::start(), AtomicBool::new(false));
    let mut heard = Vec::new();
    let ended = std::thread::scope(|scope| {
        let first_due = Nanos::millis(50);
        let clients = Clients {
            load,
            ip: LOCAL,
            first_due,
            first_id: 0,
            nonces: None,
            clock,
            stop: &stop,
            events,
            sockets: &Here,
        };
        let thread = scope.spawn(|| clients.run_apart(executable()));
        while let Ok(event) = received.recv_timeout(LIMIT) {
            let happened = enough(&event);
            heard.push(event);
            if happened {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
        thread.join().unwrap()
    });
    heard.extend(received);
    (heard, ended)
}

fn samples(events: &[Event]) -> Vec<&Sample> {
    fn sample(event: &Event) -> Option<&Sample> {
        if let What::Sample(sample) = &event.what { Some(sample) } else { None }
    }
    events.iter().filter_map(sample).collect()
}

/// The process of this test whose arguments end with this word.
fn child(word: &str) -> PathBuf {
    let parent = format!("PPid:\t{}\n", std::process::id());
    let found = fs_err::read_dir("/proc").unwrap().flatten().map(|entry| entry.path()).find(|process| {
        let read = |file: &str| fs_err::read_to_string(process.join(file)).unwrap_or_default();
        read("status").contains(&parent) && read("cmdline").trim_end_matches('\0').ends_with(word)
    });
    found.expect("it runs")
}

/// A line of `/proc/<pid>/status`.
fn status(process: &std::path::Path, name: &str) -> String {
    let text = fs_err::read_to_string(process.join("status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').split_whitespace().next().unwrap().to_owned()
}

#[test]
#[ignore = "needs root: only root has rights to give up"]
fn a_load_has_no_rights() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Page("fine".to_owned()));
    let load = http(server.address.port(), 50);
    let mut answered = 0;
    let (events, ended) = run_apart(&load, |event| {
        answered += usize::from(matches!(event.what, What::Sample(_)));
        if answered != 5 {
            return false;
        }
        let process = child("__load");
        let user: u32 = status(&process, "Uid").parse().unwrap();
        assert!(user > 1_950_000_000, "{user}");
        for (name, value) in [("CapEff", "0000000000000000"), ("NoNewPrivs", "1"), ("Seccomp", "2")] {
            assert_eq!(status(&process, name), value, "{name}");
        }
        // It sees no file, and has no namespace of this process but the network.
        assert_eq!(fs_err::read_dir(process.join("root")).unwrap().count(), 0);
        for (space, own) in [("mnt", true), ("ipc", true), ("uts", true), ("net", false)] {
            let of = |process: &str| fs_err::read_link(format!("{process}/ns/{space}")).unwrap();
            assert_eq!(of(process.to_str().unwrap()) != of("/proc/self"), own, "{space}");
        }
        // It holds its sockets and nothing else.
        for entry in fs_err::read_dir(process.join("fd")).unwrap().flatten() {
            let Ok(to) = fs_err::read_link(entry.path()) else { continue };
            let to = to.to_string_lossy().into_owned();
            let own =
                ["socket:", "anon_inode:", "/dev/null", "pipe:"].iter().any(|kind| to.starts_with(kind));
            assert!(own, "{to}");
        }
        true
    });
    ended.unwrap();
    assert!(samples(&events).iter().all(|sample| sample.answer == Answer::Ok));
    assert!(matches!(events.last().unwrap().what, What::LoadEnded { .. }));
}

#[test]
#[ignore = "needs root: only root has rights to give up"]
fn a_load_whose_process_dies_has_failed() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Page("fine".to_owned()));
    let mut killed = false;
    let (_, ended) = run_apart(&http(server.address.port(), 50), |event| {
        if !killed && matches!(event.what, What::Sample(_)) {
            let number = child("__load").file_name().unwrap().to_str().unwrap().parse().unwrap();
            let process = rustix::process::Pid::from_raw(number).unwrap();
            rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
            killed = true;
        }
        false
    });
    let why = ended.unwrap_err().to_string();
    assert!(why.contains("its process ended before its time") && why.contains("signal: 9"), "{why}");
}

/// Runs a script as a step of a client does.
fn script(text: &str, limit: Duration) -> std::io::Result<(i32, String)> {
    let never = AtomicBool::new(false);
    run_script_apart(executable(), text, limit, &never).map(|ended| (ended.status, ended.output))
}

#[test]
#[ignore = "needs root: only root has rights to give up"]
fn a_script_of_a_client_has_no_rights() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Page("fine".to_owned()));
    // It has a user of its own, reaches the network of its starter, and sees none of the machine's files.
    let text = format!(
        "#!/usr/bin/perl\nuse IO::Socket; print \"$>\\n\"; print -e '/root' || -e '/var' ? \"seen\\n\" : \"unseen\\n\";\n\
         print open(my $f, '>', '/tmp/x') ? \"written\\n\" : \"unwritten\\n\";\n\
         print IO::Socket::INET->new('127.0.0.1:{}') ? \"connected\\n\" : \"alone\\n\"; warn \"bad\\n\"; exit 7;\n",
        server.address.port()
    );
    let (status, output) = script(&text, LIMIT).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines[0].parse::<u32>().unwrap() > 1_950_000_000, "{output}");
    assert_eq!((status, &lines[1..]), (7, &["unseen", "unwritten", "connected", "bad"][..]));
    assert_eq!(script("#!/bin/sh\nexit 0\n", LIMIT).unwrap(), (0, String::new()));
    let (status, output) = script("#!/nowhere/sh\n", LIMIT).unwrap();
    assert_ne!(status, 0);
    assert!(output.contains("No such file"), "{output}");
    let late = script("#!/bin/sh\nsleep 1234567\n", Duration::from_millis(500)).unwrap_err();
    assert_eq!(late.kind(), std::io::ErrorKind::TimedOut);
    let runs = || {
        let processes = fs_err::read_dir("/proc").unwrap().flatten();
        let words = processes.map(|process| fs_err::read(process.path().join("cmdline")).unwrap_or_default());
        words.into_iter().any(|words| words == b"sleep\x001234567\0")
    };
    let end = std::time::Instant::now() + LIMIT;
    while runs() {
        assert!(std::time::Instant::now() < end, "it is ended with its starter");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A program in Perl, which every Debian has, with this text for each request.
fn perl(each: &str) -> LoadKind {
    let script = format!(
        r#"#!/usr/bin/perl
use strict; use Socket; $| = 1;
my $begin = <STDIN>;
my ($address) = $begin =~ /"address":"([^"]+)"/; my ($port) = $begin =~ /"port":(\d+)/;
my ($argument) = $begin =~ /"argument":"([^"]*)"/;
sub connects {{
    socket(my $s, PF_INET, SOCK_STREAM, 0) or return "$!";
    connect($s, sockaddr_in($port, inet_aton($address))) or return $!{{ECONNREFUSED}} ? "refused" : "$!";
    return undef;
}}
sub outcome {{
    my ($n, $error) = @_;
    print defined $error ? qq({{"request":$n,"error":"$error"}}\n) : qq({{"request":$n}}\n);
}}
print qq({{"ready":true}}\n);
while (<STDIN>) {{ my ($n) = /"request":(\d+)/ or next; {each} }}
"#
    );
    program::kind("query.pl", &script, "users")
}

fn load(port: u16, kind: LoadKind) -> Load {
    Load { kind, timeout: Millis(300), ..http(port, 50) }
}

#[test]
#[ignore = "needs root: a program runs as a user of its own"]
fn a_program_speaks_for_the_load() {
    let _alone = alone();
    let server = Server::start(LOCAL, 0, |_| Reply::Silence);
    let port = server.address.port();
    let (events, ended_well) = run_apart(&load(port, perl("outcome($n, connects());")), ended(20));
    ended_well.unwrap();
    let good = samples(&events);
    assert!(good.iter().all(|sample| sample.answer == Answer::Ok), "{good:?}");
    // The schedule is ours: every request has its time, regardless of the program.
    for sample in &good {
        assert_eq!(sample.due.0, good[0].due.0 + (sample.seq - good[0].seq) * 20_000_000);
    }
    drop(server);
    let (events, ended_well) = run_apart(&load(port, perl("outcome($n, connects());")), ended(5));
    ended_well.unwrap();
    assert!(samples(&events).iter().all(|sample| sample.answer == Answer::Refused));
    // It never answers one of them, and is late with another.
    let odd = "if ($n == 1) { next } if ($n == 3) { select undef, undef, undef, 0.6 } outcome($n);";
    let (events, ended_well) = run_apart(&load(port, perl(odd)), ended(40));
    ended_well.unwrap();
    let answer = |seq| samples(&events).into_iter().find(|sample| sample.seq == seq).unwrap().clone();
    assert_eq!(
        (answer(0).answer, answer(1).answer, answer(3).answer),
        (Answer::Ok, Answer::Timeout, Answer::Timeout)
    );
    assert!(answer(1).done.since(answer(1).sent) >= Nanos::millis(300));
}

#[test]
#[ignore = "needs root: a program runs as a user of its own"]
fn a_program_that_breaks_its_word_ends_the_load_with_a_reason() {
    let _alone = alone();
    for (each, says) in [
        ("print STDERR qq(no such table\\n); exit 3;", "closed its output); its last words: no such table"),
        ("print qq(hello\\n);", "printed `hello`, which is no outcome"),
        ("outcome($n + 100000);", "which it was not given"),
        ("print 'x' x 100000;", "printed a line of more than 8192 bytes"),
    ] {
        let (_, ended) = run_apart(&load(1, perl(each)), |_| false);
        let why = ended.unwrap_err().to_string();
        assert!(why.contains("`loads/query.pl`") && why.contains(says), "{why}");
    }
    let starts = |script: &str| {
        let (_, ended) = run_apart(&load(1, program::kind("x", script, "")), |_| false);
        ended.unwrap_err().to_string()
    };
    let why = starts("#!/usr/bin/no-such-interpreter\n");
    assert!(why.contains("did not start") && why.contains("No such file"), "{why}");
    let why = starts("#!/bin/sh\necho hello\nsleep 100\n");
    assert!(why.contains("did not begin with the line"), "{why}");
}

/// What a hostile program tries; each line prints what it could do.
const ATTEMPTS: &str = r#"#!/bin/sh
exec 2>/dev/null
can() { found="$found $1"; }
cat /etc/shadow && can read-shadow
ls /root /home /var /run && can list-machine
cat /etc/hostname && can read-etc
( >/usr/x ) && can write-usr
( >/x ) && can write-root
( >/tmp/x ) && can write-tmp
mount -t tmpfs none /tmp && can mount
unshare -r true && can user-namespace
kill -0 -1 && can signal
[ "$(ls -d /proc/[0-9]* | wc -l)" -gt 6 ] && can see-processes
chroot / true && can chroot
[ "$(id -u)" = 0 ] && can root
mknod /tmp/sda b 8 0 && can mknod
dmesg && can dmesg
dd if=/dev/zero bs=1M count=2048 of=/dev/shm/x && can fill-memory
cat /usr/bin/env >/dev/null && can read-programs
echo '{"ready":true}'
while read -r line; do
  case $line in
  *request*) n=${line##*:}; echo "{\"request\":${n%\}},\"error\":\"can:$found\"}" ;;
  esac
done
"#;

#[test]
#[ignore = "needs root: a program runs as a user of its own"]
fn a_hostile_program_can_do_nothing() {
    let _alone = alone();
    let (events, ended_well) = run_apart(&load(1, program::kind("x", ATTEMPTS, "")), ended(1));
    ended_well.unwrap();
    assert_eq!(samples(&events)[0].answer, Answer::Other { message: "can: read-programs".to_owned() });
    // Its processes end with the load.
    let is_left = |entry: fs_err::DirEntry| {
        fs_err::read_to_string(entry.path().join("cmdline")).is_ok_and(|words| words.contains("/load\0"))
    };
    assert!(!fs_err::read_dir("/proc").unwrap().flatten().any(is_left));
}
