//! Folders that are kept equal.

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

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
