//! Whether something of a class may have changed: looking at the lengths of files is cheap, reading them for
//! thirty students twice a second is not.

use std::path::Path;

use jiff::Timestamp;

use super::find::Room;
use super::phase::Phase;
use crate::class::store::ClassFolder;
use crate::model::{ClassName, InstanceName};
use crate::state::StateDir;

/// A stamp: equal ones mean that nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    lengths: Vec<Option<(u64, Option<std::time::SystemTime>)>>,
    phases: Vec<Phase>,
}

/// That of what a student sees; none if the instance belongs to no class.
pub fn of_one(state: &StateDir, instance: &InstanceName) -> Option<Stamp> {
    let (room, place) = Room::around(state, instance).ok()?;
    let phase = Phase::of(&room, &place, Timestamp::now());
    let mut stamp = of_class(state, &room.class.name);
    stamp.add(state, instance);
    stamp.phases.push(phase);
    Some(stamp)
}

/// That of the open class; none if no class is open.
pub fn of_all(state: &StateDir) -> Option<Stamp> {
    Some(of_room(state, &Room::open(state).ok()??))
}

/// That of a class with all its instances.
pub fn of_room(state: &StateDir, room: &Room) -> Stamp {
    let mut stamp = of_class(state, &room.class.name);
    for place in room.places() {
        stamp.add(state, &place.instance);
        stamp.phases.push(Phase::of(room, &place, Timestamp::now()));
    }
    stamp
}

fn of_class(state: &StateDir, name: &ClassName) -> Stamp {
    let files = ClassFolder::of(state, name).files();
    Stamp { lengths: files.iter().map(|file| looked(file)).collect(), phases: Vec::new() }
}

impl Stamp {
    /// The same, with a further file.
    #[must_use]
    pub fn with(mut self, file: &Path) -> Self {
        self.lengths.push(looked(file));
        self
    }

    fn add(&mut self, state: &StateDir, instance: &InstanceName) {
        self.lengths.push(looked(&state.exercises(instance).join(crate::app::exercise::attempt::LOG)));
        self.lengths.push(looked(&state.instance(instance).join("instance.json")));
    }
}

fn looked(file: &Path) -> Option<(u64, Option<std::time::SystemTime>)> {
    let found = fs_err::metadata(file).ok()?;
    Some((found.len(), found.modified().ok()))
}
