//! Signing in and out: which sessions begin and end, what the audit log says, and what a sign-in approves.

use super::admin::{self, Admin, NewAdmin};
use super::approval::{ApprovalBatch, Tally};
use super::event::{Event, EventKind};
use super::job::{self, Job};
use super::second_factor::{self, Given};
use super::session::{self, Session};
use super::{Act, Error, Result, Tx};

/// A right password, and the browser it came from.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The folded address that was given.
    pub account: String,
    /// Whose it is.
    pub admin: i64,
    /// The hash that the password was compared with.
    pub hash: String,
    /// SHA-256 of the secret of the new session.
    pub session: [u8; 32],
    /// SHA-256 of the secret that tells the browser.
    pub device: [u8; 32],
    /// The session that the browser had.
    pub replaced: Option<[u8; 32]>,
    /// Whether the session outlives the browser.
    pub remembered: bool,
    /// What the browser calls itself.
    pub client: String,
    /// What was given beside the password.
    pub second: Option<Given>,
}

/// Signs in, ends the session that the browser had, and approves a first batch of what waits for it.
///
/// # Errors
/// `SIGN_IN_FAILED` when address or password have changed meanwhile.
pub fn sign_in(
    tx: &mut dyn Tx,
    act: &Act,
    proof: &Proof,
    batch: &ApprovalBatch,
) -> Result<(Session, Tally, Option<Job>)> {
    admin::check_unchanged(tx, &proof.account, proof.admin, &proof.hash)?;
    second_factor::spend(tx, proof.admin, proof.second.as_ref())?;
    if let Some(replaced) = &proof.replaced {
        tx.end_session(replaced)?;
    }
    let session = session::open(tx, act, proof.admin, proof.session, proof.remembered, &proof.client)?;
    tx.keep_device(&proof.device, proof.admin, act.now)?;
    tx.record(act, &Event::new(EventKind::SignIn).object(act.by.clone()))?;
    let (tally, job) = job::on_sign_in(tx, act, batch)?;
    Ok((session, tally, job))
}

/// Makes the first administrator, signed in.
///
/// # Errors
/// Those of [`admin::set_up`].
pub fn set_up(
    tx: &mut dyn Tx,
    act: &Act,
    token: &str,
    new: &NewAdmin,
    digest: [u8; 32],
    device: &[u8; 32],
    client: &str,
) -> Result<(Admin, Session)> {
    let admin = admin::set_up(tx, act, token, new)?;
    let session = session::open(tx, act, admin.id, digest, false, client)?;
    tx.keep_device(device, admin.id, act.now)?;
    Ok((admin, session))
}

/// Writes that somebody could not sign in. An address as it was typed could be a password in the wrong field, so only a
/// known one is written.
pub fn note_failed(tx: &mut dyn Tx, act: &Act, account: &str) -> Result<(), Error> {
    let known = tx.admin_by_email(account)?.map(|(admin, _)| admin.email);
    Ok(tx.record(act, &Event::new(EventKind::SignInFailed).object(known.unwrap_or_default()))?)
}

/// Signs out here.
pub fn sign_out(tx: &mut dyn Tx, act: &Act, session: &[u8; 32]) -> Result<()> {
    tx.record(act, &Event::new(EventKind::SignOut).object(act.by.clone()))?;
    Ok(tx.end_session(session)?)
}

/// Signs out everywhere: all sessions end, and every browser is a stranger again.
pub fn sign_out_everywhere(tx: &mut dyn Tx, act: &Act, admin: i64) -> Result<()> {
    tx.record(act, &Event::new(EventKind::SignOut).object(act.by.clone()).is("everywhere", true))?;
    tx.end_devices(admin, None)?;
    Ok(tx.end_sessions(admin)?)
}
