//! The same guests without halab: QEMU started directly with the same disks, kernel and seeds, until SSH
//! answers.

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Lab, text, tool};

const NAMESPACE: &str = "halab-bare";
const LIMIT: Duration = Duration::from_secs(300);

/// The guests of an instance, kept after its removal.
pub struct Guests {
    folder: PathBuf,
    guests: Vec<Guest>,
}

struct Guest {
    name: String,
    /// Its address on the management network.
    ip: String,
    kernel: String,
    cmdline: String,
    macs: Vec<String>,
    image: String,
}

impl Guests {
    /// Records the disks, kernels and seeds of an instance's guests.
    pub fn of(lab: &Lab, instance: &str) -> Self {
        let folder = lab.state.join("bare");
        let _ = fs_err::remove_dir_all(&folder);
        fs_err::create_dir_all(&folder).expect("a folder");
        let uri = format!("qemu:///system?socket={}/libvirt-sock", lab.instance(instance).display());
        let guests = ["node1", "node2"]
            .into_iter()
            .enumerate()
            .map(|(index, name)| {
                let seed = lab.instance(instance).join(format!("seeds/{name}.initrd"));
                fs_err::copy(seed, folder.join(format!("{name}.initrd"))).expect("a seed");
                let output =
                    Command::new("virsh").args(["-c", &uri, "dumpxml", name]).output().expect("virsh");
                Guest::read(name, index, &String::from_utf8_lossy(&output.stdout))
            })
            .collect();
        Self { folder, guests }
    }

    /// Boots them in parallel; returns the time until both answer over SSH.
    pub fn boot(&self) -> Duration {
        let _ = Command::new("ip").args(["netns", "delete", NAMESPACE]).output();
        tool("ip", &["netns", "add", NAMESPACE]);
        let bridge = ["link", "add", "mgmt", "up", "type", "bridge"];
        tool("ip", &[&["-n", NAMESPACE], &bridge[..]].concat());
        tool("ip", &["-n", NAMESPACE, "address", "add", "169.254.77.254/24", "dev", "mgmt"]);
        for guest in &self.guests {
            guest.disks(&self.folder);
        }
        let start = Instant::now();
        let mut running: Vec<Child> = self.guests.iter().map(|guest| guest.start(&self.folder)).collect();
        std::thread::scope(|scope| {
            for guest in &self.guests {
                scope.spawn(|| guest.await_ssh());
            }
        });
        let took = start.elapsed();
        for child in &mut running {
            child.kill().expect("QEMU runs");
            child.wait().expect("QEMU ends");
        }
        tool("ip", &["netns", "delete", NAMESPACE]);
        took
    }
}

impl Guest {
    fn read(name: &str, index: usize, xml: &str) -> Self {
        let document = roxmltree::Document::parse(xml).expect("virsh prints XML");
        let all = |tag: &'static str| document.descendants().filter(move |node| node.has_tag_name(tag));
        let kernel = all("kernel").next().and_then(|node| node.text()).expect("a kernel").to_owned();
        let image = Path::new(&kernel).parent().expect("a folder").join("disk.raw");
        Self {
            name: name.to_owned(),
            ip: format!("169.254.77.{}", index + 1),
            cmdline: all("cmdline").next().and_then(|node| node.text()).unwrap_or_default().to_owned(),
            macs: all("interface")
                .filter_map(|nic| nic.children().find(|node| node.has_tag_name("mac"))?.attribute("address"))
                .map(str::to_owned)
                .collect(),
            image: text(&image).to_owned(),
            kernel,
        }
    }

    fn disk(&self, folder: &Path, disk: &str) -> String {
        text(&folder.join(format!("{}.{disk}.qcow2", self.name))).to_owned()
    }

    fn disks(&self, folder: &Path) {
        let create = ["create", "-q", "-f", "qcow2"];
        let system = self.disk(folder, "system");
        tool("qemu-img", &[&create[..], &["-F", "raw", "-b", &self.image, &system]].concat());
        tool("qemu-img", &[&create[..], &[&self.disk(folder, "data"), "2G"]].concat());
    }

    fn start(&self, folder: &Path) -> Child {
        let mut command = Command::new("ip");
        command.args([
            "netns",
            "exec",
            NAMESPACE,
            "qemu-system-x86_64",
            "-machine",
            "q35,accel=tcg",
            "-cpu",
            "max",
        ]);
        command.args(["-m", "512", "-smp", "1", "-nodefaults", "-no-user-config", "-display", "none"]);
        command.args(["-kernel", &self.kernel, "-append", &self.cmdline]);
        command.arg("-initrd").arg(folder.join(format!("{}.initrd", self.name)));
        command.arg("-serial").arg(format!("file:{}", folder.join(format!("{}.log", self.name)).display()));
        for disk in ["system", "data"] {
            let file = self.disk(folder, disk);
            command.args(["-drive", &format!("file={file},if=virtio,format=qcow2,cache=unsafe")]);
        }
        for (number, mac) in self.macs.iter().enumerate() {
            let tap = format!("{}-{number}", self.name);
            command.args(["-netdev", &format!("tap,id=n{number},ifname={tap},script=no,downscript=no")]);
            command.args(["-device", &format!("virtio-net-pci,netdev=n{number},mac={mac}")]);
        }
        command.args(["-device", "virtio-rng-pci"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("QEMU starts")
    }

    /// Joins the management tap to the bridge once QEMU has created it, then connects until SSH sends its
    /// greeting.
    fn await_ssh(&self) {
        halab::testing::base::netns::enter(&Path::new("/run/netns").join(NAMESPACE))
            .expect("the namespace is there");
        let tap = format!("{}-{}", self.name, self.macs.len() - 1);
        let end = Instant::now() + LIMIT;
        let join = || Command::new("ip").args(["link", "set", &tap, "master", "mgmt", "up"]).output();
        while !join().is_ok_and(|output| output.status.success()) {
            assert!(Instant::now() < end, "{} has no interface", self.name);
            std::thread::sleep(Duration::from_millis(10));
        }
        let address = format!("{}:22", self.ip).parse().expect("an address");
        let greets = || {
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()?;
            stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
            let mut greeting = [0; 4];
            stream.read_exact(&mut greeting).ok()?;
            (&greeting == b"SSH-").then_some(())
        };
        while greets().is_none() {
            assert!(Instant::now() < end, "{} does not answer over SSH", self.name);
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
