//! Networks: marked as ours, defined, started, and joined to the machine if the lab file says so.

use std::sync::atomic::AtomicBool;

use virt::network::Network;

use super::connect::{if_there, refused};
use super::{LibvirtProvider, mark, xml};
use crate::host::Uplink;
use crate::inventory::{Mark, NetworkFound};
use crate::model::NetworkName;
use crate::model::spec::NetworkSpec;
use crate::work::ProviderError;

/// The state of one network.
pub(super) fn found(network: &Network) -> Result<NetworkFound, ProviderError> {
    let xml = network.xml_desc(0).map_err(refused("read a network"))?;
    Ok(NetworkFound {
        mark: mark::read(&xml),
        active: network.is_active().map_err(refused("ask for a network's state"))?,
    })
}

impl LibvirtProvider {
    fn find_network(&self, name: &NetworkName) -> Result<Option<Network>, ProviderError> {
        if_there(self.connection()?.lookup_network_by_name(name.as_str()))
            .map_err(refused("look for a network"))
    }

    pub(super) fn create_network(
        &self,
        spec: &NetworkSpec,
        cancel: &AtomicBool,
    ) -> Result<(), ProviderError> {
        let name = &spec.network.name;
        let network = match self.find_network(name)? {
            Some(network) => {
                own(&found(&network)?.mark, name)?;
                network
            }
            None => self
                .connection()?
                .define_network_xml(&xml::network(spec))
                .map_err(refused(format!("define network {name}")))?,
        };
        if !network.is_active().map_err(refused("ask for a network's state"))? {
            network.create().map_err(refused(format!("start network {name}")))?;
        }
        self.host.prepare_bridge(name)?;
        let uplink = Uplink::of(&self.host);
        if let Some(bridge) = &spec.network.join {
            uplink.join(spec, bridge, cancel)?;
        }
        if spec.uplink {
            uplink.internet(spec.network.host, cancel)?;
        }
        // The last network that is created does this last.
        let _one = self.limits.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.host.limit_forwarding()?;
        Ok(())
    }

    pub(super) fn delete_network(&self, name: &NetworkName) -> Result<(), ProviderError> {
        let Some(network) = self.find_network(name)? else { return Ok(()) };
        own(&found(&network)?.mark, name)?;
        if network.is_active().map_err(refused("ask for a network's state"))? {
            network.destroy().map_err(refused(format!("stop network {name}")))?;
        }
        network.undefine().map_err(refused(format!("forget network {name}")))
    }
}

/// Refuses an object with our name but without our mark.
fn own<S>(mark: &Mark<S>, name: &NetworkName) -> Result<(), ProviderError> {
    match mark {
        Mark::Ours(_) => Ok(()),
        Mark::Foreign => Err(ProviderError::Foreign { what: format!("network {name}") }),
    }
}
