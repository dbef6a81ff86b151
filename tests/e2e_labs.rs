//! The labs of published systems: each comes up, passes its main drill, and is removed without a trace. Those
//! on other releases are in `full_labs.rs`, and so are the labs that no paper describes; `e2e_cluster.rs` has
//! drbd-heartbeat, and `e2e_exercises.rs` performs drills with redundant-web.

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
