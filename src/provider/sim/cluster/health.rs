//! Whether a cluster is healthy, and what its nodes report.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::{Cluster, Life, Role};
use crate::model::spec::HealthCheck;
use crate::model::{Duty, NodeName, StackUse};

/// The report of a node.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Looks {
    /// Its addresses.
    pub addresses: Vec<Ipv4Addr>,
    /// The mirrored disks that it has mounted.
    pub mounted: Vec<String>,
    /// How far its clock is behind.
    pub behind: Duration,
}

impl Cluster {
    /// Whether a health check holds.
    ///
    /// # Errors
    /// Why it does not.
    pub fn health(&self, check: &HealthCheck) -> Result<(), String> {
        let Some(stack) = self.layout.lab.stacks.iter().find(|stack| stack.name.as_str() == check.stack)
        else {
            return Ok(());
        };
        let nodes: Vec<&NodeName> = match &check.node {
            Some(node) => vec![node],
            None => stack.on.iter().collect(),
        };
        for node in &nodes {
            if self.life(node) != Some(Life::On) {
                return Err(format!("{node} does not answer"));
            }
            for service in stack.services.values() {
                if self.trouble(node, &service.unit).is_some() {
                    return Err(format!("{} does not answer on {node}", service.unit));
                }
            }
        }
        self.stack_health(stack)
    }

    fn stack_health(&self, stack: &StackUse) -> Result<(), String> {
        for (address, group) in self.layout.groups.iter().filter(|(_, group)| group.members == stack.on) {
            let mirror = self.state.groups.get(address).map(|own| &own.mirror);
            if let Some(mirror) = mirror.filter(|_| group.mirror.is_some() && stack.does(Duty::Mirror)) {
                if mirror.split {
                    return Err("connection:StandAlone".to_owned());
                }
                if !mirror.connected || mirror.resync.is_some() || !mirror.inconsistent.is_empty() {
                    return Err("the disks are not up to date on both nodes".to_owned());
                }
            }
            let roles: Vec<Role> = group.members.iter().map(|node| self.role(address, node)).collect();
            if roles.iter().filter(|role| **role == Role::Active).count() != 1
                || roles.iter().any(|role| matches!(role, Role::Taking | Role::Releasing))
            {
                return Err(format!("{address} is on its way"));
            }
            if let Some(node) = group.members.iter().find(|node| !self.is_ready(address, node)) {
                return Err(format!("the cluster manager of {node} has not settled"));
            }
            let peers = |node: &NodeName| {
                self.member(address, node).is_some_and(|member| member.heard.len() + 1 == group.members.len())
            };
            if group.liveness.is_some() && !group.elects() && !group.members.iter().all(peers) {
                return Err("not all nodes hear each other".to_owned());
            }
        }
        let apart = |tie: &&super::layout::Tie| tie.members == stack.on && !self.is_tied(tie);
        match self.layout.copies.iter().find(apart) {
            Some(_) if stack.does(Duty::Copies) => Err("the copies do not hear each other".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether a unit of a node runs; none if no stack has it there.
    pub fn is_active(&self, node: &NodeName, unit: &str) -> Option<bool> {
        let mut services = self.layout.lab.services_on(node);
        services.find(|(_, service)| service.unit == unit)?;
        Some(self.trouble(node, unit).is_none())
    }

    /// The report of a node.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn looks(&self, node: &NodeName) -> Result<Looks, String> {
        let found = self.layout.node(node).filter(|_| self.is_on(node));
        let found = found.ok_or_else(|| format!("{node} does not answer"))?;
        let mut looks = Looks::default();
        looks.addresses.push(Ipv4Addr::LOCALHOST);
        looks.addresses.extend(found.nics.iter().map(|nic| nic.ip));
        for (address, group) in &self.layout.groups {
            if self.role(address, node) == Role::Active {
                looks.addresses.push(group.ip);
                looks.mounted.extend(group.mirror.is_some().then(|| "/dev/drbd0".to_owned()));
            }
        }
        looks.behind = self.state.nodes.get(node).map(|own| own.behind).unwrap_or_default();
        Ok(looks)
    }
}
