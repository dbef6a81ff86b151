//! Tests the line against a peer in place of a guest.

use std::os::unix::net::UnixListener;
use std::sync::atomic::AtomicBool;

use super::*;

/// The program of the guest's end, on a socket instead of a port. In a guest it waits for the next host
/// forever.
struct Guest(std::process::Child);

impl Guest {
    fn on(listener: &UnixListener) -> Self {
        const OPENED: &str = "my ($port) = glob '/dev/vport*p1' or die 'there is no virtio port';\n\
                              sysopen my $line, $port, O_RDWR or die \"$port: $!\";";
        let program = include_str!("../../image/build/guest/line.pl");
        assert!(program.contains(OPENED), "the test would use this machine's own port");
        let program = program
            .replace(OPENED, "my $port = 'a socket'; open my $line, '+<&', \\*STDIN or die \"$port: $!\";");
        let (stream, _) = listener.accept().unwrap();
        let mut perl = std::process::Command::new("perl");
        Self(perl.args(["-e", &program]).stdin(std::os::fd::OwnedFd::from(stream)).spawn().unwrap())
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs a test with an open line to a guest's end.
fn with_line(use_it: impl FnOnce(&Line, Limits<'_>)) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("line");
    let listener = UnixListener::bind(&socket).unwrap();
    let cancel = AtomicBool::new(false);
    let limits = Limits::within(Duration::from_secs(20), &cancel);
    std::thread::scope(|scope| {
        let guest = scope.spawn(|| Guest::on(&listener));
        let line = Line::open(&socket, limits).unwrap().unwrap();
        use_it(&line, limits);
        drop(guest.join());
    });
}

fn output(status: i32, text: &str) -> Output {
    Output { status, text: text.to_owned() }
}

#[test]
fn scripts_arrive_as_they_are_and_answers_with_their_status() {
    with_line(|line, limits| {
        let ask = |script: &str| line.run(script, limits).unwrap();
        let hard = "x='a  \\n \"b\" % ü'\nprintf '%s\\n' \"$x\"\n(exit 7)";
        assert_eq!(ask(hard), output(7, "a  \\n \"b\" % ü\n"));
        assert_eq!(ask("cat; echo no >&2"), output(0, "no\n"));
        assert_eq!(ask("kill -9 $$"), output(255, ""));
        assert_eq!(ask("echo \"$nothing\" 2>&1; echo not reached").status, 2, "as with set -u");
        let long = ask("head -c 100000 /dev/zero | tr '\\0' x; printf end");
        assert!(long.text.len() == LONGEST && long.text.ends_with("xend"), "{}", long.text.len());
        assert_eq!(ask("sleep 60 & echo 'does not wait'"), output(0, "does not wait\n"));
    });
}

#[test]
fn shells_that_wait_do_the_same_as_new_ones() {
    with_line(|line, limits| {
        let ask = |script: &str| line.run(script, limits).unwrap();
        let children =
            || ask("ps -o comm= --ppid $PPID | grep -c '^sh$'").text.trim().parse::<usize>().unwrap();
        assert_eq!(children(), 1, "the one that counts");
        assert_eq!(line.prepare(limits).unwrap(), output(0, ""));
        assert_eq!(line.prepare(limits).unwrap(), output(0, ""), "they are there already");
        assert_eq!(children(), 3);
        assert_eq!(
            ask("cat; readlink /proc/self/fd/3 || exit 3"),
            output(3, ""),
            "what it came by is closed"
        );
        assert_eq!(ask("echo \"$nothing\" 2>&1; echo not reached").status, 2, "as with set -u");
        assert_eq!(children(), 1);
    });
}

#[test]
fn scripts_run_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    // Each waits for the other, so running them in sequence would never end.
    let (first, second) = (format!("mkfifo {0}; cat {0}", pipe.display()), {
        format!("until [ -p {0} ]; do sleep 0.01; done; echo here >{0}; echo there", pipe.display())
    });
    with_line(|line, limits| {
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| line.run(&first, limits).unwrap());
            assert_eq!(line.run(&second, limits).unwrap(), output(0, "there\n"));
            assert_eq!(waits.join().unwrap(), output(0, "here\n"));
        });
    });
}

#[test]
fn a_guest_that_reads_no_more_is_not_written_to_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("line");
    let listener = UnixListener::bind(&path).unwrap();
    let cancel = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let guest = scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = [0; 256];
            let length = stream.read(&mut heard).unwrap();
            let request = String::from_utf8_lossy(&heard[..length]).into_owned();
            let number = request.split_whitespace().next().unwrap();
            stream.write_all(format!("halab-{number} 0\n").as_bytes()).unwrap();
            stream
        });
        let line = Line::open(&path, Limits::within(Duration::from_secs(20), &cancel)).unwrap().unwrap();
        let _reads_no_more = guest.join().unwrap();
        let script = "x".repeat(LONGEST_SCRIPT);
        for _ in 0..100 {
            line.run(&script, Limits::within(Duration::from_millis(10), &cancel)).unwrap_err();
        }
    });
}

#[test]
fn a_line_that_ends_is_no_answer() {
    with_line(|line, limits| {
        let error = line.run("kill -9 $PPID", limits).unwrap_err();
        assert!(matches!(error, SshError::Io(_)), "{error}");
        assert!(line.is_broken());
    });
}

#[test]
fn an_answer_to_somebody_else_is_not_taken_for_ones_own() {
    let asked = |number: &str| number == "2";
    let mut heard = b"late\nhalab-1 0\nhalab-x 0\nown".to_vec();
    assert_eq!(answer(&mut heard, asked), None);
    heard.extend_from_slice(b"\nhalab-2 3");
    assert_eq!(answer(&mut heard, asked), None, "its last line is not whole");
    heard.extend_from_slice(b"\nnext");
    assert_eq!(answer(&mut heard, asked), Some(("2".to_owned(), output(3, "halab-x 0\nown"))));
    assert_eq!(heard, b"next");
}
