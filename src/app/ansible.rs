//! `lab ansible-inventory`: the nodes of an instance as Ansible reads them from a program.
//!
//! The inventory has no text that a lab chose freely: Ansible evaluates templates in the values of variables
//! on this machine. Names, addresses and numbers have grammars that contain none.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::error::AppError;
use super::job::Job;
use super::request::Request;
use super::ssh_config::host_name;
use crate::diagnostic::suggestion;
use crate::model::{InstanceName, Lab, Node, NodeName};

/// Returns the nodes of an instance as groups and variables of Ansible.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AnsibleInventory {
    /// The instance. Default: the only one.
    pub instance: Option<InstanceName>,
}

/// The nodes of an instance as Ansible sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Inventory {
    /// The instance.
    pub instance: InstanceName,
    /// The nodes of each group. `all` is not among them.
    pub groups: BTreeMap<String, Vec<NodeName>>,
    /// The variables of each node.
    pub hosts: BTreeMap<NodeName, Map<String, Json>>,
}

/// Names of groups that mean something else to Ansible.
const RESERVED: [&str; 3] = ["all", "ungrouped", "localhost"];

impl Request for AnsibleInventory {
    type Outcome = Inventory;
    const NAME: &'static str = "ansible-inventory";

    fn perform(&self, job: &Job) -> Result<Inventory, AppError> {
        let name = job.choose(self.instance.as_ref())?;
        Ok(inventory(&name, &job.describe(&name)?.lab))
    }
}

/// The inventory of an instance of a lab.
fn inventory(instance: &InstanceName, lab: &Lab) -> Inventory {
    let mut groups: BTreeMap<String, Vec<NodeName>> = BTreeMap::new();
    for used in &lab.stacks {
        let mut names = vec![group(lab, used.name.as_str())];
        if used.name.as_str() != used.uses {
            names.push(group(lab, &used.uses));
        }
        for name in names {
            let (first, others) = (format!("{name}_first"), format!("{name}_others"));
            add(&mut groups, &name, used.on.iter());
            add(&mut groups, &first, used.on.iter().take(1));
            add(&mut groups, &others, used.on.iter().skip(1));
        }
    }
    let hosts = lab.nodes.iter().map(|node| (node.name.clone(), variables(instance, node))).collect();
    Inventory { instance: instance.clone(), groups, hosts }
}

fn add<'a>(
    groups: &mut BTreeMap<String, Vec<NodeName>>,
    name: &str,
    nodes: impl Iterator<Item = &'a NodeName>,
) {
    for node in nodes {
        let group = groups.entry(name.to_owned()).or_default();
        if !group.contains(node) {
            group.push(node.clone());
        }
    }
}

/// The group of a stack. Ansible's names have no `-`; a name that means something else, or that a node has,
/// gets an ending.
fn group(lab: &Lab, stack: &str) -> String {
    let name = stack.replace('-', "_");
    let taken = RESERVED.contains(&name.as_str()) || lab.nodes.iter().any(|node| node.name.as_str() == name);
    if taken { format!("{name}_stack") } else { name }
}

fn variables(instance: &InstanceName, node: &Node) -> Map<String, Json> {
    let networks: Map<String, Json> = node
        .own_nics()
        .iter()
        .map(|nic| {
            (nic.network.to_string(), json!({ "ip": nic.ip, "prefix": nic.prefix, "device": nic.device }))
        })
        .collect();
    let disks: Map<String, Json> = node
        .disks
        .iter()
        .map(|disk| (disk.name.to_string(), json!(format!("/dev/{}", disk.device))))
        .collect();
    let mut all = Map::new();
    all.insert("ansible_host".to_owned(), json!(host_name(&node.name, instance)));
    all.insert("ansible_user".to_owned(), json!("root"));
    all.insert("lab_disks".to_owned(), Json::Object(disks));
    all.insert("lab_index".to_owned(), json!(node.index));
    all.insert("lab_networks".to_owned(), Json::Object(networks));
    all
}

impl Inventory {
    /// What a program prints for `--list`. `ssh_config` is a file for `ssh -F`.
    ///
    /// # Errors
    /// When Ansible cannot be given this file.
    pub fn list(&self, ssh_config: &str) -> Result<Json, AppError> {
        let options = options(ssh_config)?;
        let mut all = Map::new();
        let ungrouped: Vec<&NodeName> = self
            .hosts
            .keys()
            .filter(|node| !self.groups.values().any(|group| group.contains(node)))
            .collect();
        let children: Vec<&str> = self.groups.keys().map(String::as_str).chain(["ungrouped"]).collect();
        all.insert("_meta".to_owned(), json!({ "hostvars": self.hosts }));
        all.insert(
            "all".to_owned(),
            json!({ "children": children, "vars": { "ansible_ssh_common_args": options } }),
        );
        for (group, nodes) in &self.groups {
            all.insert(group.clone(), json!({ "hosts": nodes }));
        }
        all.insert("ungrouped".to_owned(), json!({ "hosts": ungrouped }));
        Ok(Json::Object(all))
    }

    /// What a program prints for `--host`.
    ///
    /// # Errors
    /// When there is no such node, or as [`Self::list`].
    pub fn host(&self, node: &str, ssh_config: &str) -> Result<Json, AppError> {
        let found = self.hosts.iter().find(|(name, _)| name.as_str() == node);
        let (_, variables) = found.ok_or_else(|| {
            let names = self.hosts.keys().map(NodeName::as_str);
            AppError::not_found(format!("`{}` has no node `{node}`", self.instance))
                .hint(suggestion(node, "node", names))
        })?;
        let mut all = variables.clone();
        all.insert("ansible_ssh_common_args".to_owned(), json!(options(ssh_config)?));
        Ok(Json::Object(all))
    }
}

/// The options with which Ansible calls OpenSSH. Ansible divides them as a shell does, after it has evaluated
/// templates in them.
fn options(ssh_config: &str) -> Result<String, AppError> {
    if ssh_config.contains(['{', '}']) || ssh_config.contains(char::is_control) {
        let message = format!("Ansible would read the path `{ssh_config}` as a template");
        return Err(AppError::usage(message).hint("choose a path without braces"));
    }
    Ok(format!("-F {}", crate::base::shell::quote(ssh_config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::labfile::{LabSource, load};

    fn bundled(lab: &str) -> Lab {
        let source =
            crate::labfile::find(lab, &Catalog::bundled(), crate::base::folder::Access::Any).unwrap();
        load(&source, &[]).unwrap().lab
    }

    #[test]
    fn stacks_are_groups() {
        let found = inventory(&"demo".parse().unwrap(), &bundled("drbd-heartbeat"));
        insta::assert_snapshot!(format!("{:#}", found.list("/tmp/demo/config").unwrap()));
        let host = found.host("node1", "/tmp/it's").unwrap();
        assert_eq!(host["ansible_ssh_common_args"], r"-F '/tmp/it'\''s'");
        assert_eq!(host["ansible_host"], "node1.demo");
        assert!(found.host("node9", "/x").unwrap_err().to_string().contains("has no node `node9`"));
        assert!(found.list("/tmp/{{ lookup('pipe', 'id') }}").is_err());
    }

    #[test]
    fn a_stack_takes_no_name_that_means_something_else() {
        let text = "schema = 1\nname = 'x'\n[defaults]\nimage = 'debian-12'\n[network.n]\nsubnet = '10.0.0.0/24'\n\
                    [node.a]\nnetworks = { n = '10.0.0.1' }\n[node.b]\nnetworks = { n = '10.0.0.2' }\n\
                    [stack.all]\nuse = 'echo'\non = ['a']\n";
        let source = LabSource::from_text("lab.toml", text, Catalog::bundled());
        let lab = load(&source, &[]).unwrap().lab;
        let found = inventory(&"x".parse().unwrap(), &lab);
        let names: Vec<&str> = found.groups.keys().map(String::as_str).collect();
        assert_eq!(names, ["all_stack", "all_stack_first", "echo", "echo_first"]);
        assert_eq!(found.list("/x").unwrap()["ungrouped"]["hosts"], json!(["b"]));
    }
}
