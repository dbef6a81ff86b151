//! Renders a lab's stacks into files, scripts and health checks: a pure function of the lab and the
//! catalogue.

use std::collections::BTreeMap;

use tera::Context;

use super::context::Scope;
use super::engine::Language;
use super::load::{LoadError, Stack, bake_script, load};
use super::own::{self, Own};
use super::template::broken;
use super::{HealthTemplate, Stage, Where, mode};
use crate::catalog::Catalog;
use crate::desired::{NodeRendering, Rendering};
use crate::diagnostic::Diagnostics;
use crate::model::spec::{GuestFile, HealthCheck, Probe, RoleSpec, Script, StepSpec, When};
use crate::model::{GuestPath, Lab, Node, NodeName, StackName, StackUse, Value};

/// Why the stacks of a lab cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A stack cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A template cannot be rendered for this lab.
    #[error("{template} of the stack `{stack}` cannot be rendered for {node}")]
    Template {
        /// The lab's name of the stack.
        stack: String,
        /// The template.
        template: String,
        /// The node.
        node: String,
        /// The engine's errors, with their positions in the template.
        problems: Box<Diagnostics>,
    },
    /// Two uses of stacks write one file of a node with different texts.
    #[error(
        "`[stack.{first}]` and `[stack.{second}]` write different texts into `{path}` of {node}: \
         the file of one would be lost"
    )]
    Clash {
        /// The file.
        path: String,
        /// The node.
        node: String,
        /// The lab's name of the stack that is first in the lab.
        first: String,
        /// That of the other.
        second: String,
    },
    /// A template that the lab itself puts on a node cannot be rendered.
    #[error("`{path}` cannot be rendered for {node}")]
    Own {
        /// The path in the guest.
        path: String,
        /// The node.
        node: String,
        /// The engine's errors, with their positions in the template.
        problems: Box<Diagnostics>,
    },
    /// The files of the lab are too large.
    #[error("with those of {node}, the files that the lab puts on its nodes have more than {most_mib} MiB")]
    TooLarge {
        /// The node with which they are too large.
        node: String,
        /// The limit, in MiB.
        most_mib: usize,
    },
}

impl RenderError {
    /// The problems of a file with their positions, if the error has any.
    pub fn problems(&self) -> Option<&Diagnostics> {
        match self {
            Self::Load(LoadError::Invalid { problems, .. })
            | Self::Template { problems, .. }
            | Self::Own { problems, .. } => Some(problems),
            Self::Load(_) | Self::Clash { .. } | Self::TooLarge { .. } => None,
        }
    }
}

/// Renders everything that a lab and its stacks install and run in its guests.
///
/// # Errors
/// See [`RenderError`]; problems of a stack itself come first.
pub fn render(lab: &Lab, own: &BTreeMap<NodeName, Own>, catalog: &Catalog) -> Result<Rendering, RenderError> {
    let stacks = stacks(lab, catalog)?;
    let uses = uses(lab, &stacks)?;
    let mut rendering = Rendering {
        phases: phases(&uses)?,
        checks: checks(lab, &uses)?,
        roles: roles(&uses)?,
        ..Rendering::default()
    };
    rendering.phases.extend(own::phases(lab, own));
    let mut size = 0;
    for node in &lab.nodes {
        let mut rendered = node_rendering(node, &uses)?;
        if let Some(own) = own.get(&node.name) {
            own::add(own, (lab, node), resources(node, &uses), &mut rendered, &mut size)?;
        }
        rendering.nodes.push((node.name.clone(), rendered));
    }
    Ok(rendering)
}

/// What one use of a stack installs and runs on one of its nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UseRendering {
    /// Its files.
    pub files: Vec<GuestFile>,
    /// Its steps there that every set-up runs, in order.
    pub steps: Vec<StepSpec>,
}

/// Renders one use of a stack for one of its nodes.
///
/// # Errors
/// As [`render`].
pub fn render_use(
    lab: &Lab,
    catalog: &Catalog,
    name: &StackName,
    node: &NodeName,
) -> Result<UseRendering, RenderError> {
    let stacks = stacks(lab, catalog)?;
    let uses = uses(lab, &stacks)?;
    let mut rendering = UseRendering { files: Vec::new(), steps: Vec::new() };
    for user in uses.iter().filter(|user| user.used.name == *name) {
        if let Some((node, scope)) = user.nodes.iter().find(|(known, _)| known.name == *node) {
            rendering.files.extend(user.files(node, scope)?);
        }
        let steps = phases(std::slice::from_ref(user))?.into_iter().flatten();
        rendering.steps.extend(steps.filter(|step| step.node == *node && step.when == When::Always));
    }
    Ok(rendering)
}

/// The stacks that a lab uses, by their names in the catalogue.
fn stacks(lab: &Lab, catalog: &Catalog) -> Result<BTreeMap<String, Stack>, RenderError> {
    let mut stacks = BTreeMap::new();
    for used in &lab.stacks {
        if !stacks.contains_key(&used.uses) {
            stacks.insert(used.uses.clone(), load(catalog, &used.uses)?);
        }
    }
    Ok(stacks)
}

/// The uses of stacks in the order of the lab, with the variables for their templates.
fn uses<'a>(lab: &'a Lab, stacks: &'a BTreeMap<String, Stack>) -> Result<Vec<Use<'a>>, RenderError> {
    let mut uses = Vec::new();
    for used in &lab.stacks {
        if let Some(stack) = stacks.get(&used.uses) {
            uses.push(Use::new(lab, used, stack)?);
        }
    }
    share_resources(&mut uses)?;
    Ok(uses)
}

/// A use of a stack, with the variables for its templates on each of its nodes.
struct Use<'a> {
    used: &'a StackUse,
    stack: &'a Stack,
    nodes: Vec<(&'a Node, Scope<'a>)>,
}

impl<'a> Use<'a> {
    fn new(lab: &'a Lab, used: &'a StackUse, stack: &'a Stack) -> Result<Self, RenderError> {
        let nodes = used
            .on
            .iter()
            .filter_map(|name| lab.node(name))
            .map(|node| (node, Scope::new(lab, used, &stack.definition, node)))
            .collect();
        Ok(Self { used, stack, nodes })
    }

    fn scope(&self, node: &Node) -> Option<&Scope<'a>> {
        self.nodes.iter().find(|(known, _)| known.name == node.name).map(|(_, scope)| scope)
    }

    /// The nodes that a step or check runs on.
    fn on(&self, place: Where) -> &[(&'a Node, Scope<'a>)] {
        let first = self.nodes.len().min(1);
        match place {
            Where::All => &self.nodes,
            Where::First => self.nodes.get(..first).unwrap_or_default(),
            Where::Others => self.nodes.get(first..).unwrap_or_default(),
        }
    }

    fn text(
        &self,
        language: Language,
        name: &str,
        template: &str,
        node: &Node,
        scope: &Scope<'_>,
    ) -> Result<String, RenderError> {
        let failed = |error: tera::Error| {
            let known = self.stack.files.get(name).map(|file| file.label.clone());
            let label = known.unwrap_or_else(|| format!("{name} of {}", self.stack.definition.name));
            let mut problems = Diagnostics::new(label, template);
            problems.push(broken(&error));
            RenderError::Template {
                stack: self.used.name.to_string(),
                template: name.to_owned(),
                node: node.name.to_string(),
                problems: Box::new(problems),
            }
        };
        let context = Context::from_serialize(scope).map_err(failed)?;
        language.render(name, template, &context).map_err(failed)
    }

    /// Renders a file in the stack's folder.
    fn file(
        &self,
        language: Language,
        name: &str,
        node: &Node,
        scope: &Scope<'_>,
    ) -> Result<String, RenderError> {
        let template = self.stack.files.get(name).map_or("", |file| &file.text);
        self.text(language, name, template, node, scope)
    }

    /// The language of a file that is put into a guest.
    fn language(&self, name: &str) -> Language {
        Language::of_file(name, self.stack.files.get(name).map_or("", |file| &file.text))
    }

    /// Its files on a node.
    fn files(&self, node: &Node, scope: &Scope<'_>) -> Result<Vec<GuestFile>, RenderError> {
        let render = |(path, file): (&GuestPath, &super::definition::FileTemplate)| {
            Ok(GuestFile {
                path: path.to_string(),
                // Loading the stack has checked the format.
                mode: mode(&file.mode).unwrap_or(0o600),
                owner: file.owner.clone(),
                content: self.file(self.language(&file.template), &file.template, node, scope)?,
            })
        };
        self.stack.definition.file.iter().map(render).collect()
    }

    fn script(&self, title: &str, name: &str, node: &Node, scope: &Scope<'_>) -> Result<Script, RenderError> {
        Ok(Script { title: title.to_owned(), text: self.file(Language::Shell, name, node, scope)? })
    }
}

/// Gives every stack the resources of all stacks on the same node, in the order of the lab.
fn share_resources(uses: &mut [Use<'_>]) -> Result<(), RenderError> {
    let mut resources: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for user in uses.iter() {
        for (node, scope) in &user.nodes {
            for template in &user.stack.definition.resources {
                let resource = user.text(Language::Plain, "resources", template, node, scope)?;
                if !resource.is_empty() {
                    resources.entry(node.index).or_default().push(resource);
                }
            }
        }
    }
    for (node, scope) in uses.iter_mut().flat_map(|user| &mut user.nodes) {
        scope.resources = resources.get(&node.index).cloned().unwrap_or_default();
    }
    Ok(())
}

/// The resources of all stacks on a node.
fn resources(node: &Node, uses: &[Use<'_>]) -> Vec<String> {
    uses.iter().find_map(|user| user.scope(node)).map(|scope| scope.resources.clone()).unwrap_or_default()
}

fn node_rendering(node: &Node, uses: &[Use<'_>]) -> Result<NodeRendering, RenderError> {
    let mut rendered = NodeRendering::default();
    // The use that wrote each file.
    let mut writers: Vec<&StackName> = Vec::new();
    for user in uses {
        let Some(scope) = user.scope(node) else { continue };
        let definition = &user.stack.definition;
        for file in user.files(node, scope)? {
            match rendered.files.iter().zip(&writers).find(|(known, _)| known.path == file.path) {
                None => {
                    rendered.files.push(file);
                    writers.push(&user.used.name);
                }
                Some((known, _)) if *known == file => {}
                Some((_, first)) => {
                    return Err(RenderError::Clash {
                        path: file.path,
                        node: node.name.to_string(),
                        first: first.to_string(),
                        second: user.used.name.to_string(),
                    });
                }
            }
        }
        rendered.packages.extend(definition.packages.iter().cloned());
        if let Some(script) = definition.bake.as_ref().and_then(|name| user.stack.files.get(name)) {
            let script = bake_script(&definition.name, &script.text);
            if !rendered.bake.contains(&script) {
                rendered.bake.push(script);
            }
        }
    }
    Ok(rendered)
}

/// The set-up steps by stage, each on all its nodes.
fn phases(uses: &[Use<'_>]) -> Result<Vec<Vec<StepSpec>>, RenderError> {
    let mut phases = Vec::new();
    for stage in Stage::ALL {
        for user in uses {
            for step in user.stack.definition.step.iter().filter(|step| step.stage == stage) {
                let mut phase = Vec::new();
                for (node, scope) in user.on(step.on) {
                    phase.push(StepSpec {
                        node: node.name.clone(),
                        stack: user.used.name.to_string(),
                        step: step.id.clone(),
                        after: step.after,
                        when: step.when,
                        script: user.script(&step.title, &step.script, node, scope)?,
                    });
                }
                phases.push(phase);
            }
        }
    }
    Ok(phases)
}

fn checks(lab: &Lab, uses: &[Use<'_>]) -> Result<Vec<HealthCheck>, RenderError> {
    let mut checks = Vec::new();
    for user in uses {
        for health in &user.stack.definition.health {
            let check = |node: Option<&Node>, probe| HealthCheck {
                stack: user.used.name.to_string(),
                id: health.id.clone(),
                title: health.title.clone(),
                node: node.map(|node| node.name.clone()),
                probe,
            };
            if let Some(probe) = http(lab, user.used, health) {
                checks.push(check(None, probe));
            }
            let Some(name) = &health.script else { continue };
            for (node, scope) in user.on(health.on) {
                let script = user.script(&health.title, name, node, scope)?;
                checks.push(check(Some(*node), Probe::Exec { script }));
            }
        }
    }
    Ok(checks)
}

fn roles(uses: &[Use<'_>]) -> Result<Vec<RoleSpec>, RenderError> {
    let mut roles = Vec::new();
    for user in uses {
        for role in &user.stack.definition.role {
            for (node, scope) in user.on(role.on) {
                roles.push(RoleSpec {
                    stack: user.used.name.to_string(),
                    title: role.title.clone(),
                    node: node.name.clone(),
                    script: user.script(&role.title, &role.script, node, scope)?,
                });
            }
        }
    }
    Ok(roles)
}

/// The request of an HTTP health check. Loading the stack has checked the parameter's name.
fn http(lab: &Lab, used: &StackUse, health: &HealthTemplate) -> Option<Probe> {
    let http = health.http.as_ref()?;
    let Some(Value::Address(name)) = used.params.get(&http.address) else { return None };
    Some(Probe::Http {
        ip: lab.address(name)?.ip,
        port: http.port,
        path: http.path.clone(),
        expect: http.expect.clone(),
    })
}
