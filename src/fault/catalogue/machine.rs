//! Faults of a whole machine that keeps its power.

use super::{FaultEffect, Row, needs, takes};
use crate::fault::keys::{BACKWARD, BY, CLOCK, SHARE};
use crate::fault::{Mechanism, Scripts};
use crate::model::Millis;

pub static ROWS: &[Row] = &[
    Row {
        word: "pause",
        about: "The node is paused, and resumes when it is healed.",
        takes: &[takes(&CLOCK, "frozen")],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Freeze { clock: site.choice(&CLOCK)? }),
        how: "QEMU stops the machine and its clock; with `running`, SIGSTOP stops QEMU and the clock goes on.",
        proof: "libvirt says that the guest is paused, or the kernel that the process is stopped.",
        healing: "The machine resumes.",
    },
    Row {
        word: "cpu-starvation",
        about: "The node gets only a share of a processor.",
        takes: &[takes(&SHARE, "10")],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Starve { share: site.number(&SHARE)? }),
        how: "The host alternately stops and continues the QEMU process.",
        proof: "The state of the process is sampled for a second, every few milliseconds: it ran in that share of the samples.",
        healing: "The process is continued and no longer stopped.",
    },
    Row {
        word: "clock-jump",
        about: "The clock of the node is set wrong.",
        takes: &[needs(&BY), takes(&BACKWARD, "false")],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(clock_jump(site.time(&BY)?, site.flag(&BACKWARD)?))),
        how: "`date --set` runs in the guest.",
        proof: "The guest's clock is off by that time, against the time since it was switched on.",
        healing: "The guest's clock is set back.",
    },
];

/// The tolerated error of a clock, in milliseconds.
const CLOCK_TOLERANCE: u64 = 500;

/// Sets the clock wrong. The correct time is stored as the time since the guest was switched on, which no
/// clock jump changes.
fn clock_jump(by: Millis, backward: bool) -> Scripts {
    let sign = if backward { "-" } else { "" };
    let begin = format!(
        "by={sign}{}\nnote=/run/halab-fault-clock\n\
         up() {{ awk '{{ printf \"%d\", $1 * 1000 }}' /proc/uptime; }}\n\
         on() {{ echo $(($(date +%s%3N) - $(up))); }}\n\
         turn() {{ at=$(($1 + $(up))); date --set=\"@$((at / 1000)).$(printf %03d $((at % 1000)))\" >/dev/null; }}\n\
         off() {{ if [ -e \"$note\" ]; then echo $(($(on) - $(cat \"$note\"))); else echo 0; fi; }}\n",
        by.0
    );
    let near = |wanted: &str| {
        format!(
            "far=$(($(off) - {wanted}))\necho \"the clock is off by $(off) ms\"\n\
             [ \"$far\" -ge -{CLOCK_TOLERANCE} ] && [ \"$far\" -le {CLOCK_TOLERANCE} ]\n"
        )
    };
    Scripts {
        mechanism: "date --set in the guest".to_owned(),
        // When run again, it must not double the error.
        inject: format!("{begin}[ -e \"$note\" ] || on >\"$note\"\nturn $(($(cat \"$note\") + by))\n"),
        proof: format!("{begin}{}", near("by")),
        heal: format!("{begin}[ ! -e \"$note\" ] || {{ turn \"$(cat \"$note\")\"; rm \"$note\"; }}\n"),
        heal_others: None,
        healed: format!(
            "{begin}[ ! -e \"$note\" ] || {{ echo \"the clock is off by $(off) ms\"; exit 1; }}\necho \"the clock is back\"\n"
        ),
        ends_with_power: true,
    }
}
