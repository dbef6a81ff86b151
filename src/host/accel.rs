//! Chooses between KVM and emulation.
//!
//! An accessible `/dev/kvm` is no proof: on some hosts its virtual machines never execute a stock kernel
//! beyond the first instructions. On those, /proc/cpuinfo shows neither `vmx` nor `svm`.

use serde::{Deserialize, Serialize};

use crate::model::Wish;

/// How guests are executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accelerator {
    /// With KVM.
    Kvm,
    /// With emulation by QEMU (TCG).
    Tcg,
}

impl Accelerator {
    /// The factor for time-outs relative to KVM.
    pub fn patience(self) -> u32 {
        match self {
            Accelerator::Kvm => 1,
            Accelerator::Tcg => 6,
        }
    }

    /// libvirt's domain type.
    pub fn domain_type(self) -> &'static str {
        match self {
            Accelerator::Kvm => "kvm",
            Accelerator::Tcg => "qemu",
        }
    }
}

/// The chosen accelerator, with the reason for the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The accelerator.
    pub accelerator: Accelerator,
    /// Why.
    pub reason: String,
}

impl Choice {
    /// The notice to the user when guests are emulated without having been requested to.
    pub fn notice(&self, wish: Wish) -> Option<String> {
        let untold = wish == Wish::Auto && self.accelerator == Accelerator::Tcg;
        untold.then(|| format!("guests are emulated, which is several times slower: {}", self.reason))
    }
}

/// The facts for the choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whether the processor flags include `vmx` or `svm`.
    pub flags: bool,
    /// Whether `/dev/kvm` can be opened for reading and writing.
    pub device: bool,
}

impl Facts {
    /// The facts of this machine.
    pub fn read() -> Self {
        let text = fs_err::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let flags = text
            .lines()
            .filter(|line| line.starts_with("flags"))
            .any(|line| line.split_whitespace().any(|flag| flag == "vmx" || flag == "svm"));
        let device = fs_err::OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok();
        Self { flags, device }
    }
}

/// Chooses the accelerator.
pub fn choose(wish: Wish, facts: Facts) -> Choice {
    let (accelerator, reason) = match (wish, facts) {
        (Wish::Kvm, _) => (Accelerator::Kvm, "asked for"),
        (Wish::Tcg, _) => (Accelerator::Tcg, "asked for"),
        (Wish::Auto, Facts { flags: true, device: true }) => {
            (Accelerator::Kvm, "the processor and /dev/kvm support it")
        }
        (Wish::Auto, Facts { flags: false, device: true }) => (
            Accelerator::Tcg,
            "/dev/kvm opens, but the processor shows neither vmx nor svm, and on such a machine guests do not get \
             past their first instructions; `--accel kvm` tries it anyway",
        ),
        (Wish::Auto, Facts { flags: true, device: false }) => {
            (Accelerator::Tcg, "the processor supports it, but /dev/kvm cannot be opened")
        }
        (Wish::Auto, Facts { flags: false, device: false }) => {
            (Accelerator::Tcg, "the processor shows neither vmx nor svm, and there is no /dev/kvm")
        }
    };
    Choice { accelerator, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_without_the_processors_word_is_no_proof() {
        let choice = |flags, device| choose(Wish::Auto, Facts { flags, device }).accelerator;
        assert_eq!(choice(true, true), Accelerator::Kvm);
        assert_eq!(choice(false, true), Accelerator::Tcg);
        assert_eq!(choice(true, false), Accelerator::Tcg);
        let forced = choose(Wish::Kvm, Facts { flags: false, device: false });
        assert_eq!(forced.accelerator, Accelerator::Kvm);
    }

    #[test]
    fn emulation_is_told_with_its_reason_unless_it_was_asked_for() {
        let notice = |wish, flags, device| choose(wish, Facts { flags, device }).notice(wish);
        assert_eq!(
            notice(Wish::Auto, false, false).as_deref(),
            Some(
                "guests are emulated, which is several times slower: the processor shows neither vmx nor svm, and \
                 there is no /dev/kvm"
            )
        );
        assert!(notice(Wish::Auto, false, true).is_some_and(|text| text.contains("`--accel kvm` tries")));
        assert_eq!(notice(Wish::Auto, true, true), None);
        assert_eq!(notice(Wish::Tcg, false, false), None);
        assert_eq!(notice(Wish::Kvm, false, false), None);
    }
}
