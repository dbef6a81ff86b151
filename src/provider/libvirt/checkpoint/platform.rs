//! What runs the machines, in the words that decide whether a saved memory is still good.

use crate::checkpoint::Platform;
use crate::host::accel::Accelerator;
use crate::provider::libvirt::{LibvirtProvider, files, xml};
use crate::work::ProviderError;

impl LibvirtProvider {
    /// The platform of this machine. Versions are asked of the programs, once for each that is installed.
    pub(in crate::provider::libvirt) fn found_platform(&self) -> Result<Platform, ProviderError> {
        let processor = match self.accelerator {
            Accelerator::Kvm => format!("{} on {}", xml::cpu_mode(self.accelerator), host_processor()?),
            Accelerator::Tcg => {
                format!(
                    "{} without {}",
                    xml::cpu_mode(self.accelerator),
                    xml::cpu_without(self.accelerator).join(", ")
                )
            }
        };
        Ok(Platform {
            machine: format!("{} with its devices on the root bus, and a virtio port", xml::MACHINE),
            processor,
            accelerator: self.accelerator.domain_type().to_owned(),
            qemu: self.version_of(xml::EMULATOR)?,
            libvirt: self.version_of(LIBVIRTD)?,
        })
    }

    /// What a program says of its version, remembered for as long as its file stays the same: starting QEMU only for that takes
    /// as long as loading a machine.
    fn version_of(&self, program: &str) -> Result<String, ProviderError> {
        let trouble = || files::io(format!("cannot ask {program} for its version"));
        let Ok(file) = fs_err::metadata(program) else { return Ok("not installed".to_owned()) };
        let changed =
            file.modified().map_err(trouble())?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let name = program.rsplit('/').next().unwrap_or(program);
        let known =
            self.state.root().join("cache").join(format!("{name}-{}-{}", file.len(), changed.as_nanos()));
        if let Ok(version) = fs_err::read_to_string(&known) {
            return Ok(version);
        }
        let output = std::process::Command::new(program).arg("--version").output().map_err(trouble())?;
        let text = String::from_utf8_lossy(&output.stdout);
        let version = text.lines().next().unwrap_or_default().trim().to_owned();
        // Who may not write here asks again the next time.
        let _ = fs_err::create_dir_all(self.state.root().join("cache"));
        let _ = crate::base::write::atomically(&known, version.as_bytes());
        Ok(version)
    }
}

/// Debian's path of the daemon.
const LIBVIRTD: &str = "/usr/sbin/libvirtd";

/// The machine's own processor.
fn host_processor() -> Result<String, ProviderError> {
    let text =
        fs_err::read_to_string("/proc/cpuinfo").map_err(files::io("cannot read the machine's processor"))?;
    let line = text.lines().find(|line| line.starts_with("model name"));
    Ok(line.and_then(|line| line.split(':').nth(1)).unwrap_or_default().trim().to_owned())
}
