//! The rules for whole exercises: what makes one fair, and worth its points.

use toml::Spanned;

use super::Reader;
use crate::base::text::one_line;
use crate::diagnostic::Diagnostic;
use crate::exercise::model::{Check, CheckKind};
use crate::exercise::vary::uses;
use crate::model::DrillName;
use crate::model::drill::Drill;

/// The most start states of an exercise: each is a checkpoint.
const MOST_STARTS: u64 = 16;

/// The shortest line of a solution that a hint must not contain: shorter ones are words such as `fi`.
const TELLING: usize = 12;

impl Reader<'_> {
    /// Checks the name, the languages and the variables.
    pub(super) fn header(&mut self) {
        let file = self.file;
        if file.name.get_ref().as_str() != self.source.name {
            let message = format!("the exercise is not called `{}` as its folder is", self.source.name);
            self.error(file.name.span(), message, format!("write `name = \"{}\"`", self.source.name));
        }
        if file.languages.get_ref().is_empty() {
            self.error(file.languages.span(), "an exercise has a language", "write `languages = [\"en\"]`");
        }
        for language in file.languages.get_ref() {
            if self.source.tasks.get(language).is_none_or(|task| task.trim().is_empty()) {
                let message = format!("there is no task in `{}`", language.code());
                let help = format!("write it into `{}`, or take the language out", language.task_file());
                self.error(file.languages.span(), message, help);
            }
        }
        if let Some(least) = file.least_time.as_ref().filter(|least| *least.get_ref() >= file.time) {
            let help = "write less than `time`; without it, a tenth of `time` counts";
            self.error(least.span(), "no one could solve it in the planned time", help);
        }
        self.localized(&file.title);
        if file.title.get_ref().texts().any(|title| one_line(title) != title) {
            self.error(file.title.span(), "the title is not one line of text", "take out line breaks");
        }
        for (name, table) in &file.vary {
            let plain = |text: &str| {
                let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(rest)
            };
            if !plain(name.get_ref()) {
                let help = "use lowercase letters, digits and `_`: it is a variable in scripts";
                self.error(name.span(), format!("`{}` cannot be a variable", name.get_ref()), help);
            }
            if let Err(wrong) = table.possible() {
                self.error(name.span(), wrong, "see `docs/exercises.md`");
            }
            let nodes = || self.lab.nodes.iter().map(|node| node.name.as_str());
            let unknown = table.nodes.iter().flatten().find(|node| !nodes().any(|known| known == *node));
            if let Some(unknown) = unknown.cloned() {
                self.error(name.span(), format!("there is no node `{unknown}`"), "name nodes of the lab");
            }
        }
        for setting in &file.settings {
            if let Err(error) = setting.get_ref().parse::<crate::labfile::Setting>() {
                self.error(setting.span(), error.to_string(), "write it as for `lab up --set`");
            }
        }
    }

    /// Refuses a drill that waits for a steady state where the lab is perhaps broken.
    pub(super) fn as_found(&mut self, name: &Spanned<DrillName>, drill: &Drill) {
        if !drill.as_found && !self.starts_healthy(name) {
            let message = format!("`{}` waits for a healthy lab", drill.name);
            self.error(name.span(), message, "write `as-found = true` in it");
        }
    }

    /// Whether a drill is the one that breaks the lab, which is healthy before.
    fn starts_healthy(&self, name: &Spanned<DrillName>) -> bool {
        self.file.start.drill.as_ref().is_some_and(|start| start.get_ref() == name.get_ref())
    }

    /// Checks the exercise as a whole.
    pub(super) fn rules(&mut self, checks: &[Check]) {
        let file = self.file;
        if file.check.values().all(|check| check.points == 0) {
            self.error(file.name.span(), "no check has points", "give points to what is seen from outside");
        }
        if let Some(start) = &file.start.drill {
            let starts = self.source.starts(start.get_ref().as_str());
            if starts > MOST_STARTS {
                let message = format!("there are {starts} different starts, and {MOST_STARTS} are the most");
                self.error(start.span(), message, "each is a checkpoint: list fewer values");
            }
        }
        let unused: Vec<_> =
            file.vary.keys().filter(|name| !self.uses(name.get_ref())).map(Spanned::span).collect();
        for span in unused {
            let warning = Diagnostic::warning(span, "no drill and no check uses this variable");
            self.found.push(warning.help("leave it out, or write `{name}` where it should stand"));
        }
        let seen = |check: &Check| {
            !matches!(
                check.kind,
                CheckKind::Health { .. } | CheckKind::Config { .. } | CheckKind::Script { .. }
            )
        };
        let copies = file.replay.is_none();
        if copies && !checks.is_empty() && !checks.iter().any(|check| check.points > 0 && seen(check)) {
            let message = "all points rest on what the nodes say of themselves";
            let warning = Diagnostic::warning(file.name.span(), message);
            self.found.push(
                warning.help("give points to a check that looks from outside: `drill`, `holder`, `load`"),
            );
        }
        self.told_secrets();
    }

    fn uses(&self, name: &str) -> bool {
        let own = uses(&self.source.text, name);
        let drill = |drill: &&str| {
            self.source.drill(drill, &super::Values::new()).is_some_and(|part| {
                let scripts = part.scripts.steps.values().any(|script| uses(script, name));
                uses(&part.text, name) || scripts
            })
        };
        own || self.source.drills().iter().any(drill)
    }

    /// Warns of hints that contain a line of a script of the solution.
    fn told_secrets(&mut self) {
        let Some(solution) = self.source.drill(self.file.solution.drill.get_ref().as_str(), self.values)
        else {
            return;
        };
        let named = |script: &&String| solution.text.contains(script.as_str());
        let scripts = solution.scripts.steps.iter().filter(|(name, _)| named(name)).map(|(_, text)| text);
        let lines: Vec<&str> = scripts
            .flat_map(|text| text.lines())
            .map(str::trim)
            .filter(|line| line.len() >= TELLING)
            .collect();
        for hint in &self.file.hint {
            let tells = hint.text.get_ref().texts().any(|text| lines.iter().any(|line| text.contains(line)));
            if tells {
                let warning =
                    Diagnostic::warning(hint.text.span(), "the hint contains a line of the solution");
                self.found.push(warning.help("say where to look, not what to type"));
            }
        }
    }
}
