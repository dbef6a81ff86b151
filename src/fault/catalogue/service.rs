//! Faults of services and of the cluster manager.

use super::{FaultEffect, Row, needs, takes};
use crate::base::shell::quote;
use crate::fault::keys::{RESTART, SERVICE};
use crate::fault::{Mechanism, Scripts};

pub static ROWS: &[Row] = &[
    Row {
        word: "service-kill",
        about: "All processes of a service are killed.",
        takes: &[needs(&SERVICE), takes(&RESTART, "false")],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(kill(&site.unit()?, site.flag(&RESTART)?))),
        how: "`systemctl kill --signal=KILL` runs in the guest; a drop-in keeps the unit from starting again.",
        proof: "The main process is gone and the unit has failed; with `restart`, the process is gone.",
        healing: "The drop-in is removed and the unit started, unless the cluster runs it elsewhere by now.",
    },
    Row {
        word: "service-hang",
        about: "All processes of a service are frozen: its ports stay open and nothing answers.",
        takes: &[needs(&SERVICE)],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(hang(&site.unit()?))),
        how: "The control group of the unit is frozen in the guest.",
        proof: "The kernel says that the control group is frozen.",
        healing: "The control group is thawed.",
    },
    Row {
        word: "service-stop",
        about: "A service is stopped in order.",
        takes: &[needs(&SERVICE)],
        effect: FaultEffect::InOrder,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(stop(&site.unit()?))),
        how: "`systemctl stop` runs in the guest.",
        proof: "The unit is inactive.",
        healing: "The unit is started, unless the cluster runs it elsewhere by now.",
    },
    Row {
        word: "cluster-kill",
        about: "All processes of the cluster manager are killed; what it had started goes on.",
        takes: &[takes(&RESTART, "false")],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(kill(&site.manager_unit()?, site.flag(&RESTART)?))),
        how: "As `service-kill`, of the service that a stack calls its cluster manager.",
        proof: "As that of `service-kill`.",
        healing: "As that of `service-kill`.",
    },
    Row {
        word: "cluster-hang",
        about: "The cluster manager is frozen.",
        takes: &[],
        effect: FaultEffect::Contact,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(hang(&site.manager_unit()?))),
        how: "As `service-hang`, of the service that a stack calls its cluster manager.",
        proof: "As that of `service-hang`.",
        healing: "As that of `service-hang`.",
    },
];

/// The common start of the scripts for a unit.
fn of_unit(unit: &str) -> String {
    let note = format!("/run/halab-fault-{}", unit.replace('/', "-"));
    format!(
        "unit={}\nnote={}\ndropin=/run/systemd/system/$unit.d/zz-halab-fault.conf\n\
         show() {{ systemctl show --property=\"$1\" --value \"$unit\"; }}\n",
        quote(unit),
        quote(&note)
    )
}

/// Starts a unit again, unless its conditions forbid it because the cluster has moved it to another node.
const START: &str = "systemctl reset-failed \"$unit\" 2>/dev/null || true\n\
     systemctl start \"$unit\" 2>/dev/null || [ \"$(show AssertResult)\" = no ] || [ \"$(show ConditionResult)\" = no ]\n";

/// Checks that a unit runs, or must not run here.
const STARTED: &str = "state=$(systemctl is-active \"$unit\" || true)\n\
     if [ \"$state\" = active ]; then echo \"$unit is active\"; exit 0; fi\n\
     if [ \"$(show AssertResult)\" = no ] || [ \"$(show ConditionResult)\" = no ]; then\n\
       echo \"$unit is not to run here now\"; exit 0\nfi\n\
     echo \"$unit is $state\"; exit 1\n";

/// Refuses to act on a unit that is not active.
const MUST_RUN: &str = "if [ \"$(systemctl is-active \"$unit\" || true)\" != active ]; then\n\
     echo \"$unit does not run on this node\"; exit 3\nfi\n";

/// Sends SIGKILL to all processes of a unit. A unit that must not restart gets a drop-in whose name sorts
/// last, because the last setting of a key applies.
fn kill(unit: &str, restart: bool) -> Scripts {
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

/// Freezes the control group of a unit: its processes stop, its sockets stay open.
fn hang(unit: &str) -> Scripts {
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
fn stop(unit: &str) -> Scripts {
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
