//! What a QEMU that was taken over can reach: a process with its user, root, mounts and namespaces.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use halab::testing::host::Host;
use halab::testing::host::process::find_beside;
use halab::testing::state::StateDir;

use super::sandbox::Sandbox;

/// Lists each file that this user may read or write, except in /proc and /sys: mode, space, path.
const LIST: &str = "find / \\( -path /proc -o -path /sys \\) -prune -o -type l -prune -o \
                    \\( -readable -printf 'r %p\\n' , -writable -printf 'w %p\\n' \\) 2>/dev/null";

/// The same for the paths in its input, which may be in folders that cannot be listed.
const TRY: &str = "while read -r path; do [ ! -r \"$path\" ] || echo \"r $path\"; \
                   [ ! -w \"$path\" ] || echo \"w $path\"; done";

/// Checks from the inside of an instance that nothing of another one, and nothing shared, can be changed, and
/// nothing of another one read.
pub fn owns_nothing_but_itself(sandbox: &Sandbox, name: &str, other: &str) {
    let canary = tempfile::Builder::new().prefix("halab-canary").tempfile_in("/var/tmp").unwrap();
    fs_err::set_permissions(canary.path(), std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let inside = Intruder::of(sandbox, name);
    let own = sandbox.folder(name);
    let mut known = vec![canary.path().to_owned()];
    for folder in ["instances", "checkpoints", "keys", "records", "operations"] {
        files(&sandbox.state().join(folder), &mut known);
    }
    assert!(known.iter().any(|path| path.starts_with(sandbox.folder(other).join("disks"))));
    let known: String = known.iter().map(|path| format!("{}\n", path.display())).collect();
    let listed = inside.run(LIST, "") + &inside.run(TRY, &known);
    let own_disk = own.join("disks/node1.data.qcow2").display().to_string();
    assert!(listed.contains(&format!("w {own_disk}\n")), "it can write to its own disk");
    let saved = listed.lines().find(|line| line.contains("/checkpoints/") && line.ends_with(".qcow2"));
    let saved = saved.expect("it can read the disk under its own").split_at(2).1.to_owned();
    let wrong: Vec<&str> = listed.lines().filter(|line| !is_allowed(sandbox, &own, line)).collect();
    assert_eq!(wrong, Vec::<&str>::new());
    let refused = [
        format!("chmod u+w {saved}"),
        format!("echo x >>{saved}"),
        format!("mv {saved} /tmp/"),
        "echo x >>/usr/bin/qemu-img".to_owned(),
        "mount -t tmpfs none /tmp".to_owned(),
        "chroot / true".to_owned(),
        "test -e /home".to_owned(),
        "ls /run/libvirt/sockets/".to_owned(),
        // Process 1 is the supervisor, the first process of this machine elsewhere.
        "kill -0 1".to_owned(),
        "ls /proc/1/root/".to_owned(),
    ];
    for command in refused {
        assert!(!inside.succeeds(&command), "`{command}` succeeded");
    }
    assert!(inside.succeeds("true"));
    assert_ne!(inside.user, Intruder::of(sandbox, other).user, "each has a user of its own");
}

/// Whether a process of an instance may have this access.
fn is_allowed(sandbox: &Sandbox, own: &Path, line: &str) -> bool {
    let (kind, path) = line.split_at(2);
    let path = Path::new(path);
    let below = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let own_file =
        ["disks", "console", "saving", "seeds"].iter().any(|inside| path.starts_with(own.join(inside)));
    if below(&["/dev", "/run/libvirt/qemu", "/var/lib/libvirt/qemu", "/var/cache/libvirt/qemu"]) {
        return true;
    }
    let state = sandbox.state();
    if kind == "w " {
        return own_file || path == Path::new("/tmp") || path == Path::new("/var/tmp");
    }
    // Saved memories are open in QEMU and have no name any more.
    let saved_disk =
        path.starts_with(state.join("checkpoints")) && path.extension().is_some_and(|end| end == "qcow2");
    let is_folder_above =
        own.starts_with(path) || path.starts_with(state.join("checkpoints")) && path.extension().is_none();
    own_file
        || saved_disk
        || is_folder_above
        || path.starts_with(state.join("images"))
        || !path.starts_with(state) && !path.starts_with("/var/tmp/")
}

/// All regular files below a folder.
fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs_err::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), all),
            kind if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
}

/// Checks that the nodes of two copies accept the key of their own instance only.
pub fn keys_are_apart(sandbox: &Sandbox, names: [&str; 2]) {
    let key = |name: &str| {
        let file = sandbox.state().join("keys").join(name).join("id_ed25519.pub");
        fs_err::read_to_string(file).unwrap()
    };
    assert_ne!(key(names[0]), key(names[1]));
    for name in names {
        for node in ["node1", "node2"] {
            let read = ["exec", "--lab", name, node, "--", "cat", "/root/.ssh/authorized_keys"];
            assert_eq!(sandbox.lab(read).ok().stdout, key(name), "{node} of {name}");
        }
    }
}

/// A process beside a node's QEMU.
struct Intruder {
    pid: String,
    user: String,
}

impl Intruder {
    fn of(sandbox: &Sandbox, name: &str) -> Self {
        let host = Host::new(&StateDir::at(sandbox.state()), &name.parse().unwrap());
        let qemu = find_beside(&host.supervisor().unwrap(), "guest=node1,").unwrap();
        let status = fs_err::read_to_string(format!("/proc/{}/status", qemu.pid)).unwrap();
        let uid = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let user = uid.split_whitespace().next().unwrap().to_owned();
        assert_eq!(Some(user.parse().unwrap()), host.user().map(|user| user.number()));
        Self { pid: qemu.pid.to_string(), user }
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.pid, "--mount", "--net", "--ipc", "--pid", "--root", "--wd", "setpriv"]);
        command.args(["--reuid", &self.user, "--regid", &self.user, "--clear-groups", "--no-new-privs"]);
        command.args(["--bounding-set=-all", "--inh-caps=-all", "sh", "-c", script]);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    fn succeeds(&self, script: &str) -> bool {
        self.command(script).output().unwrap().status.success()
    }

    fn run(&self, script: &str, input: &str) -> String {
        let mut command = self.command(script);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!listed.is_empty(), "{output:?}");
        listed
    }
}
