//! libvirt's XML, rendered from our specifications. Every value is escaped by the engine.

use std::path::PathBuf;

use serde::Serialize;
use tera::{Context, Tera};
use uuid::Uuid;

use super::mark;
use crate::host::accel::Accelerator;
use crate::image::Boot;
use crate::model::spec::{GuestSpec, NetworkSpec};
use crate::model::{MANAGEMENT_NETWORK, MacAddress};

/// The parts of a domain that its specification does not contain: the places of its files on this machine.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The accelerator.
    pub(super) accelerator: Accelerator,
    /// The image's kernel, with the guest's own initrd instead of the image's.
    pub(super) boot: Boot,
    /// The system disk, then the secondary disks in the order of the specification.
    pub(super) disks: Vec<PathBuf>,
    /// The seed volume of an image that boots from its disk.
    pub(super) seed_volume: Option<PathBuf>,
    /// The file that the console is logged to.
    pub(super) console: PathBuf,
    /// The socket of the line, a virtio port.
    pub(super) line: PathBuf,
    /// The place of its memory.
    pub(super) memory: Memory,
    /// A value in a device of the guest: when it changes, the kernel knows that it continues as a copy, and
    /// reseeds its random numbers.
    pub(super) generation: Uuid,
}

/// The place of a machine's memory, and its initial content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Memory {
    /// Private and empty: the machine boots.
    Own,
    /// Private, to be filled from a stream before the machine runs.
    Filled,
    /// A file that receives all its writes, to be filled from a stream.
    Shared(PathBuf),
    /// Private where it differs from this file, which is never written. The rest of the machine is loaded
    /// before it runs.
    Copied(PathBuf),
}

/// The name of the memory in QEMU; a saved stream refers to it.
const RAM: &str = "halab.ram";

impl Memory {
    /// Arguments of QEMU in addition to those of libvirt. The machine's memory is the last one that is given,
    /// so libvirt's own is never touched and takes no space.
    fn arguments(&self, bytes: u64) -> Vec<String> {
        let mut object = serde_json::json!({ "qom-type": "memory-backend-ram", "id": RAM, "size": bytes });
        match self {
            Memory::Own | Memory::Filled => {}
            Memory::Shared(file) => {
                object["qom-type"] = "memory-backend-file".into();
                object["mem-path"] = file.display().to_string().into();
                object["share"] = true.into();
            }
            Memory::Copied(file) => {
                object["qom-type"] = "memory-backend-file".into();
                object["mem-path"] = file.display().to_string().into();
                object["share"] = false.into();
                object["readonly"] = true.into();
                object["rom"] = "off".into();
            }
        }
        let mut arguments = vec!["-object".to_owned(), object.to_string()];
        arguments.extend(["-machine".to_owned(), format!("memory-backend={RAM}")]);
        if *self != Memory::Own {
            arguments.extend(["-incoming".to_owned(), "defer".to_owned()]);
        }
        arguments
    }
}

#[derive(Serialize)]
struct Kernel<'a> {
    path: &'a std::path::Path,
    initrd: &'a std::path::Path,
    cmdline: &'a str,
}

#[derive(Serialize)]
struct DiskContext<'a> {
    format: &'static str,
    cache: &'static str,
    path: &'a std::path::Path,
    device: &'a str,
    serial: &'a str,
}

/// A template that cannot be rendered is a defect of this program, not of the user's files: the tests render
/// every branch.
const OURS: &str = "our own template renders";

fn render(name: &str, text: &'static str, context: &Context) -> String {
    let mut tera = Tera::default();
    // Named `.xml`, so that values are escaped.
    tera.add_raw_template(name, text).expect(OURS);
    tera.render(name, context).expect(OURS)
}

/// The definition of a network.
pub(super) fn network(spec: &NetworkSpec) -> String {
    let mut context = Context::new();
    context.insert("namespace", mark::NAMESPACE);
    context.insert("mark", &mark::text(spec));
    context.insert("name", &spec.network.name);
    context.insert("uuid", &spec.uuid);
    context.insert("mac", &bridge_mac(spec));
    context.insert("host", &spec.network.host);
    context.insert("prefix", &spec.network.subnet.prefix_len());
    render("network.xml", include_str!("network.xml"), &context)
}

/// The bridge's own Ethernet address. It must be the same wherever a saved guest is restored: the guest
/// remembers it, and would lose its answers for a minute.
fn bridge_mac(spec: &NetworkSpec) -> MacAddress {
    let [.., a, b, c] = *spec.uuid.as_bytes();
    MacAddress([0x52, 0x54, 0x00, a, b, c])
}

/// The definition of a domain.
pub(super) fn domain(spec: &GuestSpec, place: &Place) -> String {
    let mut context = Context::new();
    context.insert("namespace", mark::NAMESPACE);
    context.insert("mark", &mark::text(spec));
    context.insert("name", &spec.node);
    context.insert("uuid", &spec.uuid);
    context.insert("memory", &spec.memory.0);
    context.insert("cpus", &spec.cpus);
    context.insert("domain_type", place.accelerator.domain_type());
    context.insert("cpu_mode", cpu_mode(place.accelerator));
    context.insert("cpu_without", cpu_without(place.accelerator));
    context.insert("machine", MACHINE);
    context.insert("emulator", EMULATOR);
    if let Boot::Direct(files) = &place.boot {
        let kernel = Kernel { path: &files.kernel, initrd: &files.initrd, cmdline: &files.cmdline };
        context.insert("kernel", &kernel);
    } else {
        context.insert("kernel", &false);
    }
    context.insert("cdrom", &place.seed_volume);
    context.insert("disks", &disks(spec, place));
    context.insert("nics", &spec.nics);
    context.insert("management", MANAGEMENT_NETWORK);
    context.insert("console", &place.console);
    context.insert("line", &place.line);
    context.insert("generation", &place.generation);
    context.insert("arguments", &place.memory.arguments(spec.memory.0));
    render("domain.xml", include_str!("domain.xml"), &context)
}

/// libvirt's name for the model of the processors with all their features.
pub(super) fn cpu_mode(accelerator: Accelerator) -> &'static str {
    match accelerator {
        Accelerator::Kvm => "host-passthrough",
        Accelerator::Tcg => "maximum",
    }
}

/// The features that the processors lack. QEMU emulates a string instruction one element at a time, so a
/// kernel that finds fast string operations on bytes (`erms`, `fsrm`) clears and copies its pages in the
/// slowest possible way; without them it moves eight bytes at once. The other four protect a kernel against
/// programs, at every entry into it; a lab runs no untrusted code.
pub(super) fn cpu_without(accelerator: Accelerator) -> &'static [&'static str] {
    match accelerator {
        Accelerator::Kvm => &[],
        Accelerator::Tcg => &["erms", "fsrm", "smap", "smep", "umip", "pku"],
    }
}

/// The machine type; q35 is the type that libvirt and QEMU test most.
pub(super) const MACHINE: &str = "q35";

/// Debian's path of QEMU.
pub(super) const EMULATOR: &str = "/usr/bin/qemu-system-x86_64";

/// A lost system disk is made again from its image, so its writes need not reach the machine's disk in order.
/// Data disks keep the guest's order: a drill measures the cost of a database's flushes.
fn disks<'a>(spec: &'a GuestSpec, place: &'a Place) -> Vec<DiskContext<'a>> {
    let names = std::iter::once(("vda", "system", "unsafe"))
        .chain(spec.disks.iter().map(|disk| (disk.device.as_str(), disk.name.as_str(), "writeback")));
    place
        .disks
        .iter()
        .zip(names)
        .map(|(path, (device, serial, cache))| DiskContext { format: "qcow2", cache, path, device, serial })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::BootFiles;
    use crate::inventory::Mark;
    use crate::model::spec::Digest;
    use crate::model::{Bytes, Disk, Network, Nic};

    fn guest() -> GuestSpec {
        let nic = |network: &str, device: &str, last: u8| Nic {
            network: network.parse().unwrap(),
            device: device.to_owned(),
            ip: [192, 168, 0, last].into(),
            prefix: 24,
            mac: MacAddress([0x52, 0x54, 0, 0, 0, last]),
            tap: format!("node1-{device}"),
        };
        GuestSpec {
            lab: "lab".parse().unwrap(),
            node: "node1".parse().unwrap(),
            uuid: uuid::Uuid::from_u128(7),
            image: Digest("0123456789abcdef".to_owned()),
            memory: Bytes::mib(512),
            cpus: 1,
            nics: vec![nic("public", "eth0", 1), nic("mgmt", "eth1", 2)],
            disks: vec![Disk {
                name: "data".parse().unwrap(),
                size: Bytes::gib(2),
                device: "vdb".to_owned(),
            }],
        }
    }

    fn place(boot: Boot) -> Place {
        Place {
            accelerator: Accelerator::Tcg,
            boot,
            disks: vec!["/i/disks/node1.system.qcow2".into(), "/i/disks/node1.data.qcow2".into()],
            seed_volume: None,
            console: "/i/console/node1.log".into(),
            line: "/i/console/node1.line".into(),
            memory: Memory::Own,
            generation: Uuid::from_u128(9),
        }
    }

    #[test]
    fn a_machine_with_its_own_kernel() {
        let boot = Boot::Direct(BootFiles {
            kernel: "/images/a/vmlinux".into(),
            initrd: "/i/seeds/node1.initrd".into(),
            cmdline: "root=/dev/vda quote=\"<&>\"".to_owned(),
        });
        let xml = domain(&guest(), &place(boot));
        insta::assert_snapshot!("domain-direct", xml);
        assert_eq!(mark::read::<GuestSpec>(&xml), Mark::Ours(guest()), "the mark survives the XML");
    }

    #[test]
    fn a_machine_that_boots_from_its_disk() {
        let place = Place {
            accelerator: Accelerator::Kvm,
            seed_volume: Some("/i/seeds/node1.img".into()),
            ..place(Boot::Bios)
        };
        insta::assert_snapshot!("domain-bios", domain(&guest(), &place));
    }

    #[test]
    fn more_devices_than_the_root_bus_has_room_for() {
        let mut guest = guest();
        guest.nics = (0..40).map(|_| guest.nics[0].clone()).collect();
        let xml = domain(&guest, &place(Boot::Bios));
        let slots: Vec<u8> = xml
            .split("slot=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        let own = (2..=30).filter(|slot| *slot != 4);
        assert_eq!(slots, own.collect::<Vec<u8>>(), "one each, and libvirt finds a place for the others");
    }

    #[test]
    fn a_network() {
        let network = Network {
            name: "public".parse().unwrap(),
            subnet: "192.168.0.0/24".parse().unwrap(),
            host: [192, 168, 0, 110].into(),
            join: None,
        };
        let spec = NetworkSpec { network, uuid: uuid::Uuid::from_u128(8), uplink: false };
        let xml = super::network(&spec);
        insta::assert_snapshot!("network", xml);
        assert_eq!(mark::read::<NetworkSpec>(&xml), Mark::Ours(spec));
    }
}
