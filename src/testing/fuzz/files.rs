//! Files that others wrote: labs, records, images, descriptions, and the messages of other programs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use serde::de::DeserializeOwned;

use super::guests::bundled;
use crate::app::wire::{Answer, server};
use crate::base::text::hexadecimal;
use crate::catalog::{Catalog, CatalogFile};
use crate::checkpoint::packed::{self, Base, Described, PackedError};
use crate::checkpoint::{Checkpoint, of_file};
use crate::diagnostic::{Diagnostics, render};
use crate::disk::{self as guest_disks, Format, Layer, Taken};
use crate::fault::rules::counted;
use crate::image::build::{archive, kernel as unpacking, packages as dpkg};
use crate::image::{Recipe, qcow2 as disks, sources};
use crate::injection::journal::File as FaultFile;
use crate::instance::Instance;
use crate::labfile::{self, LabPart, LabSource};
use crate::model::spec::Digest;
use crate::model::{FilePattern, Lab, Scripts};
use crate::provider::sim::World;
use crate::record::Nanos;
use crate::{app, apply, drill as drills, record as records, report, stack as stacks};

/// The longest input of parsers that check much.
const LONGEST: usize = 64 << 10;

/// A file in memory, and its folder.
fn file(name: &str, content: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let path = folder.path().join(name);
    fs_err::write(&path, content).expect("it is ours");
    (folder, path)
}

/// Shows the problems of a file, as every command does.
fn shown(problems: &Diagnostics) {
    let text = render::text(problems, false);
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

/// A lab file.
pub fn lab(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let source = LabSource::from_text("lab.toml", text, Catalog::bundled());
    match labfile::load(&source, &[]) {
        Ok(loaded) => {
            shown(&loaded.warnings);
            let json = serde_json::to_string(&loaded.lab).expect("a lab is data");
            assert_eq!(serde_json::from_slice::<Lab>(json.as_bytes()).expect("it is read again"), loaded.lab);
            let _ = stacks::render(&loaded.lab, &loaded.own, &source.catalog);
        }
        Err(problems) => shown(&problems),
    }
}

/// A lab with a bit of everything that a drill can name.
static CLUSTER: LazyLock<Lab> = LazyLock::new(|| {
    let source = bundled("drbd-heartbeat").expect("it is bundled");
    labfile::load(&source, &[]).expect("it is valid").lab
});

/// A drill file, and a sweep of it.
pub fn drill(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let part = |text: &str| LabPart {
        name: "power-cut".to_owned(),
        label: "power-cut.toml".to_owned(),
        scripts: Scripts {
            loads: BTreeMap::from([("mine".to_owned(), "#!/bin/sh\n".to_owned())]),
            steps: BTreeMap::from([("rows.sh".to_owned(), "true\n".to_owned())]),
        },
        text: Cow::Owned(text.to_owned()),
        catalog: Catalog::bundled(),
    };
    match drills::load(&part(text), &CLUSTER) {
        Ok(drill) => {
            let json = serde_json::to_string(&drill).expect("a drill is data");
            let again: crate::model::drill::Drill =
                serde_json::from_slice(json.as_bytes()).expect("it is read again");
            assert_eq!(again, drill);
        }
        Err(problems) => shown(&problems),
    }
}

/// The definition of a stack and one template, which a line `---` separates.
pub fn stack(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(&input[..input.len().min(LONGEST)]) else { return };
    let (definition, template) = text.split_once("\n---\n").unwrap_or((text, ""));
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
    let stack = folder.path().join("templates/mine");
    fs_err::create_dir_all(&stack).expect("it is ours");
    fs_err::write(stack.join("stack.toml"), definition).expect("it is ours");
    fs_err::write(stack.join("template"), template).expect("it is ours");
    let catalog = Catalog::bundled().beside_path(folder.path()).expect("it is ours");
    if let Err(stacks::LoadError::Invalid { problems, .. }) = stacks::load(&catalog, "mine") {
        shown(&problems);
    }
    let lab = "schema = 1\nname = \"tiny\"\ntitle = \"t\"\n\
        [defaults]\nimage = \"debian-13\"\nmemory = \"448MiB\"\n\
        [network.lan]\nsubnet = \"192.168.0.0/24\"\n\
        [node.node1]\nnetworks = { lan = \"192.168.0.1\" }\n\
        [node.node2]\nnetworks = { lan = \"192.168.0.2\" }\n\
        [stack.mine]\nuse = \"mine\"\non = [\"node1\", \"node2\"]\n";
    let source = LabSource::from_text("lab.toml", lab, catalog);
    match labfile::load(&source, &[]) {
        Ok(loaded) => drop(stacks::render(&loaded.lab, &loaded.own, &source.catalog)),
        Err(problems) => shown(&problems),
    }
}

/// The recipe of an image, and apt's settings of a machine.
pub fn recipe(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let settings = archive::MachineSettings::of(&text);
    let _ = (settings.files().count(), settings.warning());
    let _ = (sources::one_line_style(&text), sources::deb822_style(&text));
    let file = CatalogFile { label: "mine.toml".to_owned(), text: Cow::Owned(text) };
    if let Err(crate::image::RecipeError::Invalid { problems, .. }) =
        Recipe::parse(&"mine".parse().expect("a name"), &file)
    {
        shown(&problems);
    }
}

/// Lists of packages.
pub fn packages(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(dpkg::installed(&text).iter().all(|(name, version)| plain(name) && plain(version)));
    for file in text.lines() {
        assert!(dpkg::of_file(file).is_none_or(|(name, version)| plain(&name) && plain(&version)));
    }
}

/// A compressed kernel.
pub fn kernel(input: &[u8]) {
    let unpacked = unpacking::unpack(input.to_vec());
    assert!(unpacked == input || unpacked.starts_with(b"\x7fELF"));
}

/// A disk image from elsewhere, and the chain of its backing files.
pub fn qcow2(input: &[u8]) {
    let (_folder, path) = file("disk.qcow2", input);
    if let Ok(Ok(header)) = disks::check(&path) {
        assert!(header.size > 0);
    }
    let _ = disks::chain(&path);
    let _ = disks::parse(input, u64::MAX);
}

/// The files that are taken from a disk.
static TAKEN: LazyLock<[FilePattern; 3]> = LazyLock::new(|| {
    ["/etc/ha.d/**", "/etc/h*", "/etc/x/y"].map(|pattern| pattern.parse().expect("a pattern"))
});

/// A file system on a disk of a guest, and what the process that reads it may say.
pub fn disk(input: &[u8]) {
    let fits = |taken: &Taken| {
        let named = |path: &String| TAKEN.iter().any(|pattern| pattern.fits(path));
        assert!(taken.files.keys().all(|path| named(path) && !path.contains("..")));
    };
    if let Ok(taken) = serde_json::from_slice::<Taken>(input)
        && taken.check(&*TAKEN)
    {
        fits(&taken);
    }
    let (_folder, path) = file("disk.raw", input);
    let opened = Layer { path, format: Format::Raw }.open().expect("it is ours");
    let Ok(disk) = guest_disks::stack(vec![opened]) else { return };
    if let Ok(taken) = guest_disks::walk(Box::new(guest_disks::Disk(disk)), &*TAKEN) {
        assert!(taken.check(&*TAKEN), "{taken:?}");
        fits(&taken);
    }
}

/// The length of the changes before a record.
const CHANGES: usize = 32;

/// A record after changes that keep it JSON. Other changes of bytes seldom do, and then only the parser is
/// tested. Each change has four bytes: the line, what is done to it, and two more.
fn changed(input: &[u8]) -> Vec<u8> {
    let (changes, text) = input.split_at(CHANGES.min(input.len()));
    let mut lines: Vec<Vec<u8>> = text.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for change in changes[1..].chunks_exact(4) {
        let [line, what, one, two] = *change else { continue };
        let (count, line) = (lines.len(), usize::from(line));
        // The first line is the header.
        let (Some(place), other) = (line.checked_rem(count).filter(|at| *at > 0), usize::from(one) % count)
        else {
            continue;
        };
        match what % 8 {
            0 => drop(lines.remove(place)),
            1 => lines.insert(place, lines[other.max(1)].clone()),
            2 => lines.swap(place, other.max(1)),
            _ => {
                let Ok(mut json) = serde_json::from_slice(&lines[place]) else { continue };
                let values = [0, 1, u64::from(two) << 24, u64::MAX, Nanos::LATEST.0, u64::from(two)];
                let mut left = usize::from(what) / 8;
                replace(&mut json, &mut left, values[usize::from(one) % values.len()]);
                lines[place] = json.to_string().into_bytes();
            }
        }
    }
    lines.join(&b'\n')
}

/// Replaces the number in a value that has this many numbers before it.
fn replace(json: &mut serde_json::Value, left: &mut usize, new: u64) {
    match json {
        serde_json::Value::Number(number) => {
            if *left == 0 {
                *number = new.into();
            }
            *left = left.wrapping_sub(1);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(|value| replace(value, left, new)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, left, new)),
        _ => {}
    }
}

/// The record of a drill, and all forms of its report. A zero byte begins an input with changes to a record.
pub fn record(input: &[u8]) {
    let input = &input[..input.len().min(LONGEST)];
    let changed = input.starts_with(&[0]).then(|| changed(input));
    let (_folder, path) = file("record.jsonl", changed.as_deref().unwrap_or(input));
    let Ok(record) = records::read(&path) else { return };
    let analysis = report::analyse(&record);
    let text = report::text(&analysis, 100);
    assert!(text.chars().all(|sign| sign == '\n' || !sign.is_control()), "{text:?}");
    let _ = (report::json(&analysis), report::junit(&analysis), report::csv(&record));
    let _ = report::html(&record, &analysis);
}

/// The records of series, sweeps and calibrations.
pub fn groups(input: &[u8]) {
    let (_folder, path) = file("record.jsonl", &input[..input.len().min(LONGEST)]);
    let _ = (records::read_series(&path), records::read_sweep(&path));
    if let Ok(calibration) = records::read_calibration(&path) {
        let _ = report::calibration_text(&report::calibration(&calibration), 100);
    }
}

/// A class list.
pub fn roster(input: &[u8]) {
    let _ = app::roster::read(&String::from_utf8_lossy(input));
}

/// A description as JSON: one that is read is written and read again.
fn again<T: DeserializeOwned + serde::Serialize>(input: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(input) else { return };
    let text = serde_json::to_vec(&value).expect("a description is data");
    let same: T = serde_json::from_slice(&text).expect("it is read again");
    assert_eq!(serde_json::to_vec(&same).expect("a description is data"), text);
}

/// Descriptions of instances, checkpoints, images and faults.
pub fn descriptions(input: &[u8]) {
    again::<Checkpoint>(input);
    again::<Instance>(input);
    again::<FaultFile>(input);
    again::<World>(input);
    again::<crate::image::store::Manifest>(input);
    let (folder, _) = file("journal.jsonl", input);
    let _ = apply::interrupted(folder.path());
}

/// The largest memory that is unpacked, in bytes.
const LARGEST_MEMORY: u64 = 1 << 20;

/// A memory whose pages have one byte each, repeated, with its file and its digest.
fn memory_of(bytes: &[u8]) -> (tempfile::TempDir, File, u64, Digest) {
    let content: Vec<u8> = bytes.iter().flat_map(|byte| [*byte; 4096]).collect();
    let (folder, path) = file("ram", &content);
    let file = File::open(&path).expect("it is ours");
    (folder, file, content.len() as u64, of_file(&path).expect("it is ours"))
}

/// A packed memory, with a header that is the right one; and a memory that is packed.
pub fn memory(input: &[u8]) {
    let never = AtomicBool::new(false);
    let (_base_folder, file, bytes, digest) = memory_of(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let base = Base { file: &file, described: Described { bytes, digest: &digest } };
    let number = input.get(12..20).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes);
    let digest = Digest(hexadecimal(input.get(20..52).unwrap_or_default()));
    let described = Described { bytes: number.min(LARGEST_MEMORY), digest: &digest };
    for base in [Some(base), None] {
        let mut behind = 0;
        let unpacked = packed::unpack(input, described, base, &never, |offset, pages| {
            assert!(offset >= behind && !pages.is_empty());
            behind = offset + pages.len() as u64;
            assert!(behind <= described.bytes);
            Ok(())
        });
        assert!(!matches!(unpacked, Err(PackedError::Cancelled)));
    }

    let (_folder, file, bytes, digest) = memory_of(&input[..input.len().min(100)]);
    let described = Described { bytes, digest: &digest };
    let kept = packed::pack(&file, described, Some(base), Vec::new(), &never).expect("it is what was said");
    packed::unpack(&kept[..], described, Some(base), &never, |_, _| Ok(())).expect("it is the same again");
}

/// Messages to the application, and those of a service with rights.
pub fn wire(input: &[u8]) {
    let mut lines = input;
    let first = server::line(&mut lines);
    if let Ok((_, request)) = server::opening(first) {
        let json = serde_json::to_string(&request).expect("a request is data");
        serde_json::from_slice::<app::AnyRequest>(json.as_bytes()).expect("it is read again");
    }
    while let Ok(Some(line)) = server::line(&mut lines) {
        let _ = serde_json::from_slice::<Answer>(line.as_bytes());
        let _ = serde_json::from_slice::<crate::app::wire::Control>(line.as_bytes());
    }
}

/// What libvirt and nft say of an instance's objects.
#[cfg(feature = "libvirt")]
pub fn machines(input: &[u8]) {
    use crate::model::spec::{GuestSpec, NetworkSpec};
    use crate::provider::libvirt::{fault::echo, mark};

    let text = String::from_utf8_lossy(input);
    let _ = (counted(&text), echo::echoes(&text));
    let _ = (mark::read::<GuestSpec>(&text), mark::read::<NetworkSpec>(&text), mark::seal(&text));
}
