//! Faults of networks: links, and delayed frames.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use super::machine::off;
use crate::fault::{Goal, Look, Netem, Plug};
use crate::host::HostError;
use crate::model::NodeName;
use crate::provider::libvirt::LibvirtProvider;
use crate::work::{Context, ProviderError};

/// The message of `tc` on a host whose kernel has no netem.
const NO_NETEM: &str = "qdisc kind is unknown";

impl LibvirtProvider {
    /// Switches the carrier of interfaces. A machine that is off, or was switched on since, has a carrier.
    pub(super) fn set_links(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        up: bool,
    ) -> Result<String, ProviderError> {
        let Some(domain) = self.guest_to_ask(node)? else {
            return if up { Ok(String::new()) } else { Err(off(node)) };
        };
        for plug in plugs {
            self.ask(&domain, "set_link", json!({ "name": format!("net{}", plug.place), "up": up }))?;
        }
        Ok("QMP set_link".to_owned())
    }

    /// The carrier as the guest sees it.
    pub(super) fn look_at_links(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        wanted: Goal,
        context: &Context<'_>,
    ) -> Result<Look, ProviderError> {
        if self.process(node).is_none() {
            return Ok(Look { holds: wanted == Goal::Healed, seen: format!("{node} is off") });
        }
        let carrier = if wanted == Goal::InForce { "0" } else { "1" };
        let script: String = plugs
            .iter()
            .map(|plug| format!("echo {0} $(cat /sys/class/net/{0}/carrier 2>/dev/null)\n", plug.device))
            .collect();
        let output = self.ask_inside(node, "reading the carrier", &script, context)?;
        let states: Vec<&str> = output.text.lines().collect();
        let right = |state: &str| state.rsplit(' ').next() == Some(carrier);
        Ok(Look {
            holds: states.len() == plugs.len() && states.iter().all(|state| right(state)),
            seen: format!("carrier of {}", states.join(", ")),
        })
    }

    /// Runs a tool in the instance's network namespace; returns its output, and whether it succeeded.
    pub(super) fn tool(&self, words: &[String], input: &str) -> Result<(bool, String), ProviderError> {
        let broken = |source| HostError::Tool { tool: words.first().cloned().unwrap_or_default(), source };
        let mut child = Command::new("ip")
            .args(["netns", "exec", &self.host.netns_name()])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(broken)?;
        if let Some(mut stdin) = child.stdin.take() {
            // A tool that reads no input has reported why.
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output().map_err(broken)?;
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        Ok((output.status.success(), String::from_utf8_lossy(said).trim().to_owned()))
    }

    pub(super) fn must(&self, words: &[String], input: &str) -> Result<String, ProviderError> {
        match self.tool(words, input)? {
            (true, said) => Ok(said),
            (false, said) => Err(HostError::Command { command: words.join(" "), said }.into()),
        }
    }

    /// On the tap if the host's kernel can, else in the guest.
    pub(super) fn hold_up(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        netem: Netem,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        let settings = settings(netem);
        for plug in plugs {
            let words = format!("tc qdisc replace dev {} root netem {settings}", plug.tap);
            match self.tool(&split(&words), "")? {
                (true, _) => {}
                (false, said) if said.contains(NO_NETEM) => {
                    return self.hold_up_inside(node, plugs, &settings, context);
                }
                (false, said) => return Err(HostError::Command { command: words, said }.into()),
            }
        }
        Ok("netem on the tap".to_owned())
    }

    fn hold_up_inside(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        settings: &str,
        context: &Context<'_>,
    ) -> Result<String, ProviderError> {
        let command = |plug: &Plug| format!("tc qdisc replace dev {} root netem {settings}\n", plug.device);
        let script: String = plugs.iter().map(command).collect();
        self.tell_inside(node, "holding up frames", &script, context)?;
        Ok("netem in the guest".to_owned())
    }

    pub(super) fn is_held_up(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        context: &Context<'_>,
    ) -> Result<(bool, String), ProviderError> {
        let mut held = Vec::new();
        for plug in plugs {
            let listed = self.tool(&split(&format!("tc qdisc show dev {}", plug.tap)), "")?;
            held.extend((listed.0 && listed.1.contains("netem")).then_some(listed.1));
        }
        if held.is_empty() && self.process(node).is_some() {
            let command = |plug: &Plug| format!("tc qdisc show dev {}\n", plug.device);
            let script: String = plugs.iter().map(command).collect();
            let output = self.ask_inside(node, "reading the queues", &script, context)?;
            held.extend(output.text.lines().filter(|line| line.contains("netem")).map(str::to_owned));
        }
        Ok(match held.first() {
            Some(first) => (held.len() == plugs.len(), first.trim().to_owned()),
            None => (false, "no queue holds frames up".to_owned()),
        })
    }

    pub(super) fn let_go(
        &self,
        node: &NodeName,
        plugs: &[Plug],
        context: &Context<'_>,
    ) -> Result<(), ProviderError> {
        for plug in plugs {
            // A tap without such a queue refuses, which is fine.
            self.tool(&split(&format!("tc qdisc delete dev {} root", plug.tap)), "")?;
        }
        if self.process(node).is_none() {
            return Ok(());
        }
        let command = |plug: &Plug| {
            let device = &plug.device;
            format!(
                "if tc qdisc show dev {device} | grep -q netem; then tc qdisc delete dev {device} root; fi\n"
            )
        };
        let script: String = plugs.iter().map(command).collect();
        self.tell_inside(node, "letting frames go", &script, context)
    }
}

fn split(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// The arguments of netem.
fn settings(netem: Netem) -> String {
    let mut words = format!("delay {}ms", netem.latency.0);
    if netem.variation.0 > 0 {
        words += &format!(" {}ms", netem.variation.0);
    }
    if let Some(percent) = netem.overtake {
        words += &format!(" reorder {percent}%");
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Millis;

    #[test]
    fn netem_is_told_in_its_own_words() {
        let told = |latency, variation, overtake| {
            settings(Netem { latency: Millis(latency), variation: Millis(variation), overtake })
        };
        assert_eq!(told(50, 0, None), "delay 50ms");
        assert_eq!(told(50, 10, None), "delay 50ms 10ms");
        assert_eq!(told(20, 0, Some(25)), "delay 20ms reorder 25%");
    }
}
