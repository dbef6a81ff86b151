//! Machines: marked as ours, defined, started, cut off from power, sealed.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use virt::domain::{Domain, DomainShutoffReason, DomainState, DomainStateReason};
use virt::enumutil::Enum;
use virt::sys;

use super::connect::{if_there, refused};
use super::{LibvirtProvider, checkpoint, disk, files, mark, seed, xml};
use crate::base::process::Process;
use crate::guest::console;
use crate::host::accel::Accelerator;
use crate::host::{process, space};
use crate::image::Boot;
use crate::inventory::{GuestFound, GuestState, Mark};
use crate::model::NodeName;
use crate::model::spec::{Digest, DiskId, GuestSpec};
use crate::provider::Power;
use crate::work::ProviderError;

/// The memory of the libvirt daemon and its log, in bytes, generously.
const DAEMON_MEMORY: u64 = 256 << 20;

/// The memory of a QEMU beside that of its guest, in bytes, in addition to a quarter of the guest's.
const QEMU_MEMORY: u64 = 256 << 20;

/// The most code that QEMU translates for an emulated guest, in bytes: its default.
const TRANSLATED: u64 = 1 << 30;

/// How long a killed machine may take to disappear, first from the kernel and then from libvirt.
const CUT_LIMIT: Duration = Duration::from_secs(20);

/// The state of one machine.
pub(super) fn found(domain: &Domain) -> Result<GuestFound, ProviderError> {
    let xml = domain.xml_desc(0).map_err(refused("read a machine"))?;
    Ok(GuestFound { mark: mark::read(&xml), state: state(domain)?, sealed: mark::seal(&xml) })
}

/// libvirt's state as ours. The binding reports a failed call as an unknown state.
pub(super) fn state(domain: &Domain) -> Result<GuestState, ProviderError> {
    let (state, reason) = domain.state().map_err(refused("ask for a machine's state"))?;
    match state {
        Enum::Known(DomainState::Running | DomainState::Blocked | DomainState::Shutdown) => {
            Ok(GuestState::Running)
        }
        Enum::Known(DomainState::Paused | DomainState::PMSuspended) => Ok(GuestState::Paused),
        Enum::Known(DomainState::Crashed) => Ok(GuestState::Crashed),
        Enum::Known(DomainState::Shutoff | DomainState::NoState) => Ok(match reason {
            Enum::Known(DomainStateReason::Shutoff(Enum::Known(DomainShutoffReason::Crashed))) => {
                GuestState::Crashed
            }
            _ => GuestState::Off,
        }),
        Enum::Unknown(number) => Err(ProviderError::Host {
            what: "cannot ask for a machine's state".to_owned(),
            source: format!("libvirt answered {number}").into(),
        }),
    }
}

impl LibvirtProvider {
    /// The state of a machine including its process: libvirt does not notice a stopped process.
    pub(super) fn state_of(&self, node: &NodeName, domain: &Domain) -> Result<GuestState, ProviderError> {
        Ok(match state(domain)? {
            GuestState::Running if self.is_stopped(node) => GuestState::Frozen,
            state => state,
        })
    }

    pub(super) fn find_guest(&self, node: &NodeName) -> Result<Option<Domain>, ProviderError> {
        if_there(self.connection()?.lookup_domain_by_name(node.as_str()))
            .map_err(refused("look for a machine"))
    }

    /// The machine, which must exist and be ours.
    pub(super) fn own_guest(&self, node: &NodeName) -> Result<Domain, ProviderError> {
        let domain = self.find_guest(node)?.ok_or_else(|| ProviderError::Host {
            what: format!("there is no machine {node}"),
            source: "it was not defined".into(),
        })?;
        match found(&domain)?.mark {
            Mark::Ours(_) => Ok(domain),
            Mark::Foreign => Err(ProviderError::Foreign { what: format!("machine {node}") }),
        }
    }

    pub(super) fn console_file(&self, node: &NodeName) -> PathBuf {
        self.host.console(node)
    }

    pub(super) fn define_guest(&self, spec: &GuestSpec) -> Result<(), ProviderError> {
        if let Some(domain) = self.find_guest(&spec.node)?
            && found(&domain)?.mark == Mark::Foreign
        {
            return Err(ProviderError::Foreign { what: format!("machine {}", spec.node) });
        }
        let xml = xml::domain(spec, &self.place(spec, xml::Memory::Own, spec.uuid)?);
        self.connection()?.define_domain_xml(&xml).map_err(refused(format!("define {}", spec.node)))?;
        self.limit_memory()
    }

    /// Limits the memory of the instance to what its guests may need together.
    fn limit_memory(&self) -> Result<(), ProviderError> {
        let Some(user) = self.host.user() else { return Ok(()) };
        // Of two guests that are defined at the same time, the last one here sees both.
        let _one = self.limits.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut total = DAEMON_MEMORY;
        for domain in self.connection()?.list_all_domains(0).map_err(refused("list machines"))? {
            if let Mark::Ours(spec) = found(&domain)?.mark {
                let beside = match self.accelerator {
                    Accelerator::Kvm => QEMU_MEMORY,
                    Accelerator::Tcg => QEMU_MEMORY + TRANSLATED,
                };
                total += spec.memory.0 + spec.memory.0 / 4 + beside;
            }
        }
        let group = user.group();
        match group.memory() {
            Some(_) => group.limit_memory(total).map_err(files::io("cannot limit the instance's memory")),
            None => Ok(()),
        }
    }

    /// The places of a machine's parts.
    pub(super) fn place(
        &self,
        spec: &GuestSpec,
        memory: xml::Memory,
        generation: uuid::Uuid,
    ) -> Result<xml::Place, ProviderError> {
        let folder = self.host.folder();
        let (boot, seed_volume) = match self.image(&spec.image)?.boot() {
            Boot::Direct(mut boot) => {
                boot.initrd = seed::path(&folder, &spec.node, seed::Kind::Initrd);
                (Boot::Direct(boot), None)
            }
            Boot::Bios => (Boot::Bios, Some(seed::path(&folder, &spec.node, seed::Kind::Volume))),
        };
        let ids = std::iter::once(None).chain(spec.disks.iter().map(|disk| Some(disk.name.clone())));
        let disks = ids.map(|disk| disk::path(&folder, &DiskId { node: spec.node.clone(), disk })).collect();
        Ok(xml::Place {
            accelerator: self.accelerator,
            boot,
            disks,
            seed_volume,
            console: self.console_file(&spec.node),
            line: self.host.line(&spec.node)?,
            memory,
            generation,
        })
    }

    pub(super) fn undefine_guest(&self, node: &NodeName) -> Result<(), ProviderError> {
        let Some(domain) = self.find_guest(node)? else { return Ok(()) };
        if found(&domain)?.mark == Mark::Foreign {
            return Err(ProviderError::Foreign { what: format!("machine {node}") });
        }
        domain.undefine().map_err(refused(format!("undefine {node}")))?;
        files::delete(&self.console_file(node))
    }

    pub(super) fn start_guest(&self, node: &NodeName, cancel: &AtomicBool) -> Result<(), ProviderError> {
        let domain = self.own_guest(node)?;
        self.lines.forget(node);
        // Why it was paused is past.
        files::delete(&space::note(&self.host.folder()))?;
        match self.state_of(node, &domain)? {
            GuestState::Frozen => return self.thaw(node),
            GuestState::Running if self.process(node).is_some() => return Ok(()),
            GuestState::Paused => {
                checkpoint::abandon(self, &domain)?;
                return self.resume(node, &domain);
            }
            GuestState::Running | GuestState::Off | GuestState::Crashed => self.await_off(&domain, node)?,
        }
        self.note_on_console(node, "")?;
        self.launch(node, cancel, || domain.create().map(|_| ()))
    }

    /// Writes on a machine's console that it is switched on, with further lines of ours.
    pub(super) fn note_on_console(&self, node: &NodeName, more: &str) -> Result<(), ProviderError> {
        let text = format!("{} {}\n{more}", console::POWER_ON, jiff::Timestamp::now());
        self.append_to_console(node, &text)
    }

    /// Writes on a machine's console while it is off.
    pub(super) fn append_to_console(&self, node: &NodeName, text: &str) -> Result<(), ProviderError> {
        let console = self.console_file(node);
        fs_err::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&console)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(files::io("cannot write the console's file"))?;
        self.give(&console, 0o600)
    }

    pub(super) fn stop_guest(&self, node: &NodeName) -> Result<(), ProviderError> {
        self.lines.forget(node);
        let Some(domain) = self.find_guest(node)? else { return Ok(()) };
        if found(&domain)?.mark == Mark::Foreign {
            return Err(ProviderError::Foreign { what: format!("machine {node}") });
        }
        self.cut(node)?;
        self.await_off(&domain, node)
    }

    /// The QEMU process of a node.
    pub(super) fn process(&self, node: &NodeName) -> Option<Process> {
        process::find_beside(&self.host.supervisor()?, &format!("guest={node},"))
    }

    /// Kills the machine's process: the most abrupt power cut possible, of which libvirt only learns
    /// afterwards.
    pub(super) fn cut(&self, node: &NodeName) -> Result<(), ProviderError> {
        match self.process(node) {
            Some(process) => Ok(process.kill_and_wait(CUT_LIMIT)?),
            None => Ok(()),
        }
    }

    /// Waits until libvirt reports that a killed machine is off. The binding passes on no event for that.
    fn await_off(&self, domain: &Domain, node: &NodeName) -> Result<(), ProviderError> {
        let end = Instant::now() + CUT_LIMIT;
        while !matches!(state(domain)?, GuestState::Off | GuestState::Crashed) {
            if Instant::now() > end {
                return Err(ProviderError::TimedOut {
                    what: format!("the end of {node}"),
                    limit_s: CUT_LIMIT.as_secs(),
                    phase: "its process is gone, libvirt has not noticed".to_owned(),
                    console: String::new(),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub(super) fn switch_power(&self, node: &NodeName, power: Power) -> Result<(), ProviderError> {
        match power {
            Power::On => self.start_guest(node, &AtomicBool::new(false)),
            Power::Cut => {
                self.lines.forget(node);
                self.cut(node)
            }
        }
    }

    /// Sets or removes the seal.
    pub(super) fn seal(&self, node: &NodeName, digest: Option<&Digest>) -> Result<(), ProviderError> {
        let domain = self.own_guest(node)?;
        let element = digest.map(|digest| format!("<seal>{digest}</seal>"));
        if element.is_none() && found(&domain)?.sealed.is_none() {
            return Ok(());
        }
        let mut flags = sys::VIR_DOMAIN_AFFECT_CONFIG;
        if domain.is_active().map_err(refused("ask for a machine's state"))? {
            flags |= sys::VIR_DOMAIN_AFFECT_LIVE;
        }
        domain
            .set_metadata(
                sys::VIR_DOMAIN_METADATA_ELEMENT as i32,
                element.as_deref(),
                Some("halab-seal"),
                Some(mark::SEAL_NAMESPACE),
                flags,
            )
            .map_err(refused(format!("mark {node} as configured")))
    }
}
