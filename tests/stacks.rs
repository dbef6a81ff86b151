//! What the stacks of a lab render to, file by file, against the golden files in `tests/golden/stacks/`.
//!
//! `HALAB_GOLDEN=write cargo test --test stacks` writes them anew; read the difference before committing it.

#[path = "stacks/golden.rs"]
mod golden;
#[path = "stacks/unsound.rs"]
mod unsound;

use halab::desired::Rendering;
use halab::labfile::{self, Setting};
use halab::stack::{Probe, render};

/// The bundled lab of the paper with a profile, rendered.
fn rendering(profile: &str) -> Rendering {
    let source = labfile::find("drbd-heartbeat").unwrap();
    let profile: Setting = format!("profile={profile}").parse().unwrap();
    let loaded = labfile::load(&source, &[profile])
        .unwrap_or_else(|problems| panic!("{}", labfile::render::text(&problems, false)));
    render(&loaded.lab, &source.catalog).unwrap()
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

#[test]
fn every_text_of_the_profile_tuned() {
    golden::check("tuned", &texts(&rendering("tuned")));
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
        .unwrap_or_else(|problems| panic!("{}", labfile::render::text(&problems, false)));
    golden::check("echo", &texts(&render(&loaded.lab, &source.catalog).unwrap()));
}

#[test]
fn every_text_of_the_profile_paper() {
    golden::check("paper", &texts(&rendering("paper")));
}
