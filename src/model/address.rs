//! The identifiers of guests and networks (Ethernet addresses, UUIDs), derived from names alone.
//!
//! Two instances of a lab have the same addresses on purpose: each runs in its own embedded host, so the
//! saved memory of one can be restored as the other. Nothing here depends on the instance.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{LabName, NetworkName, NodeName};

/// The namespace of halab's version 5 UUIDs (itself version 5 of `halab` in the DNS namespace).
const NAMESPACE: Uuid = Uuid::from_u128(0x3d1c_9e2a_6f0b_5c58_9a41_7b1e_52d0_88c3);

/// An Ethernet address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// The address of a node's interface on a network: QEMU's prefix 52:54:00 and 24 bits of a digest.
    ///
    /// In a lab of *n* interfaces, two are equal with probability n²/2^25; `lab check` refuses such a lab.
    pub fn derive(lab: &LabName, node: &NodeName, network: &str) -> Self {
        let digest = Uuid::new_v5(&NAMESPACE, format!("{lab}/{node}/{network}").as_bytes());
        let [a, b, c, ..] = *digest.as_bytes();
        Self([0x52, 0x54, 0x00, a, b, c])
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Why a text is not an Ethernet address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an Ethernet address such as 52:54:00:12:34:56")]
pub struct MacError(String);

impl TryFrom<String> for MacAddress {
    type Error = MacError;

    fn try_from(text: String) -> Result<Self, MacError> {
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            *byte = parts
                .next()
                .filter(|part| part.len() == 2)
                .and_then(|part| u8::from_str_radix(part, 16).ok())
                .ok_or_else(|| MacError(text.clone()))?;
        }
        if parts.next().is_some() {
            return Err(MacError(text));
        }
        Ok(Self(bytes))
    }
}

impl From<MacAddress> for String {
    fn from(mac: MacAddress) -> String {
        mac.to_string()
    }
}

/// The UUID of a node's machine; without its dashes it is also the guest's machine-id.
pub fn machine_uuid(lab: &LabName, node: &NodeName) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{lab}/{node}").as_bytes())
}

/// The UUID of a network.
pub fn network_uuid(lab: &LabName, network: &NetworkName) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{lab}/network/{network}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_values_are_stable_and_distinct() {
        let lab: LabName = "drbd-heartbeat".parse().unwrap();
        let (one, two) = ("node1".parse().unwrap(), "node2".parse().unwrap());
        let mac = MacAddress::derive(&lab, &one, "public");
        assert_eq!(mac, MacAddress::derive(&lab, &one, "public"));
        assert_ne!(mac, MacAddress::derive(&lab, &two, "public"));
        assert_ne!(mac, MacAddress::derive(&lab, &one, "replication"));
        assert_eq!(MacAddress::try_from(mac.to_string()), Ok(mac));
        assert_ne!(machine_uuid(&lab, &one), machine_uuid(&lab, &two));
    }
}
