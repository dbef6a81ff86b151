//! Steps that configure a stack with other parameters.

use super::action::ActionWord;
use super::check::Checker;
use super::step_table::{StepTable, WithTable};
use crate::catalog::Shelf;
use crate::diagnostic::{Diagnostic, meant};
use crate::model::drill::{StackSetting, Target};
use crate::model::{AddressName, Lab, NetworkName, NodeName, StackUse, Value};
use crate::stack::{self, Parameter, ParameterKind, Raw, Refusal, StackDefinition, wrong_kind};

impl Checker<'_> {
    /// Reports the keys of `set` in a step of another kind.
    pub fn sets_nothing(&mut self, table: &StepTable) {
        if *table.action.get_ref() == ActionWord::Set {
            return;
        }
        let stack = table.stack.as_ref().map(|stack| (stack.span(), "stack"));
        let with = table.with.as_ref().map(|with| (with.span(), "with"));
        for (span, key) in stack.into_iter().chain(with) {
            let help = "write `action = \"set\"`, or leave it out";
            self.error(span, format!("this action configures no stack, so it has no `{key}`"), help);
        }
    }

    /// The stack and the parameters of a step that sets them.
    pub fn setting(&mut self, table: &StepTable, target: Option<&Target>) -> Option<StackSetting> {
        let (Some(stack), Some(with)) = (&table.stack, &table.with) else {
            let help = "write `stack = \"ha\"` and `with = { deadtime = \"400ms\" }`";
            self.error(table.action.span(), "it does not say what is set", help);
            return None;
        };
        let known = self.lab.stacks.iter().map(|used| used.name.as_str());
        let known = self.refer("stack", stack, known);
        let used = self.lab.stacks.iter().find(|used| known && used.name == *stack.get_ref())?;
        for node in target.map(|target| self.candidates(target)).unwrap_or_default() {
            if !used.on.contains(&node) {
                let nodes: Vec<&str> = used.on.iter().map(NodeName::as_str).collect();
                let help = format!("name one of {}", nodes.join(", "));
                self.error(table.target.span(), format!("`{}` is not on {node}", used.name), help);
                return None;
            }
        }
        let definition = self.definition(table, used)?;
        let values = self.values(with.get_ref(), used, &definition)?;
        Some(StackSetting { stack: used.name.clone(), with: values })
    }

    /// The file of a stack. It is checked where the lab is.
    fn definition(&mut self, table: &StepTable, used: &StackUse) -> Option<StackDefinition> {
        let read = self.catalog.read(Shelf::Templates, &format!("{}/stack.toml", used.uses));
        let definition = read.ok().flatten().and_then(|file| stack::definition(&used.uses, &file).ok());
        if definition.is_none() {
            let message = format!("the stack `{}` cannot be read any more", used.uses);
            self.error(table.action.span(), message, "`lab check` shows what is wrong with it");
        }
        definition
    }

    /// The values of the parameters; none if one of them is wrong, or all of them together are.
    fn values(
        &mut self,
        with: &WithTable,
        used: &StackUse,
        definition: &StackDefinition,
    ) -> Option<std::collections::BTreeMap<String, Value>> {
        let mut values = std::collections::BTreeMap::new();
        let mut wrong = false;
        for (name, written) in with {
            let Some(parameter) = definition.param.get(name.get_ref()) else {
                let message = format!("stack `{}` has no parameter `{}`", used.uses, name.get_ref());
                let problem = Diagnostic::error(name.span(), message).label("unknown parameter");
                let known = definition.param.keys().map(String::as_str);
                self.found.push(meant(problem, name.get_ref(), "parameter", known));
                wrong = true;
                continue;
            };
            match value(parameter, &written.value, self.lab) {
                Ok(value) => {
                    values.insert(name.get_ref().clone(), value);
                }
                Err(refusal) => {
                    let message = format!("parameter `{}`: {}", name.get_ref(), refusal.message);
                    let problem = Diagnostic::error(written.span.clone(), message).label(refusal.label);
                    self.found.push(problem.maybe_help(refusal.help));
                    wrong = true;
                }
            }
        }
        (!wrong).then_some(values)
    }
}

/// The value of a parameter. A number or a truth value may be written as text, as for `--set`.
fn value(parameter: &Parameter, raw: &Raw, lab: &Lab) -> Result<Value, Refusal> {
    let raw = match raw {
        Raw::Text(text) => &Raw::from_word(parameter.kind, text),
        raw => raw,
    };
    if let Some(value) = stack::scalar(parameter, raw)? {
        return Ok(value);
    }
    let missing = |what: &str, text: &str| Refusal::new(format!("there is no {what} `{text}`"));
    let network = |text: &str| {
        let name = text.parse::<NetworkName>().ok().filter(|name| lab.network(name).is_some());
        name.ok_or_else(|| missing("network", text))
    };
    let node = |text: &str| {
        let name = text.parse::<NodeName>().ok().filter(|name| lab.node(name).is_some());
        name.ok_or_else(|| missing("node", text))
    };
    match (parameter.kind, raw) {
        (ParameterKind::Network, Raw::Text(text)) => network(text).map(Value::Network),
        (ParameterKind::Networks, Raw::List(items)) => {
            texts(items, parameter.kind)?.map(network).collect::<Result<_, _>>().map(Value::Networks)
        }
        (ParameterKind::Nodes, Raw::List(items)) => {
            texts(items, parameter.kind)?.map(node).collect::<Result<_, _>>().map(Value::Nodes)
        }
        (ParameterKind::Address, Raw::Text(text)) => {
            let name = text.parse::<AddressName>().ok().filter(|name| lab.address(name).is_some());
            name.map(Value::Address).ok_or_else(|| missing("virtual address", text))
        }
        (ParameterKind::Disk, Raw::Text(text)) => {
            let all = lab.nodes.iter().flat_map(|node| &node.disks);
            let disk = all.map(|disk| &disk.name).find(|name| name.as_str() == text.as_str());
            disk.cloned().map(Value::Disk).ok_or_else(|| missing("disk", text))
        }
        (kind, raw) => Err(wrong_kind(kind, raw)),
    }
}

/// The items of a list of names.
fn texts<'a>(
    items: &'a [crate::diagnostic::At<Raw>],
    kind: ParameterKind,
) -> Result<impl Iterator<Item = &'a str>, Refusal> {
    let names: Vec<&str> = items
        .iter()
        .map(|item| match &item.value {
            Raw::Text(text) => Ok(text.as_str()),
            raw => Err(wrong_kind(kind, raw)),
        })
        .collect::<Result<_, _>>()?;
    Ok(names.into_iter())
}
