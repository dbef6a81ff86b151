//! Measures the effect of delayed frames: the guest pings the host over the affected interface, and the
//! answers are judged.

use super::machine::off;
use crate::fault::proof::{Echo, at_once, enough_frames, is_delayed, is_reordered, overtook};
use crate::fault::{Look, Netem, Plug};
use crate::model::{Millis, NodeName};
use crate::provider::libvirt::LibvirtProvider;
use crate::work::{Context, ProviderError};

/// The program that the guest runs.
const PROGRAM: &str = include_str!("echo.pl");

/// How long to wait for the answer to the last ping, in addition to the latency.
const PATIENCE: Millis = Millis(1000);

/// The number of pings that show a delay.
const DELAYED: u32 = 20;

/// The maximum and minimum of milliseconds between two pings: an emulated guest keeps no shorter intervals.
const GAP: (u64, u64) = (20, 3);

impl LibvirtProvider {
    /// Whether pings over each of the interfaces are delayed, or overtake each other, as the fault demands.
    pub(super) fn is_felt(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        netem: Netem,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        if self.process(node).is_none() {
            return Err(off(node));
        }
        let mut look = Look { holds: true, seen: String::new() };
        for plug in plugs {
            let Some(peer) = plug.peer else { continue };
            let (count, gap) = pings(netem);
            let wait = netem.latency.0 + netem.variation.0 + PATIENCE.0;
            let program = PROGRAM.replace('\'', r"'\''");
            let script = format!("perl -e '{program}' {peer} {count} {gap} {wait}\n");
            let output = self.ask_inside(node, "pinging the host", &script, context)?;
            let (holds, seen) = judged(netem, count, &echoes(&output.text));
            look.holds &= holds;
            let separator = if look.seen.is_empty() { "" } else { "; " };
            look.seen += &format!("{separator}{}: {seen}", plug.device);
        }
        Ok(look)
    }
}

/// The number of pings, and the interval between them: short enough that one can overtake another.
fn pings(netem: Netem) -> (u32, u64) {
    let gap = (netem.latency.0 / 4).clamp(GAP.1, GAP.0);
    let count = netem.overtake.map_or(u64::from(DELAYED), |percent| enough_frames(percent) + DELAYED as u64);
    (u32::try_from(count).unwrap_or(u32::MAX), gap)
}

fn judged(netem: Netem, sent: u32, echoes: &[Echo]) -> (bool, String) {
    let answers = format!("of {sent} pings {} were answered", echoes.len());
    let Netem { latency, variation, overtake } = netem;
    match overtake {
        Some(percent) => (
            is_reordered(echoes, percent, latency),
            format!("{answers}, {} at once, {} overtook others", at_once(echoes, latency), overtook(echoes)),
        ),
        None => {
            let least = echoes.iter().map(|echo| echo.took).reduce(f64::min);
            let most = echoes.iter().map(|echo| echo.took).reduce(f64::max);
            let after = least
                .zip(most)
                .map_or_else(String::new, |(least, most)| format!(", after {least:.1} to {most:.1} ms"));
            (is_delayed(echoes, sent, latency, variation), format!("{answers}{after}"))
        }
    }
}

/// The output of the program: a number and milliseconds on each line.
pub(crate) fn echoes(text: &str) -> Vec<Echo> {
    let echo = |line: &str| {
        let (number, took) = line.trim().split_once(' ')?;
        Some(Echo { number: number.parse().ok()?, took: took.parse().ok()? })
    };
    text.lines().filter_map(echo).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pinged_is_read_and_judged() {
        let delay = Netem { latency: Millis(50), variation: Millis(10), overtake: None };
        let text: String = (0..20).map(|number| format!("{number} {}.250\r\n", 45 + number)).collect();
        let (holds, seen) = judged(delay, 20, &echoes(&text));
        assert_eq!((holds, seen.as_str()), (true, "of 20 pings 20 were answered, after 45.2 to 64.2 ms"));
        let (holds, seen) = judged(delay, 20, &echoes("perl: not found\n"));
        assert_eq!((holds, seen.as_str()), (false, "of 20 pings 0 were answered"));
        let reorder = Netem { latency: Millis(20), variation: Millis(0), overtake: Some(20) };
        assert_eq!(pings(reorder), (u32::try_from(enough_frames(20)).unwrap() + 20, 5));
        assert_eq!(pings(delay), (20, 12));
        let (holds, seen) = judged(reorder, 300, &echoes("1 0.500\n0 20.400\n"));
        assert_eq!(
            (holds, seen.as_str()),
            (false, "of 300 pings 2 were answered, 1 at once, 1 overtook others")
        );
    }

    /// The program itself, with the loopback interface of this machine.
    #[test]
    fn the_program_pings() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let words = ["-e", PROGRAM, "127.0.0.1", "5", "2", "1000"];
        let output = std::process::Command::new("perl").args(words).output().unwrap();
        let found = echoes(&String::from_utf8_lossy(&output.stdout));
        let numbers: Vec<u32> = found.iter().map(|echo| echo.number).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4], "{}", String::from_utf8_lossy(&output.stderr));
        assert!(found.iter().all(|echo| echo.took > 0.0 && echo.took < 900.0), "{found:?}");
    }
}
