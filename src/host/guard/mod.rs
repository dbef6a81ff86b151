//! Puts the rules for an instance's networks in force, before any network exists.

mod counters;
pub mod rules;

use std::io::Write;
use std::process::{Command, Stdio};

use super::{Host, HostError};
use crate::base::netns;
use crate::model::NetworkName;
use crate::model::guard::Guard;

/// Whether bridged frames also pass through the rules for routed packets. The files exist only where the
/// kernel has `br_netfilter`.
const BRIDGED_AS_ROUTED: [&str; 3] =
    ["bridge/bridge-nf-call-iptables", "bridge/bridge-nf-call-ip6tables", "bridge/bridge-nf-call-arptables"];

/// Whether any interface passes on packets; writing it sets all interfaces.
const FORWARDING: &str = "ipv4/ip_forward";

/// The interface of the instance that leads to the machine, and so to the Internet.
pub(super) const UPLINK: &str = "uplink";

impl Host {
    /// Puts the rules in force, in place of earlier ones.
    ///
    /// # Errors
    /// When the kernel lacks nftables' bridge family, or `nft` is missing.
    pub(super) fn guard(&self, guard: &Guard) -> Result<(), HostError> {
        self.inside(|| {
            for setting in BRIDGED_AS_ROUTED {
                if setting_file(setting).exists() {
                    set(setting, "0")?;
                }
            }
            Ok(())
        })?;
        nft(Some(&self.netns_name()), &rules::ruleset(guard))
    }

    /// Prepares a bridge: multicast reaches every port without a subscription, as cluster managers announce
    /// themselves by it; and no frame that the rules do not see tells it where an Ethernet address is.
    ///
    /// # Errors
    /// When there is no such bridge.
    pub fn prepare_bridge(&self, network: &NetworkName) -> Result<(), HostError> {
        let settings = ["mcast_snooping", "0", "no_linklocal_learn", "1"];
        super::run(
            Command::new("ip")
                .args(["-n", &self.netns_name(), "link", "set", network.as_str(), "type", "bridge"])
                .args(settings),
        )
    }

    /// Ends the forwarding that libvirt enables at the start of each network, except between the management
    /// network and an uplink.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn limit_forwarding(&self) -> Result<(), HostError> {
        self.inside(|| {
            set(FORWARDING, "0")?;
            if setting_file(&format!("ipv4/conf/{UPLINK}")).exists() {
                for interface in [UPLINK, crate::model::MANAGEMENT_NETWORK] {
                    let setting = format!("ipv4/conf/{interface}/forwarding");
                    // The management network may not have been created yet.
                    if setting_file(&setting).exists() {
                        set(&setting, "1")?;
                    }
                }
            }
            Ok(())
        })
    }

    /// Runs something in a thread that is in the network namespace.
    pub(super) fn inside<T: Send>(
        &self,
        run: impl FnOnce() -> Result<T, HostError> + Send,
    ) -> Result<T, HostError> {
        let netns = self.netns();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                netns::enter(&netns)?;
                run()
            });
            crate::base::threads::end(thread)
        })
    }
}

/// The file of a network setting, in the namespace of the thread that opens it.
pub(super) fn setting_file(setting: &str) -> std::path::PathBuf {
    std::path::Path::new("/proc/sys/net").join(setting)
}

/// Changes a network setting of the calling thread's namespace.
pub(super) fn set(setting: &str, value: &str) -> Result<(), HostError> {
    Ok(fs_err::write(setting_file(setting), value)?)
}

/// Has `nft` read rules, in the network namespace of this name or in the current one. They come into force
/// together or not at all.
pub(super) fn nft(netns: Option<&str>, rules: &str) -> Result<(), HostError> {
    let mut command = match netns {
        Some(name) => {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", name, "nft"]);
            command
        }
        None => Command::new("nft"),
    };
    let missing = |source| HostError::Tool { tool: "nft".to_owned(), source };
    let mut child = command
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(missing)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A tool that does not read its input reports why.
        let _ = stdin.write_all(rules.as_bytes());
    }
    let output = child.wait_with_output().map_err(missing)?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(HostError::Command { command: "nft -f -".to_owned(), said })
}

/// Whether the machine's kernel and `nft` have what the rules need; asks in a new network namespace.
pub fn is_possible() -> Result<(), HostError> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            netns::create()?;
            nft(None, &rules::ruleset(&rules::example()))
        });
        crate::base::threads::end(thread)
    })
}
