//! Finds a class, and the bench of an instance.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::app::error::{AppError, ErrorKind};
use crate::class::log::Log;
use crate::class::register::Register;
use crate::class::roster::{Bench, Seat};
use crate::class::store::{Class, ClassError, ClassFolder};
use crate::diagnostic::suggestion;
use crate::model::{ClassName, InstanceName};
use crate::state::StateDir;

/// How a class was when this process read it last. A server asks for it many times in a second, and a long
/// log takes a while to check.
static KNOWN: Mutex<BTreeMap<ClassName, (Seen, Room)>> = Mutex::new(BTreeMap::new());

/// The files of a class, as a look tells: their lengths, and when they changed.
type Seen = Vec<Option<(u64, Option<SystemTime>)>>;

/// A class with its log and the state that follows from it.
#[derive(Debug, Clone)]
pub struct Room {
    /// What it is.
    pub class: Class,
    /// Its folder.
    pub folder: ClassFolder,
    /// What happened.
    pub log: Log,
    /// What is now.
    pub register: Register,
}

/// A bench with its instance.
pub struct Place {
    /// The bench.
    pub bench: Bench,
    /// Its instance.
    pub instance: InstanceName,
}

impl From<ClassError> for AppError {
    fn from(error: ClassError) -> Self {
        let changed = !matches!(error, ClassError::Io(_));
        let hint = "a copy of the folder `classes/` of the state folder brings back what was there";
        AppError::failed(error.to_string()).because_sources(&error).maybe_hint(changed.then_some(hint))
    }
}

impl Room {
    /// The class of a name: the named one, the only one that is open, or the only one.
    ///
    /// # Errors
    /// When there is none, several are open, or its folder cannot be used.
    pub fn of(state: &StateDir, wanted: Option<&ClassName>) -> Result<Self, AppError> {
        let names = names(state)?;
        if let Some(wanted) = wanted {
            return Self::read(state, wanted)?.ok_or_else(|| {
                let known = names.iter().map(ClassName::as_str);
                AppError::not_found(format!("there is no class `{wanted}`")).hint(suggestion(
                    wanted.as_str(),
                    "class",
                    known,
                ))
            });
        }
        let rooms: Vec<Self> =
            names.iter().filter_map(|name| Self::read(state, name).transpose()).collect::<Result<_, _>>()?;
        let (mut open, mut closed): (Vec<Self>, Vec<Self>) =
            rooms.into_iter().partition(|room| !room.register.closed);
        match (open.len(), closed.len()) {
            (1, _) => Ok(open.remove(0)),
            (0, 1) => Ok(closed.remove(0)),
            (0, 0) => {
                Err(AppError::not_found("there is no class").hint("`lab class open class.toml` opens one"))
            }
            _ => Err(AppError::usage("there are several classes").hint("name one")),
        }
    }

    /// As [`Self::of`], read from the disk again: to look for changes.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn afresh(state: &StateDir, wanted: Option<&ClassName>) -> Result<Self, AppError> {
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Self::of(state, wanted)
    }

    /// The class that is open, if one is. A class that cannot be read is none, unless it is the only one that
    /// may be open.
    ///
    /// # Errors
    /// When no class is open that can be read, and one cannot be.
    pub fn open(state: &StateDir) -> Result<Option<Self>, AppError> {
        let mut broken = None;
        for name in names(state)? {
            match Self::read(state, &name) {
                Ok(Some(room)) if !room.register.closed => return Ok(Some(room)),
                Ok(_) => {}
                Err(error) => broken = Some(error),
            }
        }
        broken.map_or(Ok(None), Err)
    }

    /// The class that an instance belongs to, with its bench.
    ///
    /// # Errors
    /// When it belongs to none, or the folder of the class cannot be used.
    pub fn around(state: &StateDir, instance: &InstanceName) -> Result<(Self, Place), AppError> {
        let strange = || {
            AppError::not_found(format!("`{instance}` is not the instance of a student"))
                .hint("`lab class status` shows the class")
        };
        let name = instance.as_str().rsplit_once('-').and_then(|(class, _)| class.parse().ok());
        let room = Self::read(state, &name.ok_or_else(strange)?)?.ok_or_else(strange)?;
        let place = room.places().into_iter().find(|place| place.instance == *instance);
        Ok((room, place.ok_or_else(strange)?))
    }

    /// The class of a name; none if there is no such class.
    ///
    /// # Errors
    /// When its folder cannot be used.
    pub fn read(state: &StateDir, name: &ClassName) -> Result<Option<Self>, AppError> {
        let folder = ClassFolder::of(state, name);
        let seen = looked(&folder);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, room)) = known.get(name).filter(|(then, room)| *then == seen && room.folder == folder)
        {
            return Ok(Some(room.clone()));
        }
        known.remove(name);
        let Some(class) = folder.class()? else { return Ok(None) };
        let log = folder.log()?;
        let register = Register::of(log.lines());
        let room = Self { class, folder, log, register };
        known.insert(name.clone(), (seen, room.clone()));
        Ok(Some(room))
    }

    /// All benches with their instances.
    pub fn places(&self) -> Vec<Place> {
        places(&self.class)
    }

    /// The bench of a seat.
    ///
    /// # Errors
    /// When the class has no such seat.
    pub fn place(&self, seat: Seat) -> Result<Place, AppError> {
        let own = |place: &Place| place.bench.members.contains(&seat);
        self.places().into_iter().find(own).ok_or_else(|| {
            AppError::not_found(format!("the class has no seat `{seat}`"))
                .hint("`lab class status` shows the seats")
        })
    }

    /// The seat of a student by the seat itself, the name, or a part of the name that only one has.
    ///
    /// # Errors
    /// When there is none, or it could be several.
    pub fn seat(&self, wanted: &str) -> Result<Seat, AppError> {
        let students = &self.class.students;
        if let Some(student) = students.iter().find(|student| student.seat.to_string() == wanted) {
            return Ok(student.seat);
        }
        let lower = wanted.to_lowercase();
        let having: Vec<_> =
            students.iter().filter(|student| student.name.to_lowercase().contains(&lower)).collect();
        match having.as_slice() {
            [only] => Ok(only.seat),
            [] => Err(AppError::not_found(format!("the class has no student `{wanted}`"))
                .hint("name the seat, such as `s01`; `lab class status` shows all")),
            several => {
                let seats: Vec<String> =
                    several.iter().map(|one| format!("{} ({})", one.name, one.seat)).collect();
                Err(AppError::new(ErrorKind::Usage, format!("`{wanted}` could be {}", seats.join(", ")))
                    .hint("name the seat"))
            }
        }
    }
}

/// Whether a class is open that can be read.
pub fn is_open(state: &StateDir) -> bool {
    Room::open(state).is_ok_and(|room| room.is_some())
}

fn looked(folder: &ClassFolder) -> Seen {
    let look = |file| {
        let found = fs_err::metadata(file).ok()?;
        Some((found.len(), found.modified().ok()))
    };
    folder.files().into_iter().map(look).collect()
}

/// The benches of a class with their instances.
pub fn places(class: &Class) -> Vec<Place> {
    let place = |bench: Bench| Some(Place { instance: class.instance(bench.seat).ok()?, bench });
    class.benches().into_iter().filter_map(place).collect()
}

fn names(state: &StateDir) -> Result<Vec<ClassName>, AppError> {
    ClassFolder::names(state).map_err(crate::app::usage::unreadable)
}
