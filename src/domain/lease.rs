//! Leases: what only one instance may do at a time, such as jobs and mails, belongs to one of them as long as it renews it.

use super::{Error, Fault, Result, Tx};

/// What an instance may do that no other does meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What.
    pub name: String,
    /// Which instance, by a text that no other has.
    pub owner: String,
    /// A number that rises with every owner, so that one who was away too long finds out.
    pub fence: i64,
}

/// What leases need of a store. One that only one instance can use gives them for nothing.
pub trait Leases {
    /// Takes what is free or has ended, or renews what is the owner's already; `None` while another has it.
    fn lease(&mut self, name: &str, owner: &str, seconds: i64) -> Result<Option<Lease>, Fault>;
    /// Whether it still belongs to its owner. If it does, nobody takes it before this transaction has ended.
    fn holds(&mut self, lease: &Lease) -> Result<bool, Fault>;
    /// Gives it back, if it still belongs to its owner.
    fn release(&mut self, lease: &Lease) -> Result<(), Fault>;
}

/// Ends a transaction whose instance was away for so long that another has taken its place.
///
/// # Errors
/// [`Fault::Conflict`].
pub fn check(tx: &mut dyn Tx, lease: Option<&Lease>) -> Result<()> {
    match lease {
        Some(lease) if !tx.holds(lease)? => Err(Error::Fault(Fault::Conflict)),
        _ => Ok(()),
    }
}
