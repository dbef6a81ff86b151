//! The platform of the machines: it decides whether a saved memory can still be restored.

use std::path::Path;
use std::process::Command;

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
        let cache = self.state.root().join("cache");
        Ok(Platform {
            machine: format!("{} with its devices on the root bus, and a virtio port", xml::MACHINE),
            processor,
            accelerator: self.accelerator.domain_type().to_owned(),
            qemu: version_of(xml::EMULATOR, &cache)?,
            libvirt: version_of(LIBVIRTD, &cache)?,
        })
    }
}

/// The version that a program reports, cached as long as its file is unchanged: starting QEMU only for that
/// takes as long as loading a machine. Empty output is not cached, because the program would have no version
/// forever.
fn version_of(program: &str, cache: &Path) -> Result<String, ProviderError> {
    let trouble = || files::io(format!("cannot ask {program} for its version"));
    let Ok(file) = fs_err::metadata(program) else { return Ok("not installed".to_owned()) };
    let changed =
        file.modified().map_err(trouble())?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or(program);
    let known = cache.join(format!("{name}-{}-{}", file.len(), changed.as_nanos()));
    if let Ok(version) = fs_err::read_to_string(&known)
        && !version.is_empty()
    {
        return Ok(version);
    }
    let output = Command::new(program).arg("--version").output().map_err(trouble())?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().unwrap_or_default().trim().to_owned();
    if !output.status.success() || version.is_empty() {
        let said = format!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
        return Err(trouble()(std::io::Error::other(said)));
    }
    // A user without write access asks again the next time.
    let _ = fs_err::create_dir_all(cache);
    let _ = crate::base::write::atomically(&known, version.as_bytes());
    Ok(version)
}

/// Debian's path of the daemon.
const LIBVIRTD: &str = "/usr/sbin/libvirtd";

/// The processor of this machine.
fn host_processor() -> Result<String, ProviderError> {
    let text =
        fs_err::read_to_string("/proc/cpuinfo").map_err(files::io("cannot read the machine's processor"))?;
    let line = text.lines().find(|line| line.starts_with("model name"));
    Ok(line.and_then(|line| line.split(':').nth(1)).unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_version_is_remembered_only_if_the_program_told_one() {
        let folder = tempfile::tempdir().unwrap();
        let (program, cache) = (folder.path().join("program"), folder.path().join("cache"));
        let is = |script: &str| {
            fs_err::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs_err::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        };
        let ask = || version_of(program.to_str().unwrap(), &cache);
        is("exit 0");
        ask().unwrap_err();
        is("echo half; exit 1");
        ask().unwrap_err();
        is("echo program 1.2; echo more");
        assert_eq!(ask().unwrap(), "program 1.2");
        let known = fs_err::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
        fs_err::write(&known, "").unwrap();
        assert_eq!(ask().unwrap(), "program 1.2", "what a power cut emptied is asked again");
        fs_err::write(&known, "as remembered").unwrap();
        assert_eq!(ask().unwrap(), "as remembered");
    }
}
