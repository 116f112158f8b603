//! Approval: the act that turns pending teams and memberships into approved ones.
//!
//! A membership is approved only when its team is approved and its user has joined and is not locked; the others wait.

use super::settings::ApprovalMode;
use super::{Act, Fault, NodeId, Result, Time, Tx};

/// What approvals need of a store.
pub trait Approvals {
    /// Approves every pending team of a node; how many.
    fn approve_teams(&mut self, node: NodeId, now: Time) -> Result<u64, Fault>;
    /// Approves every pending membership of a node that may be; how many.
    fn approve_memberships(&mut self, node: NodeId) -> Result<u64, Fault>;
}

/// How many were approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Approved {
    /// Teams.
    pub teams: u64,
    /// Memberships.
    pub memberships: u64,
}

/// Approves whatever waits in a node and may be approved.
pub fn approve_node(tx: &mut dyn Tx, act: &Act, node: NodeId) -> Result<Approved> {
    Ok(Approved { teams: tx.approve_teams(node, act.now)?, memberships: tx.approve_memberships(node)? })
}

/// An administrator signs in: whatever waits in nodes of the mode `sign-in` is approved.
pub fn on_sign_in(tx: &mut dyn Tx, act: &Act) -> Result<Approved> {
    let mut sum = Approved::default();
    for connection in tx.connections()? {
        if connection.settings.approval == ApprovalMode::SignIn {
            let one = approve_node(tx, act, connection.node)?;
            sum.teams += one.teams;
            sum.memberships += one.memberships;
        }
    }
    Ok(sum)
}
