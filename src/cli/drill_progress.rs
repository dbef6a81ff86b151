//! The progress of a drill: what happens to the lab, and whether its clients are served, each with its time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::ui::{Ui, bold, dim};
use crate::app::drill::{DrillEvent as Event, DrillWhat as What, Ending, Nanos, News, Stage, StepPhase};
use crate::base::text::one_line;
use crate::model::drill::SettleGoal;
use crate::model::{AddressName, MacAddress};

/// Shows one drill.
pub struct DrillProgress {
    ui: Arc<Ui>,
    bar: Option<ProgressBar>,
    requests: (u64, u64, bool),
    stage: &'static str,
    announced: Announced,
}

/// The node that announced each address last. A node repeats its announcements as long as it holds an
/// address; only changes are shown.
#[derive(Debug, Default)]
struct Announced(BTreeMap<AddressName, MacAddress>);

impl Announced {
    /// Records an announcement, and returns whether it comes from another machine than the one before.
    fn changes(&mut self, address: &AddressName, mac: MacAddress) -> bool {
        self.0.insert(address.clone(), mac) != Some(mac)
    }
}

impl DrillProgress {
    /// A drill begins.
    pub fn new(ui: Arc<Ui>, drill: &str, title: &str) -> Self {
        ui.say(format!("{}: {}", bold(drill), one_line(title)));
        let bar = ui.bars().then(|| {
            let style = ProgressStyle::with_template("{elapsed:>8}  {msg}");
            let bar = ProgressBar::no_length()
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            let bar = ui.multi().add(bar);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { ui, bar, requests: (0, 0, false), stage: "", announced: Announced::default() }
    }

    /// Shows an event, if it is worth a line.
    pub fn event(&mut self, event: &Event) {
        match &event.what {
            What::Stage { stage } => self.enter(*stage, event.t),
            What::Announced { address, mac, node: Some(node) } if self.announced.changes(address, *mac) => {
                self.line(event.t, format!("{node} announces {address}"));
            }
            What::Step { step, node, phase: StepPhase::Returned { failure, .. } } => {
                let place = node.as_ref().map_or("client", |node| node.as_str());
                self.line(
                    event.t,
                    match failure {
                        None => bold(format!("{step}: {place}")),
                        Some(failure) => format!("{step}: {place} failed: {}", one_line(failure)),
                    },
                );
            }
            What::StepMissed { step, reason } => {
                self.line(event.t, format!("{step}: not done: {}", one_line(reason)))
            }
            What::Check { title, failure: Some(failure), .. } => {
                self.line(event.t, format!("not healthy: {}: {}", one_line(title), one_line(failure)));
            }
            What::Measured { measure, run, result: Some(result), .. } => {
                self.line(event.t, format!("{measure}, run {run}: {} s", result.ended));
            }
            What::Measured { measure, run, failure: Some(failure), .. } => {
                self.line(event.t, format!("{measure}, run {run}: {}", one_line(failure)));
            }
            What::RampStep { ramp, rate, .. } => {
                self.line(event.t, format!("{ramp}: {rate} requests a second"));
            }
            What::Goal { goal, reached } => self.line(event.t, goal_text(*goal, *reached)),
            What::Healed { node, fault, failure: None } => {
                let what = fault.as_ref().map_or_else(String::new, |fault| format!(" of {}", fault.word()));
                self.line(event.t, format!("{node} is healed{what}"));
            }
            What::Healed { node, failure: Some(failure), .. } => {
                self.ui.warn(format!("{node} could not be healed: {}", one_line(failure)));
            }
            What::Captured { network, file, frames, dropped, failure } => {
                let missed = if *dropped > 0 { format!(", {dropped} were missed") } else { String::new() };
                match failure {
                    None => self.line(event.t, format!("{frames} frames of {network} are in {file}{missed}")),
                    Some(failure) => {
                        self.ui.warn(format!("only {frames} frames of {network} are in {file}: {failure}"));
                    }
                }
            }
            What::Ended { ending } => self.ended(ending, event.t),
            What::Flooded { node, .. } => self.ui.warn(format!("{node} talks without end")),
            What::StreamLost { node, reason, .. } => {
                self.ui.explain(format!(
                    "{:>8}  {node}'s log is not followed: {}",
                    stamp(event.t),
                    one_line(reason)
                ));
            }
            _ => {}
        }
    }

    fn enter(&mut self, stage: Stage, at: Nanos) {
        self.stage = match stage {
            Stage::Steady => "waiting until the lab is healthy",
            Stage::Baseline => "load without faults, as a baseline",
            Stage::Measure => "measurements on the active node",
            Stage::Ramp => "increasing load",
            Stage::Soak => "load without faults",
            Stage::Steps => "the steps of the drill",
            Stage::Settle => "waiting until the lab has recovered",
            Stage::Calm => "load after the recovery",
            Stage::Final => "final reads",
        };
        self.line(at, self.stage);
        self.show();
    }

    /// The service stopped answering clients, or answers again.
    pub fn service(&mut self, at: Nanos, news: News) {
        match news {
            News::Away(since) => {
                self.line(at, format!("the service does not answer, since {}", stamp(since)))
            }
            News::Back(span) => {
                self.line(at, format!("the service answers again, after about {}", stamp(span)))
            }
        }
    }

    /// The number of requests that were answered so far.
    pub fn requests(&mut self, answered: u64, failed: u64, away: bool) {
        self.requests = (answered, failed, away);
        self.show();
    }

    fn ended(&mut self, ending: &Ending, at: Nanos) {
        match ending {
            Ending::Completed => {}
            Ending::GivenUp { reason } | Ending::Unsteady { reason } => {
                self.line(at, format!("given up: {}", one_line(reason)))
            }
            Ending::Cancelled => self.line(at, "stopped"),
            Ending::Failed { reason } => self.line(at, format!("failed: {}", one_line(reason))),
        }
    }

    fn show(&self) {
        if let Some(bar) = &self.bar {
            let (answered, failed, away) = self.requests;
            let away = if away { ", away now" } else { "" };
            bar.set_message(format!("{} ({answered} answered, {failed} failed{away})", self.stage));
        }
    }

    fn line(&self, at: Nanos, text: impl std::fmt::Display) {
        self.ui.say(format!("{}  {text}", dim(format!("{:>8}", stamp(at)))));
    }
}

impl Drop for DrillProgress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn stamp(at: Nanos) -> String {
    format!("{at} s")
}

fn goal_text(goal: SettleGoal, reached: bool) -> String {
    let what = match goal {
        SettleGoal::Redundant => "redundant again",
        SettleGoal::FailedBack => "back on the preferred node",
    };
    if reached { what.to_owned() } else { format!("not {what} in time") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_told_when_it_changes_something() {
        let mac = |last| MacAddress([0x52, 0x54, 0, 0, 0, last]);
        let mut announced = Announced::default();
        let heard = [("web", 1), ("web", 1), ("files", 1), ("web", 2), ("web", 2), ("files", 1), ("web", 1)];
        let told = heard.map(|(address, last)| announced.changes(&address.parse().unwrap(), mac(last)));
        assert_eq!(told, [true, false, true, true, false, false, true]);
    }
}
