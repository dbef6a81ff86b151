//! Faults after which the node is off.

use super::{Ends, FaultEffect, Row, needs};
use crate::fault::Mechanism;
use crate::fault::keys::OFF;

pub static ROWS: &[Row] = &[
    Row {
        word: "power-cut",
        about: "The power of the node is cut: its memory is gone at once.",
        takes: &[],
        effect: FaultEffect::Cut,
        ends: None,
        mechanism: |_| Ok(Mechanism::PowerOff),
        how: "The host kills the QEMU process of the node with SIGKILL.",
        proof: "The process is gone.",
        healing: "The node is switched on.",
    },
    Row {
        word: "power-cycle",
        about: "The power of the node is cut, and is back after a while.",
        takes: &[needs(&OFF)],
        effect: FaultEffect::Cut,
        ends: Some(Ends { after: &OFF, fault: "power-cut" }),
        mechanism: |_| Ok(Mechanism::PowerOff),
        how: "As `power-cut`, which is healed after that time.",
        proof: "The process is gone.",
        healing: "The node is switched on.",
    },
    Row {
        word: "graceful-stop",
        about: "The node is shut down in order.",
        takes: &[],
        effect: FaultEffect::Off,
        ends: None,
        mechanism: |_| Ok(Mechanism::ShutDown),
        how: "`systemctl poweroff` runs in the guest.",
        proof: "The process is gone.",
        healing: "The node is switched on.",
    },
    Row {
        word: "kernel-panic",
        about: "The kernel of the node crashes, and the machine stays as it is.",
        takes: &[],
        effect: FaultEffect::Off,
        ends: None,
        mechanism: |_| Ok(Mechanism::Crash),
        how: "The guest tells its kernel to panic (sysrq-c).",
        proof: "The panic is on the console of the guest.",
        healing: "The power of the node is cut and switched on.",
    },
];
