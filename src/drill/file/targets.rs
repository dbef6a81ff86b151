//! The targets of steps: nodes by their roles.

use toml::Spanned;

use super::action::ActionWord;
use super::check::Checker;
use super::step_table::{StepTable, TargetTable};
use crate::model::drill::Target;
use crate::model::{Manager, NodeName, StepName};

/// The steps before the current one.
type Earlier<'e, 'a> = &'e [(&'a Spanned<StepName>, &'a StepTable)];

impl Checker<'_> {
    /// The target of a step.
    pub fn target(&mut self, step: &StepTable, earlier: Earlier<'_, '_>) -> Option<Target> {
        let span = step.target.span();
        let TargetTable { holder, preferred, standby, random, step: other, others, node, client } =
            step.target.get_ref();
        let addresses = [holder, preferred, standby, random].map(Option::is_some);
        let given = addresses.into_iter().chain([other.is_some(), others.is_some()]);
        let given = given.chain([node.is_some(), client.is_some()]);
        if given.filter(|given| *given).count() != 1 {
            let help = "write one of `{ holder = \"web\" }`, `{ preferred = \"web\" }`, `{ standby = \"web\" }`, \
                        `{ random = \"web\" }`, `{ step = \"cut\" }`, `{ others = \"cut\" }`, `{ node = \"node1\" }` and `{ client = true }`";
            self.error(span, "a target has one role", help);
            return None;
        }
        let heals = matches!(step.action.get_ref(), ActionWord::Heal);
        if heals && other.is_none() {
            let help = "name the step whose fault it heals: `{ step = \"cut\" }`";
            self.error(span, "only the effect of a step can be healed", help);
            return None;
        }
        if let Some(client) = client {
            return self.client(step, client);
        }
        if let Some(holder) = holder {
            if matches!(step.action.get_ref(), ActionWord::PowerOn) {
                let help = "switch on the node that was cut: `{ step = \"cut\" }`";
                self.error(span, "the holder of an address is already on", help);
            }
            return self.address(holder).map(Target::Holder);
        }
        if let Some(preferred) = preferred {
            let address = self.address(preferred)?;
            if Manager::of(self.lab, &address).is_none() {
                let help = "name the node: `{ node = \"node1\" }`";
                self.error(preferred.span(), format!("no stack says which node `{address}` prefers"), help);
            }
            return Some(Target::Preferred(address));
        }
        if let Some(standby) = standby {
            let address = self.address(standby)?;
            if self.lab.members(&address).len() < 2 {
                let help = "name the node: `{ node = \"node1\" }`";
                self.error(standby.span(), format!("no second node could hold `{address}`"), help);
            }
            return Some(Target::Standby(address));
        }
        if let Some(random) = random {
            return self.address(random).map(Target::Random);
        }
        if let Some(other) = other {
            return self.earlier(other, earlier).map(Target::Step);
        }
        if let Some(others) = others {
            return self.earlier(others, earlier).map(Target::Others);
        }
        let node = node.as_ref()?;
        let known = self.lab.nodes.iter().map(|node| node.name.as_str());
        self.refer("node", node, known).then(|| Target::Node(node.get_ref().clone()))
    }

    /// A client as the target of a step.
    fn client(&mut self, step: &StepTable, client: &Spanned<bool>) -> Option<Target> {
        if !client.get_ref() {
            self.error(client.span(), "`client = false` names no node", "write `{ node = \"node1\" }`");
            return None;
        }
        if !matches!(step.action.get_ref(), ActionWord::Run) {
            let help = "write `action = \"run\"`, or name a node: `{ node = \"node1\" }`";
            self.error(client.span(), "a client only runs scripts", help);
            return None;
        }
        Some(Target::Client)
    }

    fn earlier(&mut self, step: &Spanned<StepName>, earlier: Earlier<'_, '_>) -> Option<StepName> {
        let known = earlier.iter().map(|(name, _)| name.get_ref().as_str());
        if !self.refer("earlier step", step, known) {
            return None;
        }
        let meant = earlier.iter().find(|(name, _)| name.get_ref() == step.get_ref());
        if meant.is_some_and(|(_, table)| table.target.get_ref().client.is_some()) {
            let message = format!("the step `{}` is done to no node", step.get_ref());
            self.error(step.span(), message, "name a step that is done to a node");
            return None;
        }
        Some(step.get_ref().clone())
    }

    /// The nodes that a target may select, as far as the lab defines it.
    pub fn candidates(&self, target: &Target) -> Vec<NodeName> {
        match target {
            Target::Node(node) => vec![node.clone()],
            Target::Client => Vec::new(),
            Target::Preferred(address) => Manager::of(self.lab, address)
                .map(|manager| manager.preferred().clone())
                .into_iter()
                .collect(),
            Target::Holder(address) | Target::Standby(address) | Target::Random(address) => {
                self.lab.members(address)
            }
            // They are known only when the step is done.
            Target::Step(_) | Target::Others(_) => {
                self.lab.nodes.iter().map(|node| node.name.clone()).collect()
            }
        }
    }
}
