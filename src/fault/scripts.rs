//! Faults inside guests, as shell scripts: to do it, to prove it, to heal it, and to prove that.
//!
//! Each can run twice. What a script has to remember is in a file under `/run`, which is gone with the power.

use serde::{Deserialize, Serialize};

use crate::base::shell::quote;
use crate::model::Millis;

/// The name of the resource of a mirrored disk.
const RESOURCE: &str = "r0";

/// How far a clock may be from where it should be, in milliseconds.
const CLOCK_TOLERANCE: u64 = 500;

/// A fault inside a guest. Proofs print what they see, and end with 0 if it is as they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scripts {
    /// The mechanism, as the record names it: `cgroup.freeze in the guest`.
    pub mechanism: String,
    /// Does it.
    pub inject: String,
    /// Whether it is in force.
    pub proof: String,
    /// Heals it.
    pub heal: String,
    /// Heals what is left of it on the other nodes, after that; none if it leaves nothing there.
    pub heal_others: Option<String>,
    /// Whether it is healed.
    pub healed: String,
    /// Whether it is gone once the node's power was off.
    pub ends_with_power: bool,
}

/// What every script of a unit begins with.
fn of_unit(unit: &str) -> String {
    let note = format!("/run/halab-fault-{}", unit.replace('/', "-"));
    format!(
        "unit={}\nnote={}\ndropin=/run/systemd/system/$unit.d/zz-halab-fault.conf\n\
         show() {{ systemctl show --property=\"$1\" --value \"$unit\"; }}\n",
        quote(unit),
        quote(&note)
    )
}

/// Starts a unit again, unless it may not run here any more: the cluster has moved it meanwhile.
const START: &str = "systemctl reset-failed \"$unit\" 2>/dev/null || true\n\
     systemctl start \"$unit\" 2>/dev/null || [ \"$(show AssertResult)\" = no ] || [ \"$(show ConditionResult)\" = no ]\n";

/// Whether a unit runs, or may not.
const STARTED: &str = "state=$(systemctl is-active \"$unit\" || true)\n\
     if [ \"$state\" = active ]; then echo \"$unit is active\"; exit 0; fi\n\
     if [ \"$(show AssertResult)\" = no ] || [ \"$(show ConditionResult)\" = no ]; then\n\
       echo \"$unit is not to run here now\"; exit 0\nfi\n\
     echo \"$unit is $state\"; exit 1\n";

/// Refuses to touch what does not run.
const MUST_RUN: &str = "if [ \"$(systemctl is-active \"$unit\" || true)\" != active ]; then\n\
     echo \"$unit does not run on this node\"; exit 3\nfi\n";

/// SIGKILL to all processes of a unit. One that is not to start again is given a drop-in that comes after all others, by
/// its name: of two that say the same, systemd believes the later one.
pub(super) fn kill(unit: &str, restart: bool) -> Scripts {
    let begin = of_unit(unit);
    let keep_down = "mkdir -p \"${dropin%/*}\"\nprintf '[Service]\\nRestart=no\\n' >\"$dropin\"\nsystemctl daemon-reload\n";
    let keep_down = if restart { "" } else { keep_down };
    let kill = "show MainPID >\"$note\"\nsystemctl kill --kill-whom=all --signal=KILL \"$unit\"\n";
    let proof = "pid=$(cat \"$note\")\nif kill -0 \"$pid\" 2>/dev/null; then echo \"process $pid of $unit lives\"; exit 1; fi\n\
         echo \"process $pid of $unit is gone\"\n";
    let stays_down =
        "state=$(systemctl is-active \"$unit\" || true)\necho \"$unit is $state\"\n[ \"$state\" = failed ]\n";
    let stays_down = if restart { "" } else { stays_down };
    let allow = "if [ -e \"$dropin\" ]; then rm -f \"$dropin\"; systemctl daemon-reload; fi\n";
    Scripts {
        mechanism: "SIGKILL by systemctl in the guest".to_owned(),
        inject: format!("{begin}{MUST_RUN}{keep_down}{kill}"),
        proof: format!("{begin}{proof}{stays_down}"),
        heal: format!("{begin}{allow}{START}"),
        heal_others: None,
        healed: format!("{begin}[ ! -e \"$dropin\" ] || {{ echo \"$dropin is there\"; exit 1; }}\n{STARTED}"),
        ends_with_power: true,
    }
}

/// Freezes the control group of a unit: its processes stand still, its sockets stay.
pub(super) fn hang(unit: &str) -> Scripts {
    let begin = of_unit(unit) + "group=/sys/fs/cgroup$(show ControlGroup)\n";
    let state = "frozen=$(sed -n 's/^frozen //p' \"$group/cgroup.events\" 2>/dev/null || true)\n\
         echo \"frozen is ${frozen:-unknown} of $unit\"\n";
    let thaw = "if [ -e \"$group/cgroup.freeze\" ] && [ \"$group\" != /sys/fs/cgroup ]; then echo 0 >\"$group/cgroup.freeze\"; fi\n";
    Scripts {
        mechanism: "cgroup.freeze in the guest".to_owned(),
        inject: format!("{begin}{MUST_RUN}echo 1 >\"$group/cgroup.freeze\"\n"),
        proof: format!("{begin}{state}[ \"$frozen\" = 1 ]\n"),
        heal: format!("{begin}{thaw}"),
        heal_others: None,
        healed: format!("{begin}{state}[ \"$frozen\" != 1 ]\n"),
        ends_with_power: true,
    }
}

/// Stops a unit in order.
pub(super) fn stop(unit: &str) -> Scripts {
    let begin = of_unit(unit);
    let stopped = "state=$(systemctl is-active \"$unit\" || true)\necho \"$unit is $state\"\n\
         case $state in inactive | failed) exit 0 ;; *) exit 1 ;; esac\n";
    Scripts {
        mechanism: "systemctl stop in the guest".to_owned(),
        inject: format!("{begin}{MUST_RUN}systemctl stop \"$unit\"\n"),
        proof: format!("{begin}{stopped}"),
        heal: format!("{begin}{START}"),
        heal_others: None,
        healed: format!("{begin}{STARTED}"),
        ends_with_power: true,
    }
}

/// Sets the clock off. What it was is kept as the time at which the guest was switched on, which no jump changes.
pub(super) fn clock_jump(by: Millis, backward: bool) -> Scripts {
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
        // Begun a second time, it must not be set off twice as far.
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

/// Fills a file system.
pub(super) fn fill(folder: &str) -> Scripts {
    let begin = format!(
        "folder={}\n\
         own() {{ [ -d \"$folder\" ] && [ \"$(stat -c %d \"$folder\")\" != \"$(stat -c %d /)\" ]; }}\n\
         left() {{ df --output=avail --block-size=1024 \"$folder\" | tail -n 1 | tr -d ' '; }}\n\
         clear() {{ if own; then rm -f \"$folder\"/.halab-full.*; fi; }}\n",
        quote(folder)
    );
    let fill = "own || { echo \"$folder is on the system's own disk, or not there\"; exit 3; }\n\
         number=0\nsize=$(left)\n\
         while [ \"$size\" -gt 8 ]; do\n\
           if fallocate -l \"${size}K\" \"$folder/.halab-full.$number\" 2>/dev/null; then number=$((number + 1)); size=$(left)\n\
           else rm -f \"$folder/.halab-full.$number\"; size=$((size / 2)); fi\ndone\n";
    Scripts {
        mechanism: "fallocate in the guest".to_owned(),
        inject: format!("{begin}{fill}"),
        proof: format!(
            "{begin}own || exit 1\necho \"$(left) KiB left in $folder\"\n[ \"$(left)\" -le 1024 ]\n"
        ),
        heal: format!("{begin}clear\n"),
        // A mirrored disk may be mounted on another node by now.
        heal_others: Some(format!("{begin}clear\n")),
        healed: format!(
            "{begin}if own && ls \"$folder\"/.halab-full.* >/dev/null 2>&1; then echo \"$folder is full\"; exit 1; fi\n\
             echo \"nothing of ours is in $folder\"\n"
        ),
        ends_with_power: false,
    }
}

/// Writes the disk of a node that is not the primary, apart from its peer. What it wrote is given up to heal it.
pub(super) fn split_brain() -> Scripts {
    let begin =
        format!("resource={RESOURCE}\nstate() {{ drbdadm cstate \"$resource\" 2>/dev/null || true; }}\n");
    let split = "case $(drbdadm role \"$resource\") in Primary/*) echo \"this node holds the disk: take its standby\"; exit 3 ;; esac\n\
         device=$(drbdadm sh-dev \"$resource\")\n\
         drbdadm disconnect \"$resource\"\ndrbdadm primary \"$resource\"\n\
         dd if=\"$device\" of=\"$device\" bs=4096 count=1 conv=notrunc,fsync 2>/dev/null\n\
         drbdadm secondary \"$resource\"\ndrbdadm connect \"$resource\"\n";
    let together =
        "state=$(state)\nif [ \"$state\" = Connected ]; then echo \"$resource is Connected\"; exit 0; fi\n";
    Scripts {
        mechanism: "drbdadm in the guest".to_owned(),
        inject: format!("{begin}{split}"),
        proof: format!("{begin}state=$(state)\necho \"$resource is $state\"\n[ \"$state\" = StandAlone ]\n"),
        heal: format!(
            "{begin}[ \"$(state)\" != Connected ] || exit 0\n\
             drbdadm disconnect \"$resource\" 2>/dev/null || true\ndrbdadm secondary \"$resource\"\n\
             drbdadm connect --discard-my-data \"$resource\"\n"
        ),
        heal_others: Some(format!(
            "{begin}if [ \"$(state)\" = StandAlone ]; then drbdadm connect \"$resource\"; fi\n"
        )),
        healed: format!("{begin}{together}echo \"$resource is $state\"; exit 1\n"),
        ends_with_power: false,
    }
}
