//! Dropped writes: a fault of sandboxes, where the answer says that something was written and all of it is undone.

use super::error::ScimError;
use super::provisioner::Provisioner;
use crate::domain::{Fault, Tx};
use crate::scim::{Answer, Caller, Error};
use crate::store::Store;

/// Why nothing stays.
enum Undone {
    /// That was wanted.
    Answer(Box<Answer>),
    /// It was refused.
    Refused(ScimError),
}

impl From<Fault> for Undone {
    fn from(fault: Fault) -> Undone {
        Undone::Refused(fault.into())
    }
}

/// Does the write, keeps the answer, and takes everything back.
///
/// # Errors
/// Those of the write.
pub async fn rehearse<F>(store: &Store, provisioner: Provisioner, f: F) -> Result<Answer, ScimError>
where
    F: Fn(&mut dyn Tx, &Caller) -> Result<Answer, Error> + Send + 'static,
{
    let write = move |tx: &mut dyn Tx| -> Result<Answer, Undone> {
        let caller = provisioner.renew(tx).map_err(Undone::Refused)?;
        let answer = f(tx, &caller).map_err(|error| Undone::Refused(error.into()))?;
        Err(Undone::Answer(Box::new(answer)))
    };
    match store.write(write).await {
        Ok(answer) => Ok(answer),
        Err(Undone::Answer(answer)) => Ok(*answer),
        Err(Undone::Refused(error)) => Err(error),
    }
}
