//! Random labs and changes to labs.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use crate::sketch::{NodeSketch, Sketch, StackSketch};

fn node() -> impl Strategy<Value = NodeSketch> {
    let disks = btree_map(1..=2u8, prop_oneof![Just(64u64), Just(128)], 0..=2);
    (
        1..=2u64,
        1..=2u32,
        btree_set(1..=3u8, 0..=3),
        disks,
        prop_oneof![4 => Just(1u8), 1 => Just(2)],
        prop::bool::weighted(0.2),
    )
        .prop_map(|(memory, cpus, networks, disks, image, internet)| NodeSketch {
            memory: memory * 256,
            cpus,
            networks,
            disks,
            image,
            internet,
        })
}

fn stack() -> impl Strategy<Value = StackSketch> {
    (btree_set(1..=4u8, 1..=4), 0..=2u8, vec(0..=3u8, 0..=3), option::of(0..=3u8))
        .prop_map(|(nodes, file, steps, check)| StackSketch { nodes, file, steps, check })
}

/// A lab of 1 to 4 nodes, 1 to 3 networks, 0 to 2 disks a node and 0 to 3 stacks.
pub fn lab() -> impl Strategy<Value = Sketch> {
    let networks = btree_map(1..=3u8, option::weighted(0.3, 0..=1u8), 1..=3);
    (networks, btree_map(1..=4u8, node(), 1..=4), vec(stack(), 0..=3))
        .prop_map(|(networks, nodes, stacks)| Sketch { networks, nodes, stacks })
}

/// One change of a user to the file.
#[derive(Debug, Clone)]
pub enum Change {
    Memory(u8, u64),
    Cpus(u8, u32),
    Join(u8, u8),
    Leave(u8, u8),
    Disk(u8, u8, Option<u64>),
    Image(u8, u8),
    Internet(u8),
    Node(u8, Option<NodeSketch>),
    Network(u8, Option<Option<u8>>),
    File(usize, u8),
    Steps(usize, Vec<u8>),
    Check(usize, Option<u8>),
    On(usize, BTreeSet<u8>),
    Stack(Option<StackSketch>),
}

pub fn change() -> impl Strategy<Value = Change> {
    let on = 1..=4u8;
    prop_oneof![
        (on.clone(), 1..=4u64).prop_map(|(node, memory)| Change::Memory(node, memory * 256)),
        (on.clone(), 1..=4u32).prop_map(|(node, cpus)| Change::Cpus(node, cpus)),
        (on.clone(), 1..=3u8).prop_map(|(node, network)| Change::Join(node, network)),
        (on.clone(), 1..=3u8).prop_map(|(node, network)| Change::Leave(node, network)),
        (on.clone(), 1..=2u8, option::of(Just(64u64)))
            .prop_map(|(node, disk, size)| Change::Disk(node, disk, size)),
        (on.clone(), 1..=2u8).prop_map(|(node, image)| Change::Image(node, image)),
        on.clone().prop_map(Change::Internet),
        (on, option::of(node())).prop_map(|(number, node)| Change::Node(number, node)),
        (1..=3u8, option::of(option::of(0..=1u8)))
            .prop_map(|(number, network)| Change::Network(number, network)),
        (0..3usize, 0..=5u8).prop_map(|(stack, file)| Change::File(stack, file)),
        (0..3usize, vec(0..=5u8, 0..=3)).prop_map(|(stack, steps)| Change::Steps(stack, steps)),
        (0..3usize, option::of(0..=5u8)).prop_map(|(stack, check)| Change::Check(stack, check)),
        (0..3usize, btree_set(1..=4u8, 1..=4)).prop_map(|(stack, nodes)| Change::On(stack, nodes)),
        option::of(stack()).prop_map(Change::Stack),
    ]
}

/// A lab and its successor: the same with a few changes, or another.
pub fn lab_and_next() -> impl Strategy<Value = (Sketch, Sketch)> {
    let changed = (lab(), vec(change(), 1..=3)).prop_map(|(lab, changes)| {
        let next = changes.into_iter().fold(lab.clone(), apply);
        (lab, next)
    });
    prop_oneof![3 => changed, 1 => (lab(), lab())]
}

fn apply(mut lab: Sketch, change: Change) -> Sketch {
    let Sketch { nodes, networks, stacks } = &mut lab;
    match change {
        Change::Memory(node, memory) => edit(nodes.get_mut(&node), |node| node.memory = memory),
        Change::Cpus(node, cpus) => edit(nodes.get_mut(&node), |node| node.cpus = cpus),
        Change::Join(node, network) => edit(nodes.get_mut(&node), |node| {
            node.networks.insert(network);
        }),
        Change::Leave(node, network) => edit(nodes.get_mut(&node), |node| {
            node.networks.remove(&network);
        }),
        Change::Disk(node, disk, Some(size)) => edit(nodes.get_mut(&node), |node| {
            node.disks.insert(disk, size);
        }),
        Change::Disk(node, disk, None) => edit(nodes.get_mut(&node), |node| {
            node.disks.remove(&disk);
        }),
        Change::Image(node, image) => edit(nodes.get_mut(&node), |node| node.image = image),
        Change::Internet(node) => edit(nodes.get_mut(&node), |node| node.internet = !node.internet),
        Change::Node(number, Some(node)) => drop(nodes.insert(number, node)),
        Change::Node(number, None) if nodes.len() > 1 => drop(nodes.remove(&number)),
        Change::Node(..) => {}
        Change::Network(number, Some(join)) => drop(networks.insert(number, join)),
        Change::Network(number, None) => drop(networks.remove(&number)),
        Change::File(stack, file) => edit(stacks.get_mut(stack), |stack| stack.file = file),
        Change::Steps(stack, steps) => edit(stacks.get_mut(stack), |stack| stack.steps = steps),
        Change::Check(stack, check) => edit(stacks.get_mut(stack), |stack| stack.check = check),
        Change::On(stack, nodes) => edit(stacks.get_mut(stack), |stack| stack.nodes = nodes),
        Change::Stack(Some(stack)) => stacks.push(stack),
        Change::Stack(None) => drop(stacks.pop()),
    }
    lab
}

fn edit<T>(what: Option<&mut T>, how: impl FnOnce(&mut T)) {
    if let Some(what) = what {
        how(what);
    }
}
