//! The measurements of a drill file.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::check::Checker;
use crate::model::{AddressName, Bytes, Measure, MeasureKind, Millis, StepName};

/// The part of a disk that is left to the file system and to present files: 1 of this number.
const SPARE: u64 = 8;

/// The part of a node's memory that can cache a file to be read: 1 of this number.
const CACHE: u64 = 4;

/// A measurement of the write or read throughput of the holder of an address (after the baseline, before the
/// steps).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "a measurement")]
pub struct MeasureTable {
    /// The quantity to measure.
    pub kind: MeasureKind,
    /// The virtual address whose holder is measured.
    #[schemars(with = "AddressName")]
    pub holder: Spanned<AddressName>,
    /// The folder of the file, which selects the file system to measure: `"/srv/data"`.
    #[schemars(with = "String")]
    pub folder: Spanned<String>,
    /// The size of the file. There is one file at a time.
    #[schemars(with = "Bytes")]
    pub size: Spanned<Bytes>,
    /// The number of repetitions: 10 when not given.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub times: Option<Spanned<u32>>,
    /// The rate that a paper published, in millions of bytes a second.
    #[schemars(with = "Option<f64>", example = 50.7)]
    pub paper: Option<Spanned<f64>>,
}

impl Checker<'_> {
    /// All measurements, in the order of the file.
    pub fn measures(&mut self) -> Vec<Measure> {
        let file = self.file;
        let mut tables: Vec<_> = file.measure.iter().collect();
        tables.sort_by_key(|(name, _)| name.span().start);
        if tables.is_empty() && file.step.is_empty() && file.ramp.is_empty() && !self.looks() {
            let help = match file.as_found {
                true => {
                    "add a step, or say what it looks at: `[settle]` with `calm = \"10s\"`, or `invariants`"
                }
                false => {
                    "add a table such as `[step.cut]` or `[measure.write]`; `lab drill soak` runs loads without faults"
                }
            };
            self.error(file.name.span(), "the drill has no steps and no measurements", help);
        }
        tables.into_iter().filter_map(|(name, table)| self.measure(name, table)).collect()
    }

    /// Whether the drill looks at the lab as it finds it: for a time, until a goal is reached, or once.
    fn looks(&self) -> bool {
        let settle = self.file.settle();
        let waits = !settle.until.is_empty() || (settle.calm > Millis(0) && !self.file.load.is_empty());
        self.file.as_found && (waits || !self.file.invariants.is_empty())
    }

    fn measure(&mut self, name: &Spanned<StepName>, table: &MeasureTable) -> Option<Measure> {
        let holder = self.address(&table.holder);
        let folder = table.folder.get_ref();
        if !folder.starts_with('/') || folder.contains(['\'', '\n']) {
            let message = format!("`{}` is no folder of a node", folder.escape_debug());
            self.error(table.folder.span(), message, "write its whole path: `\"/srv/data\"`");
        }
        let times = table.times.as_ref().map_or(10, |times| *times.get_ref());
        let paper = table.paper.as_ref().map(|paper| *paper.get_ref() * 1e6);
        if let Some(wrong) = table.paper.as_ref().filter(|paper| !(0.001..1e6).contains(paper.get_ref())) {
            let message = format!("a published rate cannot be {} MB/s", wrong.get_ref());
            self.error(wrong.span(), message, "write millions of bytes a second: 50.7");
        }
        self.size(table);
        let (kind, size) = (table.kind, *table.size.get_ref());
        let (folder, name) = (folder.clone(), name.get_ref().clone());
        Some(Measure {
            name,
            kind,
            holder: holder?,
            folder,
            size,
            times,
            paper: paper.map(|rate| rate as u64),
        })
    }

    /// Whether the file fits on the smallest of the nodes that may have to hold it.
    fn size(&mut self, table: &MeasureTable) {
        let size = *table.size.get_ref();
        if size == Bytes(0) {
            self.error(table.size.span(), "an empty file takes no time", "write 1MiB or more");
        }
        let members = self.lab.members(table.holder.get_ref());
        let nodes = self.lab.nodes.iter().filter(|node| members.contains(&node.name));
        if table.kind == MeasureKind::ReadMemory {
            let room = nodes.clone().map(|node| Bytes(node.memory.0 / CACHE)).min();
            if let Some(room) = room.filter(|room| size > *room) {
                let message = format!("{size} do not stay in the memory of each node");
                self.error(table.size.span(), message, format!("write {} or less", mib(room)));
            }
        }
        let largest = |node: &crate::model::Node| node.disks.iter().map(|disk| disk.size).max();
        let room = nodes.filter_map(largest).min().map(|disk| Bytes(disk.0 - disk.0 / SPARE));
        if let Some(room) = room.filter(|room| size > *room) {
            let message = format!("{size} do not fit on the disk of each node");
            let help = format!("write {} or less, or give the nodes larger disks in lab.toml", mib(room));
            self.error(table.size.span(), message, help);
        }
    }
}

/// Rounded to a whole MiB, as a drill file writes it.
fn mib(size: Bytes) -> Bytes {
    Bytes::mib(size.as_mib())
}
