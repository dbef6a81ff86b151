//! The site of a fault: a node of a lab. Rows of the catalogue get the data for their mechanism from it.

use super::keys::{DISK, NETWORK, SERVICE};
use super::range::amount;
use super::{Filter, How, Key, Mechanism, Plug, Port, Row, Scope, Traffic, Unfit};
use crate::model::fault::{Fault, Value};
use crate::model::{Bytes, Choice, Duty, Lab, Millis, NetworkName, Nic, Node, NodeName, Path, ServiceRole};

/// A fault on a node of a lab.
pub struct Site<'a> {
    lab: &'a Lab,
    node: &'a Node,
    fault: &'a Fault,
}

/// The mechanism of a fault on a node.
///
/// # Errors
/// When the node lacks the target of the fault.
pub fn mechanism(lab: &Lab, node: &NodeName, fault: &Fault) -> Result<Mechanism, Unfit> {
    let node = lab.node(node).ok_or_else(|| Unfit::NoNode(node.clone()))?;
    let row = Row::find(fault.word()).ok_or_else(|| Unfit::NoFault(fault.word().to_owned()))?;
    (row.mechanism)(&Site { lab, node, fault })
}

impl Site<'_> {
    /// The value of a key for durations.
    pub fn time(&self, key: &'static Key) -> Result<Millis, Unfit> {
        self.amount(key).map(Millis)
    }

    /// The value of a key for sizes.
    pub fn size(&self, key: &'static Key) -> Result<Bytes, Unfit> {
        self.amount(key).map(Bytes)
    }

    /// The value of a key for numbers.
    pub fn number(&self, key: &'static Key) -> Result<u32, Unfit> {
        u32::try_from(self.amount(key)?).map_err(|_| Unfit::NoValue(key.name))
    }

    /// The value of a flag.
    pub fn flag(&self, key: &'static Key) -> Result<bool, Unfit> {
        match self.fault.value(key.name) {
            Some(Value::Flag(flag)) => Ok(*flag),
            _ => Err(Unfit::NoValue(key.name)),
        }
    }

    /// The value of a key for choices.
    pub fn choice<T: Choice>(&self, key: &'static Key) -> Result<T, Unfit> {
        self.text(key)?.parse().map_err(|_| Unfit::NoValue(key.name))
    }

    /// The text of a key.
    pub fn text(&self, key: &'static Key) -> Result<&str, Unfit> {
        self.fault.text(key.name).ok_or(Unfit::NoValue(key.name))
    }

    fn amount(&self, key: &'static Key) -> Result<u64, Unfit> {
        let value = self.fault.value(key.name).and_then(|value| amount(key.kind, value));
        value.ok_or(Unfit::NoValue(key.name))
    }

    /// The node's interfaces on the given network, or on all networks of the lab.
    pub fn plugs(&self) -> Result<Vec<Plug>, Unfit> {
        let plug = |(place, nic): (usize, &Nic)| Plug {
            place,
            device: nic.device.clone(),
            tap: nic.tap.clone(),
            peer: self.lab.network(&nic.network).map(|network| network.host),
        };
        Ok(self.nics()?.into_iter().map(plug).collect())
    }

    /// A filter on the given network, or on all networks of the lab.
    pub fn filter(&self, scope: Scope, traffic: Option<Traffic>, how: How) -> Result<Mechanism, Unfit> {
        let ports = self.ports()?;
        let of_nodes = !matches!(scope, Scope::Everybody | Scope::Clients);
        if of_nodes && ports.iter().all(|port| port.others.is_empty()) {
            return Err(Unfit::Alone(self.node.name.clone()));
        }
        Ok(Mechanism::Filter(Filter { ports, scope, traffic, how }))
    }

    /// The path of this name between the node and others.
    pub fn path(&self, name: &str) -> Result<&Path, Unfit> {
        let found = self.lab.paths_of(&self.node.name).find(|(known, _)| known.as_str() == name);
        let node = self.node.name.clone();
        found.map(|(_, path)| path).ok_or_else(|| Unfit::NoPath { node, path: name.to_owned() })
    }

    /// The systemd unit of the given service.
    pub fn unit(&self) -> Result<String, Unfit> {
        let service = self.text(&SERVICE)?;
        let mut services = self.lab.services_on(&self.node.name);
        let found = services.find(|(name, _)| name.as_str() == service).map(|(_, found)| found.unit.clone());
        let node = self.node.name.clone();
        found.ok_or_else(|| Unfit::NoService { node, service: service.to_owned() })
    }

    /// The unit of the cluster manager.
    pub fn manager_unit(&self) -> Result<String, Unfit> {
        let mut services = self.lab.services_on(&self.node.name);
        let found = services.find(|(_, service)| service.role == Some(ServiceRole::ClusterManager));
        let unit = found.map(|(_, service)| service.unit.clone());
        unit.ok_or_else(|| Unfit::NoClusterManager(self.node.name.clone()))
    }

    /// The index of the given disk in the machine, from 0, the system disk.
    pub fn disk(&self) -> Result<usize, Unfit> {
        let disk = self.text(&DISK)?;
        let found = self.node.disks.iter().position(|known| known.name.as_str() == disk);
        let node = self.node.name.clone();
        Ok(found.ok_or_else(|| Unfit::NoDisk { node, disk: disk.to_owned() })? + 1)
    }

    /// The DRBD resource of the node's mirrored disk; of its first one, if it has several.
    pub fn mirror(&self) -> Result<String, Unfit> {
        let own = self.lab.stacks_on(&self.node.name).find(|stack| stack.does(Duty::Mirror));
        let resource = own.map(|stack| format!("r{}", self.lab.place_of(stack)));
        resource.ok_or_else(|| Unfit::NoMirror(self.node.name.clone()))
    }

    fn nics(&self) -> Result<Vec<(usize, &Nic)>, Unfit> {
        let network = self.fault.text(NETWORK.name);
        let meant = |nic: &Nic| network.is_none_or(|network| nic.network.as_str() == network);
        let nics = self.node.own_nics().iter().enumerate().filter(|(_, nic)| meant(nic));
        let nics: Vec<_> = nics.collect();
        match network {
            Some(network) if nics.is_empty() => {
                let node = self.node.name.clone();
                Err(Unfit::NotOnNetwork { node, network: network.to_owned() })
            }
            _ => Ok(nics),
        }
    }

    fn ports(&self) -> Result<Vec<Port>, Unfit> {
        let others_on = |network: &NetworkName| {
            let others = self.lab.nodes.iter().filter(|other| other.name != self.node.name);
            others.filter_map(|other| Some(other.nic(network)?.tap.clone())).collect()
        };
        let port = |(_, nic): (usize, &Nic)| Port {
            tap: nic.tap.clone(),
            others: others_on(&nic.network),
            address: nic.ip,
        };
        Ok(self.nics()?.into_iter().map(port).collect())
    }
}
