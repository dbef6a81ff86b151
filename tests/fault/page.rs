//! The manual's page of faults, generated from the catalogue.

use std::fmt::Write as _;

use halab::testing::fault::{self, KEYS, Key, Kind, Need, Range, Row, Takes};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faults.md");

const HEAD: &str = "\
# Faults

<!-- Written from the catalogue in src/fault/. To write it again: HALAB_WRITE_DOCS=1 cargo test --test fault page -->

A fault is one thing that is broken on a node and can be put right again. Drills inject faults as steps, and `lab fault`
injects them by hand. The words and keys are the same in both:

```toml
[step.cut]
at      = \"5s\"
action  = \"path-cut\"
path    = \"heartbeat\"
target  = { holder = \"web\" }
hold    = \"30s\"
```

```console
$ sudo lab fault inject node1 path-cut --path heartbeat --hold 30s
```

Every fault has four parts: it is injected, proven, healed, and proven to be healed.

- **Injected.** Before anything is broken, an entry is written to the instance's journal of faults (`heal.json`). So
  `lab heal` can undo a fault whose program was killed.
- **Proven.** A drill with a fault that cannot be proven is inconclusive; by hand, it is an error and the fault is healed.
- **Healed.** A fault ends after its `hold`, by a step with `action = \"heal\"`, by `lab fault heal`, or at the end of the
  drill, also when the drill fails or is interrupted.

No fault touches the management network, over which `lab` reaches the nodes. `lab fault list` shows this catalogue and the
faults that are in force.
";

/// The page, from the catalogue.
fn page() -> String {
    let mut page = HEAD.to_owned();
    page += "\n## All faults\n\n| fault | what it does |\n| --- | --- |\n";
    for row in fault::all() {
        writeln!(page, "| [`{row}`](#{row}) | {} |", row.about).unwrap();
    }
    for row in fault::all() {
        page += &section(row);
    }
    page += "\n## Keys\n\n| key, as in | values | what it says |\n| --- | --- | --- |\n";
    for key in KEYS {
        let (example, values) = (key.in_file(key.example), values(key, key.range));
        writeln!(page, "| `{example}` | {values} | {} |", key.about).unwrap();
    }
    page
}

fn section(row: &Row) -> String {
    let mut text = format!("\n### {row}\n\n{}\n\n", row.about);
    for takes in row.takes {
        writeln!(text, "- `{}`: {}", takes.key, key(takes)).unwrap();
    }
    if !row.takes.is_empty() {
        text += "\n";
    }
    text += &format!("| | |\n| --- | --- |\n| mechanism | {} |\n", row.how);
    text + &format!("| proof | {} |\n| healing | {} |\n", row.proof, row.healing)
}

/// The allowed values, in words.
fn values(key: &Key, range: Range) -> String {
    match key.kind {
        Kind::Choice(choices) => {
            let words = choices.iter().map(|(word, about)| format!("`\"{word}\"` ({})", lower(about)));
            words.collect::<Vec<_>>().join(", ")
        }
        kind => range.text(kind).unwrap_or_else(|| kind.expected().to_owned()),
    }
}

fn lower(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

fn key(takes: &Takes) -> String {
    let (about, values) = (takes.key.about, values(takes.key, takes.range()));
    let most = takes.at_most.map(|other| format!(", at most `{other}`")).unwrap_or_default();
    let need = match takes.need {
        Need::Required => "required".to_owned(),
        Need::Default(value) => format!("default `{value}`"),
        Need::Without(meaning) => format!("default: {meaning}"),
    };
    format!("{about} ({values}{most}); {need}")
}

#[test]
fn the_page_of_the_manual_is_the_catalogue() {
    let page = page();
    if std::env::var_os("HALAB_WRITE_DOCS").is_some() {
        fs_err::write(FILE, &page).unwrap();
    }
    let written = fs_err::read_to_string(FILE).unwrap_or_default();
    assert!(
        written == page,
        "docs/faults.md is not what the catalogue says; its first line says how to write it again"
    );
}
