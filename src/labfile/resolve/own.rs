//! What the lab itself puts on its nodes: packages, files and scripts of `[defaults]` and of each node.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::ops::Range;
use std::sync::Arc;

use super::stacks::Stacks;
use crate::catalog::CatalogFile;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::labfile::file::{At, Entry, FileOr, FileTable, LabFile, Named, NodeTable, ScriptTable};
use crate::labfile::source::LabSource;
use crate::model::{GuestPath, NodeName};
use crate::stack::{self, Own, OwnFile, OwnScript};

/// Files that hold the identity of a node, by which `lab` reaches it.
const IDENTITY: [&str; 5] = [
    "/etc/hostname",
    "/etc/machine-id",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/ssh/ssh_host_ed25519_key.pub",
    "/root/.ssh/authorized_keys",
];

/// The longest script, in bytes: one of an image is an argument of a program.
const LONGEST_SCRIPT: usize = 100 << 10;

/// The largest number of files of a node.
const MOST_FILES: usize = 500;

/// What the lab puts on each node, for all nodes for which it says something.
pub(super) fn resolve(
    file: &LabFile,
    source: &LabSource,
    stacks: &Stacks,
    found: &mut Diagnostics,
) -> BTreeMap<NodeName, Own> {
    let mut reader = Reader { source, known: BTreeMap::new(), found };
    let defaults = &file.defaults;
    let common = reader.parts(&defaults.packages, &defaults.files, &defaults.run);
    let mut all = BTreeMap::new();
    for node in &file.node.entries {
        let own = reader.parts(&node.table.packages, &node.table.files, &node.table.run);
        let parts = common.clone().with(own, reader.found);
        check(node, &parts, stacks, reader.found);
        let own = parts.own();
        if own != Own::default() {
            all.insert(node.name.clone(), own);
        }
    }
    all
}

/// A thing with its place in the lab file.
type Placed<T> = (T, Range<usize>);

/// The parts of one table.
#[derive(Clone, Default)]
struct Parts {
    packages: Vec<String>,
    files: Vec<Placed<OwnFile>>,
    scripts: Vec<(Placed<OwnScript>, bool)>,
}

impl Parts {
    /// With the parts of a node: its files replace those of the defaults, its scripts run after them.
    fn with(mut self, own: Self, found: &mut Diagnostics) -> Self {
        self.files.retain(|(file, _)| own.files.iter().all(|(own, _)| own.path != file.path));
        self.packages.extend(own.packages);
        self.files.extend(own.files);
        for script in own.scripts {
            let ((one, place), _) = &script;
            match self.scripts.iter().find(|((other, _), _)| other.name == one.name) {
                Some(((_, first), _)) => found.push(
                    Diagnostic::error(place.clone(), format!("`{}` is to run twice", one.name))
                        .related(first.clone(), "first here")
                        .help("a script runs once: leave it out here, or in `[defaults]`"),
                ),
                None => self.scripts.push(script),
            }
        }
        self
    }

    fn own(self) -> Own {
        let (bake, run): (Vec<_>, Vec<_>) = self.scripts.into_iter().partition(|(_, bake)| *bake);
        let scripts = |list: Vec<(Placed<OwnScript>, bool)>| list.into_iter().map(|((it, _), _)| it);
        Own {
            packages: self.packages,
            files: self.files.into_iter().map(|(file, _)| file).collect(),
            bake: scripts(bake).collect(),
            run: scripts(run).collect(),
        }
    }
}

/// Reads the files beside the lab, each once.
struct Reader<'a> {
    source: &'a LabSource,
    known: BTreeMap<String, Option<Arc<CatalogFile>>>,
    found: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn parts(
        &mut self,
        packages: &[At<String>],
        files: &Named<GuestPath, Option<At<FileOr<FileTable>>>>,
        scripts: &[At<FileOr<ScriptTable>>],
    ) -> Parts {
        let files = files.entries.iter().filter_map(|entry| {
            let file = self.file(&entry.name, &entry.span, entry.table.as_ref()?)?;
            Some((file, entry.span.clone()))
        });
        let files = files.collect();
        let mut parts = Parts::default();
        for script in scripts {
            if let Some(script) = self.script(script) {
                let one = Parts { scripts: vec![script], ..Parts::default() };
                parts = parts.with(one, self.found);
            }
        }
        Parts { packages: packages.iter().map(|package| package.value.clone()).collect(), files, ..parts }
    }

    fn file(
        &mut self,
        path: &GuestPath,
        name: &Range<usize>,
        entry: &At<FileOr<FileTable>>,
    ) -> Option<OwnFile> {
        if IDENTITY.contains(&path.as_str()) {
            let message = format!("`{path}` belongs to `lab`, which reaches the node by it");
            self.found.push(Diagnostic::error(name.clone(), message));
            return None;
        }
        let short = |text: &String| FileTable {
            source: Some(At { value: text.clone(), span: entry.span.clone() }),
            ..FileTable::default()
        };
        let table = match &entry.value {
            FileOr::File(text) => &short(text),
            FileOr::Table(table) => table,
        };
        let text = self.text(path, name, table)?;
        let mode = table.mode.as_ref().map_or(Some(0o644), |mode| self.mode(mode))?;
        let template = table.template.as_ref().is_some_and(|template| template.value);
        if template {
            self.found.append(stack::template_problems(&text));
        }
        let owner = table.owner.as_ref().map_or("root:root", |owner| &owner.value).to_owned();
        let source = table.source.as_ref().map(|source| source.value.clone());
        Some(OwnFile { path: path.clone(), mode, owner, template, source, text })
    }

    /// The text of a file: that of one beside the lab, or the one that the lab file has.
    fn text(&mut self, path: &GuestPath, name: &Range<usize>, table: &FileTable) -> Option<Arc<CatalogFile>> {
        match (&table.source, &table.content) {
            (Some(source), None) => self.read(source),
            (None, Some(content)) => Some(Arc::new(CatalogFile {
                label: format!("the content of {path}"),
                text: content.value.clone().into(),
            })),
            (None, None) => {
                let message = format!("nothing says what is in `{path}`");
                let help = "add `source` with the path of a file beside the lab, or `content`";
                self.found.push(Diagnostic::error(name.clone(), message).help(help));
                None
            }
            (Some(source), Some(content)) => {
                let message = format!("`{path}` has a `source` and a `content`");
                let problem = Diagnostic::error(content.span.clone(), message);
                let problem = problem.related(source.span.clone(), "the source");
                self.found.push(problem.help("leave one of them out"));
                None
            }
        }
    }

    fn mode(&mut self, mode: &At<String>) -> Option<u32> {
        let bits = stack::mode(&mode.value);
        if bits.is_none() {
            let message = format!("the mode `{}` is not permission bits in octal", mode.value);
            self.found
                .push(Diagnostic::error(mode.span.clone(), message).help("write them as in `\"0644\"`"));
        }
        bits
    }

    fn script(&mut self, entry: &At<FileOr<ScriptTable>>) -> Option<(Placed<OwnScript>, bool)> {
        let short = |text: &String| At { value: text.clone(), span: entry.span.clone() };
        let (path, bake) = match &entry.value {
            FileOr::File(text) => (&short(text), false),
            FileOr::Table(table) => {
                (table.script.as_ref()?, table.bake.as_ref().is_some_and(|bake| bake.value))
            }
        };
        let text = self.read(path)?;
        let first = text.text.lines().next().unwrap_or_default();
        let wrong = if text.text.len() > LONGEST_SCRIPT {
            let most = LONGEST_SCRIPT >> 10;
            Some((format!("has more than {most} KiB"), "put data into a file of the node".to_owned()))
        } else if text.text.contains('\0') {
            Some(("has a zero byte, so it is no script".to_owned(), "write a script as text".to_owned()))
        } else if text.text.split('\n').next().is_some_and(|line| line.ends_with('\r')) {
            let help = format!("`sed -i 's/\\r$//' {}` converts it", path.value);
            Some(("has the line ends of Windows, with which it cannot run".to_owned(), help))
        } else if !first.starts_with("#!/") {
            let help = "write `#!/bin/sh` or another program as its first line".to_owned();
            Some(("does not say which program reads it".to_owned(), help))
        } else {
            None
        };
        if let Some((what, help)) = wrong {
            let message = format!("the script `{}` {what}", path.value);
            self.found.push(Diagnostic::error(path.span.clone(), message).help(help));
            return None;
        }
        Some(((OwnScript { name: path.value.clone(), text }, path.span.clone()), bake))
    }

    /// A file beside the lab.
    fn read(&mut self, path: &At<String>) -> Option<Arc<CatalogFile>> {
        if let Some(known) = self.known.get(&path.value) {
            return known.clone();
        }
        let read = match self.source.read(&path.value) {
            Ok(Some(file)) => Some(Arc::new(file)),
            Ok(None) => {
                self.missing(path);
                None
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.missing(path);
                None
            }
            Err(error) => {
                let problem =
                    Diagnostic::error(path.span.clone(), format!("`{}` cannot be read", path.value));
                self.found.push(problem.label(error.to_string()));
                None
            }
        };
        self.known.insert(path.value.clone(), read.clone());
        read
    }

    fn missing(&mut self, path: &At<String>) {
        let message = format!("there is no file `{}` beside the lab", path.value);
        let folder = self.source.beside().map(|folder| folder.shown(&path.value).display().to_string());
        let help = folder
            .map_or_else(|| "this lab is in no folder".to_owned(), |place| format!("it would be `{place}`"));
        self.found.push(Diagnostic::error(path.span.clone(), message).help(help));
    }
}

/// Checks the parts of a node together, and with its stacks.
fn check(node: &Entry<NodeName, NodeTable>, parts: &Parts, stacks: &Stacks, found: &mut Diagnostics) {
    if let Some((_, place)) = parts.files.get(MOST_FILES) {
        let message = format!("the lab puts more than {MOST_FILES} files on `{}`", node.name);
        found.push(
            Diagnostic::error(place.clone(), message).help("put an archive there, and unpack it with `run`"),
        );
    }
    let mut places: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    for (file, place) in &parts.files {
        places.insert(file.path.as_str(), place);
    }
    for (file, place) in &parts.files {
        let path = file.path.as_str();
        let above = above(path).find(|folder| places.contains_key(folder));
        if let Some(above) = above {
            let message = format!("`{path}` would be in `{above}`, which is a file, too");
            let other = places.get(above).map_or(0..0, |place| (*place).clone());
            found.push(Diagnostic::error(place.clone(), message).related(other, "the other file"));
        }
        let on = |used: &&crate::model::StackUse| used.on.contains(&node.name);
        let writes = |used: &&crate::model::StackUse| {
            stacks.definitions.get(&used.uses).is_some_and(|definition| definition.file.contains_key(path))
        };
        if let Some(used) = stacks.uses.iter().filter(on).find(writes) {
            let message = format!("stack `{}` writes `{path}` on `{}`, too", used.name, node.name);
            found.push(
                Diagnostic::error(place.clone(), message)
                    .label("one of them would be lost")
                    .help(format!("set the parameters of `{}`, or change a copy of the stack", used.uses)),
            );
        }
    }
}

/// The folders above a path.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').skip(1).filter_map(|(end, _)| path.get(..end))
}
