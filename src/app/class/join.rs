//! Cards with which students join, and joining.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::find::Room;
use crate::app::error::AppError;
use crate::app::job::Job;
use crate::app::request::{Request, Subject};
use crate::base::random;
use crate::class::cards::{self, Card, Sheet};
use crate::class::code::{JoinCode, Key};
use crate::class::log::{Event, Log};
use crate::class::register::Register;
use crate::class::roster::{Names, Seat, Student};
use crate::class::store::Class;
use crate::exercise::{Language, Localized};
use crate::model::{ClassName, InstanceName};
use crate::state::StateDir;

/// Makes cards for students who have not joined yet. Cards that were made before are void.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct MakeCards {
    /// The class. Default: the one that is open.
    pub class: Option<ClassName>,
    /// Only for this student, who may have joined already: a seat or a name. The student can then join with
    /// another browser.
    pub student: Option<String>,
    /// Also as a page to print. The address that students type: `https://lab.example.org:8006`.
    pub address: Option<String>,
    /// Leave the names out of the page.
    pub hide_names: bool,
}

/// Cards. They are shown once: only digests are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MadeCards {
    /// The class.
    pub class: ClassName,
    /// Its title.
    pub title: Localized,
    /// Whether it is an exam.
    pub exam: bool,
    /// One for each student.
    pub cards: Vec<CardOf>,
    /// The page to print.
    pub page: Option<String>,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CardOf {
    /// The student.
    pub student: Student,
    /// The code to type: `ABCD-EFGH`.
    pub code: String,
    /// The key in the link of the QR code.
    pub key: String,
}

impl Request for MakeCards {
    type Outcome = MadeCards;
    const NAME: &'static str = "class cards";

    fn changes(&self) -> Option<Subject> {
        Some(Subject(self.class.iter().map(ToString::to_string).collect()))
    }

    fn perform(&self, job: &Job) -> Result<MadeCards, AppError> {
        let room = Room::of(&job.state, self.class.as_ref())?;
        let only = self.student.as_ref().map(|student| room.seat(student)).transpose()?;
        let wanted = |student: &&Student| match only {
            Some(seat) => student.seat == seat,
            None => !room.register.joined.contains_key(&student.seat),
        };
        let (mut cards, mut events) = (Vec::new(), Vec::new());
        for student in room.class.students.iter().filter(wanted) {
            let (code, key) = secrets()?;
            events.push(Event::Carded { student: student.seat, code: code.digest(), key: key.digest() });
            cards.push(CardOf { student: student.clone(), code: code.text(), key: key.text() });
        }
        // First the page: a wrong address must not make the cards before void.
        let page = self.address.as_ref().map(|address| self.page(&room.class, &cards, address));
        let page = page.transpose()?;
        room.folder.append(|_| Ok::<_, AppError>(events))?;
        let Room { class, .. } = room;
        Ok(MadeCards { class: class.name, title: class.title, exam: class.exam, cards, page })
    }
}

impl MakeCards {
    /// The cards as a page to print.
    fn page(&self, class: &Class, cards: &[CardOf], address: &str) -> Result<String, AppError> {
        let address = address.trim_end_matches('/');
        if !["https://", "http://"].iter().any(|scheme| address.starts_with(scheme)) {
            return Err(AppError::usage(format!("`{address}` is no address of a page"))
                .hint("write it as students type it: `https://lab.example.org:8006`"));
        }
        let links: Vec<String> =
            cards.iter().map(|card| format!("{address}/open?key={}", card.key)).collect();
        let codes: Vec<JoinCode> = cards.iter().filter_map(|card| card.code.parse().ok()).collect();
        let parts = cards.iter().zip(&links).zip(&codes);
        let cards = parts.map(|((card, link), code)| Card { student: &card.student, code, link }).collect();
        let names = if self.hide_names { Names::Hidden } else { Names::Shown };
        // Both languages are on each card; the title is in one.
        let title = class.title.get(Language::En);
        cards::page(&Sheet { title, address, recorded: class.exam, names, cards })
            .map_err(|error| AppError::usage(error.to_string()))
    }
}

fn secrets() -> Result<(JoinCode, Key), AppError> {
    let mut broken = None;
    let mut fill = |bytes: &mut [u8]| broken = random::fill(bytes).err().or(broken.take());
    let secrets = (JoinCode::draw(&mut fill), Key::draw(&mut fill));
    match broken {
        None => Ok(secrets),
        Some(error) => Err(AppError::failed("there are no random numbers").because(error)),
    }
}

/// The place of a student who has joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The student's seat.
    pub student: Seat,
    /// The name of the student, for the history.
    pub name: String,
    /// The instance.
    pub instance: InstanceName,
    /// Until when the student may come back without a card.
    pub until: Timestamp,
}

/// How long a student can come back after the last moment of a class, to see the result.
const AFTERWARDS: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 14);

/// Lets a student join the open class with the code or the key of a card, which is void afterwards. None if
/// no card has it.
///
/// # Errors
/// When the folder of the class cannot be used.
pub fn join(state: &StateDir, secret: &str) -> Result<Option<Place>, AppError> {
    let Some(room) = Room::open(state)? else { return Ok(None) };
    let mut student = None;
    // Two browsers with one card take turns, and the second finds it void.
    room.folder.append(|log: &Log| {
        student = holder(&Register::of(log.lines()), secret);
        Ok::<_, AppError>(student.map(|student| Event::Joined { student }).into_iter().collect())
    })?;
    student.map(|student| place(&room, student)).transpose()
}

/// The place of a student who shows an SSH key that this student gave before; none if another one gave it,
/// also one who shares the instance, or no class is open.
///
/// # Errors
/// When the folder of the class cannot be used.
pub fn join_by_key(state: &StateDir, student: &str, key: &str) -> Result<Option<Place>, AppError> {
    let Some(room) = Room::open(state)? else { return Ok(None) };
    let seat = room.class.students.iter().map(|one| one.seat).find(|seat| seat.to_string() == student);
    let Some(place) = seat.map(|seat| place(&room, seat)).transpose()? else { return Ok(None) };
    let known = room.register.keys.get(&place.student).is_some_and(|keys| keys.iter().any(|one| one == key));
    Ok(known.then_some(place))
}

fn place(room: &Room, seat: Seat) -> Result<Place, AppError> {
    let place = room.place(seat)?;
    let name = room.class.student(seat).map_or_else(|| seat.to_string(), |student| student.name.clone());
    let end = [room.class.ends, room.class.late.map(|late| late.until.0), Some(Timestamp::now())];
    let end = end.into_iter().flatten().max().unwrap_or(Timestamp::MAX);
    let until = end.checked_add(AFTERWARDS).unwrap_or(Timestamp::MAX);
    Ok(Place { student: seat, name, instance: place.instance, until })
}

/// The student whose card has this code or key.
fn holder(register: &Register, secret: &str) -> Option<Seat> {
    let code = secret.parse::<JoinCode>().ok().map(|code| code.digest());
    let key = secret.parse::<Key>().ok().map(|key| key.digest());
    let mut cards = register.cards.iter();
    cards.find(|(_, card)| code == Some(card.code) || key == Some(card.key)).map(|(seat, _)| *seat)
}
