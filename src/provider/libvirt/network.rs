//! Networks: marked as ours, defined, started, and joined to the machine if the lab file says so.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use virt::network::Network;

use super::connect::{if_there, refused};
use super::{LibvirtProvider, files, mark, xml};
use crate::base::write;
use crate::host::Uplink;
use crate::inventory::{Mark, NetworkFound};
use crate::model::NetworkName;
use crate::model::spec::NetworkSpec;
use crate::work::ProviderError;

/// The folder of an instance with a file for each network that is complete: libvirt starts a network before
/// its bridge is prepared and connected.
const COMPLETE: &str = "networks";

impl LibvirtProvider {
    /// The state of one network. One that is not complete counts as not started.
    pub(super) fn found_network(
        &self,
        name: &NetworkName,
        network: &Network,
    ) -> Result<NetworkFound, ProviderError> {
        let xml = network.xml_desc(0).map_err(refused("read a network"))?;
        let active = network.is_active().map_err(refused("ask for a network's state"))?;
        Ok(NetworkFound { mark: mark::read(&xml), active: active && self.complete(name).exists() })
    }

    fn complete(&self, name: &NetworkName) -> PathBuf {
        self.host.folder().join(COMPLETE).join(name.as_str())
    }

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
        files::delete(&self.complete(name))?;
        let network = match self.find_network(name)? {
            Some(network) => {
                own(&self.found_network(name, &network)?.mark, name)?;
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
        let complete = self.complete(name);
        let folder = complete.parent().unwrap_or(&complete);
        fs_err::create_dir_all(folder)
            .and_then(|()| write::until_restart(&complete, b""))
            .map_err(files::io("cannot note that a network is complete"))
    }

    pub(super) fn delete_network(&self, name: &NetworkName) -> Result<(), ProviderError> {
        files::delete(&self.complete(name))?;
        let Some(network) = self.find_network(name)? else { return Ok(()) };
        own(&self.found_network(name, &network)?.mark, name)?;
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
