//! What the stacks of the bundled labs render to, file by file, against the golden files in `tests/golden/stacks/`.
//!
//! `HALAB_GOLDEN=write cargo test --test stacks` writes them anew; read the difference before committing it.

#[path = "stacks/golden.rs"]
mod golden;
#[path = "stacks/unsound.rs"]
mod unsound;

use halab::catalog::{Catalog, Shelf};
use halab::desired::Rendering;
use halab::labfile::{self, Setting};
use halab::model::spec::Probe;
use halab::model::{Duty, Lab, Manager, vrrp_priority};
use halab::stack::{load, render};

/// A bundled lab with settings, rendered.
fn rendered(name: &str, settings: &[&str]) -> (Lab, Rendering) {
    let source = labfile::find(name).unwrap();
    let settings: Vec<Setting> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let loaded = labfile::load(&source, &settings)
        .unwrap_or_else(|problems| panic!("{}", halab::diagnostic::render::text(&problems, false)));
    let rendering = render(&loaded.lab, &source.catalog).unwrap();
    (loaded.lab, rendering)
}

/// Every text of a rendering by the place where its golden file is.
fn texts(rendering: &Rendering) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (node, rendered) in &rendering.nodes {
        let mut manifest = String::new();
        for file in &rendered.files {
            manifest.push_str(&format!("{:04o} {} {}\n", file.mode, file.owner, file.path));
            texts.push((format!("{node}/files{}", file.path), file.content.clone()));
        }
        for package in &rendered.packages {
            manifest.push_str(&format!("package {package}\n"));
        }
        for script in &rendered.bake {
            manifest.push_str(&format!("{}\n", script.title));
        }
        texts.push((format!("{node}/manifest"), manifest));
    }
    for (number, phase) in rendering.phases.iter().enumerate() {
        for step in phase {
            let place = format!("{}/steps/{number}-{}-{}.sh", step.node, step.stack, step.step);
            texts.push((place, step.script.text.clone()));
        }
    }
    for check in &rendering.checks {
        let place = check.node.as_ref().map_or("outside".to_owned(), ToString::to_string);
        let text = match &check.probe {
            Probe::Exec { script } => script.text.clone(),
            Probe::Http { ip, port, path, expect } => format!("http://{ip}:{port}{path}\n{expect}\n"),
        };
        texts.push((format!("{place}/checks/{}-{}", check.stack, check.id), text));
    }
    texts
}

/// Both profiles of a bundled lab against their golden files.
fn golden(lab: &str) {
    for profile in ["tuned", "paper"] {
        let (_, rendering) = rendered(lab, &[&format!("profile={profile}")]);
        golden::check(&format!("{lab}/{profile}"), &texts(&rendering));
    }
}

/// A lab with the stack that no bundled lab has.
const ECHO: &str = r#"schema = 1
name = "echo"
title = "Packets that are sent back"
[defaults]
image = "debian-12"
[network.public]
subnet = "192.168.0.0/24"
[node.node1]
networks = { public = "192.168.0.101" }
[stack.echo]
use = "echo"
on = ["node1"]
"#;

#[test]
fn every_text_of_the_responder() {
    let folder = tempfile::tempdir().unwrap();
    fs_err::write(folder.path().join("lab.toml"), ECHO).unwrap();
    let source = labfile::find(&folder.path().to_string_lossy()).unwrap();
    let loaded = labfile::load(&source, &[])
        .unwrap_or_else(|problems| panic!("{}", halab::diagnostic::render::text(&problems, false)));
    golden::check("echo", &texts(&render(&loaded.lab, &source.catalog).unwrap()));
}

#[test]
fn every_bundled_lab_has_golden_files() {
    for lab in Catalog::bundled().names(Shelf::Labs).unwrap() {
        golden(&lab);
    }
}

#[test]
fn stacks_say_what_they_do_as_was_known_of_them_before() {
    let catalog = Catalog::bundled();
    for name in catalog.names(Shelf::Templates).unwrap() {
        let says = load(&catalog, &name).unwrap().definition.duties;
        let formerly: Vec<Duty> = Duty::formerly(&name).into_iter().collect();
        assert!(formerly.iter().all(|duty| says.contains(duty)), "{name}: {says:?}");
    }
}

#[test]
fn priorities_are_those_that_theory_reckons_with() {
    for (lab, address) in [("redundant-web", "web"), ("voip-cluster", "voip")] {
        let (lab, rendering) = rendered(lab, &[]);
        let manager = Manager::of(&lab, &address.parse().unwrap()).unwrap();
        let members = manager.members.len();
        for (place, node) in manager.members.iter().enumerate() {
            let (_, rendered) = rendering.nodes.iter().find(|(name, _)| name == node).unwrap();
            let file =
                rendered.files.iter().find(|file| file.path == "/etc/keepalived/keepalived.conf").unwrap();
            let number = |key: &str| -> i64 {
                let mut values = file.content.lines().filter_map(|line| line.trim().strip_prefix(key));
                values.next().unwrap().trim().parse().unwrap()
            };
            assert_eq!(number("priority"), vrrp_priority(place, members) as i64, "{node}");
            // The first, when it fails, is behind the last, when that does not; and the last can still be elected.
            let lowest = vrrp_priority(members - 1, members) as i64;
            assert!(vrrp_priority(0, members) as i64 + number("weight") < lowest, "{node}");
            assert!(lowest + number("weight") >= 1, "{node}");
        }
    }
}
