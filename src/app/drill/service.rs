//! Whether the service answers, as far as this is known while the drill runs. The exact figures come from the
//! record later.

use serde::{Deserialize, Serialize};

use crate::record::{Answer, Nanos, Sample};

/// A shorter outage is not reported while the drill runs: the report has it.
const WORTH_TELLING: Nanos = Nanos::millis(500);

/// This number of consecutive good answers means that the service is back. At the usual 50 requests a second,
/// they take a fifth of a second.
const GOOD_IN_A_ROW: usize = 10;

/// A change that is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum News {
    /// The service does not answer since this time.
    Away(Nanos),
    /// It answers again, after about this long.
    Back(Nanos),
}

/// The service as clients have seen it so far.
#[derive(Debug, Default)]
pub struct Service {
    /// Good answers.
    pub answered: u64,
    /// All others.
    pub failed: u64,
    away: Option<Away>,
    /// When it was found to be back. Requests that were sent before may fail long after.
    back: Nanos,
}

#[derive(Debug)]
struct Away {
    /// When the first failed request was due.
    since: Nanos,
    /// When the last failed request was sent.
    last_failed: Nanos,
    told: bool,
    /// When good requests were sent after that one.
    good: Vec<Nanos>,
}

impl Service {
    /// Whether it is away now.
    pub fn is_away(&self) -> bool {
        self.away.as_ref().is_some_and(|away| away.told)
    }

    /// Takes a request into account. Requests do not end in the order in which they were sent.
    pub fn hear(&mut self, sample: &Sample) -> Option<News> {
        if sample.answer == Answer::Ok {
            self.answered += 1;
            self.good(sample)
        } else {
            self.failed += 1;
            self.bad(sample)
        }
    }

    fn bad(&mut self, sample: &Sample) -> Option<News> {
        if sample.sent < self.back {
            return None;
        }
        let new = || Away { since: sample.due, last_failed: sample.sent, told: false, good: Vec::new() };
        let away = self.away.get_or_insert_with(new);
        away.last_failed = away.last_failed.max(sample.sent);
        away.good.retain(|sent| *sent > away.last_failed);
        if away.told || sample.done.since(away.since) < WORTH_TELLING {
            return None;
        }
        away.told = true;
        Some(News::Away(away.since))
    }

    fn good(&mut self, sample: &Sample) -> Option<News> {
        let away = self.away.as_mut().filter(|away| sample.sent > away.last_failed)?;
        away.good.push(sample.sent);
        if away.good.len() < GOOD_IN_A_ROW {
            return None;
        }
        let away = self.away.take()?;
        let first = away.good.into_iter().min().unwrap_or(sample.sent);
        self.back = first;
        away.told.then(|| News::Back(first.since(away.since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests every 20 ms; those that are due while the service is away fail after `patience`.
    fn told(away_ms: std::ops::Range<u64>, patience: u64) -> Vec<News> {
        let mut samples: Vec<Sample> = (0..500u64)
            .map(|seq| {
                let due = seq * 20;
                let bad = away_ms.contains(&due);
                Sample {
                    load: "web".parse().unwrap(),
                    seq,
                    due: Nanos::millis(due),
                    sent: Nanos::millis(due),
                    done: Nanos::millis(due + if bad { patience } else { 5 }),
                    answer: if bad { Answer::Timeout } else { Answer::Ok },
                    node: None,
                }
            })
            .collect();
        samples.sort_by_key(|sample| sample.done);
        let mut service = Service::default();
        let news = samples.iter().filter_map(|sample| service.hear(sample)).collect();
        assert_eq!(service.answered + service.failed, 500);
        news
    }

    #[test]
    fn an_absence_is_told_once_however_late_its_failures_come() {
        let expected = [News::Away(Nanos::millis(1000)), News::Back(Nanos::millis(3000))];
        assert_eq!(told(1000..4000, 1), expected);
        assert_eq!(told(1000..4000, 2000), expected);
    }

    #[test]
    fn a_short_absence_is_left_to_the_report() {
        assert_eq!(told(1000..1100, 1), []);
    }
}
