//! Measurements inside a node: a program writes or reads a file there and prints the duration. The host
//! timestamps its start and end too, so that no guest clock has to be trusted.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::ask::{Whole, shown};
use super::engine::Engine;
use super::setup::{Follow, Heard};
use crate::base::failure::chain;
use crate::model::{Measure, NodeName};
use crate::record::{Clock, Ending, MeasuredRun, Nanos, What};

/// The program for the node.
const PROGRAM: &str = include_str!("measure.pl");

/// The time limit of one repetition, in seconds: 1 GiB at 1 MiB/s, and a margin. The node enforces it.
const LIMIT: u32 = 1200;

/// The largest output, in bytes.
const MOST: u64 = 64 << 10;

/// The longest time that the program can say, in seconds. A node may say any.
const MOST_S: f64 = LIMIT as f64;

/// The host's time limit, for a frozen node that cannot enforce its own.
const NO_ANSWER: Nanos = Nanos::millis((LIMIT as u64 + 60) * 1000);

impl Engine<'_, '_, '_> {
    /// Performs all measurements one after the other.
    pub fn measure(&mut self) -> Result<(), Ending> {
        for measure in &self.setup.drill.measures {
            let node = self.holder(&measure.holder).map_err(|reason| Ending::GivenUp { reason })?;
            for run in 1..=measure.times {
                let result = self.measure_once(measure, &node)?;
                let (result, failure) = match result {
                    Ok(result) => (Some(result), None),
                    Err(failure) => (None, Some(failure)),
                };
                let failed = failure.clone();
                let name = measure.name.clone();
                self.pump.emit(What::Measured { measure: name, node: node.clone(), run, result, failure });
                if let Some(failure) = failed {
                    return Err(Ending::GivenUp {
                        reason: format!("{} could not be measured: {failure}", measure.name),
                    });
                }
            }
        }
        Ok(())
    }

    fn measure_once(
        &mut self,
        measure: &Measure,
        node: &NodeName,
    ) -> Result<Result<MeasuredRun, String>, Ending> {
        let (follow, clock) = (self.setup.follow, self.pump.clock);
        let (node, command) = (node.clone(), command(measure));
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = self.scope.spawn(move || ask(follow, &node, &command, &told, clock));
        let measured = self.pump.await_thread(thread, "a measurement", NO_ANSWER, &stop)?;
        let late = || Err(format!("the node does not answer after {} s", NO_ANSWER.duration().as_secs()));
        Ok(measured.unwrap_or_else(late))
    }
}

/// The program as an argument of a shell. It contains no quote.
fn command(measure: &Measure) -> String {
    let Measure { kind, folder, size, .. } = measure;
    let program = PROGRAM.replace('\'', r"'\''");
    format!("timeout {LIMIT} perl -e '{program}' {} '{folder}' {} 2>&1", kind.word(), size.0)
}

/// Runs the command and collects its output and their times.
fn ask(
    follow: &Follow<'_>,
    node: &NodeName,
    command: &str,
    stop: &AtomicBool,
    clock: Clock,
) -> Result<MeasuredRun, String> {
    let (mut printed, mut begun, mut ended) = (Whole::new(MOST, NO_ANSWER.duration()), None, None);
    let hear = &mut |heard: Heard<'_>| {
        if let Heard::Bytes(bytes) = heard {
            let now = clock.now();
            printed.hear(bytes, stop);
            let has = |word: &[u8]| printed.text.windows(word.len()).any(|part| part == word);
            if begun.is_none() && has(b"begin\n") {
                begun = Some(now);
            }
            if ended.is_none() && has(b"\nend ") {
                ended = Some(now);
            }
        }
    };
    follow(node, command, stop, hear).map_err(|error| chain(error.as_ref()))?;
    printed.check()?;
    let heard = begun.zip(ended).map(|(begun, ended)| ended.since(begun));
    parse(&String::from_utf8_lossy(&printed.text), heard)
}

/// Parses the output: `begin`, `end RETURNED ENDED [in-sync|behind]`, or an error message.
pub(crate) fn parse(printed: &str, heard: Option<Nanos>) -> Result<MeasuredRun, String> {
    let said = || match printed.trim().lines().last() {
        None | Some("" | "begin") => "it did not end in time".to_owned(),
        Some(last) => shown(last),
    };
    let end = printed.lines().find_map(|line| line.strip_prefix("end ")).ok_or_else(said)?;
    let mut words = end.split(' ');
    let mut span = || {
        Some(Nanos(
            (words.next()?.parse::<f64>().ok().filter(|span| (0.0..=MOST_S).contains(span))? * 1e9) as u64,
        ))
    };
    let (returned, ended) = span().zip(span()).ok_or_else(said)?;
    let in_sync = match words.next() {
        Some("in-sync") => Some(true),
        Some("behind") => Some(false),
        _ => None,
    };
    let heard = heard.ok_or_else(said)?;
    Ok(MeasuredRun { returned, ended, heard, in_sync })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says_is_read() {
        let heard = Some(Nanos::millis(2600));
        let run = parse("begin\nend 1.500000 2.500000 in-sync\n", heard).unwrap();
        assert_eq!((run.returned, run.ended), (Nanos::millis(1500), Nanos::millis(2500)));
        assert_eq!((run.heard, run.in_sync), (Nanos::millis(2600), Some(true)));
        assert_eq!(parse("begin\nend 1.0 1.0 \n", heard).unwrap().in_sync, None);
        assert_eq!(parse("begin\nend 1.0 1.0 behind\n", heard).unwrap().in_sync, Some(false));
        for (broken, why) in [
            ("", "it did not end in time"),
            ("begin\n", "it did not end in time"),
            (
                "/srv/data has room for 7 bytes and not for 9\n",
                "/srv/data has room for 7 bytes and not for 9",
            ),
            ("begin\n/srv/data/x: No space left on device\n", "/srv/data/x: No space left on device"),
            ("begin\nend x 1.0 in-sync\n", "end x 1.0 in-sync"),
        ] {
            assert_eq!(parse(broken, heard).unwrap_err(), why);
        }
    }

    /// Runs the program on a folder of this machine.
    #[test]
    fn the_program_measures() {
        let folder = tempfile::tempdir().unwrap();
        let run = |kind: &str, size: &str, folder: &str| {
            let words = ["-e", PROGRAM, kind, folder, size];
            let output = std::process::Command::new("perl").args(words).output().unwrap();
            String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
        };
        let here = folder.path().to_str().unwrap();
        for kind in ["write", "write-and-flush", "read-memory"] {
            let said = run(kind, "3000000", here);
            let found = parse(&said, Some(Nanos(1))).unwrap_or_else(|why| panic!("{kind}: {why}"));
            assert!(found.returned > Nanos(0) && found.ended >= found.returned, "{said}");
        }
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing");
        let wrong = parse(&run("write", "1000", "/nowhere"), Some(Nanos(1))).unwrap_err();
        assert!(wrong.contains("/nowhere"), "{wrong}");
        let full = parse(&run("write", "9000000000000000", here), Some(Nanos(1))).unwrap_err();
        assert!(full.contains("has room for"), "{full}");
    }
}
