//! What a lab itself puts on its nodes, in addition to their stacks: packages, files and scripts. They become
//! the same parts of a rendering as those of a stack, so that no later stage knows the difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use tera::Context;

use super::context::Scope;
use super::engine::Language;
use super::render::RenderError;
use super::template::{Declared, UNKNOWN_PARAMETER, broken, template};
use crate::base::shell::quote;
use crate::catalog::CatalogFile;
use crate::desired::NodeRendering;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::spec::{After, Digest, GuestFile, Script, StepSpec, When, own_name};
use crate::model::{GuestPath, Lab, Node, NodeName};

/// The folder in a guest that keeps the scripts and notes which of them have succeeded.
const FOLDER: &str = "/var/lib/halab/own";

/// The largest size of the rendered files of all nodes of a lab together, in bytes.
const MOST: usize = 64 << 20;

/// What a lab itself puts on a node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// Debian packages for its image.
    pub packages: Vec<String>,
    /// Files in the guest.
    pub files: Vec<OwnFile>,
    /// Scripts that run while its image is built, in order.
    pub bake: Vec<OwnScript>,
    /// Scripts that run in the guest once its stacks are set up, in order.
    pub run: Vec<OwnScript>,
}

/// A file of a lab in a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnFile {
    /// Its path in the guest.
    pub path: GuestPath,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner and group, `root:root`.
    pub owner: String,
    /// Whether its text is a template.
    pub template: bool,
    /// Its path in the lab's folder; none if the lab file has its text.
    pub source: Option<String>,
    /// Its text.
    pub text: Arc<CatalogFile>,
}

/// A script of a lab for a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnScript {
    /// Its path in the lab's folder.
    pub name: String,
    /// Its text.
    pub text: Arc<CatalogFile>,
}

impl Own {
    /// The paths in the lab's folder of what it is made of.
    pub fn beside(&self) -> impl Iterator<Item = &str> {
        let files = self.files.iter().filter_map(|file| file.source.as_deref());
        files.chain(self.bake.iter().chain(&self.run).map(|script| script.name.as_str()))
    }
}

/// The problems of a template that a lab puts on a node. It has the variables of a stack's templates, without
/// parameters.
pub fn template_problems(file: &CatalogFile) -> Diagnostics {
    let mut problems = Diagnostics::new(&file.label, &*file.text);
    for problem in template(language(file), &file.text, &Declared::default()) {
        problems.push(match problem.label.as_str() {
            UNKNOWN_PARAMETER => {
                let message = "a template of the lab itself has no parameters";
                Diagnostic::error(problem.span, message).help("write the value, or a `set`")
            }
            _ => problem,
        });
    }
    problems
}

fn language(file: &CatalogFile) -> Language {
    Language::of_file(&file.label, &file.text)
}

/// Adds what a lab itself puts on a node to what its stacks put there. `size` counts the bytes of all nodes.
pub(super) fn add(
    own: &Own,
    (lab, node): (&Lab, &Node),
    resources: Vec<String>,
    to: &mut NodeRendering,
    size: &mut usize,
) -> Result<(), RenderError> {
    let scope = Scope::without_stack(lab, node, resources);
    to.packages.extend(own.packages.iter().cloned());
    to.bake.extend(own.bake.iter().map(baked));
    for file in &own.files {
        let content = if file.template { rendered(file, &scope, node)? } else { file.text.text.to_string() };
        *size = size.saturating_add(content.len());
        if *size > MOST {
            return Err(RenderError::TooLarge { node: node.name.to_string(), most_mib: MOST >> 20 });
        }
        let path = file.path.to_string();
        to.files.push(GuestFile { path, mode: file.mode, owner: file.owner.clone(), content });
    }
    Ok(())
}

fn rendered(file: &OwnFile, scope: &Scope<'_>, node: &Node) -> Result<String, RenderError> {
    let failed = |error: tera::Error| {
        let mut problems = Diagnostics::new(&file.text.label, &*file.text.text);
        problems.push(broken(&error));
        RenderError::Own {
            path: file.path.to_string(),
            node: node.name.to_string(),
            problems: Box::new(problems),
        }
    };
    let context = Context::from_serialize(scope).map_err(failed)?;
    language(&file.text).render(&file.text.label, &file.text.text, &context).map_err(failed)
}

/// The scripts of all nodes: the first of each node, then the second of each, and so on.
pub(super) fn phases(lab: &Lab, own: &BTreeMap<NodeName, Own>) -> Vec<Vec<StepSpec>> {
    let most = own.values().map(|own| own.run.len()).max().unwrap_or(0);
    let step = |node: &Node, place: usize| {
        let script = own.get(&node.name)?.run.get(place)?;
        Some(StepSpec {
            node: node.name.clone(),
            stack: own_name(&node.name),
            step: script.name.clone(),
            after: After::AllNodes,
            when: When::Always,
            script: Script { title: "a script of the lab".to_owned(), text: once(script) },
        })
    };
    (0..most).map(|place| lab.nodes.iter().filter_map(|node| step(node, place)).collect()).collect()
}

/// Runs a script unless it has succeeded before with the same text. It runs as a program, so that its first
/// line decides who reads it, and it is kept in the guest for people who look for the cause of a failure.
fn once(script: &OwnScript) -> String {
    let (digest, program, text) = written(script, &format!("{FOLDER}/scripts/{}", script.name));
    let note = quote(&format!("{FOLDER}/done/{}", script.name));
    format!(
        "set -eu\nprogram={program}\nnote={note}\n\
         [ \"$(cat \"$note\" 2>/dev/null)\" != {digest} ] || exit 0\n\
         mkdir -p -m 0700 {FOLDER}\nmkdir -p \"${{program%/*}}\" \"${{note%/*}}\"\n\
         {text}\
         cd /root\n\"$program\" </dev/null\n\
         echo {digest} >\"$note\"\n"
    )
}

/// Runs a script in the root of an image.
fn baked(script: &OwnScript) -> Script {
    let (_, program, text) = written(script, "/root/.halab-bake");
    let text = format!("program={program}\n{text}cd /root\n\"$program\" </dev/null\nrm -f \"$program\"\n");
    Script { title: format!("run {} of the lab", script.name), text }
}

/// The digest of a script, its place, quoted, and the lines of a shell that write it to `$program`.
fn written(script: &OwnScript, place: &str) -> (Digest, String, String) {
    let text = &script.text.text;
    let digest = Digest::of(text);
    // No text contains a line that is made of its own digest.
    let end = format!("END-{}", digest.short());
    let line_feed = if text.ends_with('\n') { "" } else { "\n" };
    let lines = format!("cat >\"$program\" <<'{end}'\n{text}{line_feed}{end}\nchmod 0700 \"$program\"\n");
    (digest, quote(place), lines)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn script(text: &str) -> OwnScript {
        let text = CatalogFile { label: "x".to_owned(), text: text.to_owned().into() };
        OwnScript { name: "scripts/it's.sh".to_owned(), text: Arc::new(text) }
    }

    /// Runs what a guest would run, with a folder of this machine in place of the guest's.
    fn run(script: &OwnScript, folder: &std::path::Path) -> std::process::Output {
        let root = folder.join("root").display().to_string();
        let own = folder.join("own").display().to_string();
        fs_err::create_dir_all(&root).unwrap();
        let text = once(script).replace(FOLDER, &own).replace("cd /root", &format!("cd {root}"));
        Command::new("sh").arg("-c").arg(text).output().unwrap()
    }

    #[test]
    fn a_script_runs_again_only_after_a_failure_or_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let told = |script: &OwnScript| {
            let output = run(script, folder.path());
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        let first = script("#!/bin/sh\necho one \"$PWD\" | sed 's,/.*/,,'\n");
        assert_eq!(told(&first), (true, "one root\n".to_owned()));
        assert_eq!(told(&first), (true, String::new()), "it has succeeded");
        let failing = script("#!/bin/sh\necho two\nexit 7");
        assert_eq!(told(&failing), (false, "two\n".to_owned()));
        assert_eq!(told(&failing), (false, "two\n".to_owned()), "it has failed, so it runs again");
        assert_eq!(told(&first), (true, String::new()), "what succeeded last counts");
    }

    #[test]
    fn the_first_line_decides_who_reads_a_script_and_nothing_in_it_ends_it() {
        let folder = tempfile::tempdir().unwrap();
        let text =
            "#!/usr/bin/perl\nprint \"$0 '\\$(id)' `x`\\n\" =~ s,.*/own/,,r;\nprint <<'END';\nEND-\nEND\n";
        let output = run(&script(text), folder.path());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "scripts/scripts/it's.sh '$(id)' `x`\nEND-\n");
    }

    #[test]
    fn a_template_is_checked_without_parameters() {
        let file = |text: &'static str| CatalogFile { label: "x.conf".to_owned(), text: text.into() };
        assert!(template_problems(&file("{{ node.name }} {{ peers | length }} {{ resources }}")).is_empty());
        let found = template_problems(&file("{{ param.x }}"));
        let messages: Vec<&str> = found.items().iter().map(|item| item.message.as_str()).collect();
        assert_eq!(messages, ["a template of the lab itself has no parameters"]);
    }
}
