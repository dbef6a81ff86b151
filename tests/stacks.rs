//! The bundled stacks and labs against their golden files.
//!
//! `tests/golden/stacks/` has a page for each stack, rendered in a small lab, and beside it the differences
//! that the paper's profile and other settings make. `tests/golden/labs/` has a text for each lab.
//! `HALAB_GOLDEN=write cargo test --test stacks` rewrites them; read the difference before committing it.

#[path = "stacks/fixture.rs"]
mod fixture;
#[path = "stacks/golden.rs"]
mod golden;
#[path = "stacks/labs.rs"]
mod labs;
#[path = "stacks/logs.rs"]
mod logs;
#[path = "stacks/page.rs"]
mod page;
#[path = "stacks/places.rs"]
mod places;
#[path = "stacks/sharing.rs"]
mod sharing;
#[path = "stacks/unsound.rs"]
mod unsound;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use halab::model::guard::Guard;
use halab::model::spec::Digest;
use halab::model::{Duty, ImageName, Lab, MacAddress, Manager, vrrp_priority};
use halab::testing::catalog::{Catalog, Shelf};
use halab::testing::desired::Rendering;
use halab::testing::image::image_spec;
use halab::testing::labfile::{self, Setting};
use halab::testing::stack::{load, render};

use fixture::{Fixture, Variant};

/// A bundled lab with settings, rendered.
fn rendered(name: &str, settings: &[&str]) -> (Lab, Rendering) {
    let source = labfile::find(name).unwrap();
    let settings: Vec<Setting> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let loaded = labfile::load(&source, &settings)
        .unwrap_or_else(|problems| panic!("{}", halab::diagnostic::render::text(&problems, false)));
    let rendering = render(&loaded.lab, &loaded.own, &source.catalog).unwrap();
    (loaded.lab, rendering)
}

/// The file name for the page of a stack, and the one for the differences of its variants.
fn pages(fixture: &Fixture) -> Vec<(String, String)> {
    let stack = load(&Catalog::bundled(), fixture.stack).unwrap();
    let page = |variant: &Variant| {
        let (lab, rendering) = fixture.rendered(variant);
        page::page(&lab, &stack.definition, &rendering)
    };
    let tuned = page(&fixture::TUNED);
    let mut changes = String::new();
    let paper = stack.definition.profile.contains_key("paper").then_some(&fixture::PAPER);
    let extra = (!stack.definition.extra.is_empty()).then_some(&fixture::EXTRA);
    for variant in paper.into_iter().chain(fixture.variants).chain(extra) {
        let change = page::difference(&tuned, &page(variant));
        if !change.is_empty() {
            changes += &format!("###### {}\n{change}\n", variant.title);
        }
    }
    let mut pages = vec![(format!("{}.txt", fixture.stack), tuned)];
    if !changes.is_empty() {
        pages.push((format!("{}.diff", fixture.stack), changes));
    }
    pages
}

#[test]
fn every_stack_has_its_page() {
    let pages: Vec<_> = fixture::ALL.iter().flat_map(pages).collect();
    golden::check("stacks", &pages);
}

#[test]
fn every_lab_has_its_text() {
    golden::check("labs", &labs::texts());
}

/// A lab boots from the images of another one.
#[test]
fn all_labs_share_one_image_for_each_release() {
    let catalog = Catalog::bundled();
    let mut digests: BTreeMap<(ImageName, bool), BTreeSet<Digest>> = BTreeMap::new();
    for lab in catalog.names(Shelf::Labs).unwrap() {
        // Asterisk is in Debian 11 only.
        let releases: &[&str] = if lab == "voip-cluster" { &[] } else { &["image=debian-13"] };
        for settings in [&[][..], releases] {
            let (lab, rendering) = rendered(&lab, settings);
            for (node, (_, stacks)) in lab.nodes.iter().zip(&rendering.nodes) {
                let spec = image_spec(&node.image, &stacks.packages, &stacks.bake, &catalog).unwrap();
                assert!(stacks.packages.is_subset(&spec.packages), "{}", node.name);
                let plain = stacks.packages.is_empty();
                digests.entry((node.image.clone(), plain)).or_default().insert(spec.digest);
            }
        }
    }
    let releases: Vec<&str> = digests.keys().map(|(image, _)| image.as_str()).collect();
    assert_eq!(releases, ["debian-11", "debian-12", "debian-13"]);
    assert!(digests.values().all(|digests| digests.len() == 1), "{digests:?}");
}

#[test]
fn every_bundled_stack_has_a_fixture() {
    let names: Vec<&str> = fixture::ALL.iter().map(|fixture| fixture.stack).collect();
    assert_eq!(names, Catalog::bundled().names(Shelf::Templates).unwrap());
}

/// Otherwise a change of a line that no fixture renders would go unnoticed.
#[test]
fn every_line_of_a_template_is_on_a_page() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    for fixture in fixture::ALL {
        let definition = load(&Catalog::bundled(), fixture.stack).unwrap().definition;
        let pages: String = pages(fixture).into_iter().map(|(_, text)| text).collect();
        let files = definition.file.values().map(|file| &file.template);
        let scripts = definition.step.iter().map(|step| &step.script);
        let checks = definition.health.iter().filter_map(|health| health.script.as_ref());
        let roles = definition.role.iter().map(|role| &role.script);
        for name in files.chain(scripts).chain(checks).chain(roles) {
            let text = fs_err::read_to_string(templates.join(fixture.stack).join(name)).unwrap();
            for line in literals(&text).flat_map(str::lines).map(str::trim) {
                assert!(
                    pages.contains(line),
                    "{}: no variant of the fixture renders `{line}` of {name}",
                    fixture.stack
                );
            }
        }
    }
}

/// The text outside of a template's tags.
fn literals(template: &str) -> impl Iterator<Item = &str> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let tags = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
        let first = tags.iter().filter_map(|(open, close)| Some((rest.find(open)?, close))).min();
        let (literal, after) = match first {
            Some((at, close)) => {
                (&rest[..at], at + rest[at..].find(close).expect("the tag's end") + close.len())
            }
            None => (rest, rest.len()),
        };
        rest = &rest[after..];
        Some(literal)
    })
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

/// Who may send from which address: what a lab's stacks need, and no more.
#[test]
fn ports_are_bound_to_what_their_nodes_need() {
    let guard = |name: &str| Guard::of(&rendered(name, &[]).0);
    let port = |guard: &Guard, network: &str, node: &str| {
        let network = guard.networks.iter().find(|found| found.name.as_str() == network).unwrap();
        network.ports.iter().find(|port| port.node.as_str() == node).unwrap().clone()
    };
    let web: std::net::Ipv4Addr = "192.168.130.100".parse().unwrap();
    let carp = MacAddress([0, 0, 0x5e, 0, 0, 1]);
    let ucarp = guard("ucarp-rsync");
    for (node, holds) in [("node1", true), ("node2", true), ("router", false)] {
        let own = port(&ucarp, "servers", node);
        assert_eq!((own.sources.contains(&web), own.virtual_macs.contains(&carp)), (holds, holds), "{node}");
        assert_eq!(own.routes, node == "router", "{node}");
        let management = port(&ucarp, "mgmt", node);
        assert_eq!((management.sources.len(), management.routes), (1, false), "{node}");
    }
    assert!(port(&ucarp, "clients", "router").routes, "answers come with the servers' addresses");
    // Each node has the marks of its own, on all networks.
    let marks: BTreeSet<(String, u32)> = ucarp
        .networks
        .iter()
        .flat_map(|network| &network.ports)
        .map(|port| (port.node.to_string(), port.mark))
        .collect();
    assert_eq!(marks.len(), 3);
    assert!(marks.iter().all(|(_, mark)| *mark > 0));
    // An address for each role, and none for the others.
    let pair = guard("nginx-pair");
    let [web, database] = ["192.168.20.100", "10.30.0.100"].map(|ip| ip.parse().unwrap());
    let held = |network: &str, node: &str, ip| port(&pair, network, node).sources.contains(&ip);
    assert!(held("public", "lb1", web) && held("public", "lb2", web));
    assert!(held("inside", "node1", database) && held("inside", "node2", database));
    assert!(!held("inside", "lb1", database) && !held("inside", "node1", web));
    assert!(port(&pair, "public", "lb1").virtual_macs.is_empty(), "keepalived uses its own here");
    assert!(
        pair.networks.iter().flat_map(|network| &network.ports).all(|port| !port.internet && !port.routes)
    );
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
            assert_eq!(number("priority"), vrrp_priority(None, place, members) as i64, "{node}");
            // The first node, when its check fails, ranks behind the last, when that one's passes; and the
            // last can still be elected.
            let lowest = vrrp_priority(None, members - 1, members) as i64;
            assert!(vrrp_priority(None, 0, members) as i64 + number("weight") < lowest, "{node}");
            assert!(lowest + number("weight") >= 1, "{node}");
        }
    }
}

#[test]
fn every_profile_and_every_documented_example_can_be_had() {
    let labs = Catalog::bundled().names(Shelf::Labs).unwrap();
    let check = |lab: &str, settings: &[Setting], place: &str| {
        let source = labfile::find(lab).unwrap();
        if let Err(problems) = labfile::load(&source, settings) {
            panic!("{place}: {}", halab::diagnostic::render::text(&problems, false));
        }
    };
    for lab in &labs {
        let source = labfile::find(lab).unwrap();
        for stack in labfile::load(&source, &[]).unwrap().stacks.values() {
            for profile in stack.profile.keys() {
                check(lab, &[format!("profile={profile}").parse().unwrap()], lab);
            }
        }
    }
    let manual = ["README.md", "docs/labs.md", "docs/drills.md", "docs/checkpoints.md", "docs/images.md"];
    let manual = manual.map(|file| ("drbd-heartbeat", file.to_owned()));
    let readmes = labs.iter().map(|lab| (lab.as_str(), format!("labs/{lab}/README.md")));
    let mut examples = 0;
    for (lab, file) in readmes.chain(manual) {
        let text = fs_err::read_to_string(&file).unwrap();
        // Code is between backquotes, in a line or in a block.
        for code in text.split('`').skip(1).step_by(2) {
            for command in code.split("$ ") {
                let words: Vec<&str> = command.split_whitespace().collect();
                let named = words.iter().find(|word| labs.iter().any(|lab| lab == *word));
                let pairs = words.windows(2).filter(|pair| pair[0] == "--set");
                let settings: Vec<Setting> = pairs.filter_map(|pair| pair[1].parse().ok()).collect();
                if !settings.is_empty() {
                    check(named.unwrap_or(&lab), &settings, &format!("{file}: `{command}`"));
                    examples += 1;
                }
            }
        }
    }
    assert!(examples > 15, "the documents have examples");
}
