//! What keeps the students of a class, who are root of their nodes, inside of them.

use crate::app::error::{AppError, ErrorKind};
use crate::app::job::Job;
use crate::model::{Lab, Wish};
use crate::provider::{Accelerator, Capabilities, acceleration};

/// Refuses a lab whose nodes reach a network beyond the machine: students are root of them.
///
/// # Errors
/// What reaches beyond it.
pub fn stays_inside(lab: &Lab) -> Result<(), AppError> {
    let joined = lab.networks.iter().find(|network| network.join.is_some());
    let online = lab.nodes.iter().find(|node| node.internet);
    let what = match (joined, online) {
        (Some(network), _) => format!("its network `{}` joins a bridge of this machine", network.name),
        (None, Some(node)) => format!("{} reaches the Internet", node.name),
        (None, None) => return Ok(()),
    };
    Err(AppError::new(ErrorKind::BadFile, format!("the lab `{}` is not for a class: {what}", lab.name))
        .hint("students are root of the nodes; take `internet` and `bridge` out of its lab file"))
}

/// Warns that emulated guests are no boundary.
pub fn tell_of_emulation(job: &Job) {
    let choice = acceleration(Wish::Auto);
    if Capabilities::of(job.provider).machines && choice.accelerator == Accelerator::Tcg {
        job.warn(format!(
            "guests are emulated here ({}), and QEMU's developers do not promise that root of an emulated guest \
             stays inside: open the class only for students whom you would give an account of this machine",
            choice.reason
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::folder::Access;
    use crate::catalog::Catalog;
    use crate::labfile;

    #[test]
    fn a_lab_that_reaches_beyond_the_machine_is_not_for_a_class() {
        let source = labfile::find("redundant-web", &Catalog::bundled(), Access::Any).unwrap();
        let inside = labfile::load(&source, &[]).unwrap().lab;
        assert!(stays_inside(&inside).is_ok());
        let mut online = inside.clone();
        online.nodes[0].internet = true;
        assert!(stays_inside(&online).unwrap_err().to_string().contains("web1 reaches the Internet"));
        let mut joined = inside;
        joined.networks[0].join = Some("br0".to_owned());
        assert!(stays_inside(&joined).unwrap_err().to_string().contains("joins a bridge"));
    }
}
