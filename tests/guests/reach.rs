//! Commands that run until they are stopped: they are watched while they run, and ended as a person would.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use crate::sandbox::{Sandbox, eventually};

/// The time limit of each step: the guests are emulated, and so are the programs that answer.
const LIMIT: Duration = Duration::from_secs(60);

/// The byte of Ctrl-C on a terminal.
const CTRL_C: &[u8] = b"\x03";

/// A running command, and its output so far.
struct Watched {
    child: Child,
    heard: String,
    news: Receiver<Vec<u8>>,
}

impl Watched {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = child.stdout.take().unwrap();
        let (sender, news) = mpsc::channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = stdout.read(&mut bytes) {
                if sender.send(bytes[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, heard: String::new(), news }
    }

    /// Waits until it has printed this.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        let end = Instant::now() + LIMIT;
        while !self.heard.contains(text) {
            let left = end.saturating_duration_since(Instant::now());
            match self.news.recv_timeout(left) {
                Ok(bytes) => self.heard += &String::from_utf8_lossy(&bytes),
                Err(_) => panic!("no `{text}` in: {}", self.heard),
            }
        }
    }

    #[track_caller]
    fn must_end(mut self) {
        let mut status = None;
        eventually("the end of the command", LIMIT, || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.is_some_and(|status| status.success()), "{status:?}: {}", self.heard);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // It has ended already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A node's console on a terminal: the earlier output, the present output, and Ctrl-C.
pub fn console(sandbox: &Sandbox, instance: &str, node: &str) {
    let inner = sandbox.command(["console", "--lab", instance, node, "--lines", "2000"]);
    let words = std::iter::once(inner.get_program()).chain(inner.get_args());
    let line: Vec<_> = words.map(|word| word.to_str().unwrap()).collect();
    // Instead of the shell that `script` starts, which Ctrl-C would end as well, and with another status.
    let line = format!("exec {}", line.join(" "));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.env_clear().envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));

    let mut console = Watched::start(command);
    console.wait_for("halab: ready");
    let say = "echo said-on-the-console >/dev/console";
    sandbox.lab(["exec", "--lab", instance, node, "--", "sh", "-c", say]).ok();
    console.wait_for("said-on-the-console");
    console.child.stdin.as_mut().unwrap().write_all(CTRL_C).unwrap();
    console.must_end();
}

/// A port of the lab on this machine: a page comes through it until Ctrl-C, and the port is closed then.
pub fn forward(sandbox: &Sandbox, instance: &str, holder: &str) {
    let mut forward = Watched::start(sandbox.command(["forward", "--lab", instance, "web:80"]));
    forward.wait_for("/\n");
    let url = forward.heard.trim().to_owned();
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
    let address: SocketAddr = address.and_then(|address| address.parse().ok()).expect(&url);
    assert!(address.ip().is_loopback(), "{url}");

    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET /health.php HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    let answered_by = format!("x-node: {holder}");
    assert!(page.contains("database ok") && page.to_ascii_lowercase().contains(&answered_by), "{page}");

    let pid = rustix::process::Pid::from_child(&forward.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    forward.must_end();
    assert!(TcpStream::connect(address).is_err(), "{url} is still open");
}

/// A watched instance: its whole status, then the changes of the holder of an address, and the machine that
/// is paused.
pub fn watch(sandbox: &Sandbox, instance: &str) {
    let mut watch = Watched::start(sandbox.command(["status", instance, "--watch"]));
    watch.wait_for("HELD BY");
    let exec = |line: &str| sandbox.lab(["exec", "--lab", instance, "node2", "--", line]).ok();
    exec("ip address add 192.168.0.100/32 dev lo");
    watch.wait_for("web 192.168.0.100: node1 → node1 and node2 at once");
    exec("ip address del 192.168.0.100/32 dev lo");
    watch.wait_for("web 192.168.0.100: node1 and node2 at once → node1");
    sandbox.lab(["fault", "inject", "--lab", instance, "node2", "pause"]).ok();
    watch.wait_for("injected: pause on node2");
    sandbox.lab(["heal", instance]).ok();
    watch.wait_for("healed: pause on node2");
    let pid = rustix::process::Pid::from_child(&watch.child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    watch.must_end();
}

/// A caller without privileges gets a connection into the lab from a process that has them, over a Unix
/// socket.
pub fn connect(sandbox: &Sandbox, instance: &str, holder: &str) {
    use halab::app::{Cancel, Connect, What, wire};
    let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut helper = sandbox.command(["__app"]).stdin(std::os::fd::OwnedFd::from(there)).spawn().unwrap();
    let request = Connect { target: "web:80".to_owned(), instance: Some(instance.parse().unwrap()) };
    let (sender, received) = mpsc::channel();
    let listener = move |event: &halab::app::Event| {
        if let What::Connected { socket, .. } = &event.what {
            sender.send(socket.get()).unwrap();
        }
    };
    wire::call(here, &request, &Cancel::default(), Box::new(listener)).unwrap();
    assert!(helper.wait().unwrap().success());
    let mut stream = TcpStream::from(received.recv().unwrap().expect("a descriptor"));
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    write!(stream, "GET /health.php HTTP/1.0\r\nHost: web\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.to_ascii_lowercase().contains(&format!("x-node: {holder}")), "{page}");
}

/// OpenSSH with the configuration that `lab` writes, and an inventory of Ansible.
pub fn tools(sandbox: &Sandbox, instance: &str) {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    sandbox.lab(["ssh-config", instance, "--output", &place("ssh")]).ok();
    let ssh = |words: &[&str]| {
        let mut ssh = Command::new("ssh");
        ssh.args(["-F", &place("ssh/config"), &format!("node2.{instance}")]).args(words);
        ssh.stdin(Stdio::null()).output().expect("OpenSSH is there")
    };
    let heard = ssh(&["hostname; head -c 3000000 /dev/zero | wc -c"]);
    assert_eq!(String::from_utf8_lossy(&heard.stdout), "node2\n3000000\n", "{heard:?}");
    assert_eq!(ssh(&["exit 7"]).status.code(), Some(7));
    let groups = sandbox.lab(["ansible-inventory", instance]).ok().json();
    assert_eq!(groups["drbd"]["hosts"], serde_json::json!(["node1", "node2"]), "{groups}");
}

/// Folders that are kept equal, into a node and out of it.
pub fn folders(sandbox: &Sandbox, instance: &str) {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (here, there, back) = (place("site"), "node2:/srv/own/site", place("back"));
    fs_err::create_dir_all(place("site/deep/empty")).unwrap();
    fs_err::write(place("site/deep/page"), "first\n").unwrap();
    fs_err::write(place("site/odd name"), [0, 255, 10]).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
    fs_err::set_permissions(place("site/odd name"), mode).unwrap();
    let sync = |words: &[&str]| sandbox.lab(["sync", "--lab", instance].iter().chain(words)).ok().stderr;
    let exec = |line: &str| sandbox.lab(["exec", "--lab", instance, "node2", "--", line]).ok().stdout;
    assert!(sync(&[&here, there]).contains("2 files sent"));
    assert_eq!(
        exec("cd /srv/own/site; cat deep/page; stat -c %a 'odd name'; ls -A deep"),
        "first\n640\nempty\npage\n"
    );
    assert!(sync(&[&here, there]).contains("nothing differs"));
    fs_err::write(place("site/deep/page"), "other\n").unwrap();
    exec("touch /srv/own/site/surplus");
    let told = sync(&[&here, there]);
    assert!(told.contains("1 file sent") && told.contains("only the target has surplus"), "{told}");
    assert!(sync(&[&here, there, "--delete"]).contains("1 deleted"));
    assert_eq!(exec("cat /srv/own/site/deep/page; ls /srv/own/site"), "other\ndeep\nodd name\n");

    let mut watch = Watched::start(sandbox.command(["exec", "--lab", instance, "node2", "--", FOLLOW]));
    let follow = sandbox.command(["sync", "--lab", instance, &here, there, "--watch"]).spawn().unwrap();
    fs_err::create_dir(place("site/new")).unwrap();
    fs_err::write(place("site/new/page"), "seen\n").unwrap();
    watch.wait_for("seen");
    fs_err::remove_dir_all(place("site/new")).unwrap();
    watch.wait_for("gone");
    end(follow);
    watch.must_end();

    exec("ln -s /etc/passwd /srv/own/site/link");
    fs_err::create_dir(&back).unwrap();
    fs_err::write(place("back/surplus"), "").unwrap();
    let told = sync(&[there, &back, "--delete"]);
    assert!(told.contains("left out site/link: a link") && told.contains("1 deleted"), "{told}");
    assert_eq!(fs_err::read(place("back/odd name")).unwrap(), [0, 255, 10]);
    assert!(!fs_err::exists(place("back/surplus")).unwrap() && !fs_err::exists(place("back/link")).unwrap());
}

/// Waits on a node until a file is there, and until its folder is gone.
const FOLLOW: &str = "cd /srv/own/site; until grep -s seen new/page; do sleep 0.1; done
    while test -e new; do sleep 0.1; done; echo gone";

/// Ends a command as a person does with Ctrl-C.
fn end(mut child: Child) {
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert!(child.wait().unwrap().success());
}
