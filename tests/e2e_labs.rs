//! The labs of published systems: each comes up, passes its main drill, and is removed without a trace. One
//! of them does so on Debian 13, too. The others do in `full_labs.rs`, and so do the labs that no paper
//! describes, and redundant-web, with which `e2e_exercises.rs` performs drills.

#[path = "guests/drilled.rs"]
mod drilled;
#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use drilled::passes;

#[test]
#[ignore = "needs root, and boots guests"]
fn ucarp_rsync_loses_nothing_in_a_power_cut() {
    passes("ucarp-rsync", &[], "power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn voip_cluster_goes_on_after_a_power_cut() {
    passes("voip-cluster", &[], "alpha-to-beta");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn nginx_cluster_goes_on_after_a_power_cut_of_a_server() {
    passes("nginx-cluster", &[], "server-power-cut");
}

#[test]
#[ignore = "needs root, and boots guests"]
fn drbd_heartbeat_goes_on_on_debian_13() {
    passes("drbd-heartbeat", &["image=debian-13"], "power-cut");
}
