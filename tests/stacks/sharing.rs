//! Several uses of stacks on one node: those that are refused, and why, and those that work.

use halab::model::Lab;
use halab::testing::catalog::{Catalog, Shelf};
use halab::testing::desired::Rendering;
use halab::testing::labfile::{self, LabSource, Setting};
use halab::testing::stack::load;

use crate::fixture;

/// What is wrong with a lab, as text; empty if nothing is.
fn problems(name: &str, text: &str, settings: &[&str]) -> String {
    let source = LabSource::from_text(name, text.to_owned(), Catalog::bundled());
    let settings: Vec<Setting> = settings.iter().map(|one| one.parse().unwrap()).collect();
    match labfile::load(&source, &settings) {
        Ok(loaded) => halab::diagnostic::render::text(&loaded.warnings, false),
        Err(found) => halab::diagnostic::render::text(&found, false),
    }
}

/// Each bundled stack twice on the same nodes, with equal parameters: no such lab is brought up half.
#[test]
fn every_stack_twice_on_the_same_nodes_is_refused_or_said_to_work() {
    let mut works = Vec::new();
    for fixture in fixture::ALL {
        let text = fixture.text(&fixture::TUNED);
        let again = fixture.again("again");
        let found = problems("twice.toml", &format!("{text}{again}"), &[]);
        assert!(found.contains("error: "), "{}: twice the same passes", fixture.stack);
        assert!(found.contains("`again`"), "{}: {found}", fixture.stack);
        assert!(found.contains("the other one"), "{}: {found}", fixture.stack);
        let definition = load(&Catalog::bundled(), fixture.stack).unwrap().definition;
        match definition.several {
            Some(_) => works.push(fixture.stack),
            None => assert!(
                found.contains(&format!("both use stack `{}`", fixture.stack)),
                "{}: {found}",
                fixture.stack
            ),
        }
    }
    assert_eq!(works, ["drbd", "keepalived"]);
}

/// Only one of them would start.
#[test]
fn two_web_servers_on_a_node_are_refused() {
    let text = fixture::ALL.iter().find(|fixture| fixture.stack == "lamp-local").unwrap();
    let text = text.text(&fixture::TUNED)
        + "\n[stack.front]\nuse = \"nginx\"\non = ['b']\nwith = { servers = ['c'], network = 'inside' }\n";
    let found = problems("web.toml", &text, &[]);
    assert!(
        found.contains("error: stacks `lamp-local` and `front` both listen on TCP port 80 of `b`"),
        "{found}"
    );
}

fn variant(stack: &str, title: &str) -> (Lab, Rendering) {
    let fixture = fixture::ALL.iter().find(|fixture| fixture.stack == stack).unwrap();
    let variant = fixture.variants.iter().find(|variant| variant.title == title).unwrap();
    fixture.rendered(variant)
}

#[test]
fn the_uses_of_a_stack_on_a_node_share_its_files() {
    for (stack, title) in
        [("keepalived", "two addresses, each with a first node of its own"), ("drbd", "two disks")]
    {
        let (lab, rendering) = variant(stack, title);
        for (node, files) in &rendering.nodes {
            let mut paths: Vec<&str> = files.files.iter().map(|file| file.path.as_str()).collect();
            let all = paths.len();
            paths.sort_unstable();
            paths.dedup();
            assert_eq!(paths.len(), all, "{node} has each file once");
            let baked = files.bake.iter().filter(|script| script.title.ends_with(stack)).count();
            assert!(baked <= 1, "{node} bakes {stack} {baked} times");
        }
        let uses: Vec<String> =
            lab.stacks.iter().filter(|used| used.uses == stack).map(|used| used.name.to_string()).collect();
        for used in uses {
            let own = |name: &String| *name == used;
            assert!(rendering.checks.iter().any(|check| own(&check.stack)), "{used} is checked");
            assert!(rendering.phases.iter().flatten().any(|step| own(&step.stack)), "{used} is set up");
        }
    }
    let (lab, _) = variant("drbd", "two disks");
    let devices: Vec<usize> = lab.mirrors().iter().map(|mirror| mirror.device).collect();
    assert_eq!(devices, [0, 1]);
}

/// What the software itself refuses or ignores is said before anything is brought up.
#[test]
fn rules_of_bundled_stacks() {
    let refused: &[(&str, &[&str], &str)] = &[
        (
            "keepalived",
            &["auto-failback=false", "state=master"],
            "error: stack `keepalived`: a node that begins as master",
        ),
        (
            "keepalived",
            &["state=master"],
            "warning: stack `keepalived`: keepalived ignores a failback-delay (10s)",
        ),
        (
            "keepalived",
            &["priority=100"],
            "warning: stack `keepalived`: a failing check takes -119 from the priority 100",
        ),
        (
            "keepalived",
            &["advert=255ms"],
            "error: stack `keepalived`: keepalived counts in hundredths of a second, and 255ms",
        ),
        ("heartbeat", &["deadtime=1s"], "error: stack `heartbeat`: Heartbeat requires a deadtime"),
        ("heartbeat", &["initdead=1500ms"], "error: stack `heartbeat`: Heartbeat requires an initdead"),
        (
            "heartbeat",
            &["initdead=8s"],
            "warning: stack `heartbeat`: Heartbeat warns of an initdead of less than 10s (8s)",
        ),
        ("heartbeat", &["warntime=3s"], "warning: stack `heartbeat`: a peer is dead after 2s (deadtime)"),
        ("heartbeat", &["warntime=400ms"], "warning: stack `heartbeat`: every heartbeat would be late"),
        ("drbd", &["timeout=2s"], "error: stack `drbd`: DRBD's timeout"),
        (
            "drbd",
            &["resync-least=200MiB"],
            "error: stack `drbd`: a resynchronisation that gives way to 200MiB",
        ),
        (
            "drbd",
            &["split-brain-1=consensus"],
            "warning: stack `drbd`: split-brain-1 = consensus follows split-brain-0",
        ),
        (
            "drbd",
            &["split-brain-2=violently-as0p"],
            "warning: stack `drbd`: split-brain-2 = violently-as0p follows",
        ),
        ("mariadb-masters", &["server-id=7"], "error: stack `mariadb-masters`: with one server-id (7)"),
        (
            "mariadb-masters",
            &["increment=2", "offset=3", "replicate=false"],
            "error: stack `mariadb-masters`: MariaDB ignores an offset (3)",
        ),
        (
            "mariadb-masters",
            &["increment=2", "offset=1"],
            "warning: stack `mariadb-masters`: with one offset (1)",
        ),
        ("filesync", &["copy-database=true"], "error: stack `filesync`: the database is copied with"),
        ("ucarp", &["backup-advskew=1"], "error: stack `ucarp`: the first node is the preferred one"),
    ];
    for (stack, settings, says) in refused {
        let fixture = fixture::ALL.iter().find(|fixture| fixture.stack == *stack).unwrap();
        let found = problems("rules.toml", &fixture.text(&fixture::TUNED), settings);
        assert!(found.contains(says), "{stack} {settings:?}: {found}");
        assert!(found.contains("--> --set:"), "the place is that of the setting: {found}");
    }
    // Each rule is in the table: no condition holds always.
    for stack in Catalog::bundled().names(Shelf::Templates).unwrap() {
        let rules = load(&Catalog::bundled(), &stack).unwrap().definition.rule.len();
        assert_eq!(refused.iter().filter(|(named, ..)| *named == stack).count(), rules, "{stack}");
    }
}
