//! The small lab in which a stack is rendered for its golden text, and the settings that exercise its
//! templates.

use halab::model::Lab;
use halab::testing::catalog::Catalog;
use halab::testing::desired::Rendering;
use halab::testing::labfile::{self, LabSource, Setting};
use halab::testing::stack::{load, render};

/// A stack with the lab in which it is rendered.
pub struct Fixture {
    pub stack: &'static str,
    /// The stacks of the lab, in order: those that it requires, and itself.
    pub with: &'static [&'static str],
    /// Other settings of the lab, in addition to the paper's profile: with them every line of the stack's
    /// templates appears.
    pub variants: &'static [Variant],
}

/// A change of a fixture's lab.
pub struct Variant {
    pub title: &'static str,
    pub settings: &'static [&'static str],
    /// The stacks that the lab lacks.
    pub without: &'static [&'static str],
    /// One more use of the stack.
    pub more: Option<&'static str>,
    /// Whether there is text for each place of the stack.
    pub extra: bool,
}

const fn set(title: &'static str, settings: &'static [&'static str]) -> Variant {
    Variant { title, settings, without: &[], more: None, extra: false }
}

const fn more(title: &'static str, more: &'static str) -> Variant {
    Variant { more: Some(more), ..set(title, &[]) }
}

const fn alone(stack: &'static str) -> Fixture {
    Fixture { stack, with: &[], variants: &[] }
}

/// The lab without settings.
pub const TUNED: Variant = set("our own settings", &[]);

/// The lab of the paper.
pub const PAPER: Variant = set("the paper's profile", &["profile=paper"]);

/// The lab with text of its own in the stack's files.
pub const EXTRA: Variant = Variant { extra: true, ..set("text of the lab in every place", &[]) };

/// A fixture for each bundled stack, by name.
pub const ALL: &[Fixture] = &[
    alone("asterisk"),
    Fixture {
        stack: "distance",
        with: &["distance"],
        variants: &[set("far from each other", &["distance.delay=20ms"])],
    },
    // Heartbeat mounts the mirrored disk.
    Fixture {
        stack: "drbd",
        with: &["heartbeat", "drbd"],
        variants: &[
            set("the rate of a resynchronisation is adapted", &["resync-plan=2s", "resync-least=250KiB"]),
            set("a lost peer is marked", &["fencing=resource-only", "split-brain-1=discard-secondary"]),
            set("mounted elsewhere", &["folder=/srv/files"]),
            more(
                "two disks",
                "on = ['a', 'b']\nwith = { disk = 'more', network = 'inside', port = 7790, folder = '/srv/more' }",
            ),
        ],
    },
    alone("echo"),
    Fixture {
        stack: "filesync",
        with: &["lamp-local", "ucarp", "filesync"],
        variants: &[set("uploads wait for no copy", &["filesync.wait=0s"])],
    },
    alone("fixed-address"),
    Fixture {
        stack: "heartbeat",
        with: &["heartbeat", "drbd", "lamp"],
        variants: &[
            set("resources stay where they are", &["heartbeat.auto-failback=false"]),
            set("a secret of its own", &["heartbeat.secret=quiet"]),
            Variant { without: &["drbd", "lamp"], ..set("no resources", &[]) },
        ],
    },
    Fixture {
        stack: "keepalived",
        with: &["keepalived"],
        variants: &[
            set("the address stays where it is", &["keepalived.auto-failback=false"]),
            set("services are asked", &["keepalived.check=", "keepalived.check-services=true"]),
            set("only nodes are watched", &["keepalived.check="]),
            set(
                "routers that remember",
                &["announcements=3", "announce-again=5s", "announce-every=60s", "announce-against=true"],
            ),
            set("equal nodes", &["priority=100", "state=master", "check-weight=-2", "startup-delay=3s"]),
            more(
                "two addresses, each with a first node of its own",
                "on = ['b', 'a']\nwith = { address = 'mail', router-id = 52, check = '/health.php' }",
            ),
        ],
    },
    Fixture { stack: "lamp", with: &["heartbeat", "drbd", "lamp"], variants: &[] },
    alone("lamp-local"),
    Fixture {
        stack: "mariadb-masters",
        with: &["lamp-local", "mariadb-masters"],
        variants: &[set("numbers that may be the same", &["increment=1", "offset=1"])],
    },
    Fixture {
        stack: "nginx",
        with: &["nginx"],
        variants: &[set("writes are repeated", &["repeat-writes=true"])],
    },
    alone("prosody"),
    Fixture {
        stack: "router",
        with: &["router"],
        variants: &[set("a router of an office", &["arp-age=4h"])],
    },
    Fixture {
        stack: "shared-database",
        with: &["lamp-local", "mariadb-masters", "shared-database"],
        variants: &[],
    },
    Fixture { stack: "ucarp", with: &["ucarp"], variants: &[set("a secret of its own", &["secret=quiet"])] },
];

/// Four nodes on two networks, each with two disks.
const BASE: &str = r#"schema = 1
name = "fixture"
title = "A small lab in which one stack is rendered"

[defaults]
image = "debian-12"
memory = "128MiB"

[network.public]
subnet = "192.168.0.0/24"

[network.inside]
subnet = "10.10.0.0/24"

[address.web]
network = "public"
ip = "192.168.0.100"

[address.mail]
network = "public"
ip = "192.168.0.99"
"#;

/// The use of each stack in the lab. Values that would only lengthen the text are small.
const USES: [(&str, &str); 16] = [
    ("asterisk", "on = ['a', 'b']\nwith = { address = 'web', accounts = 2 }"),
    ("distance", "on = ['a', 'b']\nwith = { network = 'inside' }"),
    ("drbd", "on = ['a', 'b']\nwith = { disk = 'data', network = 'inside' }"),
    ("echo", "on = ['a']"),
    ("filesync", "on = ['a', 'b']\nwith = { network = 'inside' }"),
    ("fixed-address", "on = ['a']\nwith = { address = 'web' }"),
    ("heartbeat", "on = ['a', 'b']\nwith = { address = 'web', paths = ['public', 'inside'] }"),
    // All four, because the priority of a node depends on its position.
    ("keepalived", "on = ['a', 'b', 'c', 'd']\nwith = { address = 'web', check = '/health.php' }"),
    ("lamp", "on = ['a', 'b']\nwith = { address = 'web' }"),
    ("lamp-local", "on = ['a', 'b']\nwith = { others-cpu = 75 }"),
    ("mariadb-masters", "on = ['a', 'b']\nwith = { network = 'inside' }"),
    ("nginx", "on = ['a']\nwith = { servers = ['b', 'c'], network = 'inside' }"),
    ("prosody", "on = ['a', 'b']\nwith = { accounts = 2 }"),
    ("router", "on = ['a']\nwith = { inside = 'inside', address = 'web' }"),
    ("shared-database", "on = ['a', 'b']\nwith = { address = 'web' }"),
    ("ucarp", "on = ['a', 'b']\nwith = { address = 'web' }"),
];

impl Fixture {
    /// The lab, with its stacks rendered.
    pub fn rendered(&self, variant: &Variant) -> (Lab, Rendering) {
        let source = LabSource::from_text("fixture.toml", self.text(variant), Catalog::bundled());
        let settings: Vec<Setting> = variant.settings.iter().map(|one| one.parse().unwrap()).collect();
        let loaded = labfile::load(&source, &settings)
            .unwrap_or_else(|problems| panic!("{}", halab::diagnostic::render::text(&problems, false)));
        let rendering = render(&loaded.lab, &loaded.own, &source.catalog).unwrap();
        (loaded.lab, rendering)
    }

    /// A use of its stack under another name, with the same parameters.
    pub fn again(&self, name: &str) -> String {
        let (_, uses) = USES.iter().find(|(stack, _)| *stack == self.stack).expect("a use of the stack");
        format!("\n[stack.{name}]\nuse = \"{}\"\n{uses}\n", self.stack)
    }

    /// The lab's file.
    pub fn text(&self, variant: &Variant) -> String {
        let mut text = BASE.to_owned();
        for (number, node) in ["a", "b", "c", "d"].iter().enumerate() {
            let last = number + 1;
            text += &format!(
                "\n[node.{node}]\nnetworks = {{ public = \"192.168.0.{last}\", inside = \"10.10.0.{last}\" }}\n\
                 disk.data = \"64MiB\"\ndisk.more = \"64MiB\"\n"
            );
        }
        let with = if self.with.is_empty() { &[self.stack] } else { self.with };
        for stack in with.iter().filter(|stack| !variant.without.contains(stack)) {
            let (_, uses) = USES.iter().find(|(name, _)| name == stack).expect("a use of the stack");
            text += &format!("\n[stack.{stack}]\nuse = \"{stack}\"\n{uses}\n");
        }
        if let Some(more) = variant.more {
            text += &format!("\n[stack.more]\nuse = \"{}\"\n{more}\n", self.stack);
        }
        if variant.extra {
            let places = load(&Catalog::bundled(), self.stack).unwrap().definition.extra;
            text += &format!("\n[stack.{}.extra]\n", self.stack);
            places.keys().for_each(|place| text += &format!("{place} = \"text of the lab: {place}\"\n"));
        }
        text
    }
}
