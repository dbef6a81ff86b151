//! Seats: the names of students in paths, instances and logs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::MOST;

/// A seat of a class: `s01`, `s02`, …, or `s001`, `s002`, … in a class of at least 100 students. Within a
/// class all seats have the same number of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seat {
    number: u16,
    /// Whether it has three digits instead of two.
    wide: bool,
}

/// A text is no seat.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no seat: write it like `s01`, or like `s001` in a class of at least 100 students")]
pub struct SeatError(String);

impl Seat {
    /// A seat of a class with this count of students. `None` if the number is not in `1..=count`, or the
    /// class has more than [`MOST`] students.
    pub fn new(number: usize, count: usize) -> Option<Self> {
        let fits = (1..=count).contains(&number) && count <= MOST;
        let number = u16::try_from(number).ok().filter(|_| fits)?;
        Some(Self { number, wide: count > 99 })
    }

    /// Its number, from 1 to [`MOST`].
    pub fn number(self) -> u16 {
        self.number
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.wide { 3 } else { 2 };
        f.pad(&format!("s{:0digits$}", self.number))
    }
}

impl FromStr for Seat {
    type Err = SeatError;

    fn from_str(text: &str) -> Result<Self, SeatError> {
        let wrong = || SeatError(text.to_owned());
        let digits = text.strip_prefix('s').ok_or_else(wrong)?;
        if !matches!(digits.len(), 2 | 3) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number: u16 = digits.parse().map_err(|_| wrong())?;
        if !(1..=MOST).contains(&usize::from(number)) {
            return Err(wrong());
        }
        Ok(Self { number, wide: digits.len() == 3 })
    }
}

impl TryFrom<String> for Seat {
    type Error = SeatError;

    fn try_from(text: String) -> Result<Self, SeatError> {
        text.parse()
    }
}

impl From<Seat> for String {
    fn from(seat: Seat) -> String {
        seat.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_of_students_decides_the_digits() {
        let text = |number, count| Seat::new(number, count).map(|seat| seat.to_string());
        assert_eq!(text(7, 30).as_deref(), Some("s07"));
        assert_eq!(text(99, 99).as_deref(), Some("s99"));
        assert_eq!(text(1, 100).as_deref(), Some("s001"));
        assert_eq!(text(500, 500).as_deref(), Some("s500"));
        for (number, count) in [(0, 5), (6, 5), (1, 501), (1, 0)] {
            assert_eq!(text(number, count), None, "{number} of {count}");
        }
        assert!(Seat::new(9, 10) < Seat::new(10, 10));
        assert_eq!(format!("{:>5}", Seat::new(1, 1).unwrap()), "  s01");
    }

    #[test]
    fn only_seats_are_read() {
        for text in ["s01", "s99", "s001", "s042", "s500"] {
            let seat: Seat = text.parse().unwrap();
            assert_eq!(seat.to_string(), text);
            let json = serde_json::to_string(&seat).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Seat>(&json).unwrap(), seat);
        }
        let wrong = [
            "", "s", "s1", "s00", "s000", "s501", "s0001", "01", "S01", "s+1", "s-1", "s٠١", "s01 ", "../s01",
        ];
        for text in wrong {
            assert_eq!(text.parse::<Seat>(), Err(SeatError(text.to_owned())), "{text}");
        }
        assert!(serde_json::from_str::<Seat>("\"../etc\"").is_err());
    }
}
