//! Names for figures of a voice, from published tables. They differ, so each name includes its source.

use serde::Serialize;

use super::quality::Quality;

/// A table of classes, the best first. A value belongs to the first class whose limit it does not exceed.
struct Table {
    steps: &'static [(f64, &'static str)],
    worst: &'static str,
}

impl Table {
    fn class(&self, value: f64) -> &'static str {
        self.steps.iter().find(|(limit, _)| value <= *limit).map_or(self.worst, |(_, class)| class)
    }

    /// The index of a value: that of the best class is the number of classes.
    fn index(&self, value: f64) -> usize {
        let place = self.steps.iter().position(|(limit, _)| value <= *limit);
        place.map_or(1, |place| self.steps.len() + 1 - place)
    }
}

/// User satisfaction for a rating, by its difference from 100 (ITU-T G.109; G.107, Annex B).
const USERS: Table = Table {
    steps: &[
        (10.0, "very satisfied"),
        (20.0, "satisfied"),
        (30.0, "some users dissatisfied"),
        (40.0, "many users dissatisfied"),
        (50.0, "nearly all users dissatisfied"),
    ],
    worst: "not recommended",
};

/// TIPHON (ETSI TR 101 329), with its points extended to ranges as usual in theses: percentage of lost
/// packets.
const TIPHON_LOSS: Table =
    Table { steps: &[(3.0, "very good"), (15.0, "good"), (25.0, "medium")], worst: "poor" };

/// TIPHON: delay in milliseconds.
const TIPHON_DELAY: Table =
    Table { steps: &[(150.0, "very good"), (300.0, "good"), (450.0, "medium")], worst: "poor" };

/// TIPHON: jitter in milliseconds. Only zero is very good.
const TIPHON_JITTER: Table =
    Table { steps: &[(0.0, "very good"), (75.0, "good"), (125.0, "medium")], worst: "poor" };

/// One-way delay in milliseconds (ITU-T G.114).
const G114: Table = Table { steps: &[(150.0, "good"), (400.0, "acceptable")], worst: "unacceptable" };

/// The classes of a voice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Classes {
    /// User satisfaction for its rating (ITU-T G.109).
    pub g109: &'static str,
    /// Its loss, delay and jitter (TIPHON, ETSI TR 101 329).
    pub tiphon: [&'static str; 3],
    /// The mean of these three as numbers, 1 to 4.
    pub tiphon_index: f64,
    /// Its delay (ITU-T G.114).
    pub g114: &'static str,
}

/// The class of a rating, as named in G.109.
pub fn users(rating: f64) -> &'static str {
    USERS.class(100.0 - rating)
}

/// The classes of a voice; `None` without a rating, or if no packet arrived and the delay is unknown.
pub fn classes(quality: &Quality) -> Option<Classes> {
    let rating = quality.rating.filter(|_| quality.came())?;
    let values = [
        (&TIPHON_LOSS, quality.loss()),
        (&TIPHON_DELAY, quality.delay_ms),
        (&TIPHON_JITTER, quality.jitter_ms),
    ];
    let sum: usize = values.iter().map(|(table, value)| table.index(*value)).sum();
    Some(Classes {
        g109: users(rating),
        tiphon: values.map(|(table, value)| table.class(value)),
        tiphon_index: (sum as f64 / 3.0 * 100.0).round() / 100.0,
        g114: G114.class(quality.delay_ms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_the_better_class() {
        let words = [90.0, 89.9, 80.0, 70.0, 60.0, 50.0, 49.9].map(users);
        let expected = [
            "very satisfied",
            "satisfied",
            "satisfied",
            "some users dissatisfied",
            "many users dissatisfied",
            "nearly all users dissatisfied",
            "not recommended",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn tables_differ_on_the_same_voice() {
        let quality = Quality {
            sent: 100,
            lost: 4,
            late: 0,
            delay_ms: 200.0,
            jitter_ms: 0.0,
            rating: Some(74.0),
            ..Quality::default()
        };
        let classes = classes(&quality).unwrap();
        assert_eq!(classes.g109, "some users dissatisfied");
        assert_eq!((classes.tiphon, classes.tiphon_index), (["good", "good", "very good"], 3.33));
        assert_eq!(classes.g114, "acceptable");
        assert_eq!(super::classes(&Quality::default()), None);
        let silent = Quality { sent: 50, lost: 50, rating: Some(0.0), ..Quality::default() };
        assert_eq!(super::classes(&silent), None);
    }
}
