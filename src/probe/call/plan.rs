//! The plan of a load of calls: its keys in a drill file, and their values.

use std::io;

use crate::model::choice::choice;
use crate::model::drill::LoadKind;
use crate::model::fault::Value;
use crate::model::{Choice, Millis};
use crate::probe::keys::{self, Key, Said, Values};

/// The keys of the kind.
pub const KEYS: &[Key] = &[
    Key::optional(
        "user",
        Values::Text,
        "The account of the first phone; the other phones have the numbers after it: `\"100\"` when not given.",
    ),
    Key::optional(
        "calls",
        Values::Number(1, 10),
        "The number of concurrent calls: 1 to 10, 1 when not given. More would need more accounts than a lab has.",
    ),
    Key::optional(
        "to",
        Values::Choice(&[
            ("echo", "A number at which the exchange echoes what it receives."),
            ("phone", "A second phone."),
        ]),
        "The callee: `\"echo\"`, a number at which the exchange echoes what it receives, when not given; or `\"phone\"`, a \
         second phone for each call, which answers.",
    ),
    Key::optional("number", Values::Text, "The number of the echo: `\"600\"` when not given."),
    Key::optional(
        "redial-after",
        Values::Time,
        "The silence after which users hang up and call again: `\"5s\"` when not given, `\"500ms\"` to `\"60s\"`.",
    ),
    Key::optional(
        "buffer",
        Values::Time,
        "The length of the jitter buffer of a phone: `\"60ms\"` when not given, at most the time-out. Packets that arrive \
         later are lost to the user; the length is part of the delay from which the quality is computed.",
    ),
    Key::optional(
        "video-kbps",
        Values::Number(64, 2000),
        "The bit rate of a video beside each voice, in kbit/s: 64 to 2000, no video when not given.",
    ),
];

/// Telephone calls.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Plan {
    /// How many at a time, 1 to 10.
    pub calls: u32,
    /// The callee.
    pub to: Callee,
    /// The number of the echo.
    pub number: String,
    /// The account of the first phone. The other phones have the numbers after it.
    pub user: u32,
    /// After this much silence users hang up and call again.
    pub redial_after: Millis,
    /// The length of the jitter buffer. A packet that arrives later than this is lost to the user.
    pub buffer: Millis,
    /// The bit rate of the video beside each voice, in kbit/s; none for no video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_kbps: Option<u32>,
}

/// The callee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Callee {
    /// A number at which the exchange echoes what it receives.
    #[default]
    Echo,
    /// A second phone.
    Phone,
}

choice!(Callee { Echo = "echo", Phone = "phone" });

impl Plan {
    /// The number of phones on a line.
    pub fn phones(&self) -> u32 {
        match self.to {
            Callee::Echo => self.calls,
            Callee::Phone => 2 * self.calls,
        }
    }

    /// The kind of a load that makes these calls. Its packets are its moments of 20 ms.
    pub fn kind(&self) -> LoadKind {
        let number = |number: u32| Value::Number(u64::from(number));
        let time = |time: Millis| Value::Text(time.to_string());
        let values = [
            ("calls", number(self.calls)),
            ("to", self.to.name().into()),
            ("number", (&*self.number).into()),
            ("user", number(self.user)),
            ("redial-after", time(self.redial_after)),
            ("buffer", time(self.buffer)),
        ];
        let video = self.video_kbps.map(|rate| ("video-kbps", number(rate)));
        super::ROW.kind(values.into_iter().chain(video))
    }

    /// Reads the plan from the kind of a load.
    ///
    /// # Errors
    /// The kind lacks a value.
    pub fn of(kind: &LoadKind) -> io::Result<Self> {
        Ok(Self {
            calls: keys::number(kind, "calls")?,
            to: keys::value(kind, "to", |word| word.parse().ok())?,
            number: keys::text(kind, "number")?.to_owned(),
            user: keys::number(kind, "user")?,
            redial_after: keys::time(kind, "redial-after")?,
            buffer: keys::time(kind, "buffer")?,
            video_kbps: kind.value("video-kbps").map(|_| keys::number(kind, "video-kbps")).transpose()?,
        })
    }
}

/// Reads the calls that a drill file requests; none if something is wrong.
pub fn read(said: &mut Said<'_>) -> Option<Plan> {
    let to = said.text("to").and_then(|word| word.parse().ok()).unwrap_or_default();
    if to == Callee::Phone && said.has("number") {
        let help = "leave it out, or write `to = \"echo\"`: a phone is called by its account";
        said.wrong("number", "a call to a phone has no `number`", help);
    }
    let number = said.account("number", "600");
    let user = first_phone(said);
    let redial_after = said.silence("redial-after", Millis::seconds(5));
    let (timeout, buffer) = (said.timeout, said.time("buffer").unwrap_or(Millis(60)));
    if said.has("buffer") && buffer > timeout {
        let message = format!("a phone cannot wait {buffer} for a packet that is lost after {timeout}");
        said.wrong("buffer", message, "write a shorter `buffer`, or a longer `timeout`");
    }
    let (calls, video_kbps) = (said.number("calls").unwrap_or(1), said.number("video-kbps"));
    Some(Plan { calls, to, number: number?, user: user?, redial_after, buffer, video_kbps })
}

/// The account of the first phone, from which those of the others are counted.
fn first_phone(said: &mut Said<'_>) -> Option<u32> {
    let Some(user) = said.text("user") else { return Some(100) };
    // A number with a leading 0 would not survive the conversion.
    let number = user.parse().ok().filter(|number: &u32| number.to_string() == *user);
    let number = number.filter(|number| *number < 1_000_000);
    if number.is_none() {
        let help = "write a number such as `\"100\"`: the other phones have those after it";
        said.wrong("user", format!("phones cannot be counted from `{user}`"), help);
    }
    number
}
