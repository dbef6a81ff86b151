//! Faults of disks and file systems.

use super::{FaultEffect, Row, needs, takes};
use crate::base::shell::quote;
use crate::fault::keys::{DISK, FOLDER, IO, OPERATIONS};
use crate::fault::{Mechanism, Scripts};

pub static ROWS: &[Row] = &[
    Row {
        word: "disk-error",
        about: "A disk answers with input/output errors.",
        takes: &[needs(&DISK), takes(&IO, "all")],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| Ok(Mechanism::BreakDisk { disk: site.disk()?, io: site.choice(&IO)? }),
        how: "QEMU's `blkdebug` is put over the disk.",
        proof: "A read or a write in the guest fails.",
        healing: "`blkdebug` is taken away.",
    },
    Row {
        word: "slow-disk",
        about: "A disk performs only a limited number of operations per second.",
        takes: &[needs(&DISK), takes(&OPERATIONS, "20")],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| {
            Ok(Mechanism::Throttle { disk: site.disk()?, operations: site.number(&OPERATIONS)? })
        },
        how: "QEMU throttles the disk.",
        proof: "QEMU counts about that many operations in a second while the guest reads.",
        healing: "QEMU's limit is lifted.",
    },
    Row {
        word: "full-disk",
        about: "A file system has no room left.",
        takes: &[needs(&FOLDER)],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(fill(site.text(&FOLDER)?))),
        how: "`fallocate` makes files in the guest until nothing is left.",
        proof: "`df` in the guest says that at most 1 MiB is left.",
        healing: "The files are deleted, on whichever node has the file system mounted.",
    },
    Row {
        word: "split-brain",
        about: "Both sides of a mirrored disk are written apart from each other, and then meet.",
        takes: &[],
        effect: FaultEffect::Inside,
        ends: None,
        mechanism: |site| Ok(Mechanism::Script(split_brain(&site.mirror()?))),
        how: "The guest disconnects its side with `drbdadm`, writes the disk and connects again.",
        proof: "DRBD says that the resource is `StandAlone`.",
        healing: "What the node wrote is given up, and its side connects again.",
    },
];

/// Fills a file system.
fn fill(folder: &str) -> Scripts {
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
        // A mirrored disk may meanwhile be mounted on another node.
        heal_others: Some(format!("{begin}clear\n")),
        healed: format!(
            "{begin}if own && ls \"$folder\"/.halab-full.* >/dev/null 2>&1; then echo \"$folder is full\"; exit 1; fi\n\
             echo \"nothing of ours is in $folder\"\n"
        ),
        ends_with_power: false,
    }
}

/// Writes to the disk of a secondary node while it is disconnected from its peer. Healing discards these
/// writes.
fn split_brain(resource: &str) -> Scripts {
    let begin =
        format!("resource={resource}\nstate() {{ drbdadm cstate \"$resource\" 2>/dev/null || true; }}\n");
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
