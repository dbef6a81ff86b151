//! Refuses plans that must not be made; checked before planning.

use super::{Loss, LossCause, Refusal, UpOptions};
use crate::desired::Desired;
use crate::inventory::{Inventory, Mark};
use crate::model::spec::DiskSource;

/// Refuses a plan that would destroy data without a request.
pub(super) fn check(desired: &Desired, inventory: &Inventory, options: &UpOptions) -> Result<(), Refusal> {
    let stranger = options.recreate.iter().find(|name| desired.nodes.iter().all(|node| node.name != **name));
    if let Some(node) = stranger {
        return Err(Refusal::NoSuchNode { node: node.clone() });
    }
    same_lab(desired, inventory)?;
    nothing_foreign(inventory)?;
    let kept = desired.nodes.iter().filter(|node| !options.recreate.contains(&node.name));
    let losses: Vec<Loss> = kept
        .flat_map(|node| &node.disks)
        .filter_map(|wanted| {
            let cause = match inventory.disks.get(&wanted.id)? {
                from if *from != wanted.source => {
                    LossCause::Changed { from: from.clone(), to: wanted.source.clone() }
                }
                DiskSource::Image(image) if !inventory.images.contains(image) => {
                    LossCause::ImageGone { image: image.clone() }
                }
                _ => return None,
            };
            Some(Loss { disk: wanted.id.clone(), cause })
        })
        .collect();
    if losses.is_empty() { Ok(()) } else { Err(Refusal::DataLoss { losses }) }
}

/// Refuses an instance of another lab.
pub(super) fn same_lab(desired: &Desired, inventory: &Inventory) -> Result<(), Refusal> {
    match inventory.host.as_ref().and_then(|host| host.lab.as_ref()) {
        Some(found) if *found != desired.host.lab => {
            Err(Refusal::OtherLab { found: found.clone(), wanted: desired.host.lab.clone() })
        }
        _ => Ok(()),
    }
}

/// Refuses an instance with foreign objects in its host.
pub(super) fn nothing_foreign(inventory: &Inventory) -> Result<(), Refusal> {
    let networks = inventory.networks.iter().filter(|(_, found)| found.mark == Mark::Foreign);
    let guests = inventory.guests.iter().filter(|(_, found)| found.mark == Mark::Foreign);
    let networks = networks.map(|(name, _)| format!("network {name}"));
    let objects: Vec<String> = networks.chain(guests.map(|(name, _)| format!("machine {name}"))).collect();
    if objects.is_empty() { Ok(()) } else { Err(Refusal::Foreign { objects }) }
}
