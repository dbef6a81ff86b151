//! People's own tools: OpenSSH, Ansible, and folders that are kept equal.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn an_inventory_is_for_ansible() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let all = sandbox.json(&["ansible-inventory", "drbd-heartbeat", "--list", "--ssh-config", "/etc/x"]);
    assert_eq!(all["heartbeat"]["hosts"], serde_json::json!(["node1", "node2"]));
    assert_eq!(all["all"]["vars"]["ansible_ssh_common_args"], "-F '/etc/x'");
    let one = sandbox.json(&["ansible-inventory", "--host", "node2"]);
    assert_eq!(one["lab_networks"]["public"]["ip"], "192.168.0.102");
    assert_eq!(one["ansible_host"], "node2.drbd-heartbeat");
    let own = format!("-F '{}'", sandbox.path().join("config").display());
    assert_eq!(one["ansible_ssh_common_args"], own);
    assert_snapshot!(sandbox.run(&["ansible-inventory", "--host", "node3"]), @r"
    ------- stderr -------
    error: `drbd-heartbeat` has no node `node3`

    hint: did you mean `node1`?
    [exit status: 6]
    ");
}

#[test]
fn simulated_nodes_have_no_openssh() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_snapshot!(sandbox.run(&["ssh-config", "drbd-heartbeat"]), @r"
    ------- stderr -------
    error: `drbd-heartbeat` is simulated: it has no machines and no network
    [exit status: 4]
    ");
    assert_snapshot!(sandbox.run(&["__pipe", "node1.drbd-heartbeat"]), @r"
    ------- stderr -------
    error: `drbd-heartbeat` is simulated: it has no machines and no network
    [exit status: 4]
    ");
    assert_snapshot!(sandbox.run(&["__pipe", "node1"]), @r"
    ------- stderr -------
    error: `node1` is not a node and an instance such as node1.demo
    [exit status: 2]
    ");
    assert!(!sandbox.path().join("state/instances/drbd-heartbeat/known-hosts").exists());
}

#[test]
fn simulated_nodes_keep_no_folders() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    sandbox.write("site/page", "x");
    assert_snapshot!(sandbox.run(&["sync", "site", "node1:/srv/site"]), @r"
    ------- stderr -------
    error: `drbd-heartbeat` is simulated: its nodes keep no files

    hint: `lab cp` out of a simulated node works
    [exit status: 4]
    ");
    assert_snapshot!(sandbox.run(&["sync", "node1:/srv/site", "site"]), @r"
    ------- stderr -------
    error: `drbd-heartbeat` is simulated: its nodes keep no files

    hint: `lab cp` out of a simulated node works
    [exit status: 4]
    ");
    assert_snapshot!(sandbox.run(&["sync", "node1:/srv/site", "site", "--watch"]), @r"
    ------- stderr -------
    error: only a folder of this machine can be watched

    hint: `lab sync FOLDER NODE:PATH --watch` follows its changes
    [exit status: 2]
    ");
    assert_snapshot!(sandbox.run(&["sync", "site", "elsewhere"]), @r"
    ------- stderr -------
    error: one folder is on a node, and the other on this machine

    hint: `lab sync ./site node1:/srv/site` makes that of the node equal

    hint: `lab sync node1:/srv/site ./site` makes that of this machine equal
    [exit status: 2]
    ");
    assert_snapshot!(sandbox.run(&["sync", "nothing", "node1:/srv"]), @r"
    ------- stderr -------
    error: there is no folder nothing
    [exit status: 6]
    ");
}
