//! Two instances of one lab: the same addresses, isolated from each other.

#[expect(dead_code, reason = "each target uses a part of it")]
#[path = "guests/sandbox.rs"]
mod sandbox;

use sandbox::Sandbox;

const LAB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guests/labs/single.toml");

#[test]
#[ignore = "needs root, and boots guests"]
fn two_instances_have_the_same_addresses_and_never_meet() {
    let mut sandbox = Sandbox::enter();
    let names = [sandbox.instance("left"), sandbox.instance("right")];

    // At the same time, so that both want the same image at once.
    let mut ups: Vec<_> = names.iter().map(|name| sandbox.start(["up", LAB, "--as", name])).collect();
    for up in &mut ups {
        assert!(up.wait().unwrap().success());
    }

    for name in &names {
        let script = format!("echo {name} > /root/whose; ip -4 -o address show eth0");
        let shown = sandbox.lab(["exec", "--lab", name, "node1", "--", "sh", "-c", &script]).ok();
        assert!(shown.stdout.contains("192.168.0.101/24"), "{}", shown.stdout);
    }
    for name in &names {
        let whose = sandbox.lab(["exec", "--lab", name, "node1", "--", "cat", "/root/whose"]).ok();
        assert_eq!(whose.stdout.trim(), name);
        let ping =
            sandbox.lab(["client", "--lab", name, "--", "ping", "-c", "1", "-W", "5", "192.168.0.101"]);
        ping.ok();
    }

    sandbox.lab(["down", &names[0]]).ok();
    assert_eq!(sandbox.traces(&names[0]), Vec::<String>::new());
    let other = sandbox.lab(["exec", "--lab", &names[1], "node1", "--", "cat", "/root/whose"]).ok();
    assert_eq!(other.stdout.trim(), names[1], "the other instance stands as before");
}
