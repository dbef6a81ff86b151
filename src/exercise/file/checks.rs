//! The checks of an exercise file.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Reader;
use super::kinds::KindWord;
use super::tables::{CheckTable, invariant};
use crate::exercise::model::{Check, CheckKind};
use crate::model::drill::{Drill, Invariant};
use crate::model::{AddressName, Choice, Millis, NodeName, StackName, Value};
use crate::stack::{Written, other_values};

/// How long a look lasts, if the file does not say.
const LOOK: Millis = Millis::seconds(10);

/// How long a soak lasts, if the file does not say.
const SOAK: Millis = Millis::seconds(60);

/// How long health checks may take, if the file does not say.
const HEALTHY: Millis = Millis::seconds(60);

/// How long nodes may take from the return of the power until all is healthy, if the file does not say.
const BOOTED: Millis = Millis::seconds(180);

impl Reader<'_> {
    /// All checks, in the order of the file. Wrong ones are reported and left out.
    pub(super) fn checks(&mut self, watch: Option<&Drill>) -> Vec<Check> {
        let mut checks = Vec::new();
        for (name, table) in self.check_tables() {
            let title = self.localized(&table.title);
            if !self.keys(name, table) {
                continue;
            }
            if let Some(kind) = self.kind(name, table, watch) {
                checks.push(Check { name: name.get_ref().clone(), title, points: table.points, kind });
            }
        }
        checks
    }

    /// Reports keys that the kind does not have, and missing ones; returns whether it needs no other.
    fn keys(&mut self, name: &Spanned<impl AsRef<str>>, table: &CheckTable) -> bool {
        let kind = *table.kind.get_ref();
        let given = table.given();
        for (key, place) in &given {
            if !kind.needs().iter().chain(kind.may()).any(|known| known == key) {
                let all: Vec<String> =
                    kind.needs().iter().chain(kind.may()).map(|key| format!("`{key}`")).collect();
                let help = if all.is_empty() {
                    "leave it out".to_owned()
                } else {
                    format!("it has {}", all.join(", "))
                };
                let message = format!("a check of kind `{}` has no `{key}`", kind.word());
                self.error(place.clone(), message, help);
            }
        }
        let mut complete = true;
        for key in kind.needs().iter().filter(|key| !given.iter().any(|(known, _)| known == *key)) {
            let message = format!("the check `{}` has no `{key}`", name.get_ref().as_ref());
            self.error(name.span(), message, format!("a check of kind `{}` needs it", kind.word()));
            complete = false;
        }
        complete
    }

    fn kind(
        &mut self,
        name: &Spanned<impl AsRef<str>>,
        table: &CheckTable,
        watch: Option<&Drill>,
    ) -> Option<CheckKind> {
        let span =
            |given: &Option<Spanned<Millis>>, usual| given.as_ref().map_or(usual, |span| *span.get_ref());
        let looks = matches!(table.kind.get_ref(), KindWord::Invariant | KindWord::Load);
        if looks && watch.is_none() {
            if self.file.watch.is_none() {
                let help = "write `watch = \"power-cut\"`: the drill whose loads it uses";
                self.error(name.span(), "the check looks at loads, and the exercise names none", help);
            }
            return None;
        }
        Some(match table.kind.get_ref() {
            KindWord::Health => CheckKind::Health {
                stack: self.optional(table.stack.as_ref(), Self::stack)?,
                within: span(&table.within, HEALTHY),
            },
            KindWord::Reboot => CheckKind::Reboot { within: span(&table.within, BOOTED) },
            KindWord::Holder => CheckKind::Holder {
                address: self.address(table.address.as_ref()?)?,
                node: self.optional(table.node.as_ref(), Self::node)?,
                length: span(&table.length, LOOK),
            },
            KindWord::Invariant => CheckKind::Invariant {
                is: self.invariant(table.is.as_ref()?)?,
                length: span(&table.length, LOOK),
            },
            KindWord::Load => {
                let load = table.load.as_ref()?;
                let known: Vec<&str> = watch?.loads.iter().map(|load| load.name.as_str()).collect();
                if !self.refer("load of the watch drill", load, known) {
                    return None;
                }
                let errors = table.errors.as_ref().map_or(0, |errors| *errors.get_ref());
                CheckKind::Load { load: load.get_ref().clone(), errors, length: span(&table.length, LOOK) }
            }
            KindWord::Kept => {
                let load = table.load.as_ref()?;
                let start = self.file.start.drill.as_ref().and_then(|name| self.drill(name));
                let loads = start.map(|drill| drill.loads).unwrap_or_default();
                let writes = loads.iter().filter(|load| load.kind.is_writes());
                let known: Vec<&str> = writes.map(|load| load.name.as_str()).collect();
                if !self.refer("load of kind `ledger` in the start drill", load, known) {
                    return None;
                }
                CheckKind::Kept { load: load.get_ref().clone() }
            }
            KindWord::Soak => CheckKind::Soak {
                drill: self.drill(table.drill.as_ref()?)?,
                length: span(&table.length, SOAK),
            },
            KindWord::Drill => CheckKind::Drill(self.measured(table)?),
            KindWord::Hidden => {
                let pick = table.pick.as_ref()?;
                if !(1..=self.file.pool.len()).contains(pick.get_ref()) {
                    let help = "add drills to `[pool]`";
                    self.error(pick.span(), format!("the pool has {} drills", self.file.pool.len()), help);
                }
                CheckKind::Hidden { pick: *pick.get_ref() }
            }
            KindWord::Config => {
                let node = self.node(table.node.as_ref()?)?;
                let stack = self.stack(table.stack.as_ref()?)?;
                let with = self.parameters(&stack, table.with.as_ref()?)?;
                CheckKind::Config { stack, with, node }
            }
            KindWord::Script => {
                let file = table.run.as_ref()?;
                let Some(text) = self.source.script(file.get_ref(), self.values) else {
                    let message = format!("there is no script `steps/{}`", file.get_ref());
                    self.error(file.span(), message, "put it into `steps/` of the exercise");
                    return None;
                };
                CheckKind::Script {
                    node: self.node(table.node.as_ref()?)?,
                    file: file.get_ref().clone(),
                    text,
                }
            }
            KindWord::Answer => self.answer(table)?,
            KindWord::Guess => {
                let of = table.of.as_ref()?;
                let question = self.localized(table.question.as_ref()?);
                let measured = self.file.check.iter().find(|(known, _)| known.get_ref() == of.get_ref());
                if measured.is_none_or(|(_, check)| check.figure.is_none()) {
                    let help = "name a check of kind `drill` with a `figure`";
                    self.error(of.span(), format!("`{}` measures no figure", of.get_ref()), help);
                }
                CheckKind::Guess { of: of.get_ref().clone(), question }
            }
        })
    }

    fn answer(&mut self, table: &CheckTable) -> Option<CheckKind> {
        let (question, is) = (self.localized(table.question.as_ref()?), table.is.as_ref()?);
        let among = table.among.as_ref().map(|among| among.get_ref().clone()).unwrap_or_default();
        if !among.is_empty() && !among.contains(is.get_ref()) {
            self.error(is.span(), "the answer is not among the choices", "add it to `among`");
        }
        let tries = table.tries.as_ref().map_or(3, |tries| *tries.get_ref());
        Some(CheckKind::Answer { question, is: is.get_ref().clone(), among, tries })
    }

    /// Reads a value that may be missing: none inside if it is.
    fn optional<T, U>(
        &mut self,
        value: Option<&Spanned<T>>,
        read: impl Fn(&mut Self, &Spanned<T>) -> Option<U>,
    ) -> Option<Option<U>> {
        match value {
            None => Some(None),
            Some(value) => read(self, value).map(Some),
        }
    }

    fn stack(&mut self, name: &Spanned<StackName>) -> Option<StackName> {
        let known: Vec<&str> = self.lab.stacks.iter().map(|used| used.name.as_str()).collect();
        self.refer("stack", name, known).then(|| name.get_ref().clone())
    }

    fn node(&mut self, name: &Spanned<NodeName>) -> Option<NodeName> {
        let known: Vec<&str> = self.lab.nodes.iter().map(|node| node.name.as_str()).collect();
        self.refer("node", name, known).then(|| name.get_ref().clone())
    }

    fn address(&mut self, name: &Spanned<AddressName>) -> Option<AddressName> {
        let known: Vec<&str> = self.lab.addresses.iter().map(|address| address.name.as_str()).collect();
        self.refer("virtual address", name, known).then(|| name.get_ref().clone())
    }

    /// Other values of parameters of a stack.
    fn parameters(&mut self, stack: &StackName, with: &Spanned<Written>) -> Option<BTreeMap<String, Value>> {
        let used = self.lab.stacks.iter().find(|used| used.name == *stack)?;
        match other_values(used, with.get_ref(), self.lab, &self.source.lab.catalog) {
            Ok(values) => Some(values),
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.found.push(problem));
                None
            }
        }
    }

    fn invariant(&mut self, word: &Spanned<String>) -> Option<Invariant> {
        let known: Vec<&str> = Invariant::ALL.iter().map(|invariant| invariant.name()).collect();
        if !self.refer("invariant", word, known) {
            return None;
        }
        invariant(word.get_ref())
    }
}
