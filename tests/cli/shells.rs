//! Shells, consoles and clients of simulated instances.

use std::io::BufRead as _;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn commands_run_on_simulated_nodes() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    assert_snapshot!(sandbox.run(&["exec", "node1", "--", "hostname"]), @r#"
    node1
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["exec", "node2", "--", "echo", "a b", "c"]), @r#"
    a b c
    [exit status: 0]
    "#);
    assert_snapshot!(sandbox.run(&["exec", "--all", "--", "hostname; exit 3"]), @r#"
    node1: node1
    node2: node2
    [exit status: 3]
    "#);
    let unknown = sandbox.run(&["exec", "node1", "--", "drbdadm", "status"]);
    assert!(unknown.contains("drbdadm: not found"), "{unknown}");
    assert!(unknown.ends_with("[exit status: 127]"), "{unknown}");
    let file = sandbox.run(&["exec", "node1", "--", "cat /etc/ha.d/ha.cf"]);
    assert!(file.contains("deadtime") && file.ends_with("[exit status: 0]"), "{file}");
    let slow = sandbox.run(&["exec", "node1", "--timeout", "0", "--", "sleep 60"]);
    assert!(slow.contains("node1 does not answer") && slow.ends_with("[exit status: 1]"), "{slow}");
    assert_snapshot!(sandbox.run(&["ssh", "node1", "--", "exit", "7"]), @"[exit status: 7]");
}

#[test]
fn a_terminal_is_a_shell_until_its_end() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let typed = |words: &[&str], text: &str| {
        let output = sandbox.command(words).write_stdin(text).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code())
    };
    assert_eq!(typed(&["ssh", "node2"], "hostname\nexit 4\necho no\n"), ("node2\n".to_owned(), Some(4)));
    assert_eq!(typed(&["ssh", "node2"], "false\necho last"), ("last\n".to_owned(), Some(0)));
    let (console, status) = typed(&["console", "node1"], "does this come back\n");
    assert!(console.contains("node1 login:\ndoes this come back\n") && status == Some(0), "{console}");
}

#[test]
fn clients_are_answered_by_the_holder() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let page =
        |host: &str| sandbox.run(&["client", "--", "curl", "-s", &format!("http://{host}/health.php")]);
    assert_snapshot!(page("192.168.0.100"), @r#"
    node node1
    database ok
    [exit status: 0]
    "#);
    sandbox.ok(&["fault", "inject", "node1", "power-cut"]);
    assert!(page("192.168.0.100").contains("node node2"), "node2 has taken over");
    assert!(page("192.168.0.101").ends_with("[exit status: 7]"), "node1 is off");
    let answer = sandbox.run(&["exec", "node1", "--", "true"]);
    assert!(answer.contains("node1 does not answer"), "{answer}");
    sandbox.ok(&["heal"]);
    assert!(page("web").contains("node node1"), "the address went back");
    let ping = sandbox.run(&["client", "--", "ping", "-c", "2", "192.168.0.102"]);
    assert!(ping.contains("2 packets transmitted, 2 received"), "{ping}");
    let unknown = sandbox.run(&["client", "--", "tcpdump"]);
    assert!(unknown.contains("know curl and ping") && unknown.ends_with("[exit status: 127]"), "{unknown}");
}

#[test]
fn a_fault_of_a_service_is_what_clients_and_shells_see() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "single-server"]);
    let curl = ["client", "--", "curl", "-f", "http://192.168.20.100/alive.txt"];
    let active = ["exec", "server", "--", "systemctl", "is-active", "apache2"];
    assert!(sandbox.run(&active).contains("active\n[exit status: 0]"));
    sandbox.ok(&["fault", "inject", "server", "service-kill", "--service", "web"]);
    assert!(sandbox.run(&curl).ends_with("[exit status: 7]"));
    assert!(sandbox.run(&active).contains("failed\n[exit status: 3]"));
    sandbox.ok(&["heal"]);
    assert!(sandbox.run(&curl).contains("alive\n[exit status: 0]"));
}

#[test]
fn a_watch_tells_each_change_and_ends_with_the_instance() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    let mut watch = sandbox.spawn(&["status", "--watch"]);
    let mut told = std::io::BufReader::new(watch.stdout.take().unwrap());
    let mut wait_for = |text: &str| {
        let mut heard = String::new();
        while !heard.contains(text) {
            assert_ne!(told.read_line(&mut heard).unwrap(), 0, "no `{text}` in {heard}");
        }
    };
    wait_for("a page that reads the database");
    sandbox.ok(&["fault", "inject", "node1", "power-cut"]);
    wait_for("node1: running → ");
    wait_for("web 192.168.0.100: node1 → node2");
    wait_for("injected: power-cut on node1");
    sandbox.ok(&["heal"]);
    wait_for("healed: power-cut on node1");
    wait_for("healthy");
    sandbox.ok(&["down"]);
    let output = watch.wait_with_output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("drbd-heartbeat is down"), "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_status_asks_the_model_who_holds_an_address_and_what_is_broken() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["up", "drbd-heartbeat"]);
    sandbox.ok(&["fault", "inject", "node1", "power-cut"]);
    let status = sandbox.json(&["status", "--format", "json"]);
    let status = status.get("instances").map_or(&status, |all| &all[0]);
    assert_eq!(status["addresses"][0]["holders"], serde_json::json!(["node2"]));
    assert_eq!(status["healthy"], false);
    assert_eq!(status["faults"][0]["id"], "power-cut.node1");
    let dead = status["checks"].as_array().unwrap().iter().find(|check| check["node"] == "node1").unwrap();
    assert_eq!(dead["trouble"], "node1 does not answer");
}
