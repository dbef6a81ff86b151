//! The programs that the embedded host, the images and the guests need.

use std::path::PathBuf;
use std::process::Command;

use super::Finding;

/// A program that the application runs.
struct Tool {
    /// Its name in PATH.
    program: &'static str,
    /// The argument that prints its version; none if it has no such argument.
    version: Option<&'static str>,
    /// The Debian package that has it.
    package: &'static str,
    /// What requires it.
    used_for: &'static str,
    /// Whether no lab comes up without it.
    vital: bool,
}

const fn vital(
    program: &'static str,
    version: &'static str,
    package: &'static str,
    used_for: &'static str,
) -> Tool {
    Tool { program, version: Some(version), package, used_for, vital: true }
}

const TOOLS: [Tool; 10] = [
    vital("qemu-system-x86_64", "--version", "qemu-system-x86", "guests"),
    vital("qemu-img", "--version", "qemu-utils", "disks"),
    vital("libvirtd", "--version", "libvirt-daemon libvirt-daemon-driver-qemu", "the embedded host"),
    vital("ip", "-V", "iproute2", "networks"),
    vital("mmdebstrap", "--version", "mmdebstrap", "building images"),
    Tool { version: None, ..vital("mkfs.ext4", "", "e2fsprogs", "building images") },
    Tool { vital: false, ..vital("zstd", "--version", "zstd", "some kernels of images") },
    vital("nft", "--version", "nftables", "the rules of networks"),
    Tool { vital: false, ..vital("ssh", "-V", "openssh-client", "`lab ssh`") },
    Tool {
        vital: false,
        ..vital("virsh", "--version", "libvirt-clients", "looking at machines with `lab env`")
    },
];

/// The mark of Debian's backports in the version of a package.
const BACKPORTED: &str = "~bpo";

const WITHOUT_UPDATES: &str =
    "Debian's security team does not support backports; use Debian 13 for guests that you do not trust";

/// Checks every program.
pub fn all() -> Vec<Finding> {
    TOOLS.iter().map(look).collect()
}

fn look(tool: &Tool) -> Finding {
    let Some(path) = find(tool.program) else {
        let advice = format!("needed for {}; `apt-get install {}`", tool.used_for, tool.package);
        return match tool.vital {
            true => Finding::missing(tool.program, "not found", advice),
            false => Finding::poor(tool.program, "not found", advice),
        };
    };
    let version = tool.version.and_then(|option| first_line(Command::new(&path).arg(option)));
    let found = version.unwrap_or_else(|| path.display().to_string());
    match found.contains(BACKPORTED) {
        true => Finding::poor(tool.program, found, WITHOUT_UPDATES),
        false => Finding::good(tool.program, found),
    }
}

/// The program's file; root's folders are looked at even when PATH leaves them out.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// The first line that a program prints; `ssh -V` prints to its standard error.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    let text = [output.stdout, output.stderr].concat();
    let line = String::from_utf8_lossy(&text).lines().next().map(|line| line.trim().to_owned());
    line.filter(|line| !line.is_empty())
}
