use std::os::unix::fs::MetadataExt as _;
use std::sync::mpsc;

use super::*;
use crate::checkpoint::SavedNode;
use crate::state::StateDir;

static NEVER: AtomicBool = AtomicBool::new(false);

const START: &str = "pair.exercise-0";
const HAND_IN: &str = "pair.submission-1";

/// Pages, one for each byte.
fn pages(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| vec![*byte; 4096]).collect()
}

struct Place {
    _folder: tempfile::TempDir,
    store: CheckpointStore,
}

impl Place {
    /// A store with a start and a hand-in, of which one page differs.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = Self { store: CheckpointStore::new(&StateDir::at(folder.path())), _folder: folder };
        place.save(START, &[1, 2, 0, 3]);
        place.save(HAND_IN, &[1, 2, 9, 3]);
        place
    }

    fn id(id: &str) -> CheckpointId {
        id.parse().unwrap()
    }

    fn file(&self, id: &str, inside: &str) -> PathBuf {
        self.store.folder(&Self::id(id)).join(inside)
    }

    fn get(&self, id: &str) -> Checkpoint {
        self.store.get(&Self::id(id)).unwrap().unwrap()
    }

    /// Saves a checkpoint of two nodes with this memory, of which the second one is off.
    fn save(&self, id: &str, memory: &[u8]) {
        let text = include_str!("../../../tests/corpus/descriptions/checkpoint");
        let mut checkpoint: Checkpoint = serde_json::from_str(text).unwrap();
        checkpoint.spec.id = Self::id(id);
        fs_err::create_dir_all(self.file(id, "memory")).unwrap();
        let file = |inside: &str, content: &[u8]| {
            let path = self.file(id, inside);
            fs_err::write(&path, content).unwrap();
            let (bytes, digest) = (content.len() as u64, of_file(&path).unwrap());
            SavedFile { path: inside.to_owned(), bytes, digest }
        };
        let ram = file("memory/one.ram", &pages(memory));
        let memory = SavedMemory { ram, state: file("memory/one.state", b"devices"), packed: None };
        let node = |node: &str, memory| {
            let (node, disks, sealed) = (node.parse().unwrap(), Vec::new(), None);
            SavedNode { node, memory, disks, sealed }
        };
        checkpoint.nodes = vec![node("one", Some(memory)), node("two", None)];
        self.store.commit(&checkpoint).unwrap();
    }

    fn pack(&self) -> Result<Packing, MemoryError> {
        self.store.pack(&Self::id(HAND_IN), Some(&Self::id(START)), &NEVER)
    }

    fn ready(&self) -> Result<Ready, MemoryError> {
        self.store.ready(&Self::id(HAND_IN), &NEVER, || panic!("nothing has to be waited for"))
    }

    /// The files in the folder of the hand-in's memories.
    fn memories(&self) -> Vec<String> {
        let entries = fs_err::read_dir(self.file(HAND_IN, "memory")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn ram(&self) -> Vec<u8> {
        fs_err::read(self.file(HAND_IN, "memory/one.ram")).unwrap()
    }
}

#[test]
fn a_packed_memory_is_there_while_it_is_in_use() {
    let place = Place::new();
    assert_eq!(place.pack().unwrap(), Packing::Packed);
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
    let packed = place.get(HAND_IN);
    assert!(packed.is_packed() && !packed.is_whole());
    assert_eq!(packed.parents, [Place::id(START)], "which keeps the start from being deleted");
    assert!(fs_err::metadata(place.file(HAND_IN, "memory/one.packed")).unwrap().len() < 4096);
    place.store.trust(&packed).unwrap();
    place.store.verify(&packed).unwrap();
    assert_eq!(place.pack().unwrap(), Packing::Before);

    let first = place.ready().unwrap();
    assert_eq!(place.ram(), pages(&[1, 2, 9, 3]));
    let inode = || fs_err::metadata(place.file(HAND_IN, "memory/one.ram")).unwrap().ino();
    let before = inode();
    let second = place.ready().unwrap();
    assert_eq!(inode(), before, "it is unpacked once");
    drop(first);
    assert_eq!(place.ram(), pages(&[1, 2, 9, 3]), "another one uses it");
    assert_eq!(place.pack().unwrap(), Packing::InUse);
    drop(second);
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
}

#[test]
fn a_memory_that_is_in_use_is_not_packed() {
    let place = Place::new();
    let ready = place.ready().unwrap();
    assert_eq!(place.pack().unwrap(), Packing::InUse);
    drop(ready);
    assert_eq!(place.memories(), ["one.ram", "one.state"], "it is not packed, so nothing is deleted");
    let made = place.store.lock(&Place::id(HAND_IN)).unwrap().unwrap();
    assert_eq!(place.pack().unwrap(), Packing::InUse, "it may be deleted in a moment");
    drop(made);
    let base = place.store.lock(&Place::id(START)).unwrap().unwrap();
    assert_eq!(place.pack().unwrap(), Packing::InUse);
    drop(base);
    assert_eq!(place.pack().unwrap(), Packing::Packed);
}

#[test]
fn a_use_waits_until_it_is_packed() {
    let place = Place::new();
    let id = Place::id(HAND_IN);
    let alone = Lock::try_of(&place.store.memories_lock(&id)).unwrap().unwrap();
    let (waits, waiting) = mpsc::channel();
    std::thread::scope(|scope| {
        let used = scope.spawn(|| place.store.ready(&id, &NEVER, || waits.send(()).unwrap()));
        waiting.recv().unwrap();
        drop(alone);
        assert_eq!(used.join().unwrap().unwrap().id(), &id);
    });
    let _alone = Lock::try_of(&place.store.memories_lock(&id)).unwrap().unwrap();
    let stop = AtomicBool::new(true);
    assert!(matches!(place.store.ready(&id, &stop, || ()), Err(MemoryError::Cancelled)));
}

#[test]
fn packing_that_was_killed_is_done_again_and_loses_nothing() {
    let place = Place::new();
    // Before the description was written.
    for left in ["memory/.tmp1", "memory/one.packed"] {
        fs_err::write(place.file(HAND_IN, left), "the half").unwrap();
    }
    place.store.trust(&place.get(HAND_IN)).unwrap();
    assert!(place.store.has_surplus(&place.get(HAND_IN)).unwrap());
    assert_eq!(place.pack().unwrap(), Packing::Packed);
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
    // After it was written, and in the middle of a use.
    fs_err::write(place.file(HAND_IN, "memory/one.ram"), pages(&[7, 7, 7, 7])).unwrap();
    assert!(place.store.has_surplus(&place.get(HAND_IN)).unwrap());
    let ready = place.ready().unwrap();
    assert_eq!(place.ram(), pages(&[1, 2, 9, 3]), "what another process has left is not used");
    drop(ready);
    fs_err::write(place.file(HAND_IN, "memory/one.ram"), "the half").unwrap();
    assert_eq!(place.pack().unwrap(), Packing::Before);
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
}

#[test]
fn cancelled_packing_leaves_it_as_it_was() {
    let place = Place::new();
    let before = place.get(HAND_IN);
    let stop = AtomicBool::new(true);
    let ended = place.store.pack(&Place::id(HAND_IN), Some(&Place::id(START)), &stop);
    assert!(matches!(ended, Err(MemoryError::Cancelled)));
    assert_eq!(place.memories(), ["one.ram", "one.state"]);
    assert_eq!(place.get(HAND_IN), before);
}

#[test]
fn a_start_that_is_gone_or_another_one_is_named() {
    let place = Place::new();
    place.pack().unwrap();
    // The start is made again, and is not what it was.
    place.store.remove(&Place::id(START)).unwrap();
    place.save(START, &[1, 2, 0, 4]);
    let error = place.ready().unwrap_err();
    let MemoryError::Memory { node, source: PackedError::OtherBase } = error else { panic!("{error:?}") };
    assert_eq!(node.as_str(), "one");
    place.store.remove(&Place::id(START)).unwrap();
    let gone = "its base, the checkpoint pair.exercise-0, is missing";
    assert_eq!(place.ready().unwrap_err().to_string(), gone);
    assert_eq!(place.store.trust(&place.get(HAND_IN)).unwrap_err().to_string(), gone);
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
}

#[test]
fn a_start_that_is_gone_before_is_not_needed() {
    let place = Place::new();
    place.store.remove(&Place::id(START)).unwrap();
    assert_eq!(place.pack().unwrap(), Packing::Packed);
    assert!(place.get(HAND_IN).parents.is_empty());
    let _ready = place.ready().unwrap();
    assert_eq!(place.ram(), pages(&[1, 2, 9, 3]));
}

#[test]
fn damage_is_found_and_nothing_is_left_of_it() {
    let place = Place::new();
    let ram = place.file(HAND_IN, "memory/one.ram");
    let good = fs_err::read(&ram).unwrap();
    fs_err::write(&ram, pages(&[1, 2, 9, 4])).unwrap();
    let error = place.pack().unwrap_err();
    assert!(matches!(error, MemoryError::Memory { source: PackedError::Changed, .. }), "{error:?}");
    assert!(place.get(HAND_IN).is_whole());
    fs_err::write(&ram, good).unwrap();
    place.pack().unwrap();
    let packed = place.file(HAND_IN, "memory/one.packed");
    fs_err::set_permissions(&packed, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut bytes = fs_err::read(&packed).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs_err::write(&packed, &bytes).unwrap();
    let error = place.ready().unwrap_err();
    assert!(matches!(error, MemoryError::Memory { source: PackedError::Damaged(_), .. }), "{error:?}");
    assert_eq!(place.memories(), ["one.packed", "one.state"]);
    assert!(matches!(place.store.verify(&place.get(HAND_IN)), Err(Damage::Content(path)) if path == packed));
    // The base can be damaged, too: then all files of the hand-in are right.
    bytes[last] ^= 1;
    fs_err::write(&packed, &bytes).unwrap();
    place.store.verify(&place.get(HAND_IN)).unwrap();
    fs_err::write(place.file(START, "memory/one.ram"), pages(&[1, 5, 0, 3])).unwrap();
    let error = place.store.verify(&place.get(HAND_IN)).unwrap_err();
    assert!(matches!(&error, Damage::Packed { path, .. } if *path == packed), "{error:?}");
    assert!(error.to_string().contains("it is damaged, or its start is"), "{error}");
}

#[test]
fn a_checkpoint_that_was_read_before_it_was_packed_is_looked_at_again() {
    let place = Place::new();
    let before = place.get(HAND_IN);
    place.pack().unwrap();
    place.store.trust(&before).unwrap();
    place.store.verify(&before).unwrap();
    fs_err::remove_file(place.file(HAND_IN, "memory/one.packed")).unwrap();
    assert!(matches!(place.store.trust(&before), Err(Damage::Gone(path)) if path.ends_with("one.packed")));
}
