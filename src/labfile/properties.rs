//! For any content of a file: no panic, and every diagnostic lies inside its text.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::{LabSource, Setting, load};
use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostics, parse_toml, render};
use crate::model::{Lab, MANAGEMENT_NETWORK};
use crate::stack::StackDefinition;

const LAB: &str = include_str!("../../tests/labfile/valid/cluster.toml");
const STACK: &str = include_str!("../../tests/labfile/templates/manager/stack.toml");

/// One change to a text.
#[derive(Debug, Clone)]
enum Change {
    DeleteBytes(usize, usize),
    DuplicateBytes(usize, usize),
    Replace(usize, char),
    DeleteLine(usize),
    DuplicateLine(usize),
    SwapLines(usize, usize),
    MoveWord(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let at = 0..4096usize;
    prop_oneof![
        (at.clone(), 1..40usize).prop_map(|(at, count)| Change::DeleteBytes(at, count)),
        (at.clone(), 1..40usize).prop_map(|(at, count)| Change::DuplicateBytes(at, count)),
        (
            at.clone(),
            prop_oneof![Just('"'), Just('['), Just('='), Just('.'), Just('{'), Just('\n'), any::<char>()]
        )
            .prop_map(|(at, new)| Change::Replace(at, new)),
        at.clone().prop_map(Change::DeleteLine),
        at.clone().prop_map(Change::DuplicateLine),
        (at.clone(), at.clone()).prop_map(|(one, other)| Change::SwapLines(one, other)),
        (at.clone(), at).prop_map(|(from, to)| Change::MoveWord(from, to)),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (length, count) = (characters.len().max(1), lines.len().max(1));
    let range = |at: usize, width: usize| at % length..(at % length + width).min(text.chars().count());
    match *change {
        Change::DeleteBytes(at, width) => drop(characters.drain(range(at, width))),
        Change::DuplicateBytes(at, width) => {
            let copy: Vec<char> = characters.get(range(at, width)).unwrap_or_default().to_vec();
            characters.splice(at % length..at % length, copy);
        }
        Change::Replace(at, new) => {
            if let Some(character) = characters.get_mut(at % length) {
                *character = new;
            }
        }
        Change::DeleteLine(at) => {
            lines.remove(at % count);
            return lines.concat();
        }
        Change::DuplicateLine(at) => {
            lines.insert(at % count, lines[at % count]);
            return lines.concat();
        }
        Change::SwapLines(one, other) => {
            lines.swap(one % count, other % count);
            return lines.concat();
        }
        Change::MoveWord(from, to) => return move_word(text, from, to),
    }
    characters.into_iter().collect()
}

/// Replaces one quoted text by another, which breaks references and changes kinds of values.
fn move_word(text: &str, from: usize, to: usize) -> String {
    let mut parts: Vec<&str> = text.split('"').collect();
    let words = parts.len() / 2;
    if words == 0 {
        return text.to_owned();
    }
    parts[2 * (to % words) + 1] = parts[2 * (from % words) + 1];
    parts.join("\"")
}

fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(change(), 1..4)
        .prop_map(move |changes| changes.iter().fold(text.to_owned(), |text, change| apply(&text, change)))
}

/// Every range is inside its text, on character boundaries, and both renderings succeed.
fn check(found: &Diagnostics) -> Result<(), TestCaseError> {
    for item in found.items() {
        let source = found.sources().get(item.source);
        prop_assert!(source.is_some(), "no source for {item:?}");
        let text = source.map(|source| source.text.as_str()).unwrap_or_default();
        for span in std::iter::once(&item.span).chain(item.related.iter().map(|(span, _)| span)) {
            prop_assert!(text.get(span.clone()).is_some(), "{span:?} is not in the text: {item:?}");
        }
        prop_assert!(!item.message.is_empty());
        prop_assert!(item.message != "this value is not valid", "the schema let it pass: {item:?}");
    }
    let rendered = render::text(found, false);
    prop_assert_eq!(rendered.is_empty(), found.is_empty());
    prop_assert_eq!(render::json(found).len(), found.items().len());
    Ok(())
}

/// The properties that later stages rely on.
fn check_lab(lab: &Lab) -> Result<(), TestCaseError> {
    let nics = || lab.nodes.iter().flat_map(|node| &node.nics);
    let (mut macs, mut taps, mut addresses) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for nic in nics() {
        let network = lab.network(&nic.network);
        prop_assert!(network.is_some_and(|network| network.subnet.contains(&nic.ip)), "{nic:?}");
        prop_assert!(nic.tap.len() <= 15, "{}", nic.tap);
        prop_assert!(macs.insert(nic.mac) && taps.insert(nic.tap.as_str()), "{nic:?} is there twice");
        prop_assert!(addresses.insert(nic.ip), "{} is there twice", nic.ip);
    }
    for network in &lab.networks {
        prop_assert!(network.subnet.contains(&network.host));
        prop_assert!(addresses.insert(network.host), "{} is there twice", network.host);
        prop_assert!(!taps.contains(network.name.as_str()), "{} is also a tap", network.name);
    }
    for address in &lab.addresses {
        let network = lab.network(&address.network);
        prop_assert!(network.is_some_and(|network| network.subnet.contains(&address.ip)), "{address:?}");
        prop_assert!(addresses.insert(address.ip), "{} is there twice", address.ip);
    }
    for node in &lab.nodes {
        prop_assert_eq!(node.management().network.as_str(), MANAGEMENT_NETWORK);
    }
    for stack in &lab.stacks {
        prop_assert!(!stack.on.is_empty() && stack.on.iter().all(|node| lab.node(node).is_some()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_lab(text in mutated(LAB), set in prop::option::of("[a-z]{1,8}(\\.[a-z]{1,8})?=[ -~\u{e9}]{0,8}")) {
        let settings: Vec<Setting> = set.iter().filter_map(|set| set.parse().ok()).collect();
        let source = LabSource::from_text("lab.toml", text, Catalog::bundled().beside_path(Path::new("tests/labfile")).unwrap());
        match load(&source, &settings) {
            Ok(loaded) => {
                prop_assert!(!loaded.warnings.has_errors());
                check(&loaded.warnings)?;
                check_lab(&loaded.lab)?;
            }
            Err(found) => {
                prop_assert!(found.has_errors(), "refused for nothing");
                check(&found)?;
            }
        }
    }

    #[test]
    fn a_mutated_stack_file(text in mutated(STACK)) {
        if let Err(found) = parse_toml::<StackDefinition>("stack.toml", &text) {
            prop_assert!(found.has_errors());
            check(&found)?;
        }
    }

    #[test]
    fn any_text_at_all(text in "\\PC{0,200}") {
        let source = LabSource::from_text("lab.toml", text, Catalog::bundled());
        if let Err(found) = load(&source, &[]) {
            check(&found)?;
        }
    }
}
